//! The relay: the way of an event to the connections of a user, on whichever server they are.
//!
//! Events go out through it even where there is one server only, so that another way can be put in
//! its place. It is not relied on: what is told is stored before, and a client that misses an event
//! reads the state again.

use std::sync::Arc;

use auboutique_protocol::codec;
use auboutique_protocol::event::Event;
use auboutique_protocol::text::Username;

use crate::presence::{ConnectionId, Presence};

/// Whom an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient<'a> {
    /// All connections of a user.
    User(&'a Username),
    /// All connections of a user but one.
    UserElsewhere(&'a Username, ConnectionId),
}

/// Carries events to connections. Never waits for any of them.
pub(crate) trait Relay: Send + Sync {
    /// Passes an event on. One recipient gets events in the order in which they were published.
    fn publish(&self, to: Recipient<'_>, event: &Event);
}

/// The relay of a server that is alone: straight into the mailboxes.
#[derive(Debug)]
pub(crate) struct LocalRelay {
    presence: Arc<Presence>,
}

impl LocalRelay {
    pub(crate) fn new(presence: Arc<Presence>) -> Self {
        Self { presence }
    }
}

impl Relay for LocalRelay {
    fn publish(&self, to: Recipient<'_>, event: &Event) {
        let event: Arc<[u8]> = codec::encode(event).into();
        match to {
            Recipient::User(username) => self.presence.tell(username, None, &event),
            Recipient::UserElsewhere(username, origin) => {
                self.presence.tell(username, Some(origin), &event);
            }
        }
    }
}
