//! Session tokens: 256 random bits that stand for a login.
//!
//! The token itself exists at the client only. The server keeps its SHA-256, so whoever reads the
//! database cannot use what is found there. A plain hash is enough: unlike a password, a token
//! cannot be guessed, so there is nothing to slow down.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a token and of its digest.
pub(crate) const TOKEN_BYTES: usize = 32;

/// The secret that a client presents. Erased from memory when dropped, never shown.
pub(crate) struct SessionToken(Zeroizing<[u8; TOKEN_BYTES]>);

impl SessionToken {
    /// A new token from the random numbers of the operating system.
    ///
    /// # Errors
    /// [`getrandom::Error`] if the operating system has none, which means that it is broken.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// A token as it was received.
    pub(crate) fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret bytes, to be sent to the client to whom they belong and to nobody else.
    pub(crate) fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }

    /// What the store keeps in place of the token.
    pub(crate) fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.as_bytes()).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(redacted)")
    }
}

/// SHA-256 of a token: a name for the session which gives no access to it.
///
/// Comparison takes the same time wherever two digests differ.
#[derive(Clone, Copy)]
pub(crate) struct TokenDigest([u8; TOKEN_BYTES]);

impl TokenDigest {
    /// A digest of these bytes.
    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes to store or to look up.
    pub(crate) fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl std::hash::Hash for TokenDigest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// The first four bytes in hexadecimal: enough to find the session in a log, useless otherwise.
impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(formatter, "TokenDigest({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tokens_are_all_different_and_not_zero() {
        let tokens: Vec<SessionToken> = (0..200)
            .map(|_| SessionToken::generate().unwrap())
            .collect();
        let digests: HashSet<TokenDigest> = tokens.iter().map(SessionToken::digest).collect();
        assert_eq!(digests.len(), tokens.len());
        assert!(
            tokens
                .iter()
                .all(|token| token.as_bytes() != &[0; TOKEN_BYTES])
        );
    }

    #[test]
    fn the_digest_is_the_sha_256_of_the_bytes() {
        // FIPS 180-4 applied to 32 zero bytes.
        let expected = [
            0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77, 0x6c, 0x8f, 0xc1, 0x8b, 0x8e, 0x9f,
            0x8e, 0x20, 0x08, 0x97, 0x14, 0x85, 0x6e, 0xe2, 0x33, 0xb3, 0x90, 0x2a, 0x59, 0x1d,
            0x0d, 0x5f, 0x29, 0x25,
        ];
        let digest = SessionToken::from_bytes([0; TOKEN_BYTES]).digest();
        assert_eq!(digest.as_bytes(), &expected);
        assert_eq!(digest, TokenDigest::from_bytes(expected));
    }

    #[test]
    fn a_token_survives_the_way_to_the_client_and_back() {
        let token = SessionToken::generate().unwrap();
        let returned = SessionToken::from_bytes(*token.as_bytes());
        assert_eq!(returned.digest(), token.digest());
        let mut changed = *token.as_bytes();
        changed[31] ^= 1;
        assert_ne!(SessionToken::from_bytes(changed).digest(), token.digest());
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let token = SessionToken::from_bytes([0xAB; TOKEN_BYTES]);
        assert_eq!(format!("{token:?}"), "SessionToken(redacted)");
        let digest = TokenDigest::from_bytes([0xCD; TOKEN_BYTES]);
        assert_eq!(format!("{digest:?}"), "TokenDigest(cdcdcdcd…)");
    }
}
