//! Accounts: registering, logging in and out, leaving.

use std::net::IpAddr;
use std::time::Instant;

use auboutique_protocol::accounts::{
    AccountDeleted, AccountExport, ChangePassword, DeleteAccount, ExportAccount, LoggedIn,
    LoggedOut, Login, Logout, MyQuota, Password, PasswordChanged, Ping, Pong, Profile, Quotas,
    Register, Registered, Resume, Usage, WhoAmI,
};
use auboutique_protocol::codec;
use auboutique_protocol::error::{CollectionPending, ErrorCode, Nothing, Suspended};
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::{ProductId, Token, UnixMillis};
use auboutique_protocol::limits::{PAGE_ITEMS_DEFAULT, PASSWORD_CHARACTERS_MAX};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{Email, PersonName, Username};

use super::admin::actions::removal_notice;
use super::{cursor, numbers, timestamp};
use crate::auth::password::{PasswordError, PasswordRule, Secret, Verification, prepare};
use crate::auth::throttle::Refused;
use crate::auth::token::SessionToken;
use crate::context::Context;
use crate::desk::News;
use crate::error::ServiceError;
use crate::presence::Ending;
use crate::session::{Member, Session, User};
use crate::store::accounts::{Credentials, DELETED_PREFIX, DeleteOutcome, NewUser, UserRecord};
use crate::store::chat::MessagePosition;
use crate::store::purchases::PurchasePosition;

/// Most removed products that a login is told of; the next one is told of more.
const REMOVALS_MAX: usize = 100;

pub(crate) async fn register(
    request: Register,
    session: &Session,
    source: IpAddr,
    context: &Context,
) -> Result<Registered, ServiceError> {
    session.require_anonymous()?;
    let username = Username::parse(&request.username).map_err(ServiceError::text("username"))?;
    if username.as_str().starts_with(DELETED_PREFIX) {
        return Err(ServiceError::field("username", "reserved"));
    }
    let name = PersonName::parse(&request.name).map_err(ServiceError::text("name"))?;
    let email = Email::parse(&request.email).map_err(ServiceError::text("email"))?;
    let password = new_password("password", &request.password, context)?;
    let known = [username.as_str(), name.as_str(), email.as_str()];
    require_strong("password", &password, known, context).await?;
    // Only now, since what was refused above cost little; what follows costs a password hash.
    context
        .registrations
        .take(source, tokio::time::Instant::now())?;
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
            context.statistics.registered();
            context.desk.tell(News::Registered(id));
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
    let proof = authenticate(&request.username, &request.password, source, context).await?;
    if let Some(reason) = proof.suspended {
        tracing::info!(user = proof.user.id.0, %source, "a suspended user tried to log in");
        return Err(ErrorCode::Suspended(Suspended { reason }).into());
    }
    let record = proof.user;
    let token = SessionToken::generate()?;
    session.log_in(&record, token.digest(), context)?;
    let opened = context
        .store
        .open_session(record.id, &proof.password, token.digest(), context.now())
        .await;
    match opened {
        Ok(true) => {}
        Ok(false) => {
            session.log_out();
            return Err(password_moved_on());
        }
        Err(error) => {
            session.log_out();
            return Err(error.into());
        }
    }
    tell_of_sales(session, context).await;
    tracing::info!(user = record.id.0, %source, "logged in");
    Ok(LoggedIn {
        token: Token(*token.as_bytes()),
        profile: profile(record),
    })
}

/// Checks a password, as often as the throttle allows, and returns whose it is with its stored form.
async fn authenticate(
    username: &str,
    password: &Password,
    source: IpAddr,
    context: &Context,
) -> Result<Credentials, ServiceError> {
    let throttle = &context.throttle;
    let attempt = match throttle.begin(username, source, Instant::now()) {
        Err(Refused::DailyLimit(_)) if has_one_time_password(username, context).await? => {
            throttle.begin_uncounted(username, source, Instant::now())?
        }
        begun => begun?,
    };
    match verify(username, password, context).await {
        Ok(Some(proof)) => {
            attempt.succeeded(Instant::now());
            Ok(proof)
        }
        Ok(None) => {
            attempt.failed(Instant::now());
            if let Some(left_out) = context
                .peer_lines
                .password
                .take(tokio::time::Instant::now())
            {
                tracing::info!(%source, left_out, "a password was wrong");
            }
            Err(ErrorCode::AuthFailed(Nothing {}).into())
        }
        Err(error) => {
            // Neither right nor wrong: it was not compared.
            attempt.release();
            Err(error)
        }
    }
}

/// Whether an administrator gave the user a password that was not changed since.
async fn has_one_time_password(username: &str, context: &Context) -> Result<bool, ServiceError> {
    let Ok(username) = Username::parse(username) else {
        return Ok(false);
    };
    let credentials = context.store.credentials(&username).await?;
    Ok(credentials.is_some_and(|credentials| credentials.user.must_change_password))
}

/// Between the check of a password and the use of it the password was changed, or only hashed anew.
/// Nothing was done; asking again tells which.
fn password_moved_on() -> ServiceError {
    ServiceError::Busy
}

/// Compares the password, at the same cost whether the user exists or not.
async fn verify(
    username: &str,
    password: &Password,
    context: &Context,
) -> Result<Option<Credentials>, ServiceError> {
    let username = Username::parse(username).ok();
    let credentials = match &username {
        Some(username) => context.store.credentials(username).await?,
        None => None,
    };
    let stored = credentials
        .as_ref()
        .map(|credentials| credentials.password.clone());
    let password = login_password(password);
    match context.passwords.verify(password.clone(), stored).await? {
        Verification::Mismatch => Ok(None),
        Verification::Match { rehash: false } => Ok(credentials),
        Verification::Match { rehash: true } => match credentials {
            Some(credentials) => rehash_password(credentials, password, context)
                .await
                .map(Some),
            None => Ok(None),
        },
    }
}

/// The normal form of a password that somebody tries. One that breaks the rules of today may be
/// older than the rules, and one that breaks any is wrong at the same cost as others.
fn login_password(typed: &Password) -> Secret {
    prepare(&typed.0, 0..=PASSWORD_CHARACTERS_MAX).unwrap_or_default()
}

async fn rehash_password(
    credentials: Credentials,
    password: Secret,
    context: &Context,
) -> Result<Credentials, ServiceError> {
    let rehashed = match context.passwords.hash(password).await {
        Ok(rehashed) => rehashed,
        // Next time will do.
        Err(PasswordError::Busy) => return Ok(credentials),
        Err(error) => return Err(error.into()),
    };
    let replaced = context
        .store
        .rehash_password(credentials.user.id, &credentials.password, rehashed.clone())
        .await?;
    Ok(if replaced {
        Credentials {
            password: rehashed,
            ..credentials
        }
    } else {
        credentials
    })
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
    // Whoever ended the session in between did not find this connection among those to end.
    match context.store.resume_session(token, context.now()).await {
        Ok(Some(_)) => {
            tell_of_sales(session, context).await;
            Ok(profile(record))
        }
        Ok(None) => {
            session.log_out();
            Err(ErrorCode::AuthFailed(Nothing {}).into())
        }
        Err(error) => {
            session.log_out();
            Err(error.into())
        }
    }
}

/// Leaves word of the sales that the user has not been told of; it follows the answer.
async fn tell_of_sales(session: &Session, context: &Context) {
    let Session::Member(member) = session else {
        return;
    };
    let store = &*context.store;
    let notices = context.sale_notices.at_login(member.user().id(), store);
    for notice in notices.await {
        let event = codec::encode(&Event::YourProductSold(notice.sold));
        member.mailbox().leave(event.into());
    }
    tell_of_removals(member, context).await;
}

/// As for sales: what of the user's an administrator took off the market.
async fn tell_of_removals(member: &Member, context: &Context) {
    let store = &*context.store;
    let untold = match store
        .untold_removals(member.user().id(), REMOVALS_MAX)
        .await
    {
        Ok(untold) if untold.is_empty() => return,
        Ok(untold) => untold,
        Err(error) => {
            tracing::warn!(%error, "an owner could not be told of removed products");
            return;
        }
    };
    let told = untold.iter().map(|removal| removal.product).collect();
    for removal in untold {
        let event = codec::encode(&removal_notice(removal));
        member.mailbox().leave(event.into());
    }
    if let Err(error) = store.mark_removals_told(told).await {
        // They are told again at the next login.
        tracing::debug!(%error, "what was told could not be noted down");
    }
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
    context.presence.end_session(id, token, &Ending::LoggedOut);
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

pub(crate) async fn change_password(
    request: ChangePassword,
    user: &User,
    source: IpAddr,
    context: &Context,
) -> Result<PasswordChanged, ServiceError> {
    let new = new_password("new", &request.new, context)?;
    let username = user.username().as_str();
    let proof = authenticate(username, &request.old, source, context).await?;
    let known = [username, &proof.user.name, &proof.user.email];
    require_strong("new", &new, known, context).await?;
    let hash = context.passwords.hash(new).await?;
    let changed = context
        .store
        .change_password(user.id(), &proof.password, hash, user.token())
        .await?;
    if !changed {
        return Err(password_moved_on());
    }
    context
        .presence
        .end_user(user.id(), Some(user.token()), &Ending::PasswordChanged);
    tracing::info!(user = user.id().0, %source, "changed the password");
    Ok(PasswordChanged {})
}

pub(crate) async fn my_quota(
    _: &MyQuota,
    user: &User,
    context: &Context,
) -> Result<Quotas, ServiceError> {
    let usage = context.store.seller_usage(user.id()).await?;
    let today = context.market.calendar.day(timestamp(context.now()));
    Ok(Quotas {
        connections: Usage {
            used: context.presence.connections(user.id()) as u64,
            limit: context.presence.connections_per_user_max() as u64,
        },
        picture_bytes: Usage {
            used: usage.picture_bytes,
            limit: context.market.picture_bytes_per_user_max,
        },
        messages_per_day: Usage {
            used: context.store.messages_sent(user.id(), &today).await?,
            limit: context.market.messages_per_day_max,
        },
        products_for_sale: Usage {
            used: usage.products,
            limit: context.market.products_per_user_max,
        },
    })
}

/// Where a page of an export starts. Its cursor is made of the numbers, and known by how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportPosition {
    Products(Option<ProductId>),
    Purchases(Option<PurchasePosition>),
    Messages(Option<MessagePosition>),
}

impl ExportPosition {
    fn to_cursor(self) -> Cursor {
        match self {
            Self::Products(after) => cursor([after.map_or(u64::MAX, |id| id.0)]),
            Self::Purchases(after) => {
                let (sold_at, product) = after.map_or((u64::MAX, u64::MAX), |after| {
                    (after.sold_at.0, after.product.0)
                });
                cursor([sold_at, product])
            }
            Self::Messages(after) => {
                let MessagePosition {
                    conversation,
                    number,
                } = after.unwrap_or_default();
                cursor([conversation, number, 0])
            }
        }
    }

    fn from_cursor(cursor: Option<&Cursor>) -> Result<Self, ServiceError> {
        let length = cursor.map_or(0, |cursor| cursor.as_bytes().len());
        if length == 24 {
            let after = numbers(cursor)?.map(|[conversation, number, _]| MessagePosition {
                conversation,
                number,
            });
            return Ok(Self::Messages(after));
        }
        if length == 16 {
            let after = numbers(cursor)?.map(|[sold_at, product]| PurchasePosition {
                sold_at: UnixMillis(sold_at),
                product: ProductId(product),
            });
            return Ok(Self::Purchases(after));
        }
        let after = numbers(cursor)?.map(|[product]| ProductId(product));
        Ok(Self::Products(after))
    }
}

pub(crate) async fn export_account(
    request: &ExportAccount,
    user: &User,
    context: &Context,
) -> Result<AccountExport, ServiceError> {
    // Fifty descriptions of the greatest length fit a frame; a hundred would not.
    let limit = PAGE_ITEMS_DEFAULT as usize;
    let mut export = AccountExport {
        next: None,
        profile: None,
        messages: Vec::new(),
        products: Vec::new(),
        purchases: Vec::new(),
    };
    if request.cursor.is_none() {
        export.profile = Some(whoami(&WhoAmI {}, user, context).await?);
    }
    let next = match ExportPosition::from_cursor(request.cursor.as_ref())? {
        ExportPosition::Products(after) => {
            let page = context.store.own_products(user.id(), after, limit).await?;
            export.products = page.items;
            // The purchases have pages of their own.
            Some(match page.next {
                Some(product) => ExportPosition::Products(Some(product)),
                None => ExportPosition::Purchases(None),
            })
        }
        ExportPosition::Purchases(after) => {
            let page = context.store.purchases(user.id(), after, limit).await?;
            export.purchases = page.items;
            Some(match page.next {
                Some(after) => ExportPosition::Purchases(Some(after)),
                None => ExportPosition::Messages(None),
            })
        }
        ExportPosition::Messages(after) => {
            let page = context.store.own_messages(user.id(), after, limit).await?;
            export.messages = page.items;
            page.next.map(|after| ExportPosition::Messages(Some(after)))
        }
    };
    export.next = next.map(ExportPosition::to_cursor);
    Ok(export)
}

pub(crate) async fn delete_account(
    request: DeleteAccount,
    session: &mut Session,
    source: IpAddr,
    context: &Context,
) -> Result<AccountDeleted, ServiceError> {
    let user = session.user()?;
    let id = user.id();
    let username = user.username().as_str();
    let proof = authenticate(username, &request.password, source, context).await?;
    let now = context.now();
    let today = context.market.calendar.day(timestamp(now));
    let outcome = context
        .store
        .delete_user(id, &proof.password, &today, now)
        .await?;
    match outcome {
        DeleteOutcome::Deleted => {}
        DeleteOutcome::CollectionPending(collect_on) => {
            let detail = CollectionPending { collect_on };
            return Err(ErrorCode::CollectionPending(detail).into());
        }
        DeleteOutcome::Outdated => return Err(password_moved_on()),
    }
    // First this connection leaves, so that only the others are ended.
    session.log_out();
    context.presence.end_user(id, None, &Ending::AccountDeleted);
    context.statistics.left();
    context.desk.tell(News::UserChanged(id));
    tracing::info!(user = id.0, %source, "deleted the account");
    Ok(AccountDeleted {})
}

fn profile(record: UserRecord) -> Profile {
    Profile {
        name: record.name,
        email: record.email,
        username: record.username.into(),
        member_since: record.created_at,
    }
}

/// A password that somebody chose, in its normal form and of a length that is allowed.
fn new_password(
    field: &'static str,
    typed: &Password,
    context: &Context,
) -> Result<Secret, ServiceError> {
    let length = context.market.password_characters_min..=PASSWORD_CHARACTERS_MAX;
    prepare(&typed.0, length).map_err(|rule| password_rule(field, rule))
}

/// Refuses a password that is easy to guess for somebody who knows these texts.
async fn require_strong(
    field: &'static str,
    password: &Secret,
    known: [&str; 3],
    context: &Context,
) -> Result<(), ServiceError> {
    let known = known.map(str::to_owned).into();
    let judged = context.passwords.judge_strength(password.clone(), known);
    if judged.await? {
        Ok(())
    } else {
        Err(ServiceError::field(field, "too_weak"))
    }
}

fn password_rule(field: &'static str, rule: PasswordRule) -> ServiceError {
    let reason = match rule {
        PasswordRule::TooShort { .. } => "too_short",
        PasswordRule::TooLong { .. } => "too_long",
        PasswordRule::ControlCharacter => "forbidden_character",
    };
    ServiceError::field(field, reason)
}
