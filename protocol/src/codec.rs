//! CBOR to typed structs and back: the one place that names the CBOR library.
//!
//! The library writes; what it writes the strict scanner passes, because every struct declares its fields in the
//! order of their encoded keys (proven by the vectors in `protocol/vectors`). Reading goes by the scanner itself:
//! what a peer has sent has one meaning, or none.

mod decoder;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::decoder::Decoder;
use crate::strict::Scanner;

/// Most messages fit into so many bytes; memory for them is taken once.
const SMALL_BYTES: usize = 64;

/// A body that does not have the shape of its type, or is not of our CBOR subset.
///
/// The text says what is wrong; it is for logs, not for peers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub(crate) String);

/// Decodes one item into `T`.
///
/// # Errors
/// The item does not have the shape of `T`, or is not of our subset, or bytes follow it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut scanner = Scanner::new(bytes);
    let value = T::deserialize(Decoder::new(&mut scanner))?;
    scanner.finish()?;
    Ok(value)
}

/// Encodes a value of this protocol.
///
/// # Panics
/// If the `Serialize` implementation of `T` fails; those of this crate do not, and a `Vec` takes
/// every write.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SMALL_BYTES);
    encode_into(value, &mut bytes);
    bytes
}

/// Appends an encoded value to `out`; see [`encode`].
///
/// # Panics
/// As [`encode`].
pub fn encode_into<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    ciborium::into_writer(value, out)
        .expect("protocol types serialise and a Vec takes every write");
}

/// Heads of containers and short texts, for replies that are put together from encoded parts.
pub mod head {
    /// Appends the head of a map with `entries` entries.
    pub fn map(entries: u64, out: &mut Vec<u8>) {
        put(5, entries, out);
    }

    /// Appends the head of an array with `members` members.
    pub fn array(members: u64, out: &mut Vec<u8>) {
        put(4, members, out);
    }

    /// Appends a text.
    pub fn text(text: &str, out: &mut Vec<u8>) {
        put(3, text.len() as u64, out);
        out.extend_from_slice(text.as_bytes());
    }

    /// Appends a byte string.
    pub fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
        put(2, bytes.len() as u64, out);
        out.extend_from_slice(bytes);
    }

    /// Appends an unsigned integer.
    pub fn unsigned(value: u64, out: &mut Vec<u8>) {
        put(0, value, out);
    }

    /// The shortest form of a head (RFC 8949 §3).
    fn put(major: u8, argument: u64, out: &mut Vec<u8>) {
        let [.., seven, eight] = argument.to_be_bytes();
        let major = major << 5;
        match argument {
            0..=23 => out.push(major | eight),
            24..=0xff => out.extend([major | 24, eight]),
            0x100..=0xffff => out.extend([major | 25, seven, eight]),
            0x1_0000..=0xffff_ffff => {
                out.push(major | 26);
                out.extend_from_slice(&argument.to_be_bytes()[4..]);
            }
            _ => {
                out.push(major | 27);
                out.extend_from_slice(&argument.to_be_bytes());
            }
        }
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn heads_are_the_library_s_at_every_width() {
            for value in [
                0,
                23,
                24,
                255,
                256,
                65_535,
                65_536,
                u64::from(u32::MAX),
                1 << 32,
                u64::MAX,
            ] {
                let mut out = Vec::new();
                super::unsigned(value, &mut out);
                assert_eq!(out, crate::codec::encode(&value));
            }
            for length in [0, 23, 24, 300] {
                let text = "x".repeat(length);
                let mut out = Vec::new();
                super::text(&text, &mut out);
                assert_eq!(out, crate::codec::encode(&text));
            }
        }
    }
}
