//! Accounts: registering, logging in and out.

use std::net::IpAddr;
use std::time::Instant;

use auboutique_protocol::accounts::{
    LoggedIn, LoggedOut, Login, Logout, Password, Ping, Pong, Profile, Register, Registered,
    Resume, WhoAmI,
};
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::Token;
use auboutique_protocol::limits::PASSWORD_CHARACTERS_MAX;
use auboutique_protocol::text::{Email, PersonName, Username};

use crate::auth::password::{PasswordError, PasswordRule, Secret, Verification, prepare};
use crate::auth::token::SessionToken;
use crate::context::Context;
use crate::error::ServiceError;
use crate::presence::Ending;
use crate::session::{Session, User};
use crate::store::accounts::{Credentials, NewUser, UserRecord};

pub(crate) async fn register(
    request: Register,
    session: &Session,
    source: IpAddr,
    context: &Context,
) -> Result<Registered, ServiceError> {
    session.require_anonymous()?;
    let username = Username::parse(&request.username).map_err(ServiceError::text("username"))?;
    let name = PersonName::parse(&request.name).map_err(ServiceError::text("name"))?;
    let email = Email::parse(&request.email).map_err(ServiceError::text("email"))?;
    let length = context.market.password_characters_min..=PASSWORD_CHARACTERS_MAX;
    let password = prepare(&request.password.0, length).map_err(password_rule)?;
    let known = [&username.as_str(), &name.as_str(), &email.as_str()].map(ToString::to_string);
    if !context
        .passwords
        .judge_strength(password.clone(), known.into())
        .await?
    {
        return Err(ServiceError::field("password", "too_weak"));
    }
    let user = NewUser {
        username: username.clone(),
        name,
        email,
        password: context.passwords.hash(password).await?,
        created_at: context.now(),
    };
    match context.store.create_user(user).await? {
        Some(id) => {
            tracing::info!(user = id.0, username = %username, %source, "registered");
            Ok(Registered {
                username: username.into(),
            })
        }
        None => Err(ErrorCode::NameTaken(Nothing {}).into()),
    }
}

pub(crate) async fn login(
    request: Login,
    session: &mut Session,
    source: IpAddr,
    context: &Context,
) -> Result<LoggedIn, ServiceError> {
    session.require_anonymous()?;
    // As typed: a name that no user can have is throttled and answered like any other.
    let attempt = context
        .throttle
        .begin(&request.username, source, Instant::now())?;
    let outcome = verify(&request, context).await;
    let record = match outcome {
        Ok(Some(record)) => {
            attempt.succeeded(Instant::now());
            record
        }
        Ok(None) => {
            attempt.failed(Instant::now());
            tracing::info!(%source, "a login failed");
            return Err(ErrorCode::AuthFailed(Nothing {}).into());
        }
        Err(error) => {
            // Neither right nor wrong: it was not compared.
            attempt.release();
            return Err(error);
        }
    };
    let token = SessionToken::generate()?;
    session.log_in(&record, token.digest(), context)?;
    let opened = context
        .store
        .open_session(record.id, token.digest(), context.now())
        .await;
    if let Err(error) = opened {
        session.log_out();
        return Err(error.into());
    }
    tracing::info!(user = record.id.0, %source, "logged in");
    Ok(LoggedIn {
        token: Token(*token.as_bytes()),
        profile: profile(record),
    })
}

/// Compares the password, at the same cost whether the user exists or not.
async fn verify(request: &Login, context: &Context) -> Result<Option<UserRecord>, ServiceError> {
    let username = Username::parse(&request.username).ok();
    let credentials = match &username {
        Some(username) => context.store.credentials(username).await?,
        None => None,
    };
    let (record, stored) = match credentials {
        Some(Credentials { user, password }) => (Some(user), Some(password)),
        None => (None, None),
    };
    let password = login_password(&request.password);
    match context.passwords.verify(password.clone(), stored).await? {
        Verification::Mismatch => Ok(None),
        Verification::Match { rehash } => {
            if let Some(record) = record.as_ref().filter(|_| rehash) {
                rehash_password(record, password, context).await?;
            }
            Ok(record)
        }
    }
}

/// The normal form of a password that somebody tries. One that breaks the rules of today may be
/// older than the rules, and one that breaks any is wrong at the same cost as others.
fn login_password(typed: &Password) -> Secret {
    prepare(&typed.0, 0..=PASSWORD_CHARACTERS_MAX).unwrap_or_default()
}

async fn rehash_password(
    record: &UserRecord,
    password: Secret,
    context: &Context,
) -> Result<(), ServiceError> {
    match context.passwords.hash(password).await {
        Ok(stored) => Ok(context.store.rehash_password(record.id, stored).await?),
        // Next time will do.
        Err(PasswordError::Busy) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn resume(
    request: Resume,
    session: &mut Session,
    context: &Context,
) -> Result<Profile, ServiceError> {
    session.require_anonymous()?;
    let token = SessionToken::from_bytes(request.token.0).digest();
    let record = context.store.resume_session(token, context.now()).await?;
    let record = record.ok_or(ErrorCode::AuthFailed(Nothing {}))?;
    session.log_in(&record, token, context)?;
    // A logout elsewhere may have ended the session before this connection could be found by it.
    if context
        .store
        .resume_session(token, context.now())
        .await?
        .is_none()
    {
        session.log_out();
        return Err(ErrorCode::AuthFailed(Nothing {}).into());
    }
    Ok(profile(record))
}

pub(crate) fn ping(_: &Ping, context: &Context) -> Pong {
    Pong {
        time: context.now(),
    }
}

pub(crate) async fn logout(
    _: &Logout,
    session: &mut Session,
    context: &Context,
) -> Result<LoggedOut, ServiceError> {
    let user = session.user()?;
    let (id, token) = (user.id(), user.token());
    context.store.close_session(token).await?;
    // First this connection leaves, so that only the others are ended.
    session.log_out();
    context.presence.end_session(id, token, Ending::LoggedOut);
    tracing::info!(user = id.0, "logged out");
    Ok(LoggedOut {})
}

pub(crate) async fn whoami(
    _: &WhoAmI,
    user: &User,
    context: &Context,
) -> Result<Profile, ServiceError> {
    let credentials = context.store.credentials(user.username()).await?;
    let credentials = credentials.ok_or(ErrorCode::Unauthenticated(Nothing {}))?;
    Ok(profile(credentials.user))
}

fn profile(record: UserRecord) -> Profile {
    Profile {
        name: record.name,
        email: record.email,
        username: record.username.into(),
        member_since: record.created_at,
    }
}

fn password_rule(rule: PasswordRule) -> ServiceError {
    let reason = match rule {
        PasswordRule::TooShort { .. } => "too_short",
        PasswordRule::TooLong { .. } => "too_long",
        PasswordRule::ControlCharacter => "forbidden_character",
    };
    ServiceError::field("password", reason)
}
