//! The first frame each way: which version the peers speak and what the server will take.

use serde::{Deserialize, Serialize};

use crate::ids::UnixMillis;
use crate::limits::{VERSION_MAX, VERSION_MIN};
use crate::money::Currency;

/// A client's first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientHello {
    /// What the client is; see [`crate::text::Agent`].
    pub agent: String,
    /// Highest protocol version it speaks.
    pub version_max: u32,
    /// Lowest protocol version it speaks.
    pub version_min: u32,
}

impl ClientHello {
    /// The version to speak: the highest that both know. `None` when there is none.
    #[must_use]
    pub fn negotiate(&self) -> Option<u32> {
        let highest = self.version_max.min(VERSION_MAX);
        (highest >= self.version_min.max(VERSION_MIN)).then_some(highest)
    }
}

/// A server's first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerHello {
    /// The server's clock.
    pub time: UnixMillis,
    /// What the server is.
    pub agent: String,
    /// What it takes.
    pub limits: Limits,
    /// What it trades in.
    pub market: Market,
    /// The version that both speak from here on.
    pub version: u32,
}

/// What a server takes, so that a client can say so before it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest frame body after login, in bytes.
    pub frame_bytes_max: u32,
    /// Highest price, in minor units.
    pub price_minor_max: u64,
    /// Largest picture, in bytes.
    pub picture_bytes_max: u32,
    /// Most requests that may await their answer.
    pub in_flight_requests_max: u32,
    /// Shortest password, in characters.
    pub password_characters_min: u32,
}

/// What a server trades in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// The currency of every price.
    pub currency: Currency,
    /// The categories that products may have.
    pub categories: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_chosen() {
        let negotiate = |version_min, version_max| {
            ClientHello {
                agent: "test".into(),
                version_max,
                version_min,
            }
            .negotiate()
        };
        assert_eq!(negotiate(1, 1), Some(1));
        assert_eq!(negotiate(0, 9), Some(1));
        assert_eq!(negotiate(2, 9), None);
        assert_eq!(negotiate(0, 0), None);
        assert_eq!(negotiate(9, 1), None);
    }
}
