//! Passwords that an administrator hands out, to be changed at once.

use auboutique_protocol::accounts::Password;
use zeroize::Zeroizing;

/// Letters and digits that nobody confuses when reading them aloud (Crockford's base32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS: usize = 5;
const GROUP_CHARACTERS: usize = 4;

/// Draws a password of 100 random bits, written in groups.
pub(crate) fn password() -> Result<Password, getrandom::Error> {
    let mut random = Zeroizing::new([0_u8; GROUPS * GROUP_CHARACTERS]);
    getrandom::fill(&mut *random)?;
    let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_CHARACTERS + 1)));
    for (position, byte) in random.iter().enumerate() {
        if position > 0 && position % GROUP_CHARACTERS == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(Password(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_time_password_is_long_legible_and_never_the_same() {
        let first = password().unwrap();
        assert_eq!(first.0.len(), GROUPS * GROUP_CHARACTERS + GROUPS - 1);
        let parts: Vec<&str> = first.0.split('-').collect();
        assert_eq!(parts.len(), GROUPS);
        assert!(parts.iter().all(|part| part.len() == GROUP_CHARACTERS));
        assert_ne!(first, password().unwrap());
    }
}
