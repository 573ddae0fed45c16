//! What the server pushes, handed to whoever listens.
//!
//! Events are hints, and some get lost: in a server that drops them for a slow client, on a
//! connection that breaks, in a listener that does not take them in time. Every such gap shows up as
//! [`Notice::Missed`], whatever its cause, and means the same: read again what is shown.

use std::sync::Weak;
use std::time::Duration;

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::codec::DecodeError;
use auboutique_protocol::error::Retry;
use auboutique_protocol::event::Event;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

use crate::sdk::client::{Audience, Client, Shared};
use crate::sdk::reconnect::{backoff, random};

/// Most events kept for a listener that is slow to take them.
pub(crate) const EVENTS_MAX: usize = 256;

/// Something that a listener should know: a member by default, an administrator as
/// `Notice<AdminEvent>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice<E = Event> {
    /// The server pushed this.
    Event(E),
    /// Events were lost, in the server, on the way or here: read the state again.
    Missed,
    /// The connection is gone and could not be remade yet. Asking for the next notice tries again,
    /// after a pause that grows; once it succeeds comes [`Notice::Missed`].
    Lost {
        /// For people; safe for a terminal.
        reason: String,
        /// The pause before the next attempt.
        pause: Duration,
    },
}

/// Events of one of the two listeners.
pub(crate) trait Pushed: Clone + Send + 'static {
    /// Decodes an event by its name; `None` is an event of a later version.
    fn decode(name: &str, body: &[u8]) -> Result<Option<Self>, DecodeError>;

    /// What the connection itself has to do about it.
    fn word(&self) -> Word<'_>;
}

/// What an event means for the connection.
pub(crate) enum Word<'a> {
    /// A sign of life is asked for.
    Ping,
    /// The connection will be closed, for this reason.
    Farewell(&'a str),
    /// The server stops.
    Draining,
    /// Events were dropped.
    Resync,
    /// Nothing: it is for the listeners.
    News,
}

impl Pushed for Event {
    fn decode(name: &str, body: &[u8]) -> Result<Option<Self>, DecodeError> {
        Self::decode(name, body)
    }

    fn word(&self) -> Word<'_> {
        match self {
            Self::Ping(_) => Word::Ping,
            Self::Disconnected(event) => Word::Farewell(&event.reason),
            Self::Draining(_) => Word::Draining,
            Self::Resync(_) => Word::Resync,
            Self::Message(_)
            | Self::YourProductSold(_)
            | Self::Announcement(_)
            | Self::ProductListed(_)
            | Self::ProductChanged(_)
            | Self::ProductSold(_)
            | Self::ProductRemoved(_)
            | Self::Presence(_) => Word::News,
        }
    }
}

impl Pushed for AdminEvent {
    fn decode(name: &str, body: &[u8]) -> Result<Option<Self>, DecodeError> {
        Self::decode(name, body)
    }

    fn word(&self) -> Word<'_> {
        match self {
            Self::Ping(_) => Word::Ping,
            Self::Disconnected(event) => Word::Farewell(&event.reason),
            Self::Draining(_) => Word::Draining,
            Self::Resync(_) => Word::Resync,
            Self::SessionOpened(_)
            | Self::SessionClosed(_)
            | Self::SessionActive(_)
            | Self::Sale(_)
            | Self::ProductListed(_)
            | Self::ProductChanged(_)
            | Self::ProductRemoved(_)
            | Self::UserRegistered(_)
            | Self::UserChanged(_)
            | Self::AuditEntry(_)
            | Self::Statistics(_) => Word::News,
        }
    }
}

/// The events of a client from the moment at which they were asked for, across reconnects: as long
/// as somebody waits for the next one, a lost connection of a logged-in client is remade.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Notice>,
    client: Weak<Shared>,
    /// Attempts to connect again that failed since the last success.
    failed: u32,
    /// The pause before the next attempt.
    pause: Duration,
    is_over: bool,
}

impl Events {
    pub(crate) fn new(receiver: broadcast::Receiver<Notice>, client: Weak<Shared>) -> Self {
        Self {
            receiver,
            client,
            failed: 0,
            pause: Duration::ZERO,
            is_over: false,
        }
    }

    /// Takes the next if it has come already.
    pub fn try_next(&mut self) -> Option<Notice> {
        use broadcast::error::TryRecvError;
        match self.receiver.try_recv() {
            Ok(notice) => Some(notice),
            Err(TryRecvError::Lagged(_)) => Some(Notice::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// Waits for the next; `None` once the client is gone or closed, its login has ended, or the
    /// server cannot be used any more.
    ///
    /// # Cancel safety
    /// Safe: no event is lost.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            let ended = self.connection_ended();
            let received = tokio::select! {
                biased;
                received = self.receiver.recv() => received,
                () = ended => {
                    match self.connect_again().await {
                        Ok(()) => continue,
                        Err(last) => return last,
                    }
                }
            };
            return match received {
                Ok(notice) => Some(notice),
                Err(RecvError::Lagged(_)) => Some(Notice::Missed),
                Err(RecvError::Closed) => None,
            };
        }
    }

    /// Waits for the end of the connection, without keeping it or the client.
    fn connection_ended(&self) -> impl Future<Output = ()> + use<> {
        let client = self.client.upgrade().map(|shared| Client { shared });
        let is_worth_it = client
            .as_ref()
            .is_some_and(|client| client.audience() != Audience::Anonymous);
        let ended: Option<watch::Receiver<bool>> =
            client.and_then(|client| client.connection_ended());
        async move {
            if !is_worth_it {
                return std::future::pending().await;
            }
            if let Some(mut ended) = ended {
                // An error means that the task is gone, which is what is waited for.
                let _ = ended.wait_for(|ended| *ended).await;
            }
        }
    }

    /// Makes the connection again, or says what to tell the listener instead.
    async fn connect_again(&mut self) -> Result<(), Option<Notice>> {
        if self.is_over {
            return Err(None);
        }
        if self.failed > 0 {
            tokio::time::sleep(self.pause).await;
        }
        let shared = self.client.upgrade().ok_or(None)?;
        let client = Client { shared };
        if client.audience() == Audience::Over {
            return Err(None);
        }
        match client.link().await {
            // The client may have found out that its login has ended.
            Ok(_) if client.audience() == Audience::Over => Err(None),
            Ok(_) => {
                self.failed = 0;
                Ok(())
            }
            Err(error) => {
                self.is_over = error.retry() == Retry::Never;
                self.pause = backoff(self.failed, random());
                self.failed += 1;
                let (reason, pause) = (error.to_string(), self.pause);
                Err(Some(Notice::Lost { reason, pause }))
            }
        }
    }
}
