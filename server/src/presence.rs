//! Who is connected to this server, and how to reach each connection.
//!
//! A connection joins when it logs in and leaves when its [`Membership`] is dropped. Whoever ends a
//! session, or has an event for a user, finds the connections here; each has a [`Mailbox`] that its
//! task watches. Who comes and who goes is told to the [`Feed`].

mod live;
mod mailbox;
mod meter;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auboutique_protocol::admin::Connection;
use auboutique_protocol::text::Username;

pub(crate) use self::live::LiveQuery;
pub(crate) use self::mailbox::{Letter, Mailbox};
pub(crate) use self::meter::Meter;
use crate::auth::token::TokenDigest;
use crate::feed::Feed;
use crate::limits::{Pace, Rate};
use crate::store::UserId;

/// Most connections that one user may have at once, unless configured otherwise.
pub(crate) const CONNECTIONS_PER_USER_MAX: usize = 8;

/// The user has as many connections as one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the user has too many connections")]
pub(crate) struct TooManyConnections;

/// A connection that is logged in, for as long as the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(u64);

#[cfg(test)]
impl ConnectionId {
    /// That of the first connection, for tests that have none.
    pub(crate) fn first() -> Self {
        Self(0)
    }
}

/// Why a session ends although its connection is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its token was given up elsewhere.
    LoggedOut,
    /// The user has another password now.
    PasswordChanged,
    /// The user has left.
    AccountDeleted,
    /// The client takes its events too slowly.
    SlowConsumer,
    /// An administrator ended it.
    Disconnected { why: Option<Arc<str>> },
    /// An administrator suspended the user.
    Suspended { reason: Arc<str> },
    /// An administrator gave the user a one-time password.
    PasswordReset,
    /// The certificate of an administrator lets nobody in any more.
    CertificateRevoked,
}

impl Ending {
    /// For people.
    pub(crate) fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::LoggedOut => "This login was ended from another connection.".into(),
            Self::PasswordChanged => "The password was changed from another connection.".into(),
            Self::AccountDeleted => "The account was deleted from another connection.".into(),
            Self::SlowConsumer => "The connection reads its events too slowly.".into(),
            Self::Disconnected { why: None } => "An operator ended this login.".into(),
            Self::Disconnected { why: Some(why) } => {
                format!("An operator ended this login: {why}").into()
            }
            Self::Suspended { reason } => format!("The account is suspended: {reason}").into(),
            Self::PasswordReset => "An operator has given this account a new password.".into(),
            Self::CertificateRevoked => {
                "The certificate is no longer on the list of administrators, or has ended.".into()
            }
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Presence {
    connections_per_user_max: usize,
    /// How fast each user may ask.
    requests: Rate,
    feed: Arc<Feed>,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    connections: BTreeMap<ConnectionId, Connected>,
    users: HashMap<UserId, Online>,
    /// The users that have connections, by name.
    names: HashMap<Username, UserId>,
}

/// A user with connections.
#[derive(Debug)]
struct Online {
    connections: BTreeSet<ConnectionId>,
    pace: Arc<Pace>,
}

#[derive(Debug)]
struct Connected {
    user: UserId,
    username: Username,
    token: TokenDigest,
    mailbox: Arc<Mailbox>,
    /// What it is and does, once its login is over.
    meter: Option<Arc<Meter>>,
}

/// A connection's place in [`Presence`]; leaves it when dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    presence: Arc<Presence>,
    connection: ConnectionId,
    mailbox: Arc<Mailbox>,
    pace: Arc<Pace>,
}

#[cfg(test)]
impl Default for Presence {
    fn default() -> Self {
        let requests = Rate {
            burst: 1_000,
            refill: std::time::Duration::from_millis(1),
        };
        Self::new(CONNECTIONS_PER_USER_MAX, requests, Arc::default())
    }
}

impl Presence {
    /// Nobody is connected, and each user may have this many connections and ask at this rate.
    pub(crate) fn new(connections_per_user_max: usize, requests: Rate, feed: Arc<Feed>) -> Self {
        Self {
            connections_per_user_max,
            requests,
            feed,
            table: Mutex::default(),
        }
    }

    /// Enters a connection that has logged in.
    pub(crate) fn join(
        self: &Arc<Self>,
        user: UserId,
        username: &Username,
        token: TokenDigest,
    ) -> Result<Membership, TooManyConnections> {
        let mut table = self.lock();
        let connection = ConnectionId(table.next);
        let online = table.users.entry(user).or_insert_with(|| Online {
            connections: BTreeSet::new(),
            pace: Arc::new(Pace::start(self.requests)),
        });
        if online.connections.len() >= self.connections_per_user_max {
            return Err(TooManyConnections);
        }
        online.connections.insert(connection);
        let pace = Arc::clone(&online.pace);
        table.next += 1;
        if table.names.insert(username.clone(), user).is_none() {
            // Under the lock, so that the feed tells of comings and goings in their order.
            self.feed.presence(username.clone(), true);
        }
        let mailbox = Arc::new(Mailbox::default());
        let connected = Connected {
            user,
            username: username.clone(),
            token,
            mailbox: Arc::clone(&mailbox),
            meter: None,
        };
        table.connections.insert(connection, connected);
        table.check();
        Ok(Membership {
            presence: Arc::clone(self),
            connection,
            mailbox,
            pace,
        })
    }

    /// Whether a user has a connection.
    pub(crate) fn is_online(&self, username: &Username) -> bool {
        self.lock().names.contains_key(username)
    }

    /// How many connections a user may have at once.
    pub(crate) fn connections_per_user_max(&self) -> usize {
        self.connections_per_user_max
    }

    /// Leaves an encoded event for all connections of a user but `except`.
    pub(crate) fn tell(
        &self,
        username: &Username,
        except: Option<ConnectionId>,
        event: &Arc<[u8]>,
    ) {
        let table = self.lock();
        let user = table.names.get(username);
        for connection in user
            .into_iter()
            .flat_map(|user| &table.users[user].connections)
        {
            if Some(*connection) != except
                && let Some(connected) = table.connections.get(connection)
            {
                connected.mailbox.leave(Arc::clone(event));
            }
        }
    }

    /// Leaves an encoded event for all connections, and says how many there are.
    pub(crate) fn tell_all(&self, event: &Arc<[u8]>) -> u64 {
        let table = self.lock();
        for connected in table.connections.values() {
            connected.mailbox.leave(Arc::clone(event));
        }
        table.connections.len() as u64
    }

    /// Ends the connections that were opened with this token, and says how many.
    pub(crate) fn end_session(&self, user: UserId, token: TokenDigest, ending: &Ending) -> u64 {
        self.end_where(user, ending, |connected| connected.token == token)
    }

    /// Ends the connections of a user, but for those that were opened with the token to keep, and
    /// says how many.
    pub(crate) fn end_user(&self, user: UserId, keep: Option<TokenDigest>, ending: &Ending) -> u64 {
        self.end_where(user, ending, |connected| Some(connected.token) != keep)
    }

    fn end_where(
        &self,
        user: UserId,
        ending: &Ending,
        is_meant: impl Fn(&Connected) -> bool,
    ) -> u64 {
        let table = self.lock();
        let online = table.users.get(&user).into_iter();
        let connections = online.flat_map(|online| &online.connections);
        let meant = connections
            .filter_map(|connection| table.connections.get(connection))
            .filter(|connected| is_meant(connected));
        meant
            .map(|connected| connected.mailbox.end(ending.clone()))
            .count() as u64
    }

    /// How many connections a user has, by name.
    pub(crate) fn connections_of(&self, username: &Username) -> usize {
        let table = self.lock();
        let user = table.names.get(username);
        user.map_or(0, |user| table.users[user].connections.len())
    }

    /// How many connections a user has.
    pub(crate) fn connections(&self, user: UserId) -> usize {
        let table = self.lock();
        let online = table.users.get(&user);
        online.map_or(0, |online| online.connections.len())
    }

    fn leave(&self, connection: ConnectionId) {
        let mut table = self.lock();
        if let Some(Connected { user, username, .. }) = table.connections.remove(&connection)
            && let Some(online) = table.users.get_mut(&user)
        {
            online.connections.remove(&connection);
            if online.connections.is_empty() {
                table.users.remove(&user);
                table.names.remove(&username);
                self.feed.presence(username, false);
            }
        }
        table.check();
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }
}

impl Table {
    /// Both maps say the same.
    fn check(&self) {
        debug_assert_eq!(
            self.connections.len(),
            self.users
                .values()
                .map(|online| online.connections.len())
                .sum::<usize>(),
            "each connection stands with its user"
        );
        debug_assert_eq!(self.names.len(), self.users.len(), "each user has a name");
        debug_assert!(
            self.users
                .values()
                .all(|online| !online.connections.is_empty())
        );
    }
}

impl Membership {
    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// How fast the user may ask.
    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The login is over: from here on the connection is shown with what it is and does. Returns how
    /// it looks now.
    pub(crate) fn describe(&self, meter: Arc<Meter>) -> Option<Connection> {
        self.presence.describe(self.connection, meter)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.presence.leave(self.connection);
    }
}

/// Nothing here panics while it holds the lock, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::codec;
    use auboutique_protocol::event::{Event, PresenceChanged, Topic};

    use super::*;

    fn token(first: u8) -> TokenDigest {
        let mut bytes = [0; 32];
        bytes[0] = first;
        TokenDigest::from_bytes(bytes)
    }

    fn mona() -> Username {
        Username::parse("mona").unwrap()
    }

    fn omar() -> Username {
        Username::parse("omar").unwrap()
    }

    #[test]
    fn a_user_is_online_from_the_first_connection_to_the_last() {
        let presence = Arc::new(Presence::default());
        assert!(!presence.is_online(&mona()));
        let first = presence.join(UserId(1), &mona(), token(1)).unwrap();
        let second = presence.join(UserId(1), &mona(), token(2)).unwrap();
        drop(first);
        assert!(presence.is_online(&mona()) && !presence.is_online(&omar()));
        drop(second);
        assert!(!presence.is_online(&mona()));
    }

    #[test]
    fn a_user_has_a_bounded_number_of_connections_and_leaving_makes_room() {
        let presence = Arc::new(Presence::default());
        let join = || presence.join(UserId(1), &mona(), token(1));
        let mut all: Vec<_> = (0..CONNECTIONS_PER_USER_MAX)
            .map(|_| join().unwrap())
            .collect();
        assert_eq!(join().map(drop), Err(TooManyConnections));
        assert!(presence.join(UserId(2), &omar(), token(2)).is_ok());
        all.pop();
        assert!(join().is_ok());
        drop(all);
        assert!(presence.lock().connections.is_empty());
        assert!(presence.lock().users.is_empty());
    }

    #[test]
    fn ending_a_session_reaches_its_connections_and_no_others() {
        let presence = Arc::new(Presence::default());
        let ours = [1, 1, 2].map(|first| presence.join(UserId(1), &mona(), token(first)).unwrap());
        presence.end_session(UserId(1), token(1), &Ending::LoggedOut);
        assert_eq!(ours[0].mailbox().ending(), Some(Ending::LoggedOut));
        assert_eq!(ours[1].mailbox().ending(), Some(Ending::LoggedOut));
        assert_eq!(ours[2].mailbox().ending(), None);
    }

    #[test]
    fn ending_a_user_spares_the_kept_session_and_other_users() {
        let presence = Arc::new(Presence::default());
        let [kept, too, ended] =
            [1, 1, 2].map(|first| presence.join(UserId(1), &mona(), token(first)).unwrap());
        let other = presence.join(UserId(2), &omar(), token(2)).unwrap();
        assert_eq!(presence.connections(UserId(1)), 3);
        presence.end_user(UserId(1), Some(token(1)), &Ending::PasswordChanged);
        assert_eq!(ended.mailbox().ending(), Some(Ending::PasswordChanged));
        assert_eq!(kept.mailbox().ending(), None);
        assert_eq!(too.mailbox().ending(), None);
        presence.end_user(UserId(1), None, &Ending::AccountDeleted);
        assert_eq!(kept.mailbox().ending(), Some(Ending::AccountDeleted));
        // What came first stands.
        assert_eq!(ended.mailbox().ending(), Some(Ending::PasswordChanged));
        assert_eq!(other.mailbox().ending(), None);
        drop((kept, too, ended));
        assert_eq!(presence.connections(UserId(1)), 0);
    }

    #[test]
    fn an_event_reaches_all_connections_of_its_user_but_the_one_left_out() {
        let presence = Arc::new(Presence::default());
        let [first, second, origin] =
            [1, 2, 3].map(|first| presence.join(UserId(1), &mona(), token(first)).unwrap());
        let other = presence.join(UserId(2), &omar(), token(4)).unwrap();
        let event: Arc<[u8]> = Arc::from(&b"event"[..]);
        presence.tell(&mona(), Some(origin.connection()), &event);
        presence.tell(&Username::parse("nobody").unwrap(), None, &event);
        let letter = Some(Letter::Event(Arc::clone(&event)));
        assert_eq!(first.mailbox().take(), letter);
        assert_eq!(second.mailbox().take(), letter);
        assert_eq!(origin.mailbox().take(), None);
        assert_eq!(other.mailbox().take(), None);
    }

    #[test]
    fn the_feed_hears_of_the_first_connection_and_of_the_end_of_the_last() {
        let feed = Arc::new(Feed::default());
        let presence = Arc::new(Presence::new(
            8,
            Presence::default().requests,
            Arc::clone(&feed),
        ));
        let mut watching = feed.subscribe([Topic::Presence].into());
        let first = presence.join(UserId(1), &mona(), token(1)).unwrap();
        let second = presence.join(UserId(1), &mona(), token(2)).unwrap();
        let changed = |online: &[&str], offline: &[&str]| {
            let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
            vec![codec::encode(&Event::Presence(PresenceChanged {
                online: names(online),
                offline: names(offline),
            }))]
        };
        assert_eq!(watching.take(), changed(&["mona"], &[]));
        drop(first);
        assert!(watching.take().is_empty());
        drop(second);
        assert_eq!(watching.take(), changed(&[], &["mona"]));
    }
}
