//! Text that people type: parsed once at the edge, and made safe again wherever it is shown.
//!
//! What one person types reaches another person's terminal. So input refuses control characters,
//! bidi overrides and invisible characters, and output replaces them through [`term_safe`] even
//! though they should never have been stored. Both sides share one table, [`is_hostile`].

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

use crate::limits::{
    AGENT_CHARACTERS_MAX, ANNOUNCEMENT_CHARACTERS_MAX, CATEGORY_CHARACTERS_MAX,
    COMBINING_MARKS_MAX, DESCRIPTION_CHARACTERS_MAX, EMAIL_BYTES_MAX, GRAPHEME_CHARACTERS_MAX,
    MESSAGE_CHARACTERS_MAX, NAME_CHARACTERS_MAX, PRODUCT_NAME_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX, SEARCH_CHARACTERS_MAX, USERNAME_CHARACTERS_MAX, USERNAME_CHARACTERS_MIN,
};

const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Why a text is refused; the code travels as the `reason` of `invalid_field`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Below the field's minimum.
    #[error("is too short")]
    TooShort,
    /// Above the field's maximum.
    #[error("is too long")]
    TooLong,
    /// A control, bidi, invisible or private character, or a joiner out of place.
    #[error("holds a character that is not allowed")]
    ForbiddenCharacter,
    /// More combining marks, or a longer grapheme cluster, than any script needs.
    #[error("holds too many marks on one character")]
    TooManyMarks,
    /// Not of the field's form.
    #[error("is not of the expected form")]
    Malformed,
}

impl TextError {
    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::TooManyMarks => "too_many_marks",
            Self::Malformed => "malformed",
        }
    }
}

macro_rules! text_newtype {
    ($(#[$documentation:meta])* $name:ident, $parse:expr) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Parses what was typed into its normal form.
            ///
            /// # Errors
            /// The first rule that the text breaks.
            pub fn parse(typed: &str) -> Result<Self, TextError> {
                let parse: fn(&str) -> Result<String, TextError> = $parse;
                parse(typed).map(Self)
            }

            /// The normal form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text_newtype! {
    /// The name that a user logs in with and is known by: `[a-z0-9_.-]{3,32}`, case folded.
    ///
    /// ASCII only, so that no two names look alike.
    Username, |typed| {
        let name = typed.to_ascii_lowercase();
        match name.len() {
            0 => return Err(TextError::Empty),
            length if length < USERNAME_CHARACTERS_MIN => return Err(TextError::TooShort),
            length if length > USERNAME_CHARACTERS_MAX => return Err(TextError::TooLong),
            _ => {}
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
        if name.bytes().all(allowed) { Ok(name) } else { Err(TextError::ForbiddenCharacter) }
    }
}

text_newtype! {
    /// The name of a person, in any script, on one line.
    PersonName, |typed| line(typed, NAME_CHARACTERS_MAX)
}

text_newtype! {
    /// An e-mail address, checked for its form only: nothing is sent to it.
    Email, |typed| {
        let address = typed.trim();
        if address.is_empty() {
            return Err(TextError::Empty);
        }
        if address.len() > EMAIL_BYTES_MAX {
            return Err(TextError::TooLong);
        }
        // RFC 5321 §4.1.2 without quoted local parts and address literals, which nobody types here.
        let (local, domain) = address.rsplit_once('@').ok_or(TextError::Malformed)?;
        let local_fits = (1..=64).contains(&local.len()) && !local.contains('@');
        let visible = address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&byte));
        let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
        let label_fits = |label: &str| {
            label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-') && !label.ends_with('-') && label.len() <= 63
        };
        let domain_fits = domain.contains('.') && domain.split('.').all(label_fits);
        if local_fits && visible && dots(local) && dots(domain) && domain_fits {
            Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
        } else {
            Err(TextError::Malformed)
        }
    }
}

text_newtype! {
    /// The name of a product, on one line.
    ProductName, |typed| line(typed, PRODUCT_NAME_CHARACTERS_MAX)
}

text_newtype! {
    /// A product's description; may be empty and may hold line breaks.
    Description, |typed| {
        let text = normal(&typed.replace("\r\n", "\n"));
        let text = text.trim();
        check(text, DESCRIPTION_CHARACTERS_MAX, |character| character == '\n')?;
        Ok(text.to_owned())
    }
}

text_newtype! {
    /// A chat message: not empty, and may hold line breaks.
    MessageText, |typed| lines(typed, MESSAGE_CHARACTERS_MAX)
}

text_newtype! {
    /// What to search products for: words on one line, of which the last may be a beginning.
    SearchText, |typed| line(typed, SEARCH_CHARACTERS_MAX)
}

text_newtype! {
    /// Why an administrator does something, on one line.
    Reason, |typed| line(typed, REASON_CHARACTERS_MAX)
}

text_newtype! {
    /// A word to everybody online: not empty, and may hold line breaks.
    AnnouncementText, |typed| lines(typed, ANNOUNCEMENT_CHARACTERS_MAX)
}

text_newtype! {
    /// What kind of program a peer is, such as `auboutique/0.1.0`: printable ASCII.
    Agent, |typed| {
        match typed.len() {
            0 => Err(TextError::Empty),
            length if length > AGENT_CHARACTERS_MAX => Err(TextError::TooLong),
            _ if typed.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') => Ok(typed.to_owned()),
            _ => Err(TextError::ForbiddenCharacter),
        }
    }
}

text_newtype! {
    /// The name of a category; which ones exist is the server's choice.
    Category, |typed| {
        match typed.len() {
            0 => Err(TextError::Empty),
            length if length > CATEGORY_CHARACTERS_MAX => Err(TextError::TooLong),
            _ if typed.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') => Ok(typed.to_owned()),
            _ => Err(TextError::ForbiddenCharacter),
        }
    }
}

/// One line of free text: normalised, trimmed, not empty, at most `characters_max` characters.
fn line(typed: &str, characters_max: usize) -> Result<String, TextError> {
    let text = normal(typed);
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    check(text, characters_max, |_| false)?;
    Ok(text.to_owned())
}

/// Free text that may hold line breaks: normalised, trimmed, not empty.
fn lines(typed: &str, characters_max: usize) -> Result<String, TextError> {
    let text = normal(&typed.replace("\r\n", "\n"));
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    check(text, characters_max, |character| character == '\n')?;
    Ok(text.to_owned())
}

/// Unicode normalisation form C, so that texts that look the same are the same.
fn normal(typed: &str) -> String {
    typed.nfc().collect()
}

/// The rules of free text. `allowed` names the control characters that the field takes.
fn check(text: &str, characters_max: usize, allowed: fn(char) -> bool) -> Result<(), TextError> {
    if text.chars().count() > characters_max {
        return Err(TextError::TooLong);
    }
    if let Some(position) = text.find(|character| is_hostile(character) && !allowed(character)) {
        if !joins(text, position) {
            return Err(TextError::ForbiddenCharacter);
        }
        // Joiners are rare: look at each in turn rather than at every character twice.
        let hostile = |(position, character): (usize, char)| {
            is_hostile(character) && !allowed(character) && !joins(text, position)
        };
        if text.char_indices().any(hostile) {
            return Err(TextError::ForbiddenCharacter);
        }
    }
    if text
        .graphemes(true)
        .any(|cluster| cluster.chars().count() > GRAPHEME_CHARACTERS_MAX)
    {
        return Err(TextError::TooManyMarks);
    }
    let mut marks = 0;
    for character in text.chars() {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        if marks > COMBINING_MARKS_MAX {
            return Err(TextError::TooManyMarks);
        }
    }
    Ok(())
}

/// Whether the character at `position` is a joiner between two characters that a joiner can join:
/// neither ASCII nor itself hostile. Emoji sequences, Persian and Indic scripts need these.
fn joins(text: &str, position: usize) -> bool {
    let mut after = text[position..].chars();
    let here = after.next();
    let joinable = |neighbour: Option<char>| {
        neighbour.is_some_and(|character| !character.is_ascii() && !is_hostile(character))
    };
    here.is_some_and(|character| JOINERS.contains(&character))
        && joinable(text[..position].chars().next_back())
        && joinable(after.next())
}

fn is_mark(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(
        character.general_category(),
        EnclosingMark | NonspacingMark | SpacingMark
    )
}

/// Whether a character can attack or deceive a reader: controls (Cc), formats such as bidi
/// overrides and zero-width characters (Cf), line and paragraph separators, private use,
/// unassigned, and letters that show nothing.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    // The quick way for nearly all text.
    if matches!(character, ' '..='~') {
        return false;
    }
    let invisible = matches!(
        character,
        '\u{034f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{ffa0}'
    );
    invisible
        || matches!(
            character.general_category(),
            Control
                | Format
                | LineSeparator
                | ParagraphSeparator
                | PrivateUse
                | Surrogate
                | Unassigned
        )
}

/// Text of others as one line for a terminal or a log: every hostile character becomes U+FFFD, and
/// so does every combining mark beyond [`COMBINING_MARKS_MAX`] on one character.
///
/// The one way by which foreign text may reach a screen. Idempotent.
#[must_use]
pub fn term_safe(text: &str) -> Cow<'_, str> {
    safe(text, |_| false)
}

/// As [`term_safe`], for text that may have several lines: line feeds stay.
#[must_use]
pub fn term_safe_lines(text: &str) -> Cow<'_, str> {
    safe(text, |character| character == '\n')
}

fn safe(text: &str, allowed: fn(char) -> bool) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') || allowed(char::from(byte)))
    {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let replaced = text.char_indices().map(|(position, character)| {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        let hostile = is_hostile(character) && !allowed(character) && !joins(text, position);
        if hostile || marks > COMBINING_MARKS_MAX {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    });
    Cow::Owned(replaced.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_are_not_empty_and_may_have_lines_up_to_their_limit() {
        let parse = |typed: &str| MessageText::parse(typed).map(String::from);
        assert_eq!(parse("  one\r\ntwo \n"), Ok("one\ntwo".into()));
        assert_eq!(parse(" \n "), Err(TextError::Empty));
        let longest = "\u{1d11e}".repeat(MESSAGE_CHARACTERS_MAX);
        assert_eq!(parse(&longest), Ok(longest.clone()));
        assert_eq!(parse(&format!("{longest}x")), Err(TextError::TooLong));
        for hostile in ["a\u{1b}[2J", "a\u{202e}b", "a\tb", "a\u{200b}b"] {
            assert_eq!(parse(hostile), Err(TextError::ForbiddenCharacter));
        }
    }

    #[test]
    fn usernames_are_folded_and_bounded() {
        let parse = |typed: &str| Username::parse(typed).map(String::from);
        assert_eq!(parse("Mona.K-99_"), Ok("mona.k-99_".into()));
        assert_eq!(parse("abc"), Ok("abc".into()));
        assert_eq!(parse(&"a".repeat(32)), Ok("a".repeat(32)));
        assert_eq!(parse(&"a".repeat(33)), Err(TextError::TooLong));
        assert_eq!(parse("ab"), Err(TextError::TooShort));
        assert_eq!(parse(""), Err(TextError::Empty));
        for typed in [
            "mo na",
            "mona!",
            "mоna",
            "mona\u{200b}",
            " mona",
            "K\u{212a}kk",
        ] {
            assert_eq!(
                parse(typed),
                Err(TextError::ForbiddenCharacter),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn email_addresses_have_their_form() {
        for good in [
            "mona@mail.aub.edu.lb",
            "a.b+c@x-y.org",
            "O'Neil@Example.COM",
        ] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        assert_eq!(
            Email::parse("A@B.ORG").map(String::from),
            Ok("A@b.org".into())
        );
        for bad in [
            "mona",
            "@x.org",
            "a@",
            "a@b",
            "a b@x.org",
            "a@x..org",
            "a@-x.org",
            "a@@x.org",
            "a@x.org\n.",
            "a@x.org\u{0}",
            ".a@x.org",
            "ä@x.org",
        ] {
            assert_eq!(Email::parse(bad), Err(TextError::Malformed), "{bad:?}");
        }
        let domain = format!("{0}.{0}.{0}.{1}.org", "d".repeat(61), "e".repeat(57));
        let longest = format!("u@{domain}");
        assert_eq!(longest.len(), 249);
        assert!(Email::parse(&longest).is_ok());
        assert!(Email::parse(&format!("uuuuuu@{domain}")).is_ok());
        assert_eq!(
            Email::parse(&format!("uuuuuuu@{domain}")),
            Err(TextError::TooLong)
        );
    }

    #[test]
    fn free_text_takes_every_script() {
        for name in [
            "Ḥasan",
            "منى خوري",
            "李小龙",
            "O’Neil",
            "Zoë 👩‍👩‍👧",
            "نامه‌ای",
            "क्‍ष",
            "x́",
        ] {
            assert!(PersonName::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn free_text_refuses_what_attacks_a_reader() {
        for hostile in [
            "a\u{1b}[31mb",
            "a\u{7}b",
            "a\rb",
            "a\nb",
            "a\tb",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "é\u{200d}\u{200d}é",
            "\u{200d}é",
            "é\u{200d}",
            "a\u{feff}b",
            "a\u{2028}b",
            "a\u{ad}b",
            "a\u{e0041}b",
            "a\u{3164}b",
            "a\u{e000}b",
            "a\u{9b}31mb",
        ] {
            assert_eq!(
                PersonName::parse(hostile),
                Err(TextError::ForbiddenCharacter),
                "{hostile:?}"
            );
            assert!(
                !term_safe(hostile).chars().any(char::is_control),
                "{hostile:?}"
            );
        }
    }

    #[test]
    fn marks_are_bounded_at_their_limit() {
        assert!(PersonName::parse(&format!("q{}", "\u{301}".repeat(4))).is_ok());
        let zalgo = format!("q{}", "\u{301}".repeat(5));
        assert_eq!(PersonName::parse(&zalgo), Err(TextError::TooManyMarks));
        assert_eq!(
            term_safe(&zalgo)
                .chars()
                .filter(|character| *character == '\u{301}')
                .count(),
            4
        );
    }

    #[test]
    fn white_space_around_is_cut_and_lengths_hold_at_their_edges() {
        assert_eq!(
            ProductName::parse("  Calculus  ").map(String::from),
            Ok("Calculus".into())
        );
        assert_eq!(ProductName::parse(" \u{3000} "), Err(TextError::Empty));
        assert!(ProductName::parse(&"é".repeat(120)).is_ok());
        assert_eq!(
            ProductName::parse(&"é".repeat(121)),
            Err(TextError::TooLong)
        );
        assert!(Description::parse("").is_ok());
        assert_eq!(
            Description::parse("a\r\nb\n").map(String::from),
            Ok("a\nb".into())
        );
        assert!(Description::parse(&"é".repeat(4000)).is_ok());
        assert_eq!(
            Description::parse(&"é".repeat(4001)),
            Err(TextError::TooLong)
        );
        assert_eq!(SearchText::parse(" "), Err(TextError::Empty));
        assert!(SearchText::parse(&"é".repeat(200)).is_ok());
        assert_eq!(SearchText::parse(&"é".repeat(201)), Err(TextError::TooLong));
    }

    #[test]
    fn equal_looking_text_is_equal() {
        assert_eq!(PersonName::parse("Zoe\u{308}"), PersonName::parse("Zoë"));
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_its_result_needs_no_replacement(typed in "\\PC{0,60}|.{0,60}") {
            if let Ok(name) = PersonName::parse(&typed) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(term_safe(name.as_str()), name.as_str());
            }
            if let Ok(name) = Username::parse(&typed) {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
            }
        }

        #[test]
        fn shown_text_is_safe_and_stays_safe(text in any::<String>()) {
            let shown = term_safe(&text).into_owned();
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert_eq!(term_safe(&shown), shown.as_str());
        }
    }
}
