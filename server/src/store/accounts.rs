//! Accounts and sessions as they are kept.

use async_trait::async_trait;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::{Email, PersonName, Username};

use super::{StoreError, UserId};
use crate::auth::token::TokenDigest;

/// How long a session lives without being used, in milliseconds: 30 days.
pub(crate) const SESSION_IDLE_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// How long a session lives at most, in milliseconds: 90 days.
pub(crate) const SESSION_LIFE_MS: u64 = 90 * 24 * 60 * 60 * 1000;
/// How often the last use of a session is written down, in milliseconds: once a day.
pub(crate) const SESSION_TOUCH_MS: u64 = 24 * 60 * 60 * 1000;

/// What it takes to create a user.
#[derive(Debug, Clone)]
pub(crate) struct NewUser {
    pub(crate) username: Username,
    pub(crate) name: PersonName,
    pub(crate) email: Email,
    /// A PHC string.
    pub(crate) password: String,
    pub(crate) created_at: UnixMillis,
}

/// A user as other parts of the server need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRecord {
    pub(crate) id: UserId,
    pub(crate) username: Username,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) created_at: UnixMillis,
}

/// A user with the password to compare with.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) user: UserRecord,
    /// A PHC string.
    pub(crate) password: String,
}

/// Keeps accounts and sessions.
#[async_trait]
pub(crate) trait AccountStore {
    /// Creates a user; `None` when the username is taken.
    async fn create_user(&self, user: NewUser) -> Result<Option<UserId>, StoreError>;

    /// A user by name, with the password.
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreError>;

    /// Replaces the stored form of an unchanged password (its parameters have changed).
    async fn rehash_password(&self, user: UserId, password: String) -> Result<(), StoreError>;

    /// Opens a session.
    async fn open_session(
        &self,
        user: UserId,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// The user of a session that has not ended or expired; notes its use at most once a day.
    async fn resume_session(
        &self,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<Option<UserRecord>, StoreError>;

    /// Ends a session; one that has ended already is no error.
    async fn close_session(&self, token: TokenDigest) -> Result<(), StoreError>;
}
