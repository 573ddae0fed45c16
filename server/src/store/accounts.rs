//! Accounts and sessions as they are kept.

use async_trait::async_trait;
use auboutique_protocol::accounts::ExportedProduct;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::{Email, PersonName, Username};

use super::purchases::Page;
use super::{StoreError, UserId};
use crate::auth::token::TokenDigest;

/// What usernames of deleted accounts begin with; nobody registers one.
pub(crate) const DELETED_PREFIX: &str = "deleted-";
/// The name of everybody who has left.
pub(crate) const DELETED_NAME: &str = "Deleted account";
/// The e-mail address of everybody who has left; RFC 2606 reserves the domain for nobody.
pub(crate) const DELETED_EMAIL: &str = "deleted@account.invalid";

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
    /// An administrator made the password; all that it serves for is to choose another.
    pub(crate) must_change_password: bool,
}

/// A user with the password to compare with.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) user: UserRecord,
    /// A PHC string.
    pub(crate) password: String,
    /// Why the user may not log in.
    pub(crate) suspended: Option<String>,
}

/// What became of a request to delete an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// A sale of the user is to be collected, the last one on this day (`YYYY-MM-DD`).
    CollectionPending(String),
    /// The user has another password than the one that was verified, or is gone already.
    Outdated,
}

/// Keeps accounts and sessions.
///
/// Whoever verified a password passes the stored form that it was compared with to what follows:
/// between the two the password may have changed, and the account may be gone.
#[async_trait]
pub(crate) trait AccountStore {
    /// Creates a user; `None` when the username is taken.
    async fn create_user(&self, user: NewUser) -> Result<Option<UserId>, StoreError>;

    /// A user by name, with the password.
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreError>;

    /// Replaces the stored form of an unchanged password (its parameters have changed), unless it
    /// is no longer `verified`; returns whether it did.
    async fn rehash_password(
        &self,
        user: UserId,
        verified: &str,
        password: String,
    ) -> Result<bool, StoreError>;

    /// Replaces the password, unless it is no longer `verified`, and ends all sessions of the user
    /// but the one to keep; returns whether it did.
    async fn change_password(
        &self,
        user: UserId,
        verified: &str,
        password: String,
        keep: TokenDigest,
    ) -> Result<bool, StoreError>;

    /// Opens a session, unless the password is no longer `verified` or the user was suspended; returns whether it did.
    async fn open_session(
        &self,
        user: UserId,
        verified: &str,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<bool, StoreError>;

    /// The user of a session that has not ended or expired; notes its use at most once a day.
    async fn resume_session(
        &self,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<Option<UserRecord>, StoreError>;

    /// Ends a session; one that has ended already is no error.
    async fn close_session(&self, token: TokenDigest) -> Result<(), StoreError>;

    /// Deletes an account, unless a sale awaits its collection on `today` (`YYYY-MM-DD`) or later:
    /// forgets the person, withdraws what is for sale, ends all sessions. Sales keep the number of
    /// the user, who is shown by a name that begins with [`DELETED_PREFIX`].
    async fn delete_user(
        &self,
        user: UserId,
        verified: &str,
        today: &str,
        now: UnixMillis,
    ) -> Result<DeleteOutcome, StoreError>;

    /// A user's own products with all that is known of them, last listed first.
    async fn own_products(
        &self,
        owner: UserId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<ExportedProduct, ProductId>, StoreError>;
}
