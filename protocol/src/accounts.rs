//! Accounts: registering, logging in, staying logged in, taking one's data along, leaving.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::chat::Message;
use crate::ids::{PictureHash, ProductId, Token, UnixMillis};
use crate::money::Money;
use crate::page::Cursor;
use crate::purchases::{OwnProductState, Purchase};

/// A password on its way to the server; never shown, wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(redacted)")
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

/// Creates an account. Does not log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The person's name; see [`crate::text::PersonName`].
    pub name: String,
    /// See [`crate::text::Email`].
    pub email: String,
    /// Length and strength are judged by the server.
    pub password: Password,
    /// See [`crate::text::Username`].
    pub username: String,
}

/// The account exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The username in its normal form.
    pub username: String,
}

/// Logs in on this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The password.
    pub password: Password,
    /// The username, in any case.
    pub username: String,
}

/// The connection is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedIn {
    /// For [`Resume`] on a later connection.
    pub token: Token,
    /// Who logged in.
    pub profile: Profile,
}

/// Logs in on this connection by the token of an earlier login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// From [`LoggedIn`].
    pub token: Token,
}

/// Asks for a sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The server's clock.
    pub time: UnixMillis,
}

/// Ends the session: its token is void, the connection is anonymous again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {}

/// The session has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedOut {}

/// Asks who is logged in on this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhoAmI {}

/// A user, to that user alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The person's name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The username.
    pub username: String,
    /// When the account was made.
    pub member_since: UnixMillis,
}

/// Replaces the password and ends all other sessions of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password from now on, judged like that of a [`Register`].
    pub new: Password,
    /// The password until now.
    pub old: Password,
}

/// The password is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {}

/// Asks how much of each quota is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MyQuota {}

/// The quotas of a user, named as in [`crate::error::Quota`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// Connections that are logged in.
    pub connections: Usage,
    /// Bytes of the pictures of the products for sale.
    pub picture_bytes: Usage,
    /// Messages sent on this day of the market's time zone.
    pub messages_per_day: Usage,
    /// Products for sale.
    pub products_for_sale: Usage,
}

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// So much is used. May exceed the limit when the operator has lowered it.
    pub used: u64,
    /// So much is allowed.
    pub limit: u64,
}

/// Asks for everything that the server keeps about the user, page by page. Pictures are fetched
/// with [`crate::catalog::Picture`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportAccount {
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A part of what the server keeps about the user: at most
/// [`crate::limits::PAGE_ITEMS_DEFAULT`] products, purchases and messages together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountExport {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The user; on the first page only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The messages that the user sent and received; they come last, one conversation after the
    /// other.
    pub messages: Vec<Message>,
    /// The user's own products, last listed first.
    pub products: Vec<ExportedProduct>,
    /// The user's purchases, last first; they come when the products are through.
    pub purchases: Vec<Purchase>,
}

/// Everything about one's own product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedProduct {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// What it costs, or what it was sold for.
    pub price: Money,
    /// What became of it.
    pub state: OwnProductState,
    /// Its picture, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureHash>,
    /// Its category.
    pub category: String,
    /// When it was listed.
    pub listed_at: UnixMillis,
    /// Its description; may be empty.
    pub description: String,
}

/// Deletes the account. It cannot be had back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteAccount {
    /// The password, as proof that the owner wants it.
    pub password: Password,
}

/// The account is gone, and this connection is anonymous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDeleted {}
