//! The length prefix: a frame is four bytes of big-endian length, then that many bytes of CBOR.
//!
//! This module knows only bytes. [`crate::io`] reads and writes frames on a stream.

use crate::limits::FRAME_BYTES_MAX;

/// Bytes of the length prefix.
pub const HEADER_BYTES: usize = 4;

/// A length prefix that no peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length is zero; no frame is empty.
    #[error("a frame of length 0")]
    Empty,
    /// The length exceeds what this connection takes now.
    #[error("a frame of {length} bytes, at most {max} are taken")]
    TooLarge {
        /// The length announced.
        length: u32,
        /// The most that is taken, in bytes.
        max: usize,
    },
}

/// Reads a length prefix and returns the length of the body in bytes, `1..=max`.
///
/// # Errors
/// A length of 0 or above `max`.
pub fn decode_header(header: [u8; HEADER_BYTES], max: usize) -> Result<usize, FrameError> {
    let length = u32::from_be_bytes(header);
    match usize::try_from(length) {
        Ok(0) => Err(FrameError::Empty),
        Ok(bytes) if bytes <= max => Ok(bytes),
        _ => Err(FrameError::TooLarge { length, max }),
    }
}

/// Appends a frame with this body to `out`.
///
/// # Panics
/// If the body is empty or longer than [`FRAME_BYTES_MAX`]: both ends build their frames from
/// fields that are bounded well below that.
pub fn encode_into(body: &[u8], out: &mut Vec<u8>) {
    out.reserve(HEADER_BYTES + body.len());
    encode_with(out, |out| out.extend_from_slice(body));
}

/// Appends a frame to `out` whose body `write` appends, so that nothing is copied.
///
/// # Panics
/// As [`encode_into`].
pub fn encode_with(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    write(out);
    let length = out.len() - start - HEADER_BYTES;
    assert!(
        (1..=FRAME_BYTES_MAX).contains(&length),
        "a frame body holds 1 to {FRAME_BYTES_MAX} bytes, not {length}"
    );
    let length = u32::try_from(length).expect("FRAME_BYTES_MAX fits into 32 bits");
    out[start..start + HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_taken_up_to_the_limit_and_no_further() {
        assert_eq!(decode_header([0, 0, 0, 1], 4096), Ok(1));
        assert_eq!(decode_header([0, 0, 16, 0], 4096), Ok(4096));
        assert_eq!(
            decode_header([0, 0, 16, 1], 4096),
            Err(FrameError::TooLarge {
                length: 4097,
                max: 4096
            })
        );
        assert_eq!(
            decode_header([0xff; 4], FRAME_BYTES_MAX),
            Err(FrameError::TooLarge {
                length: u32::MAX,
                max: FRAME_BYTES_MAX
            })
        );
    }

    #[test]
    fn an_empty_frame_is_refused() {
        assert_eq!(decode_header([0; 4], 4096), Err(FrameError::Empty));
    }

    #[test]
    fn what_is_encoded_decodes_to_its_length() {
        let mut out = vec![9];
        encode_into(b"abc", &mut out);
        assert_eq!(out, [9, 0, 0, 0, 3, b'a', b'b', b'c']);
    }
}
