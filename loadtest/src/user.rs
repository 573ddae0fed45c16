//! A simulated user: one connection, one request at a time, everything noted down.
//!
//! A user does what a careful client does. A request is sent again until its outcome is definite,
//! with the same key where it has one, over a new connection if need be; each try is an event of its
//! own. Nothing is hidden from the judge: a try whose answer got lost stays in the history as unknown.

pub mod actions;

use std::time::Duration;

use auboutique_client::{Connection, Error, Incoming, Refusal, RefusalCode};
use auboutique_protocol::accounts::Resume;
use auboutique_protocol::call::Call;
use auboutique_protocol::codec;
use auboutique_protocol::error::{ErrorCode, Retry};
use auboutique_protocol::ids::Token;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::context::{Abort, SharedContext, Stopped, failure_name};
use crate::history::{self, Actor, Event, Moment};
use crate::record::{Ended, Ending, Request};

/// Longest pause before a request that was not applied is sent again. A server may ask for more;
/// a test has no time for it.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Pause before a lost connection is made again, at first; it doubles up to [`PAUSE_MAX`].
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);
/// How long a server may be away, or say nothing but "not now", before the run is given up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A simulated user.
pub struct User {
    /// The number in the history.
    pub actor: Actor,
    /// The name on the wire.
    pub name: String,
    /// What all users share.
    pub context: SharedContext,
    token: Token,
    stop: CancellationToken,
    connection: Option<Connection>,
    /// When the next request was planned to begin, in an open loop.
    planned: Option<Moment>,
}

/// How one try of a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The encoded reply.
    Ok(Vec<u8>),
    /// Refused for good.
    Refused(ErrorCode),
    /// Not applied: to be sent again after this long.
    NotNow(Duration, &'static str),
    /// No answer, or one that leaves the outcome open.
    Unknown(&'static str),
}

/// A request with its definite outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The encoded reply, or the refusal.
    pub outcome: Result<Vec<u8>, ErrorCode>,
    /// When the first try was answered or given up.
    pub answered: Moment,
}

/// A request that was written and awaits its answer.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    request: Request,
    /// The request's number on the connection; `None` when it could not be written.
    id: Option<u64>,
    from: Moment,
    invoked: Moment,
    /// When its last byte was written, or writing it failed.
    pub written: Moment,
}

impl User {
    /// A user who is not connected yet.
    #[must_use]
    pub fn new(actor: Actor, name: String, token: Token, context: SharedContext) -> Self {
        let stop = context.stop();
        Self {
            actor,
            name,
            context,
            token,
            stop,
            connection: None,
            planned: None,
        }
    }

    /// The same user once more, without a connection.
    #[must_use]
    pub fn again(&self) -> Self {
        let context = SharedContext::clone(&self.context);
        Self::new(self.actor, self.name.clone(), self.token.clone(), context)
    }

    /// The session's token, for a client that needs more than one request at a time.
    #[must_use]
    pub fn token(&self) -> Token {
        self.token.clone()
    }

    /// Which shard of the recorder this user writes to.
    #[must_use]
    pub fn place(&self) -> usize {
        self.actor.index()
    }

    /// Lets the latency of the next request count from this moment.
    pub fn plan(&mut self, planned: Option<Moment>) {
        self.planned = planned;
    }

    /// Ends the connection in order.
    pub async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            // A peer that takes nothing any more need not be waited for.
            let _ = timeout(Duration::from_secs(1), connection.close()).await;
        }
    }

    /// Connects and logs in, unless that stands.
    ///
    /// # Errors
    /// The run is over, or has just been given up because the server cannot be used.
    pub async fn connect(&mut self) -> Result<(), Stopped> {
        let begun = self.context.recorder.now();
        let mut pause = RECONNECT_PAUSE;
        while self.connection.is_none() {
            let Some(error) = self.try_connect().await? else {
                break;
            };
            if self.context.recorder.now().since(begun) >= PATIENCE {
                return Err(self.context.abort(Abort::Away(error)));
            }
            self.context.pause(pause).await?;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        Ok(())
    }

    /// One try to connect; why it failed, if another may succeed.
    async fn try_connect(&mut self) -> Result<Option<String>, Stopped> {
        match self.context.open(self.place()).await? {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => return Ok(Some(error.to_string())),
        }
        let resume = Resume {
            token: self.token.clone(),
        };
        let planned = self.planned.take();
        let asked = self.write(Request::Resume, &resume).await;
        self.planned = planned;
        let (attempt, _) = self.hear(asked, |_| None).await?;
        match attempt {
            Attempt::Ok(_) => Ok(None),
            Attempt::Refused(code) => {
                let code = code.name().to_owned();
                Err(self.context.abort(Abort::Login(code)))
            }
            Attempt::NotNow(_, code) | Attempt::Unknown(code) => {
                self.connection = None;
                Ok(Some(code.to_owned()))
            }
        }
    }

    /// Sends a request until its outcome is definite. `note` makes an event of each try, and sees it
    /// before it counts as returned.
    ///
    /// # Errors
    /// The run is over; the last try may be unknown.
    pub async fn settle<C: Call>(
        &mut self,
        request: Request,
        call: &C,
        note: impl Fn(&Attempt) -> Option<history::Call>,
    ) -> Result<Settled, Stopped> {
        let asked = self.ask(request, call).await?;
        self.settle_asked(asked, call, note).await
    }

    /// Writes a request, after connecting if need be.
    ///
    /// # Errors
    /// The run is over.
    pub async fn ask<C: Call>(&mut self, request: Request, call: &C) -> Result<Asked, Stopped> {
        self.connect().await?;
        Ok(self.write(request, call).await)
    }

    /// As [`User::settle`], of a request that was written already.
    ///
    /// # Errors
    /// As [`User::settle`].
    pub async fn settle_asked<C: Call>(
        &mut self,
        asked: Asked,
        call: &C,
        note: impl Fn(&Attempt) -> Option<history::Call>,
    ) -> Result<Settled, Stopped> {
        let begun = asked.invoked;
        let (mut attempt, answered) = self.hear(asked, &note).await?;
        loop {
            let code = match attempt {
                Attempt::Ok(reply) => {
                    let outcome = Ok(reply);
                    return Ok(Settled { outcome, answered });
                }
                Attempt::Refused(code) => {
                    let outcome = Err(code);
                    return Ok(Settled { outcome, answered });
                }
                Attempt::NotNow(pause, code) => {
                    self.context.pause(pause.min(PAUSE_MAX)).await?;
                    code
                }
                Attempt::Unknown(code) => code,
            };
            if self.context.recorder.now().since(begun) >= PATIENCE {
                return Err(self.context.abort(Abort::Busy(code)));
            }
            self.context.recorder.retried();
            let again = self.ask(asked.request, call).await?;
            (attempt, _) = self.hear(again, &note).await?;
        }
    }

    /// Sends a request that belongs to no history until it succeeds, and decodes the reply.
    ///
    /// # Errors
    /// The run is over, or given up because the request was refused.
    pub async fn fetch<C: Call>(
        &mut self,
        request: Request,
        what: &'static str,
        call: &C,
    ) -> Result<C::Reply, Stopped> {
        let settled = self.settle(request, call, |_| None).await?;
        match settled.outcome {
            Ok(reply) => self.decode(&reply),
            Err(code) => {
                let code = code.name().to_owned();
                Err(self.context.abort(Abort::Refused { what, code }))
            }
        }
    }

    /// Decodes a reply.
    ///
    /// # Errors
    /// It does not have its shape: the run is given up.
    pub fn decode<T: serde::de::DeserializeOwned>(&self, reply: &[u8]) -> Result<T, Stopped> {
        codec::decode(reply).map_err(|error| self.context.abort(Abort::Nonsense(error.to_string())))
    }

    /// Writes a request on the connection that stands. That there is none, or that it fails, is found
    /// out by [`User::hear`].
    async fn write<C: Call>(&mut self, request: Request, call: &C) -> Asked {
        let recorder = &self.context.recorder;
        let invoked = recorder.now();
        let from = self.planned.take().unwrap_or(invoked);
        recorder.set_out();
        let sending = async {
            let connection = self.connection.as_mut()?;
            let sent = timeout(self.context.answer_timeout, connection.send(call)).await;
            sent.ok().and_then(Result::ok)
        };
        let id = tokio::select! {
            id = sending => id,
            () = self.stop.cancelled() => None,
        };
        Asked {
            request,
            id,
            from,
            invoked,
            written: recorder.now(),
        }
    }

    /// Waits for the answer and takes note of it. Also returns when it came.
    async fn hear(
        &mut self,
        asked: Asked,
        note: impl Fn(&Attempt) -> Option<history::Call>,
    ) -> Result<(Attempt, Moment), Stopped> {
        let heard = self.listen(asked).await;
        let context = SharedContext::clone(&self.context);
        let to = context.recorder.now();
        context.recorder.came_back();
        // Even when the run has just been given up: the server may have done what it was asked.
        let attempt = match &heard {
            Ok(attempt) => attempt,
            Err(Stopped) => &Attempt::Unknown("connection_lost"),
        };
        let ending = match attempt {
            Attempt::Ok(_) => Ending::Ok,
            Attempt::Refused(code) => Ending::Refused(code.name()),
            Attempt::NotNow(_, code) | Attempt::Unknown(code) => Ending::Failed(code),
        };
        let (request, from) = (asked.request, asked.from);
        let ended = Ended {
            request,
            from,
            to,
            ending,
        };
        context.recorder.ended(self.place(), ended);
        if let Some(call) = note(attempt) {
            let event = Event {
                actor: self.actor,
                invoked: asked.invoked,
                // Later than `to`, so that what `note` has noted down was known before.
                returned: context.recorder.now(),
                call,
            };
            context.recorder.event(self.place(), event);
        }
        heard.map(|attempt| (attempt, to))
    }

    /// Reads until the answer is there. A connection that fails, stays silent, or is to be given up
    /// is dropped.
    async fn listen(&mut self, asked: Asked) -> Result<Attempt, Stopped> {
        let (Some(id), Some(connection)) = (asked.id, self.connection.as_mut()) else {
            self.connection = None;
            return Ok(Attempt::Unknown("connection_lost"));
        };
        let answer = tokio::select! {
            answer = timeout(self.context.answer_timeout, answer_to(connection, id)) => answer,
            () = self.stop.cancelled() => Ok(Err(Error::Closed)),
        };
        let error = match answer {
            Ok(Ok(Ok(reply))) => return Ok(Attempt::Ok(reply)),
            Ok(Ok(Err(refusal))) => return self.refused(refusal),
            Ok(Err(error)) => error,
            Err(_) => {
                self.connection = None;
                return Ok(Attempt::Unknown("timed_out"));
            }
        };
        self.connection = None;
        let error = self.context.forgive(error)?;
        Ok(Attempt::Unknown(failure_name(&error)))
    }

    fn refused(&mut self, refusal: Refusal) -> Result<Attempt, Stopped> {
        let RefusalCode::Known(code) = refusal.code else {
            let name = refusal.code_name().to_owned();
            return Err(self.context.abort(Abort::Nonsense(name)));
        };
        Ok(match code.retry() {
            Retry::Never => Attempt::Refused(code),
            Retry::SameKey => Attempt::Unknown(code.name()),
            Retry::NewConnection => {
                self.connection = None;
                Attempt::NotNow(RECONNECT_PAUSE, code.name())
            }
            Retry::After => {
                let name = code.name();
                let pause = if let ErrorCode::Busy(after) | ErrorCode::RateLimited(after) = code {
                    Duration::from_millis(after.after_ms)
                } else {
                    RECONNECT_PAUSE
                };
                Attempt::NotNow(pause, name)
            }
        })
    }

    /// One try of a request on the connection that stands.
    ///
    /// # Errors
    /// The run is over.
    pub async fn try_once<C: Call>(
        &mut self,
        request: Request,
        call: &C,
    ) -> Result<Attempt, Stopped> {
        let asked = self.write(request, call).await;
        let (attempt, _) = self.hear(asked, |_| None).await?;
        Ok(attempt)
    }

    /// Connects without logging in, unless a connection stands; whether one does now.
    ///
    /// # Errors
    /// The run is over.
    pub async fn connect_anonymously(&mut self) -> Result<bool, Stopped> {
        if self.connection.is_none() {
            self.connection = self.context.open(self.place()).await?.ok();
        }
        Ok(self.connection.is_some())
    }

    /// Waits for whatever the server sends next, as somebody who is merely connected.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn idle(&mut self) -> Result<Incoming, Error> {
        match &mut self.connection {
            Some(connection) => connection.receive().await,
            None => Err(Error::Closed),
        }
    }
}

/// The answer to this request; events are passed over.
async fn answer_to(
    connection: &mut Connection,
    asked: u64,
) -> Result<Result<Vec<u8>, Refusal>, Error> {
    loop {
        match connection.receive().await? {
            Incoming::Answer { id, outcome } if id == asked => return Ok(outcome),
            Incoming::Answer { .. } => {
                return Err(Error::Protocol("an answer that was not asked for".into()));
            }
            Incoming::Event(_) => {}
        }
    }
}
