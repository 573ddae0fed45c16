//! What a server pushes without being asked. An event is a hint: the state can always be read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::error::Nothing;

/// Why a server ends a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnected {
    /// For people; one line.
    pub reason: Cow<'static, str>,
}

/// When to come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draining {
    /// Milliseconds to wait before reconnecting; drawn at random so that clients spread out.
    pub reconnect_after_ms: u64,
}

macro_rules! events {
    ($($(#[$documentation:meta])* $variant:ident($body:ty) = $name:literal;)+) => {
        /// Every event that a server sends.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Event {
            $($(#[$documentation])* $variant($body),)+
        }

        impl Event {
            /// The names of all events, in the order of docs/PROTOCOL.md.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The event's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// Decodes an event by its name; `None` is an event of a later version.
            ///
            /// # Errors
            /// The body does not have its shape.
            pub fn decode(name: &str, body: &[u8]) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match name {
                    $($name => Self::$variant(codec::decode(body)?),)+
                    _ => return Ok(None),
                }))
            }
        }
    };
}

events! {
    /// Asks for a sign of life: answer with a `ping` request.
    Ping(Nothing) = "ping";
    /// The session has ended; the connection closes next.
    Disconnected(Disconnected) = "disconnected";
    /// The server stops; what is in flight is finished.
    Draining(Draining) = "draining";
}
