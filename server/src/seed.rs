//! Fills a data directory with users who are logged in already, before a server starts on it.
//!
//! For load tests and benches on a fresh directory, and for nothing else: all users share one
//! password, which is hashed once, because a login or a registration for each would cost more
//! than everything that is to be measured. The rows are those that registering and logging in
//! write, made by the same store.

use std::num::NonZeroUsize;
use std::sync::Arc;

use auboutique_protocol::accounts::Password;
use auboutique_protocol::ids::{Token, UnixMillis};
use auboutique_protocol::limits::PASSWORD_CHARACTERS_MAX;
use auboutique_protocol::text::{Email, PersonName, TextError, Username};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use crate::auth::password::{
    PasswordError, PasswordHasher, PasswordParameters, Secret, StartError, prepare,
};
use crate::auth::token::SessionToken;
use crate::config::Config;
use crate::data_dir::{DataDirError, DataDirLock};
use crate::store::accounts::{AccountStore as _, NewUser};
use crate::store::catalog::ForSale;
use crate::store::sqlite::{OpenError, SqliteStore};
use crate::store::{Change, CommitObserver, Store as _, StoreError};

/// Users created at once: enough to fill the commits of the writer, far fewer than may wait for it.
const IN_FLIGHT_USERS_MAX: usize = 512;
/// The address of all of them; nobody writes to it (RFC 2606).
const EMAIL: &str = "seed@example.org";

/// A user to create.
#[derive(Debug, Clone)]
pub struct SeedUser {
    /// The name; the person is called the same.
    pub username: Username,
    /// What the user resumes with, as after a login. No two users may share one.
    pub token: Token,
}

/// Why a directory was not filled.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The data directory cannot be used, or a server runs on it.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// There is a user of this name already, from before or twice in the list.
    #[error("there is a user {0} already; users are seeded into a fresh directory")]
    NameTaken(Username),
    /// The common password is one that nobody could register with.
    #[error("{0}")]
    Password(String),
    /// The databases cannot be opened.
    #[error("{0}")]
    Open(String),
    /// The common password could not be hashed, or a user could not be written.
    #[error("{0}")]
    Failed(String),
}

impl From<OpenError> for SeedError {
    fn from(error: OpenError) -> Self {
        Self::Open(error.to_string())
    }
}

macro_rules! failures {
    ($($cause:ty),+) => {
        $(impl From<$cause> for SeedError {
            fn from(error: $cause) -> Self {
                Self::Failed(format!("cannot seed users: {error}"))
            }
        })+
    };
}
failures!(
    StoreError,
    StartError,
    PasswordError,
    TextError,
    getrandom::Error
);

/// Creates users in the data directory of `config`, each with an open session for its token and all
/// with one password; without `password`, with a random one that nobody knows. Creates the
/// databases where they are missing, and leaves certificates to the server.
///
/// # Errors
/// See [`SeedError`]. On any, some of the users may have been created: throw the directory away.
pub async fn seed(
    config: &Config,
    users: &[SeedUser],
    password: Option<&Password>,
) -> Result<(), SeedError> {
    let _lock = DataDirLock::acquire(&config.data_dir)?;
    let stored = stored_form(config, password).await?;
    let currency = config.market.currency;
    let store = SqliteStore::open(&config.data_dir, currency, Arc::new(Nobody)).await?;
    let now = UnixMillis(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0));
    // Made beforehand, or the compiler could not prove that this future may move between threads.
    let creations: Vec<_> = users
        .iter()
        .map(|user| create(&store, user, &stored, now))
        .collect();
    let outcome = stream::iter(creations)
        .buffer_unordered(IN_FLIGHT_USERS_MAX)
        .try_collect()
        .await;
    store.close().await;
    outcome
}

/// The password as it is kept.
async fn stored_form(config: &Config, password: Option<&Password>) -> Result<String, SeedError> {
    let secret = match password {
        Some(Password(typed)) => {
            let allowed = config.market.password_characters_min..=PASSWORD_CHARACTERS_MAX;
            prepare(typed, allowed).map_err(|rule| SeedError::Password(rule.to_string()))?
        }
        None => unknown_password()?,
    };
    let hasher = PasswordHasher::start(NonZeroUsize::MIN, 1, PasswordParameters::default())?;
    Ok(hasher.hash(secret).await?)
}

/// A password of 256 random bits. That no password at all fits cannot be stored.
fn unknown_password() -> Result<Secret, getrandom::Error> {
    let token = SessionToken::generate()?;
    let digits = token.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    Ok(Secret::new(digits.collect()))
}

/// What registering and logging in leave behind.
async fn create(
    store: &SqliteStore,
    user: &SeedUser,
    stored: &str,
    now: UnixMillis,
) -> Result<(), SeedError> {
    let new = NewUser {
        username: user.username.clone(),
        name: PersonName::parse(user.username.as_str())?,
        email: Email::parse(EMAIL)?,
        password: stored.to_owned(),
        created_at: now,
    };
    let Some(id) = store.create_user(new).await? else {
        return Err(SeedError::NameTaken(user.username.clone()));
    };
    let token = SessionToken::from_bytes(user.token.0).digest();
    store.open_session(id, stored, token, now).await?;
    Ok(())
}

/// Follows no commits: there is no catalog before the server starts.
struct Nobody;

impl CommitObserver for Nobody {
    fn apply(&self, _changes: Vec<Change>) {}

    fn rebuild(&self, _for_sale: Vec<ForSale>) {}
}
