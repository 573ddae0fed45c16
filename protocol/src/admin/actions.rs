//! What administrators can do. Each is a row in the audit, written together with its effect.

use serde::{Deserialize, Serialize};

use super::sessions::SessionNumber;
use crate::accounts::Password;
use crate::ids::{ProductId, UnixMillis};

/// Ends one session, or all of a user: closes its connections and makes its token void, so that the
/// client has to log in again. Exactly one of both is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disconnect {
    /// Why; the user is told. See [`crate::text::Reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// A session that is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionNumber>,
    /// A user, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// Sessions have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// How many sessions.
    pub sessions: u64,
    /// How many connections are being closed.
    pub connections: u64,
}

/// Suspends a user: ends all sessions, refuses logins, hides what the user has for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    /// Why; the user is told. See [`crate::text::Reason`].
    pub reason: String,
    /// The user, in any case.
    pub username: String,
}

/// The user is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSuspended {
    /// How many sessions have ended.
    pub sessions: u64,
    /// How many connections are being closed.
    pub connections: u64,
    /// How many products are hidden.
    pub products_hidden: u64,
}

/// Ends a suspension: the user may log in, and what was hidden is for sale again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reinstate {
    /// Why; for the audit. See [`crate::text::Reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The user, in any case.
    pub username: String,
}

/// The user is no longer suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserReinstated {
    /// How many products are for sale again.
    pub products_shown: u64,
}

/// Replaces a user's password by one that only serves to choose another, and ends all sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// Why; for the audit. See [`crate::text::Reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The user, in any case.
    pub username: String,
}

/// The user has a one-time password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordReset {
    /// The password. It is shown here and never again; the user must change it after logging in.
    pub password: Password,
    /// How many sessions have ended.
    pub sessions: u64,
    /// How many connections are being closed.
    pub connections: u64,
}

/// Takes a product off the market. Its owner is told why, and cannot put it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveProduct {
    /// Why; the owner is told. See [`crate::text::Reason`].
    pub reason: String,
    /// The product.
    pub product: ProductId,
}

/// The product is off the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRemoved {}

/// Says something to everybody who is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    /// The words; see [`crate::text::AnnouncementText`].
    pub text: String,
}

/// Everybody is being told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The time that the announcement carries.
    pub at: UnixMillis,
    /// How many connections are told.
    pub connections: u64,
}
