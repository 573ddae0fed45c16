//! Frames on a stream: reading that can be interrupted, and writing that reports its progress.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::frame::{FrameError, HEADER_BYTES, decode_header};

/// Memory for a body grows by at most this much ahead of the bytes that arrive, so that announcing
/// a large frame costs the peer as much as it costs us.
const BODY_STEP_BYTES: usize = 16 * 1024;

/// Why no further frame can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A length that may not be.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The stream ended inside a frame.
    #[error("the connection ended inside a frame")]
    Truncated,
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads frames one after the other.
///
/// The state of a half-read frame lives here and not in the future, so [`FrameReader::next`] may be
/// dropped at any await (for example in `select!`) and called again without losing a byte. It reads
/// the header and then exactly the body: an idle reader holds no buffer.
#[derive(Debug, Default)]
pub struct FrameReader {
    header: [u8; HEADER_BYTES],
    header_filled: usize,
    body: Vec<u8>,
    body_length: Option<usize>,
}

impl FrameReader {
    /// Reads the next frame's body; `None` when the stream ended between two frames.
    ///
    /// A stream that ends without the peer's close_notify counts as ended here, because a frame
    /// boundary is a safe place to stop; within a frame it is [`ReadError::Truncated`].
    ///
    /// # Errors
    /// See [`ReadError`]; all are final.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn next<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        max: usize,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(length) = self.announce(stream, max).await? else {
            return Ok(None);
        };
        while self.body.len() < length {
            let missing = length - self.body.len();
            if self.body.capacity() == self.body.len() {
                self.body
                    .reserve_exact(missing.min(BODY_STEP_BYTES.max(self.body.len())));
            }
            let room = (self.body.capacity() - self.body.len()).min(missing);
            match (&mut *stream)
                .take(room as u64)
                .read_buf(&mut self.body)
                .await
            {
                Ok(0) => return Err(ReadError::Truncated),
                Ok(_) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        self.header_filled = 0;
        self.body_length = None;
        Ok(Some(std::mem::take(&mut self.body)))
    }

    /// Reads the next frame's header and no more, and returns the length of its body; `None` when the
    /// stream ended between two frames. For who must make room before the body comes.
    ///
    /// # Errors
    /// See [`ReadError`]; all are final.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn announce<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        max: usize,
    ) -> Result<Option<usize>, ReadError> {
        while self.header_filled < HEADER_BYTES {
            match stream.read(&mut self.header[self.header_filled..]).await {
                Ok(0) if self.is_inside_frame() => return Err(ReadError::Truncated),
                Ok(0) => return Ok(None),
                Ok(count) => self.header_filled += count,
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof && !self.is_inside_frame() =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(broken(error)),
            }
        }
        match self.body_length {
            Some(length) => Ok(Some(length)),
            None => {
                let length = decode_header(self.header, max)?;
                Ok(Some(*self.body_length.insert(length)))
            }
        }
    }

    /// Waits for the first byte of the next frame; `false` when the stream ended instead.
    ///
    /// # Errors
    /// The stream failed.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn wait<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<bool, ReadError> {
        if self.header_filled > 0 {
            return Ok(true);
        }
        match stream.read(&mut self.header).await {
            Ok(count) => self.header_filled = count,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.header_filled > 0)
    }

    /// The length of the body that is being read, once its header is complete.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        self.body_length
    }

    /// Whether some bytes of a frame have come, but not all.
    #[must_use]
    pub fn is_inside_frame(&self) -> bool {
        self.header_filled > 0
    }
}

/// What a failed read within a frame means. A peer that leaves without close_notify is the end of the
/// stream like any other.
fn broken(error: io::Error) -> ReadError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        ReadError::Truncated
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::encode_into;

    #[tokio::test]
    async fn frames_are_read_in_order_and_the_end_between_them_is_an_end() {
        let mut bytes = Vec::new();
        encode_into(b"one", &mut bytes);
        encode_into(&[7; 50_000], &mut bytes);
        let (mut reader, mut stream) = (FrameReader::default(), bytes.as_slice());
        assert_eq!(
            reader.next(&mut stream, 65_536).await.unwrap().unwrap(),
            b"one"
        );
        assert_eq!(
            reader.next(&mut stream, 65_536).await.unwrap().unwrap(),
            [7; 50_000]
        );
        assert!(reader.next(&mut stream, 65_536).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_end_inside_a_frame_is_an_error() {
        for cut in 1..7 {
            let mut bytes = Vec::new();
            encode_into(b"one", &mut bytes);
            let mut stream = &bytes[..cut];
            let outcome = FrameReader::default().next(&mut stream, 100).await;
            assert!(
                matches!(outcome, Err(ReadError::Truncated)),
                "{cut}: {outcome:?}"
            );
        }
    }

    #[tokio::test]
    async fn reading_can_be_interrupted_at_every_byte() {
        use tokio::io::AsyncWriteExt as _;
        let (mut near, mut far) = tokio::io::duplex(64);
        let mut bytes = Vec::new();
        encode_into(b"interrupted", &mut bytes);
        let mut reader = FrameReader::default();
        for byte in &bytes[..bytes.len() - 1] {
            far.write_all(&[*byte]).await.unwrap();
            tokio::select! {
                biased;
                frame = reader.next(&mut near, 100) => panic!("a frame before its end: {frame:?}"),
                () = std::future::ready(()) => {}
            }
        }
        assert!(reader.is_inside_frame());
        far.write_all(&bytes[bytes.len() - 1..]).await.unwrap();
        assert_eq!(
            reader.next(&mut near, 100).await.unwrap().unwrap(),
            b"interrupted"
        );
    }

    #[tokio::test]
    async fn an_announced_length_reserves_no_memory_before_its_bytes_come() {
        use tokio::io::AsyncWriteExt as _;
        let (mut near, mut far) = tokio::io::duplex(64);
        far.write_all(&[0, 0x0f, 0xff, 0xff, 1]).await.unwrap();
        let mut reader = FrameReader::default();
        tokio::select! {
            biased;
            _ = reader.next(&mut near, 1 << 20) => unreachable!("the frame is not complete"),
            () = std::future::ready(()) => {}
        }
        assert!(
            reader.body.capacity() <= BODY_STEP_BYTES,
            "{}",
            reader.body.capacity()
        );
    }

    #[tokio::test]
    async fn a_length_is_announced_before_its_body_is_read_and_as_often_as_asked() {
        let mut bytes = Vec::new();
        encode_into(b"announced", &mut bytes);
        let (mut reader, mut stream) = (FrameReader::default(), bytes.as_slice());
        for _ in 0..2 {
            let length = reader.announce(&mut stream, 100).await.unwrap();
            assert_eq!((length, reader.announced()), (Some(9), Some(9)));
        }
        assert_eq!(stream, b"announced");
        let body = reader.next(&mut stream, 100).await.unwrap();
        assert_eq!(body.unwrap(), b"announced");
        assert_eq!(reader.announce(&mut stream, 100).await.unwrap(), None);
    }
}
