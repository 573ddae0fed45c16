//! What a password must look like before it is hashed, and how hard it must be to guess.
//!
//! The rules are those of NIST SP 800-63B-4 for a password that stands alone: a minimum of 15
//! characters, no demands on which characters, Unicode allowed and normalised, and a check
//! against what is easily guessed.

use std::ops::RangeInclusive;

use super::Secret;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

/// The least score of zxcvbn that is accepted: about 10^8 guesses or more.
const SCORE_MIN: Score = Score::Three;
/// No Unicode character decomposes canonically into more characters than this, so a text shrinks
/// by no more than this factor when it is composed.
const COMPOSITION_FACTOR_MAX: usize = 4;
/// No text grows by more than this factor in UTF-8 when it is composed (Unicode Standard Annex
/// 15, section 11).
const UTF8_GROWTH_MAX: usize = 3;

/// Why a password is not acceptable. The words are meant for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum PasswordRule {
    /// Fewer characters than required.
    #[error("a password needs at least {min} characters")]
    TooShort {
        /// Characters required.
        min: usize,
    },
    /// More characters than allowed.
    #[error("a password has at most {max} characters")]
    TooLong {
        /// Characters allowed.
        max: usize,
    },
    /// A line break, a tabulator or another control character.
    #[error("a password has no control characters")]
    ControlCharacter,
}

/// Brings a password as it was typed into the one form that is hashed (NFC), and checks its
/// length in characters of that form.
///
/// Different keyboards produce the same letter as one character or as a letter and an accent;
/// after this both are the same password.
///
/// # Errors
/// The first [`PasswordRule`] that is broken.
pub(crate) fn prepare(raw: &str, length: RangeInclusive<usize>) -> Result<Secret, PasswordRule> {
    let (min, max) = (*length.start(), *length.end());
    let too_long = PasswordRule::TooLong { max };
    let raw_max = max.saturating_mul(COMPOSITION_FACTOR_MAX);
    if raw.chars().nth(raw_max).is_some() {
        return Err(too_long);
    }
    // The room is reserved at once: a string that grows would leave copies behind unerased.
    let room = raw.len().saturating_mul(UTF8_GROWTH_MAX);
    let mut composed = Zeroizing::new(String::with_capacity(room));
    composed.extend(raw.nfc());
    let mut characters = 0_usize;
    for character in composed.chars() {
        if character.is_control() {
            return Err(PasswordRule::ControlCharacter);
        }
        characters += 1;
    }
    if characters > max {
        return Err(too_long);
    }
    if characters < min {
        return Err(PasswordRule::TooShort { min });
    }
    Ok(composed)
}

/// Whether a password resists guessing by someone who knows `user_inputs` (name, e-mail address,
/// username). zxcvbn looks at the first 100 characters. Takes up to some milliseconds.
pub(super) fn is_strong(password: &str, user_inputs: &[String]) -> bool {
    let inputs: Vec<&str> = user_inputs.iter().map(String::as_str).collect();
    zxcvbn(password, &inputs).score() >= SCORE_MIN
}

#[cfg(test)]
mod tests {
    /// Characters of a password after normalisation.
    const PASSWORD_CHARACTERS: RangeInclusive<usize> = 15..=128;

    use super::*;
    use proptest::prelude::*;

    fn prepared(raw: &str) -> Result<String, PasswordRule> {
        prepare(raw, PASSWORD_CHARACTERS).map(|secret| secret.to_string())
    }

    #[test]
    fn length_is_counted_in_characters_at_both_ends() {
        let too_short = Err(PasswordRule::TooShort { min: 15 });
        let too_long = Err(PasswordRule::TooLong { max: 128 });
        assert_eq!(prepared(""), too_short);
        assert_eq!(prepared(&"ü".repeat(14)), too_short);
        assert_eq!(prepared(&"ü".repeat(15)), Ok("ü".repeat(15)));
        assert_eq!(prepared(&"語".repeat(128)), Ok("語".repeat(128)));
        assert_eq!(prepared(&"語".repeat(129)), too_long);
        assert_eq!(prepared(&"x".repeat(1_000_000)), too_long);
        assert_eq!(prepare("abcd", 4..=4).unwrap().as_str(), "abcd");
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same_password() {
        let decomposed = "e\u{301}".repeat(20);
        assert_eq!(prepared(&decomposed), Ok("\u{e9}".repeat(20)));
        // Two hundred and fifty-six typed characters, but one hundred and twenty-eight after NFC.
        assert_eq!(prepared(&"e\u{301}".repeat(128)), Ok("\u{e9}".repeat(128)));
        assert_eq!(
            prepared(&"e\u{301}".repeat(14)),
            Err(PasswordRule::TooShort { min: 15 })
        );
    }

    #[test]
    fn control_characters_are_refused_and_spaces_are_not() {
        for control in ['\0', '\n', '\t', '\u{1b}', '\u{7f}', '\u{85}'] {
            let raw = format!("fifteen or more{control}");
            assert_eq!(
                prepared(&raw),
                Err(PasswordRule::ControlCharacter),
                "{control:?}"
            );
        }
        let raw = " leading and trailing spaces ";
        assert_eq!(prepared(raw), Ok(raw.to_owned()));
    }

    #[test]
    fn easy_passwords_are_weak_and_random_words_are_not() {
        assert!(!is_strong("passwordpassword", &[]));
        assert!(!is_strong("aaaaaaaaaaaaaaaaaaaa", &[]));
        assert!(!is_strong("", &[]));
        assert!(is_strong("tangle orbit pewter mosaic", &[]));
    }

    #[test]
    fn what_is_known_about_the_user_makes_a_password_weak() {
        let password = "haddadinho marjayoun";
        let known = ["Haddadinho Marjayoun".to_owned()];
        assert!(is_strong(password, &[]));
        assert!(!is_strong(password, &known));
    }

    proptest! {
        #[test]
        fn preparing_twice_changes_nothing(raw in "\\PC{0,140}") {
            if let Ok(once) = prepare(&raw, PASSWORD_CHARACTERS) {
                prop_assert!(once.len() <= once.capacity());
                prop_assert_eq!(prepare(&once, PASSWORD_CHARACTERS).unwrap(), once);
            }
        }
    }
}
