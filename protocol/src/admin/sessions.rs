//! Who is connected and logged in, for administrators: a flat list of the live connections, each
//! with the number of its session.
//!
//! A session is a login with its token. It outlives its connections, and may have several.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::ids::UnixMillis;
use crate::page::Cursor;

/// A connection that is logged in. Counted from 0, for as long as the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionNumber(pub u64);

impl fmt::Display for ConnectionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A session, by a number below 2^53 that stays the same on all its connections and across restarts.
/// It says nothing about the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionNumber(pub u64);

impl fmt::Display for SessionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for SessionNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

closed_list! {
    /// The order of a list of connections.
    #[derive(Default)]
    SessionSort {
        /// Logged in last comes first.
        #[default]
        Newest = "newest",
        /// Logged in first comes first.
        Oldest = "oldest"
    }
    "newest, oldest"
}

/// Lists the live connections that are logged in. What changes all the time, such as the bytes, can
/// be sorted by only where all of them are: at the client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// The order; newest first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<SessionSort>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Only this user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// A page of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The connections, in the order asked for.
    pub connections: Vec<Connection>,
}

/// A live connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// What the client said that it is; see [`crate::text::Agent`].
    pub agent: String,
    /// When it connected.
    pub since: UnixMillis,
    /// The address that it comes from.
    pub address: String,
    /// Its session.
    pub session: SessionNumber,
    /// Bytes of frames that came from it.
    pub bytes_in: u64,
    /// Requests that it made.
    pub requests: u64,
    /// Who is logged in.
    pub username: String,
    /// Bytes of frames that it took.
    pub bytes_out: u64,
    /// The connection.
    pub connection: ConnectionNumber,
    /// Events that wait for it.
    pub queue_depth: u64,
    /// When the last frame came from it.
    pub last_activity: UnixMillis,
}
