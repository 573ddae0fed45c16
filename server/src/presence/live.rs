//! The live connections as administrators see them.

use std::ops::Bound;
use std::sync::Arc;

use auboutique_protocol::admin::{
    Activity, Connection, ConnectionNumber, SessionNumber, SessionSort,
};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::Username;

use super::{Connected, ConnectionId, Meter, Presence};
use crate::auth::token::TokenDigest;
use crate::store::UserId;

/// Numbers of sessions are below 2^53, so that every JSON parser reads them exactly.
const SESSION_BITS: u32 = 53;

/// Which connections a page holds.
#[derive(Debug, Clone)]
pub(crate) struct LiveQuery {
    pub(crate) username: Option<Username>,
    pub(crate) sort: SessionSort,
    pub(crate) after: Option<ConnectionNumber>,
    pub(crate) limit: usize,
}

impl From<ConnectionId> for ConnectionNumber {
    fn from(id: ConnectionId) -> Self {
        Self(id.0)
    }
}

/// The number by which administrators know a session. It comes from the digest of the token, which
/// is a digest of 256 random bits: it says nothing about the token, and two are never the same.
pub(crate) fn session_number(token: TokenDigest) -> SessionNumber {
    let [a, b, c, d, e, f, g, h, ..] = *token.as_bytes();
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    SessionNumber(number >> (u64::BITS - SESSION_BITS))
}

impl Presence {
    /// A page of live connections, and whether there are more.
    pub(crate) fn live(&self, query: &LiveQuery) -> (Vec<Connection>, bool) {
        let table = self.lock();
        let after = query.after.map(|number| ConnectionId(number.0));
        let wanted = |(_, connected): &(&ConnectionId, &Connected)| {
            let username = query.username.as_ref();
            username.is_none_or(|username| *username == connected.username)
        };
        let describe = |(id, connected): (&ConnectionId, &Connected)| connected.describe(*id);
        let bound = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut page: Vec<Connection> = match query.sort {
            SessionSort::Oldest => {
                let range = table.connections.range((bound, Bound::Unbounded));
                let found = range.filter(wanted).filter_map(describe);
                found.take(query.limit + 1).collect()
            }
            SessionSort::Newest => {
                let range = table.connections.range((Bound::Unbounded, bound)).rev();
                let found = range.filter(wanted).filter_map(describe);
                found.take(query.limit + 1).collect()
            }
        };
        let more = page.len() > query.limit;
        page.truncate(query.limit);
        (page, more)
    }

    /// What the connections that were active since a moment have done, at most `limit`, from a
    /// connection on and around to it: so that with more than that each has its turn.
    pub(crate) fn active_since(
        &self,
        since: UnixMillis,
        from: ConnectionNumber,
        limit: usize,
    ) -> Vec<Activity> {
        let table = self.lock();
        let from = ConnectionId(from.0);
        let (behind, before) = (
            table.connections.range(from..),
            table.connections.range(..from),
        );
        let activity = |(id, connected): (&ConnectionId, &Connected)| {
            let reading = connected.meter.as_ref()?.read();
            (reading.last_activity >= since).then(|| Activity {
                bytes_in: reading.bytes_in,
                requests: reading.requests,
                bytes_out: reading.bytes_out,
                connection: (*id).into(),
                queue_depth: connected.mailbox.depth(),
                last_activity: reading.last_activity,
            })
        };
        let active = behind.chain(before).filter_map(activity);
        active.take(limit).collect()
    }

    /// A session that is connected, by its number.
    pub(crate) fn session(&self, number: SessionNumber) -> Option<(UserId, TokenDigest)> {
        let table = self.lock();
        let mut connections = table.connections.values();
        let found = connections.find(|connected| session_number(connected.token) == number)?;
        Some((found.user, found.token))
    }

    /// How many users are online, and how many connections they have.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let table = self.lock();
        (table.users.len() as u64, table.connections.len() as u64)
    }

    /// Adds to a connection what it is and does, and returns how it looks then.
    pub(super) fn describe(&self, id: ConnectionId, meter: Arc<Meter>) -> Option<Connection> {
        let mut table = self.lock();
        let connected = table.connections.get_mut(&id)?;
        connected.meter = Some(meter);
        connected.describe(id)
    }
}

impl Connected {
    /// `None` for a connection whose login is not over yet.
    fn describe(&self, id: ConnectionId) -> Option<Connection> {
        let meter = self.meter.as_ref()?;
        let reading = meter.read();
        Some(Connection {
            agent: meter.agent().to_owned(),
            since: meter.since(),
            address: meter.address().to_string(),
            session: session_number(self.token),
            bytes_in: reading.bytes_in,
            requests: reading.requests,
            username: self.username.clone().into(),
            bytes_out: reading.bytes_out,
            connection: id.into(),
            queue_depth: self.mailbox.depth(),
            last_activity: reading.last_activity,
        })
    }
}
