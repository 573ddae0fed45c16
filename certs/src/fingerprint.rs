//! The short name of a certificate authority: the SHA-256 of its certificate.
//!
//! Two people can compare it over the phone, and a client that knows it needs nothing else
//! to recognise the server.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

/// Hexadecimal digits in a written fingerprint.
const DIGITS: usize = 64;

/// SHA-256 over the DER encoding of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Computes the fingerprint of a certificate.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate.as_ref()).into())
    }

    /// The digits in groups of four, for people who compare it by eye: `ab12 cd34 …`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let digits = self.to_string();
        let mut text = String::with_capacity(DIGITS + DIGITS / 4);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Fingerprint(")?;
        fmt::Display::fmt(self, formatter)?;
        formatter.write_char(')')
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Takes 64 hexadecimal digits in either case; colons and spaces between them are
    /// skipped, since other tools print them.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut bytes = [0_u8; 32];
        let mut digits = 0;
        for character in text.chars().filter(|c| !matches!(c, ':' | ' ')) {
            let value = match character {
                '0'..='9' => u32::from(character) - u32::from('0'),
                'a'..='f' => u32::from(character) - u32::from('a') + 10,
                'A'..='F' => u32::from(character) - u32::from('A') + 10,
                _ => return Err(FingerprintError::Digit),
            };
            let byte = bytes.get_mut(digits / 2).ok_or(FingerprintError::Length)?;
            *byte = *byte << 4 | u8::try_from(value).expect("a digit is at most 15");
            digits += 1;
        }
        if digits == DIGITS {
            Ok(Self(bytes))
        } else {
            Err(FingerprintError::Length)
        }
    }
}

/// Why a text is not a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// Something other than a hexadecimal digit, a colon or a space.
    #[error("a fingerprint consists of the digits 0-9 and a-f")]
    Digit,
    /// Not exactly 64 digits, for example because a part was lost while copying.
    #[error("a fingerprint has {DIGITS} hexadecimal digits")]
    Length,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of the empty input (FIPS 180-4 test vectors).
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_fingerprint_is_the_sha256_of_the_bytes() {
        let fingerprint = Fingerprint::of(&CertificateDer::from(Vec::new()));
        assert_eq!(fingerprint.to_string(), EMPTY);
    }

    #[test]
    fn every_usual_notation_is_understood() {
        let expected: Fingerprint = EMPTY.parse().unwrap();
        let with_colons = EMPTY
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap().to_uppercase())
            .collect::<Vec<_>>()
            .join(":");
        for text in [EMPTY.to_uppercase(), with_colons, expected.grouped()] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn groups_hold_four_digits_each() {
        let grouped = Fingerprint([0xab; 32]).grouped();
        assert_eq!(grouped, vec!["abab"; 16].join(" "));
    }

    #[test]
    fn every_byte_survives_a_round_trip_at_every_place() {
        for place in 0..32 {
            for value in 0..=u8::MAX {
                let mut bytes = [0x5a; 32];
                bytes[place] = value;
                let fingerprint = Fingerprint(bytes);
                assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
            }
        }
    }

    #[test]
    fn wrong_lengths_and_digits_are_refused() {
        for (text, expected) in [
            ("", FingerprintError::Length),
            (&EMPTY[1..], FingerprintError::Length),
            (&format!("{EMPTY}0"), FingerprintError::Length),
            (&EMPTY.replace('e', "g"), FingerprintError::Digit),
            (&EMPTY.replace('e', "é"), FingerprintError::Digit),
            (&format!("{EMPTY}\n"), FingerprintError::Digit),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(expected), "{text}");
        }
    }
}
