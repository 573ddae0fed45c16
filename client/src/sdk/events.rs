//! What the server pushes, handed to whoever listens.

use auboutique_protocol::event::Event;
use tokio::sync::broadcast::{self, error::RecvError};

/// Most events kept for a listener that is slow to take them.
pub(crate) const EVENTS_MAX: usize = 256;

/// Something that a listener should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The server pushed this.
    Event(Event),
    /// Events were lost, in the server, on the way or here: read the state again.
    Missed,
}

/// The events of a client from the moment at which they were asked for, across reconnects.
#[derive(Debug)]
pub struct Events(pub(crate) broadcast::Receiver<Notice>);

impl Events {
    /// Waits for the next; `None` once the client is gone.
    ///
    /// # Cancel safety
    /// Safe: no event is lost.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.0.recv().await {
            Ok(notice) => Some(notice),
            Err(RecvError::Lagged(_)) => Some(Notice::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}
