//! What administrators did.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::sessions::SessionNumber;
use crate::closed_list::closed_list;
use crate::ids::{ProductId, UnixMillis};
use crate::page::Cursor;

closed_list! {
    /// What was done; the name of the request.
    AuditAction {
        /// One session, or all of a user, ended.
        Disconnect = "disconnect",
        /// A user was suspended.
        Suspend = "suspend",
        /// A suspension was ended.
        Reinstate = "reinstate",
        /// A user got a one-time password.
        ResetPassword = "reset_password",
        /// A product was taken off the market.
        RemoveProduct = "remove_product",
        /// Everybody online was told something.
        Announce = "announce"
    }
    "disconnect, suspend, reinstate, reset_password, remove_product, announce"
}

/// Lists what administrators did, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Only what this administrator did, by the name of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Only what was done to this user, or to a product of this user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// A page of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
}

/// Something that an administrator did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: UnixMillis,
    /// Why, as far as it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The words of an announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who: the name of the certificate.
    pub actor: String,
    /// What.
    pub action: AuditAction,
    /// Counts the entries from 1.
    pub number: u64,
    /// The product that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// The one session that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionNumber>,
    /// The user that it was done to, or whose product it was; by the username of now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}
