//! One connection's life: hello, requests in order, the end.
//!
//! One task owns the stream. It takes every frame that has arrived (at most 16 requests), answers
//! them in order into one buffer, and writes when no more input waits: one write for many answers.
//! While it writes it does not read, so a peer that does not take its answers is not served further.
//! A handler is never interrupted. Generic over the stream: tests use a pipe, the server TLS.

mod admin;
mod clock;
mod intake;
mod outbox;
mod party;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::call::CallError;
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::event::{Disconnected, Draining, Event};
use auboutique_protocol::hello::ClientHello;
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::FRAME_BYTES_MAX_ANONYMOUS;
use auboutique_protocol::text::Agent;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

pub(crate) use self::admin::serve_admin;
use self::clock::{Clock, Due};
use self::intake::{Incoming, Intake};
use self::outbox::Outbox;
use self::party::Party;
use crate::context::Context;
use crate::dispatch::Answer;
use crate::error::reply;
use crate::limits::{Pace, Place, Rate};
use crate::monitoring::meters::RequestKind;
use crate::presence::{Ending, Letter, Meter};
use crate::session::Session;
use crate::statistics::Lane;

/// A client must have sent its hello this long after the handshake.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Closing waits this long for the peer to take what was written.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How fast a connection may ask that nobody has logged in on.
const ANONYMOUS_RATE: Rate = Rate {
    burst: 100,
    refill: Duration::from_millis(100),
};
/// Clients come back within this time after a server stopped, each at a moment of its own.
const RECONNECT_WITHIN_MS: u64 = 5_000;
/// When the server stops, what the system had received is read within this time.
const ARRIVED_WITHIN: Duration = Duration::from_millis(50);

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The peer closed it, or it broke.
    Gone,
    /// The peer broke a rule; it is told which.
    Refused(ErrorCode),
    /// Its session was ended elsewhere.
    Ended(Ending),
    /// The server stops.
    Drained,
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        tracing::debug!(%error, "the connection broke");
        Self::Gone
    }
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        tracing::debug!(%error, "no further frame");
        match error {
            ReadError::Frame(_) => Self::Refused(ErrorCode::FrameTooLarge(Nothing {})),
            ReadError::Truncated | ReadError::Io(_) => Self::Gone,
        }
    }
}

/// Serves a member's connection until it ends. `drain` asks it to finish what it has and close.
///
/// Not an `async fn`, whose future would hold what it was called with beside what it made of it.
pub(crate) fn serve<S>(
    stream: S,
    place: Place,
    context: Arc<Context>,
    drain: CancellationToken,
) -> impl Future<Output = ()> + Send
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = Connection::new(stream, place, context, drain, Session::Anonymous);
    async move { connection.run().await }
}

/// As [`serve`], after the hellos and with this session.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn serve_greeted<S>(
    stream: S,
    place: Place,
    context: Arc<Context>,
    drain: CancellationToken,
    session: Session,
) -> impl Future<Output = ()> + Send
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = Connection::new(stream, place, context, drain, session);
    async move {
        let end = connection.converse().await;
        connection.close(end).await;
    }
}

struct Connection<S, P: Party> {
    stream: S,
    place: Place,
    context: Arc<Context>,
    drain: CancellationToken,
    intake: Intake,
    outbox: Outbox,
    session: P,
    clock: Clock,
    /// How fast it may ask while nobody is logged in.
    pace: Pace,
    events: u64,
    requests: u64,
    meter: Arc<Meter>,
    /// When the last request was answered, if nothing has been waited for since the last [`Self::look`].
    looked: Option<Instant>,
    /// Where its requests are counted.
    lane: Lane,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, P: Party> Connection<S, P> {
    fn new(
        stream: S,
        mut place: Place,
        context: Arc<Context>,
        drain: CancellationToken,
        session: P,
    ) -> Self {
        place.authenticated(!session.is_anonymous());
        Self {
            stream,
            drain,
            intake: Intake::new(context.frames_in.clone()),
            outbox: Outbox::new(context.frames_out.clone()),
            session,
            clock: Clock::start(Instant::now()),
            pace: Pace::start(ANONYMOUS_RATE),
            events: 0,
            requests: 0,
            meter: Arc::new(Meter::start(place.address(), context.now())),
            looked: None,
            place,
            lane: context.statistics.lane(),
            context,
        }
    }

    async fn run(&mut self) {
        self.note_speaker();
        let end = match self.greet().await {
            Ok(()) => self.converse().await,
            Err(end) => end,
        };
        self.close(end).await;
    }

    /// Exchanges hellos.
    async fn greet(&mut self) -> Result<(), End> {
        let mut reader = FrameReader::default();
        let frame = tokio::select! {
            frame = timeout(HELLO_WITHIN, reader.next(&mut self.stream, FRAME_BYTES_MAX_ANONYMOUS)) => frame,
            // No event may come before the hello, so this is an error about the connection.
            () = self.drain.cancelled() => return Err(End::Refused(ErrorCode::Draining(Nothing {}))),
        };
        let frame = frame.map_err(|_| End::Refused(ErrorCode::Timeout(Nothing {})))??;
        let frame = frame.ok_or(End::Gone)?;
        let malformed = || End::Refused(ErrorCode::BadRequest(Nothing {}));
        let Ok(ClientFrame::Hello(body)) = ClientFrame::parse(&frame) else {
            return Err(malformed());
        };
        let hello: ClientHello = codec::decode(body).map_err(|_| malformed())?;
        let agent = Agent::parse(&hello.agent).map_err(|_| malformed())?;
        let version = hello
            .negotiate()
            .ok_or(End::Refused(ErrorCode::UnsupportedVersion(Nothing {})))?;
        tracing::debug!(%agent, version, "hello");
        self.meter.introduce(agent.as_str());
        self.outbox
            .push(&envelope::server_hello(&self.context.hello(version)));
        Ok(())
    }

    /// Answers requests until the connection ends.
    async fn converse(&mut self) -> End {
        loop {
            if let Err(end) = self.turn().await {
                return end;
            }
        }
    }

    /// Answers the next request that has arrived, or else writes and waits for more.
    async fn turn(&mut self) -> Result<(), End> {
        // What was seen at the last look still holds when requests wait and nothing has been waited for since.
        let now = match self.looked.take() {
            Some(now) if !self.intake.is_empty() => now,
            Some(_) | None => self.look()?,
        };
        let Some(incoming) = self.intake.next::<P>() else {
            return match self.intake.take_end() {
                Some(end) => Err(end),
                None => self.wait().await,
            };
        };
        match incoming {
            Incoming::Call { id, call } => {
                let restarts_login = self.session.restarts_login(&call);
                let answered = self.answer(id, call, now).await;
                self.clock.answered(answered, restarts_login);
            }
            Incoming::Malformed { id } => {
                let error = reply(ErrorCode::BadRequest(Nothing {}));
                let (kind, code) = (RequestKind::MALFORMED, &error.code);
                self.context
                    .meters
                    .answered(kind, Duration::ZERO, Some(code));
                self.outbox.push(&envelope::error(Some(id), &error));
                self.clock.answered(now, false);
            }
        }
        self.requests += 1;
        self.meter.answered(self.requests);
        if self.outbox.is_full() {
            self.looked = None;
            self.write().await?;
        }
        Ok(())
    }

    /// Looks at everything that may have happened meanwhile, and at the clock once for all of it.
    fn look(&mut self) -> Result<Instant, End> {
        if self.drain.is_cancelled() {
            return Err(End::Drained);
        }
        // Not only in `wait`, which a client that never stops asking does not reach.
        self.tell()?;
        let now = Instant::now();
        if self.intake.fill(&mut self.stream, &self.session) {
            self.heard(now);
        }
        if self.intake.is_inside_frame() {
            self.clock.frame_begun(now);
        }
        // Here too for a peer that never falls silent, and never logs in.
        if self.is_overdue(now) {
            return Err(End::Refused(ErrorCode::Timeout(Nothing {})));
        }
        Ok(now)
    }

    /// Does what was asked, counts it, and puts the answer into the outbox. When that was done.
    async fn answer(
        &mut self,
        id: u64,
        call: Result<P::Call, CallError>,
        begun: Instant,
    ) -> Instant {
        let kind = P::kind(&call);
        let was_anonymous = self.session.is_anonymous();
        let mut has_waited = false;
        let answer = match self.session.take_turn(&self.pace, begun) {
            Ok(()) => {
                let address = self.place.address();
                match self.session.answer(&self.context, address, call) {
                    Answer::Ready(answer) => answer,
                    Answer::Pending(work) => {
                        has_waited = true;
                        let span = tracing::info_span!("request", id, name = kind.name());
                        work.instrument(span).await
                    }
                }
            }
            Err(wait) => Err(reply(ErrorCode::from(wait))),
        };
        self.place.authenticated(!self.session.is_anonymous());
        if was_anonymous {
            self.note_speaker();
        }
        let refusal = answer.as_ref().err().map(|error| &error.code);
        let answered = Instant::now();
        let (lane, took) = (self.lane, answered - begun);
        self.context.statistics.answered(lane, took, refusal);
        self.context.meters.answered(kind, took, refusal);
        match answer {
            Ok(encoded) => self
                .outbox
                .push_with(|out| envelope::ok_into(id, &encoded.0, out)),
            Err(error) => self.outbox.push(&envelope::error(Some(id), &error)),
        }
        self.session.describe(&self.meter, &self.context);
        self.looked = (!has_waited).then_some(answered);
        answered
    }

    /// Has the lines of the log say who speaks on the connection.
    fn note_speaker(&self) {
        if let Some(name) = self.session.name() {
            Span::current().record("user", name);
        }
    }

    /// A frame is complete.
    fn heard(&mut self, now: Instant) {
        self.clock.frame_complete(now);
        self.meter.received(self.intake.bytes(), now);
    }

    async fn write(&mut self) -> std::io::Result<()> {
        let written = self.outbox.write(&mut self.stream).await;
        self.meter.written(self.outbox.written());
        written
    }

    /// Writes what is answered, then waits for the next frame, a deadline, or the end.
    async fn wait(&mut self) -> Result<(), End> {
        self.write().await?;
        let (instant, due) = self.deadline();
        tokio::select! {
            biased;
            () = self.drain.cancelled() => Err(End::Drained),
            arrived = self.intake.read(&mut self.stream, &self.session) => {
                if arrived? {
                    self.heard(Instant::now());
                }
                Ok(())
            }
            () = sleep_until(instant) => match due {
                // A header may have come meanwhile, and with it a later deadline.
                Due::Close if self.deadline().0 > instant => Ok(()),
                Due::Close => Err(End::Refused(ErrorCode::Timeout(Nothing {}))),
                Due::Ping => {
                    self.clock.pinged(Instant::now());
                    self.push_event(&Event::Ping(Nothing {}));
                    Ok(())
                }
            },
            () = self.session.arrived() => Ok(()),
        }
    }

    /// Passes on what others have left for this connection, as much as may be written at once.
    fn tell(&mut self) -> Result<(), End> {
        if let Some(ending) = self.session.ending() {
            return Err(End::Ended(ending));
        }
        let mut push = |event: &[u8]| {
            self.events += 1;
            self.outbox
                .push(&envelope::event_encoded(self.events, event));
            self.outbox.is_full()
        };
        for news in self.session.take_news() {
            push(&news);
        }
        while let Some(letter) = self.session.take_letter() {
            let is_full = match letter {
                Letter::Event(event) => push(&event),
                Letter::Resync => push(&codec::encode(&Event::Resync(Nothing {}))),
            };
            if is_full {
                break;
            }
        }
        Ok(())
    }

    fn deadline(&self) -> (Instant, Due) {
        self.clock
            .next(self.intake.announced(), self.session.is_anonymous())
    }

    fn is_overdue(&self, now: Instant) -> bool {
        let (instant, due) = self.deadline();
        due == Due::Close && instant <= now
    }

    fn push_event(&mut self, event: &Event) {
        self.events += 1;
        self.outbox.push(&envelope::event(self.events, event));
    }

    /// Says why, closes in both directions, and lets the peer read it.
    async fn close(&mut self, end: End) {
        match end {
            End::Gone => {
                // Whoever closed in order after asking gets its answers and is answered in kind; a
                // broken connection refuses both.
                let farewell = async {
                    self.outbox.write(&mut self.stream).await?;
                    self.stream.shutdown().await
                };
                let _ = timeout(CLOSE_WITHIN, farewell).await;
                return;
            }
            End::Refused(code) => {
                if let Some(left_out) = self.context.peer_lines.refused.take(Instant::now()) {
                    let code = code.name();
                    tracing::info!(code, left_out, "closing a connection");
                }
                self.outbox.push(&envelope::error(None, &reply(code)));
            }
            End::Ended(Ending::SlowConsumer) => {
                tracing::debug!("closing: events are taken too slowly");
                // What was dropped is said first, so that a client with a listener that outlives
                // the connection knows of the gap.
                self.say_what_was_dropped();
                let error = reply(ErrorCode::SlowConsumer(Nothing {}));
                self.outbox.push(&envelope::error(None, &error));
            }
            End::Ended(ending) => {
                let reason = ending.reason();
                self.push_event(&Event::Disconnected(Disconnected { reason }));
            }
            End::Drained => self.refuse_the_rest().await,
        }
        if self.outbox.write(&mut self.stream).await.is_ok() {
            let _ = timeout(CLOSE_WITHIN, linger(&mut self.stream)).await;
        }
    }

    /// Tells the peer that events were dropped, if it does not know yet.
    fn say_what_was_dropped(&mut self) {
        if self.session.take_letter() == Some(Letter::Resync) {
            self.push_event(&Event::Resync(Nothing {}));
        }
    }

    /// Tells the peer that the server stops, and answers what has arrived too late.
    async fn refuse_the_rest(&mut self) {
        let mut random = [0; 8];
        // Without randomness all come back at once, which the listener bears.
        let _ = getrandom::fill(&mut random);
        let reconnect_after_ms = u64::from_be_bytes(random) % RECONNECT_WITHIN_MS;
        self.push_event(&Event::Draining(Draining { reconnect_after_ms }));
        let until = Instant::now() + ARRIVED_WITHIN;
        loop {
            self.intake.fill(&mut self.stream, &self.session);
            while let Some(incoming) = self.intake.next::<P>() {
                let (Incoming::Call { id, .. } | Incoming::Malformed { id }) = incoming;
                let error = reply(ErrorCode::Draining(Nothing {}));
                self.outbox.push(&envelope::error(Some(id), &error));
            }
            if self.outbox.is_full() || self.intake.take_end().is_some() {
                return;
            }
            // The system may have received more than the runtime knows of yet.
            let more = self.intake.read(&mut self.stream, &self.session);
            if !matches!(timeout_at(until, more).await, Ok(Ok(_))) {
                return;
            }
        }
    }
}

/// Sends close_notify and reads until the peer closes: closing a socket with unread input makes the
/// system reset it, and the peer would lose the last answers.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    stream.shutdown().await?;
    // Not within the future, which every connection has room for from its beginning.
    let mut discarded = vec![0; 1024];
    while stream.read(&mut discarded).await? > 0 {}
    Ok(())
}
