//! Requests on their way in: frames are read, checked and decoded, and wait here for their turn.

use std::collections::VecDeque;

use auboutique_protocol::call::{CallError, MemberCall};
use auboutique_protocol::envelope::ClientFrame;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::{
    FRAME_BYTES_MAX, FRAME_BYTES_MAX_ANONYMOUS, IN_FLIGHT_REQUESTS_MAX,
};
use futures_util::FutureExt as _;
use tokio::io::AsyncRead;

use super::End;
use crate::session::Session;

/// No further frame is taken while those that wait came to this many bytes.
const WAITING_BYTES_MAX: usize = FRAME_BYTES_MAX;

/// A request that waits for its turn.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A request, or why it could not be understood.
    Call {
        id: u64,
        call: Result<MemberCall, CallError>,
    },
    /// An envelope of which only the id could be made out.
    Malformed { id: u64 },
}

impl Incoming {
    fn id(&self) -> u64 {
        match self {
            Self::Call { id, .. } | Self::Malformed { id } => *id,
        }
    }
}

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Intake {
    reader: FrameReader,
    waiting: VecDeque<Incoming>,
    waiting_bytes: usize,
    end: Option<End>,
}

impl Intake {
    /// The next request, in the order of arrival.
    pub(super) fn next(&mut self) -> Option<Incoming> {
        let next = self.waiting.pop_front();
        if self.waiting.is_empty() {
            self.waiting_bytes = 0;
        }
        next
    }

    /// The length of the frame that is being read, once it is known.
    pub(super) fn announced(&self) -> Option<usize> {
        self.reader.announced()
    }

    /// Whether some bytes of a frame have come, but not all.
    pub(super) fn is_inside_frame(&self) -> bool {
        self.reader.is_inside_frame()
    }

    /// Takes what has arrived, without waiting: at most 16 requests, so that a peer that sends more
    /// is held back by its own connection. Returns whether a frame was among it.
    pub(super) fn fill<S: AsyncRead + Unpin>(&mut self, stream: &mut S, session: &Session) -> bool {
        let before = self.waiting.len();
        while self.end.is_none()
            && self.waiting.len() < IN_FLIGHT_REQUESTS_MAX
            && self.waiting_bytes < WAITING_BYTES_MAX
        {
            let arrived = self
                .reader
                .next(stream, frame_bytes_max(session))
                .now_or_never();
            let Some(frame) = arrived else { break };
            self.end = self.accept(frame).err();
        }
        self.waiting.len() > before
    }

    /// Why nothing more will come. To be asked when nothing waits: what came before the end is
    /// answered.
    pub(super) fn take_end(&mut self) -> Option<End> {
        self.end.take()
    }

    /// Waits for the first byte of a frame (`false`) or, where that has come, for the rest (`true`).
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        session: &Session,
    ) -> Result<bool, End> {
        if !self.reader.is_inside_frame() {
            return if self.reader.wait(stream).await? {
                Ok(false)
            } else {
                Err(End::Gone)
            };
        }
        let frame = self.reader.next(stream, frame_bytes_max(session)).await;
        self.accept(frame)?;
        Ok(true)
    }

    fn accept(&mut self, frame: Result<Option<Vec<u8>>, ReadError>) -> Result<(), End> {
        let frame = frame?.ok_or(End::Gone)?;
        let refused = || End::Refused(ErrorCode::BadRequest(Nothing {}));
        let incoming = match ClientFrame::parse(&frame) {
            Ok(ClientFrame::Call { id, call }) => Incoming::Call {
                id,
                call: MemberCall::decode(call.name, call.body),
            },
            Ok(ClientFrame::Malformed { id: Some(id) }) => Incoming::Malformed { id },
            Ok(ClientFrame::Malformed { id: None } | ClientFrame::Hello(_)) | Err(_) => {
                return Err(refused());
            }
        };
        if self
            .waiting
            .iter()
            .any(|earlier| earlier.id() == incoming.id())
        {
            return Err(refused());
        }
        self.waiting_bytes += frame.len();
        self.waiting.push_back(incoming);
        Ok(())
    }
}

fn frame_bytes_max(session: &Session) -> usize {
    match session {
        Session::Anonymous => FRAME_BYTES_MAX_ANONYMOUS,
        Session::Member(_) => FRAME_BYTES_MAX,
    }
}
