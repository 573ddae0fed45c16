//! The users, for administrators.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::error::Nothing;
use crate::ids::UnixMillis;
use crate::money::Money;
use crate::page::Cursor;

closed_list! {
    /// The order of a list of users.
    #[derive(Default)]
    UserSort {
        /// By username.
        #[default]
        Username = "username",
        /// Registered last comes first.
        Newest = "newest",
        /// Registered first comes first.
        Oldest = "oldest"
    }
    "username, newest, oldest"
}

closed_list! {
    /// The name of a [`UserState`].
    UserStateName {
        /// The user may log in.
        Active = "active",
        /// An administrator suspended the user.
        Suspended = "suspended",
        /// The user has left.
        Deleted = "deleted"
    }
    "active, suspended, deleted"
}

/// Lists users.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// The order; by username when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<UserSort>,
    /// Only users whose username, name or e-mail address holds this text, ASCII letters in any case;
    /// see [`crate::text::SearchText`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only users in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserStateName>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The users, in the order asked for.
    pub users: Vec<UserSummary>,
}

/// A user, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// The server's number for the user; it outlives the username.
    pub id: u64,
    /// The person's name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Whether the user may log in.
    pub state: UserState,
    /// Whether the user is online at this moment.
    pub online: bool,
    /// How many sessions the user has, connected or not.
    pub sessions: u64,
    /// The username.
    pub username: String,
    /// When one of the user's sessions was last used, to the day; absent where none is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<UnixMillis>,
    /// How many products the user bought.
    pub purchases: u64,
    /// When the account was made.
    pub member_since: UnixMillis,
    /// How many products the user has for sale; 0 while suspended, when they are hidden.
    pub products_for_sale: u64,
}

/// Whether a user may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// The user may.
    Active(Nothing),
    /// An administrator suspended the user.
    Suspended(SuspendedSince),
    /// The user has left; what was known of the person is gone.
    Deleted(Nothing),
}

/// Why and since when a user is suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedSince {
    /// Since when.
    pub since: UnixMillis,
    /// The administrator's reason, which the user is told.
    pub reason: String,
}

/// Asks for everything about one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The username, in any case.
    pub username: String,
}

/// Everything about one user but what they write to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetail {
    /// See [`UserSummary::id`].
    pub id: u64,
    /// The person's name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// What the user paid for purchases.
    pub spent: Money,
    /// Whether the user may log in.
    pub state: UserState,
    /// Whether the user is online at this moment.
    pub online: bool,
    /// What others paid for the user's products.
    pub revenue: Money,
    /// How many sessions the user has, connected or not.
    pub sessions: u64,
    /// The username.
    pub username: String,
    /// See [`UserSummary::last_seen`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<UnixMillis>,
    /// How many products the user bought.
    pub purchases: u64,
    /// How many connections the user has at this moment.
    pub connections: u64,
    /// When the account was made.
    pub member_since: UnixMillis,
    /// How many of the user's products were sold.
    pub products_sold: u64,
    /// See [`UserSummary::products_for_sale`].
    pub products_for_sale: u64,
    /// How many of the user's products were taken off the market unsold.
    pub products_withdrawn: u64,
    /// Whether the user has a one-time password, or had one and has not changed it.
    pub must_change_password: bool,
}
