//! Passphrases that nobody has to think of.
//!
//! A word is five letters, consonants and vowels in turn, so that it can be spoken: 16 consonants
//! and 4 vowels make 2^16 words, each as likely as the other (the alphabet of proquints, arXiv
//! 0901.4016). Five words from the operating system's randomness are 80 bits.

use std::io;

use auboutique_protocol::accounts::Password;
use auboutique_protocol::limits::PASSWORD_CHARACTERS_MAX;
use zeroize::Zeroizing;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// Fewest words: 80 bits.
const WORDS_MIN: usize = 5;
/// Characters of a word with the hyphen before it.
const WORD_CHARACTERS: usize = 6;

/// Makes up a passphrase such as `lusab-babad-gutih-tugad-mokin`: at least 80 random bits, and at
/// least `characters_min` characters (a server says how many it asks for), at most
/// [`PASSWORD_CHARACTERS_MAX`].
///
/// # Errors
/// The operating system gives no randomness.
pub fn generate_passphrase(characters_min: u32) -> io::Result<Password> {
    let wanted = usize::try_from(characters_min)
        .unwrap_or(PASSWORD_CHARACTERS_MAX)
        .min(PASSWORD_CHARACTERS_MAX);
    let words = WORDS_MIN.max((wanted + 1).div_ceil(WORD_CHARACTERS));
    let mut random = Zeroizing::new(vec![0; words * 2]);
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Password(spell(&random)))
}

/// Two bytes a word, joined by hyphens.
fn spell(random: &[u8]) -> Zeroizing<String> {
    // The room is reserved at once: a string that grows would leave copies behind unerased.
    let mut text = Zeroizing::new(String::with_capacity(random.len() / 2 * WORD_CHARACTERS));
    for pair in random.chunks_exact(2) {
        if !text.is_empty() {
            text.push('-');
        }
        let bits = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
        text.push(char::from(CONSONANTS[bits >> 12]));
        text.push(char::from(VOWELS[bits >> 10 & 3]));
        text.push(char::from(CONSONANTS[bits >> 6 & 15]));
        text.push(char::from(VOWELS[bits >> 4 & 3]));
        text.push(char::from(CONSONANTS[bits & 15]));
    }
    // Only the longest that a server may ask for is reached inside of a word.
    text.truncate(PASSWORD_CHARACTERS_MAX);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use zxcvbn::{Score, zxcvbn};

    use super::*;

    #[test]
    fn words_spell_their_bits() {
        // 127.0.0.1 and 63.84.220.193, as the proposal of proquints spells them.
        assert_eq!(*spell(&[127, 0, 0, 1]), "lusab-babad");
        assert_eq!(*spell(&[63, 84, 220, 193]), "gutih-tugad");
    }

    #[test]
    fn every_word_of_sixteen_bits_is_another() {
        let words: HashSet<String> = (0..=u16::MAX)
            .map(|bits| spell(&bits.to_be_bytes()).to_string())
            .collect();
        assert_eq!(words.len(), 1 << 16);
    }

    #[test]
    fn a_passphrase_is_never_made_twice_and_never_shown_by_debug() {
        let first = generate_passphrase(15).unwrap();
        assert_ne!(first, generate_passphrase(15).unwrap());
        assert_eq!(first.0.len(), 29);
        assert!(!format!("{first:?}").contains(&*first.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The server's rules: length, no control characters, zxcvbn's score of 3, whatever of the
        /// user's own texts zxcvbn is told.
        #[test]
        fn a_passphrase_passes_the_servers_rules(
            least in 0_u32..400,
            known in prop::collection::vec("[a-z]{3,12}", 3),
        ) {
            let password = generate_passphrase(least).unwrap();
            let length = password.0.chars().count();
            let wanted = usize::try_from(least).unwrap().clamp(29, PASSWORD_CHARACTERS_MAX);
            prop_assert!((wanted..=PASSWORD_CHARACTERS_MAX).contains(&length));
            prop_assert!(password.0.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()));
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            prop_assert!(zxcvbn(&password.0, &known).score() >= Score::Three);
        }
    }
}
