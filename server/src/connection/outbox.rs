//! Answers on their way out: gathered in one buffer, written together.

use std::io;
use std::time::Duration;

use auboutique_protocol::frame;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::limits::FrameBudget;

/// Answers are written at the latest when this many bytes have gathered.
const GATHERED_BYTES_MAX: usize = 64 * 1024;
/// Memory for this many bytes is taken at first: for the small answers that come together.
const FIRST_BYTES: usize = 1024;
/// A peer that takes nothing for this long is gone.
const PROGRESS_WITHIN: Duration = Duration::from_secs(10);

/// See the module's description. Empty it holds no memory.
#[derive(Debug)]
pub(super) struct Outbox {
    buffer: Vec<u8>,
    budget: FrameBudget,
    written: u64,
}

impl Outbox {
    /// Nothing is to be written. What is large takes from this budget while it is written.
    pub(super) fn new(budget: FrameBudget) -> Self {
        Self {
            buffer: Vec::new(),
            budget,
            written: 0,
        }
    }

    /// Adds a frame with this body.
    pub(super) fn push(&mut self, body: &[u8]) {
        self.push_with(|out| out.extend_from_slice(body));
    }

    /// Adds a frame whose body is written in its place.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.buffer.reserve(FIRST_BYTES);
        frame::encode_with(&mut self.buffer, write);
    }

    /// Whether enough has gathered to be written before more is answered.
    pub(super) fn is_full(&self) -> bool {
        #[cfg(feature = "benching")]
        if crate::benching::answers_are_flushed() {
            return !self.buffer.is_empty();
        }
        self.buffer.len() >= GATHERED_BYTES_MAX
    }

    /// Bytes of all frames that were written.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Writes and flushes everything.
    ///
    /// # Errors
    /// The stream failed, the peer took nothing for [`PROGRESS_WITHIN`], or too many peers take large
    /// answers too slowly. Waiting for them would keep this answer in memory all the same.
    pub(super) async fn write<S: AsyncWrite + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let _reserved = self
            .budget
            .try_reserve(buffer.len())
            .map_err(io::Error::other)?;
        let mut rest = buffer.as_slice();
        while !rest.is_empty() {
            match timeout(PROGRESS_WITHIN, stream.write(rest)).await?? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => {
                    self.written += written as u64;
                    rest = &rest[written..];
                }
            }
        }
        timeout(PROGRESS_WITHIN, stream.flush()).await?
    }
}
