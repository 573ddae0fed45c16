//! What all simulated users share: the way to the server, the clock and the record, the items, and
//! the end of the run.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auboutique_client::{ConnectOptions, Connection, Error};
use auboutique_protocol::error::Retry;
use auboutique_protocol::hello::Market;
use auboutique_protocol::money::{Currency, Money};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::history::{KeyId, MessageId, Moment, Price};
use crate::items::Items;
use crate::keys::Keys;
use crate::record::{Ended, Ending, Recorder, Request};

/// Connections that are being made at once. More would only wait for the same processors, and a
/// server drops what it cannot shake hands with in time.
const CONNECTING_MAX: usize = 64;

/// See the module's description.
pub struct Context {
    direct: ConnectOptions,
    /// The way through a faulty network, and whether it is taken.
    detour: Option<ConnectOptions>,
    takes_detour: AtomicBool,
    connecting: Semaphore,
    /// Longest wait for an answer.
    pub answer_timeout: Duration,
    /// What is left behind.
    pub recorder: Recorder,
    /// The products of the run.
    pub items: Arc<Items>,
    /// Its keys and texts.
    pub keys: Keys,
    /// What the server trades in.
    pub currency: Currency,
    /// One of the server's categories.
    pub category: String,
    stop: CancellationToken,
    aborted: OnceLock<Abort>,
    key_next: AtomicU32,
    message_next: AtomicU32,
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub struct Way {
    /// Straight.
    pub direct: ConnectOptions,
    /// Through a faulty network.
    pub detour: Option<ConnectOptions>,
    /// Longest wait for an answer.
    pub answer_timeout: Duration,
}

/// The run is over, and whoever meets this goes home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Why a run was given up before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Abort {
    /// The server could not be reached for too long.
    #[error("the server has been away for too long: {0}")]
    Away(String),
    /// The server has said "not now" for too long.
    #[error("the server has refused to work for too long ({0})")]
    Busy(&'static str),
    /// The server is another one, or none that can be trusted.
    #[error("{0}")]
    Untrusted(String),
    /// The server does not know a user of the run.
    #[error("a simulated user cannot log in ({0})")]
    Login(String),
    /// The server says what this protocol does not have.
    #[error("the server answers what makes no sense: {0}")]
    Nonsense(String),
    /// A request that belongs to the run itself was refused.
    #[error("{what} was refused: {code}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// The code.
        code: String,
    },
    /// The server's process has ended by itself.
    #[error("the server has ended by itself: {0}")]
    Died(String),
    /// The database could not be read after a kill.
    #[error("the database cannot be read: {0}")]
    Ledger(String),
    /// A part of the load test failed.
    #[error("the load test itself has failed: {0}")]
    Panicked(String),
    /// The operator pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Context {
    /// A context for a server that is reached in this way.
    #[must_use]
    pub fn new(way: Way, recorder: Recorder, keys: Keys, market: &Market) -> Self {
        Self {
            direct: way.direct,
            detour: way.detour,
            takes_detour: AtomicBool::new(false),
            connecting: Semaphore::new(CONNECTING_MAX),
            answer_timeout: way.answer_timeout,
            recorder,
            items: Arc::default(),
            keys,
            currency: market.currency,
            category: market.categories.first().cloned().unwrap_or_default(),
            stop: CancellationToken::new(),
            aborted: OnceLock::new(),
            key_next: AtomicU32::new(0),
            message_next: AtomicU32::new(0),
        }
    }

    /// How the server is reached at the moment.
    #[must_use]
    pub fn options(&self) -> &ConnectOptions {
        match &self.detour {
            Some(detour) if self.takes_detour.load(Relaxed) => detour,
            _ => &self.direct,
        }
    }

    /// Lets connections that are made from now on go through the faulty network, if there is one.
    pub fn take_detour(&self, takes_detour: bool) {
        self.takes_detour.store(takes_detour, Relaxed);
    }

    /// A key that was not used yet.
    pub fn new_key(&self) -> KeyId {
        KeyId(self.key_next.fetch_add(1, Relaxed))
    }

    /// A message that was not sent yet.
    pub fn new_message(&self) -> MessageId {
        MessageId(self.message_next.fetch_add(1, Relaxed))
    }

    /// An amount in the server's currency.
    #[must_use]
    pub fn money(&self, price: Price) -> Money {
        Money {
            minor: u64::from(price.0),
            currency: self.currency,
        }
    }

    /// Ends the run, for the reason that comes first.
    pub fn abort(&self, reason: Abort) -> Stopped {
        // A second reason follows from the first.
        let _ = self.aborted.set(reason);
        self.stop.cancel();
        Stopped
    }

    /// Why the run was given up, if it was.
    #[must_use]
    pub fn aborted(&self) -> Option<&Abort> {
        self.aborted.get()
    }

    /// A token of one's own that is cancelled when the run is given up. Tokens of one's own do not
    /// contend for one lock.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.child_token()
    }

    /// Waits, but not beyond the end of the run.
    ///
    /// # Errors
    /// The run is over.
    pub async fn pause(&self, time: Duration) -> Result<(), Stopped> {
        tokio::select! {
            () = self.stop.cancelled() => Err(Stopped),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// Waits for something else, but not beyond the end of the run.
    ///
    /// # Errors
    /// The run is over.
    pub async fn or_stop<T>(&self, what: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Stopped),
            done = what => Ok(done),
        }
    }

    /// Opens a connection, once; the inner error may be followed by another try.
    ///
    /// # Errors
    /// The run is over, or is given up for this failure.
    pub async fn open(&self, place: usize) -> Result<Result<Connection, Error>, Stopped> {
        let permit = self.or_stop(self.connecting.acquire()).await?;
        let from = self.recorder.now();
        let opened = self.or_stop(Connection::open(self.options())).await?;
        drop(permit);
        let ending = match &opened {
            Ok(_) => Ending::Ok,
            Err(error) => Ending::Failed(failure_name(error)),
        };
        self.note(place, Request::Connect, from, ending);
        match opened {
            Ok(connection) => Ok(Ok(connection)),
            Err(error) => self.forgive(error).map(Err),
        }
    }

    /// Passes an error through that another try may mend, and gives the run up for any other.
    ///
    /// # Errors
    /// The run is given up.
    pub fn forgive(&self, error: Error) -> Result<Error, Stopped> {
        match &error {
            Error::Trust { .. } | Error::TrustMaterial(_) => {
                Err(self.abort(Abort::Untrusted(error.to_string())))
            }
            Error::Protocol(reason) => Err(self.abort(Abort::Nonsense(reason.clone()))),
            Error::Refused(refusal) if refusal.retry() == Retry::Never => {
                Err(self.abort(Abort::Refused {
                    what: "a connection",
                    code: refusal.code_name().to_owned(),
                }))
            }
            Error::Refused(_)
            | Error::Resolve { .. }
            | Error::Connect { .. }
            | Error::ConnectionLost { .. }
            | Error::TimedOut { .. }
            | Error::TooLarge { .. }
            | Error::OutcomeUnknown { .. }
            | Error::Closed => Ok(error),
        }
    }

    /// Takes note of a request that ends now.
    pub fn note(&self, place: usize, request: Request, from: Moment, ending: Ending) {
        let to = self.recorder.now();
        self.recorder.ended(
            place,
            Ended {
                request,
                from,
                to,
                ending,
            },
        );
    }
}

/// What a report calls a failure of the connection.
pub(crate) fn failure_name(error: &Error) -> &'static str {
    match error {
        Error::Refused(refusal) => match &refusal.code {
            auboutique_client::RefusalCode::Known(code) => code.name(),
            auboutique_client::RefusalCode::Unknown(_) => "unknown_code",
        },
        Error::TimedOut { .. } => "timed_out",
        Error::Resolve { .. } | Error::Connect { .. } => "not_connected",
        Error::Trust { .. } | Error::TrustMaterial(_) => "not_trusted",
        Error::Protocol(_) => "nonsense",
        Error::TooLarge { .. }
        | Error::ConnectionLost { .. }
        | Error::OutcomeUnknown { .. }
        | Error::Closed => "connection_lost",
    }
}

/// A context as users hold it.
pub type SharedContext = Arc<Context>;
