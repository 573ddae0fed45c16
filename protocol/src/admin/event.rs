//! What the admin listener pushes. An event is a hint: the state can always be read.
//!
//! What happened within a short time comes in one event, at most
//! [`crate::limits::EVENT_ITEMS_MAX`] items in each. Where more happened than can be told, one
//! `resync` stands for it: read again what is shown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::audit::AuditEntry;
use super::market::{Product, Sale};
use super::sessions::{Connection, ConnectionNumber};
use super::statistics::Now;
use super::users::UserSummary;
use crate::closed_list::closed_list;
use crate::codec::{self, DecodeError};
use crate::error::Nothing;
use crate::event::{Disconnected, Draining, ProductsGone, events};
use crate::ids::UnixMillis;

closed_list! {
    /// What an administrator can watch.
    Topic {
        /// Logins, logouts, and what connections do meanwhile.
        Sessions = "sessions",
        /// Sales.
        Sales = "sales",
        /// Products that are listed, changed, hidden, withdrawn and removed.
        Products = "products",
        /// Users who register, and those to whom something is done.
        Users = "users",
        /// What administrators do.
        Audit = "audit",
        /// How the server does, once a second.
        Statistics = "statistics"
    }
    "sessions, sales, products, users, audit, statistics"
}

/// Asks for the events of some topics from now on, instead of those asked for before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The topics; none to hear of nothing any more.
    pub topics: Vec<Topic>,
}

/// The events of the topics follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {}

/// Connections that have logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsOpened {
    /// The connections.
    pub connections: Vec<Connection>,
}

/// Connections that have closed or logged out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsClosed {
    /// The connections.
    pub connections: Vec<ConnectionNumber>,
}

/// What connections did, once a second for those that did anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsActive {
    /// The connections as they are now.
    pub connections: Vec<Activity>,
}

/// What changes all the time about a [`Connection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// See [`Connection::bytes_in`].
    pub bytes_in: u64,
    /// See [`Connection::requests`].
    pub requests: u64,
    /// See [`Connection::bytes_out`].
    pub bytes_out: u64,
    /// The connection.
    pub connection: ConnectionNumber,
    /// See [`Connection::queue_depth`].
    pub queue_depth: u64,
    /// See [`Connection::last_activity`].
    pub last_activity: UnixMillis,
}

/// Sales that were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesMade {
    /// The sales, in the order in which they were made.
    pub sales: Vec<Sale>,
}

/// Products as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsTold {
    /// The products.
    pub products: Vec<Product>,
}

/// Users as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersTold {
    /// The users.
    pub users: Vec<UserSummary>,
}

/// What administrators did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntries {
    /// The entries, oldest first.
    pub entries: Vec<AuditEntry>,
}

events! {
    /// Every event that the admin listener sends.
    AdminEvent;

    /// Asks for a sign of life: answer with a `ping` request.
    Ping(Nothing) = "ping";
    /// The connection closes next: the certificate is no longer on the list, or has ended.
    Disconnected(Disconnected) = "disconnected";
    /// The server stops; what is in flight is finished.
    Draining(Draining) = "draining";
    /// Events were dropped: read the state again.
    Resync(Nothing) = "resync";
    /// Connections have logged in.
    SessionOpened(SessionsOpened) = "session_opened";
    /// Connections have closed or logged out.
    SessionClosed(SessionsClosed) = "session_closed";
    /// What connections did in the last second.
    SessionActive(SessionsActive) = "session_active";
    /// Products were sold.
    Sale(SalesMade) = "sale";
    /// Products are for sale, for the first time or again.
    ProductListed(ProductsTold) = "product_listed";
    /// Products for sale are described or priced otherwise.
    ProductChanged(ProductsTold) = "product_changed";
    /// Products were withdrawn, removed or hidden; read them again to know which.
    ProductRemoved(ProductsGone) = "product_removed";
    /// Users have registered.
    UserRegistered(UsersTold) = "user_registered";
    /// Something was done to users, or they have left.
    UserChanged(UsersTold) = "user_changed";
    /// Administrators did something.
    AuditEntry(AuditEntries) = "audit_entry";
    /// How the server does.
    Statistics(Now) = "statistics";
}
