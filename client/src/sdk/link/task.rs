//! The task that owns one connection.
//!
//! It takes requests from a bounded channel, numbers them, writes all that are ready at once and
//! hands each answer to whoever waits for it. It reads while it writes, so a server that stops
//! reading until its answers are taken cannot block it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::call::Call as _;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::hello::ServerHello;
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::{FRAME_BYTES_MAX, IN_FLIGHT_REQUESTS_MAX};
use auboutique_protocol::text::term_safe;
use auboutique_protocol::{codec, frame};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{Answer, Request, Shared, Written};
use crate::sdk::connect::{closed_by_server, lost, protocol, read_error, refusal, timed_out};
use crate::sdk::error::Error;
use crate::sdk::events::{Notice, Pushed, Word};
use crate::sdk::reconnect::Failure;

/// The server gives a sign of life after 30 s of silence; three of these missed mean that it is gone.
const SILENCE_MAX: Duration = Duration::from_secs(90);
/// How often deadlines are looked at, unless they are shorter themselves.
const CLOCK_STEP: Duration = Duration::from_secs(1);
/// How long the end of a connection may take to announce.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// A buffer that grew above this for a picture is given back afterwards.
const OUT_BYTES_KEPT: usize = 64 * 1024;

/// A request that awaits its answer.
struct InFlight {
    id: u64,
    /// Where its frame starts and ends in the stream of bytes ever written.
    start: u64,
    end: u64,
    written: Option<watch::Sender<Written>>,
    /// `None` for our own sign of life.
    answer: Option<oneshot::Sender<Answer>>,
}

/// The owner of a connection.
pub(super) struct Task<S, E> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    reader: FrameReader,
    queue: mpsc::Receiver<Request>,
    events: broadcast::Sender<Notice<E>>,
    shared: Arc<Shared>,
    in_flight: VecDeque<InFlight>,
    in_flight_max: usize,
    answer_timeout: Duration,
    id_next: u64,
    /// Frames to write, and how much of it was.
    out: Vec<u8>,
    out_written: usize,
    is_flushed: bool,
    /// Bytes ever put into `out`, and ever taken by the stream.
    bytes_queued: u64,
    bytes_written: u64,
    owes_ping: bool,
    /// No further requests are taken; why, if it is not our own doing.
    leaving: Option<Option<Error>>,
    farewell: Option<String>,
    event_seq: u64,
    progress_at: Instant,
    frame_at: Instant,
}

impl<S: AsyncRead + AsyncWrite, E: Pushed> Task<S, E> {
    pub(super) fn new(
        stream: S,
        hello: &ServerHello,
        answer_timeout: Duration,
        events: broadcast::Sender<Notice<E>>,
        queue: mpsc::Receiver<Request>,
        shared: Arc<Shared>,
    ) -> Self {
        let (read, write) = tokio::io::split(stream);
        let announced = usize::try_from(hello.limits.in_flight_requests_max).unwrap_or(1);
        let now = Instant::now();
        Self {
            read,
            write,
            reader: FrameReader::default(),
            queue,
            events,
            shared,
            in_flight: VecDeque::new(),
            in_flight_max: announced.clamp(1, IN_FLIGHT_REQUESTS_MAX),
            answer_timeout,
            id_next: 1,
            out: Vec::new(),
            out_written: 0,
            is_flushed: true,
            bytes_queued: 0,
            bytes_written: 0,
            owes_ping: false,
            leaving: None,
            farewell: None,
            event_seq: 0,
            progress_at: now,
            frame_at: now,
        }
    }

    /// Serves the connection until it ends or nobody needs it any more.
    pub(super) async fn run(mut self) {
        let mut clock = interval(
            CLOCK_STEP
                .min(self.answer_timeout / 4)
                .max(Duration::from_millis(1)),
        );
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let cause = loop {
            if let Some(cause) = self.finished() {
                break cause;
            }
            if let Err(error) = self.step(&mut clock).await {
                break error;
            }
        };
        self.end(cause).await;
    }

    /// Whatever happens next: a frame, room to write, a request, or the passing of time.
    async fn step(&mut self, clock: &mut tokio::time::Interval) -> Result<(), Error> {
        let has_output = !self.out.is_empty() || !self.is_flushed;
        let has_room = self.leaving.is_none() && self.in_flight.len() < self.in_flight_max;
        tokio::select! {
            frame = self.reader.next(&mut self.read, FRAME_BYTES_MAX) => self.receive(frame),
            written = give(&mut self.write, &self.out[self.out_written..]), if has_output => {
                self.advance(written)
            }
            request = self.queue.recv(), if has_room => {
                self.take(request);
                Ok(())
            }
            _ = clock.tick() => self.check_deadlines(),
        }
    }

    /// Why to stop, once nothing is left to do.
    fn finished(&self) -> Option<Error> {
        let leaving = self.leaving.as_ref()?;
        let idle = self.in_flight.is_empty() && self.out.is_empty() && self.is_flushed;
        idle.then(|| leaving.clone().unwrap_or(Error::Closed))
    }

    /// Takes a request and all others that are ready, so that they leave in one write.
    fn take(&mut self, first: Option<Request>) {
        if first.is_none() {
            self.leaving = Some(None);
        }
        let mut next = first;
        while let Some(request) = next {
            // Nobody waits any more: it need not be sent.
            if !request.answer.is_closed() {
                let Request {
                    name,
                    body,
                    written,
                    answer,
                } = request;
                self.enqueue(name, &body, written, Some(answer));
            }
            let has_room = self.in_flight.len() < self.in_flight_max;
            next = if has_room {
                self.queue.try_recv().ok()
            } else {
                None
            };
        }
    }

    fn enqueue(
        &mut self,
        name: &str,
        body: &[u8],
        written: Option<watch::Sender<Written>>,
        answer: Option<oneshot::Sender<Answer>>,
    ) {
        let id = self.id_next;
        self.id_next += 1;
        if self.in_flight.is_empty() {
            self.progress_at = Instant::now();
        }
        let before = self.out.len();
        frame::encode_into(&envelope::call_encoded(id, name, body), &mut self.out);
        let start = self.bytes_queued;
        self.bytes_queued += (self.out.len() - before) as u64;
        self.in_flight.push_back(InFlight {
            id,
            start,
            end: self.bytes_queued,
            written,
            answer,
        });
    }

    /// Notes what the stream took; a count of zero is a completed flush.
    fn advance(&mut self, written: io::Result<usize>) -> Result<(), Error> {
        let count = written.map_err(|error| lost(&error))?;
        if count == 0 {
            self.is_flushed = true;
            return Ok(());
        }
        self.is_flushed = false;
        self.out_written += count;
        self.bytes_written += count as u64;
        self.progress_at = Instant::now();
        for request in &self.in_flight {
            if let Some(written) = &request.written {
                let done = self.bytes_written.clamp(request.start, request.end) - request.start;
                written.send_replace((done, request.end - request.start));
            }
        }
        if self.out_written == self.out.len() {
            self.out_written = 0;
            self.out.clear();
            if self.out.capacity() > OUT_BYTES_KEPT {
                self.out = Vec::new();
            }
        }
        Ok(())
    }

    fn receive(&mut self, frame: Result<Option<Vec<u8>>, ReadError>) -> Result<(), Error> {
        let Some(frame) = frame.map_err(read_error)? else {
            return Err(self.closed());
        };
        self.frame_at = Instant::now();
        let frame = match envelope::into_success(frame) {
            Ok((id, reply)) => return self.answer(id, Ok(reply)),
            Err(frame) => frame,
        };
        match ServerFrame::parse(&frame).map_err(protocol)? {
            ServerFrame::Ok { id, reply } => self.answer(id, Ok(reply.to_vec())),
            ServerFrame::Error { id, code, message } => {
                let refusal = refusal(code.name, code.body, message)?;
                match id {
                    Some(id) => self.answer(id, Err(Failure::Refused(refusal))),
                    None => Err(Error::Refused(refusal)),
                }
            }
            ServerFrame::Event { seq, event } => self.notice(seq, event.name, event.body),
            ServerFrame::Hello(_) | ServerFrame::Malformed => Err(Error::Protocol(
                "a frame that is no answer and no event".into(),
            )),
        }
    }

    fn answer(&mut self, id: u64, answer: Answer) -> Result<(), Error> {
        let position = self.in_flight.iter().position(|request| request.id == id);
        let request = position.and_then(|position| self.in_flight.remove(position));
        let Some(request) = request else {
            return Err(Error::Protocol(
                "an answer to a request that was not sent".into(),
            ));
        };
        self.progress_at = Instant::now();
        if let Some(waiter) = request.answer {
            // Whoever asked may have gone; that is their business.
            let _ = waiter.send(answer);
        }
        if self.owes_ping {
            self.pay_ping();
        }
        Ok(())
    }

    fn notice(&mut self, seq: u64, name: &str, body: &[u8]) -> Result<(), Error> {
        let missed = seq != self.event_seq + 1;
        self.event_seq = seq;
        if missed {
            // Nobody may be listening.
            let _ = self.events.send(Notice::Missed);
        }
        let Some(event) = E::decode(name, body).map_err(protocol)? else {
            tracing::debug!(name = %term_safe(name), "passed over an event of a later version");
            return Ok(());
        };
        match event.word() {
            Word::Ping => {
                self.pay_ping();
                return Ok(());
            }
            Word::Farewell(reason) => self.farewell = Some(term_safe(reason).into_owned()),
            Word::Draining => {
                self.leaving = Some(Some(closed_by_server(Some("the server stops".into()))));
                self.queue.close();
            }
            Word::Resync => {
                let _ = self.events.send(Notice::Missed);
                return Ok(());
            }
            Word::News => {}
        }
        let _ = self.events.send(Notice::Event(event));
        Ok(())
    }

    /// Answers the server's question for a sign of life as soon as a request may be sent.
    fn pay_ping(&mut self) {
        self.owes_ping = self.in_flight.len() >= self.in_flight_max;
        if !self.owes_ping {
            self.enqueue(Ping::NAME, &codec::encode(&Ping {}), None, None);
        }
    }

    fn check_deadlines(&self) -> Result<(), Error> {
        if !self.in_flight.is_empty() && self.progress_at.elapsed() >= self.answer_timeout {
            return Err(timed_out("answer from the server", self.answer_timeout));
        }
        if self.frame_at.elapsed() >= SILENCE_MAX {
            return Err(timed_out("sign of life from the server", SILENCE_MAX));
        }
        Ok(())
    }

    fn closed(&mut self) -> Error {
        match self.leaving.take().flatten() {
            Some(cause) => cause,
            None => closed_by_server(self.farewell.take()),
        }
    }

    /// Tells every waiter, then the server.
    async fn end(mut self, cause: Error) {
        tracing::debug!(%cause, "a connection has ended");
        let _ = self.shared.cause.set(cause.clone());
        self.queue.close();
        for request in self.in_flight.drain(..) {
            let Some(waiter) = request.answer else {
                continue;
            };
            // The server acts on complete frames only.
            let _ = waiter.send(Err(if request.end <= self.bytes_written {
                Failure::Lost(cause.clone())
            } else {
                Failure::NotSent(cause.clone())
            }));
        }
        while let Ok(request) = self.queue.try_recv() {
            let _ = request.answer.send(Err(Failure::NotSent(cause.clone())));
        }
        // close_notify; a server that is gone cannot take it, and need not.
        let _ = timeout(CLOSE_TIMEOUT, self.write.shutdown()).await;
    }
}

/// Writes some of `bytes`, or flushes when there are none.
///
/// # Cancel safety
/// Safe: what was not reported as written was not taken.
async fn give<S: AsyncWrite>(stream: &mut WriteHalf<S>, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return stream.flush().await.map(|()| 0);
    }
    match stream.write(bytes).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        count => Ok(count),
    }
}
