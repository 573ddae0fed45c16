//! Requests on their way in: frames are read and checked, wait here for their turn, and are decoded when it has come.

use std::collections::VecDeque;

use auboutique_protocol::call::CallError;
use auboutique_protocol::envelope::ClientFrame;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::{
    FRAME_BYTES_MAX, FRAME_BYTES_MAX_ANONYMOUS, IN_FLIGHT_REQUESTS_MAX,
};
use futures_util::FutureExt as _;
use tokio::io::AsyncRead;

use super::End;
use super::party::Party;
use crate::limits::{FrameBudget, Reserved};

/// The length that stands before a frame.
const FRAME_HEADER_BYTES: usize = 4;
/// No further frame is taken while those that wait came to this many bytes.
const WAITING_BYTES_MAX: usize = FRAME_BYTES_MAX;

/// A request whose turn has come.
pub(super) enum Incoming<C> {
    /// A request, or why it could not be understood.
    Call { id: u64, call: Result<C, CallError> },
    /// An envelope of which only the id could be made out.
    Malformed { id: u64 },
}

/// A checked frame that waits for its turn. Decoded it would take several times the memory.
struct Waiting {
    id: u64,
    frame: Vec<u8>,
    /// How long the name of the request and its body are; `None` where the envelope is malformed.
    call: Option<CallLengths>,
    reserved: Option<Reserved>,
}

/// The name of a request and its body are the last of a frame: keys stand in their order, and `call` is longer
/// than `id`.
#[derive(Clone, Copy)]
struct CallLengths {
    name_bytes: usize,
    body_bytes: usize,
}

impl Waiting {
    fn of(frame: Vec<u8>, reserved: Option<Reserved>) -> Result<Self, End> {
        let (id, call) = match ClientFrame::parse(&frame) {
            Ok(ClientFrame::Call { id, call }) => {
                let (name_bytes, body_bytes) = (call.name.len(), call.body.len());
                let lengths = CallLengths {
                    name_bytes,
                    body_bytes,
                };
                (id, Some(lengths))
            }
            Ok(ClientFrame::Malformed { id: Some(id) }) => (id, None),
            Ok(ClientFrame::Malformed { id: None } | ClientFrame::Hello(_)) | Err(_) => {
                return Err(End::Refused(ErrorCode::BadRequest(Nothing {})));
            }
        };
        Ok(Self {
            id,
            frame,
            call,
            reserved,
        })
    }

    fn decode<P: Party>(&self) -> Incoming<P::Call> {
        let id = self.id;
        let Some(lengths) = self.call else {
            return Incoming::Malformed { id };
        };
        let (before, body) = self.frame.split_at(self.frame.len() - lengths.body_bytes);
        let name = &before[before.len() - lengths.name_bytes..];
        let name = std::str::from_utf8(name).expect("it was text when the frame was checked");
        let call = P::decode(name, body);
        Incoming::Call { id, call }
    }
}

/// See the module's description.
pub(super) struct Intake {
    reader: FrameReader,
    budget: FrameBudget,
    /// For the frame that is being read.
    reserved: Option<Reserved>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// For the request that was handed out last.
    answering: Option<Reserved>,
    /// Of all frames, with their lengths.
    bytes: u64,
    end: Option<End>,
}

impl Intake {
    /// Nothing has come. Large frames take from this budget what they hold.
    pub(super) fn new(budget: FrameBudget) -> Self {
        Self {
            reader: FrameReader::default(),
            budget,
            reserved: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            answering: None,
            bytes: 0,
            end: None,
        }
    }

    /// The next request, in the order of arrival. What its frame had reserved is held until the next is
    /// asked for.
    pub(super) fn next<P: Party>(&mut self) -> Option<Incoming<P::Call>> {
        let next = self.waiting.pop_front();
        if self.waiting.is_empty() {
            self.waiting_bytes = 0;
        }
        let incoming = next.as_ref().map(Waiting::decode::<P>);
        self.answering = next.and_then(|waiting| waiting.reserved);
        incoming
    }

    /// Whether no request waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes of all frames that have come.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
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
    pub(super) fn fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        party: &impl Party,
    ) -> bool {
        let before = self.waiting.len();
        while self.end.is_none()
            && self.waiting.len() < IN_FLIGHT_REQUESTS_MAX
            && self.waiting_bytes < WAITING_BYTES_MAX
        {
            let arrived = self.frame(stream, frame_bytes_max(party)).now_or_never();
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
        party: &impl Party,
    ) -> Result<bool, End> {
        // Whoever is silent holds nothing.
        self.waiting.shrink_to_fit();
        if !self.reader.is_inside_frame() {
            return if self.reader.wait(stream).await? {
                Ok(false)
            } else {
                Err(End::Gone)
            };
        }
        let frame = self.frame(stream, frame_bytes_max(party)).await;
        self.accept(frame)?;
        Ok(true)
    }

    /// Reads a frame. A large one waits, once its length is known, until there is room for it.
    ///
    /// # Cancel safety
    /// Safe.
    async fn frame<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        max: usize,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        if self.reserved.is_none()
            && let Some(length) = self.reader.announce(stream, max).await?
        {
            self.reserved = self.budget.reserve(length).await;
        }
        self.reader.next(stream, max).await
    }

    fn accept(&mut self, frame: Result<Option<Vec<u8>>, ReadError>) -> Result<(), End> {
        let reserved = self.reserved.take();
        let frame = frame?.ok_or(End::Gone)?;
        self.bytes += (FRAME_HEADER_BYTES + frame.len()) as u64;
        let waiting = Waiting::of(frame, reserved)?;
        if self.waiting.iter().any(|earlier| earlier.id == waiting.id) {
            return Err(End::Refused(ErrorCode::BadRequest(Nothing {})));
        }
        self.waiting_bytes += waiting.frame.len();
        self.waiting.push_back(waiting);
        Ok(())
    }
}

fn frame_bytes_max(party: &impl Party) -> usize {
    if party.is_anonymous() {
        FRAME_BYTES_MAX_ANONYMOUS
    } else {
        FRAME_BYTES_MAX
    }
}
