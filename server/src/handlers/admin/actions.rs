//! What administrators do. The store writes effect and audit together; what follows a commit happens
//! here: connections end, and whoever should hear of it is told.

use std::sync::Arc;

use auboutique_protocol::admin::{
    Announce, Announced, AuditEntry, Disconnect, PasswordReset, ProductRemoved, Reinstate,
    RemoveProduct, ResetPassword, SessionNumber, SessionsEnded, Suspend, UserReinstated,
    UserSuspended,
};
use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing};
use auboutique_protocol::event::{Announcement, Event};
use auboutique_protocol::text::{AnnouncementText, Reason, Username};
use auboutique_protocol::{accounts::Password, codec};

use crate::auth::one_time;
use crate::auth::password::prepare;
use crate::context::Context;
use crate::desk::News;
use crate::error::ServiceError;
use crate::presence::Ending;
use crate::session::Admin;
use crate::store::admin::{Act, Done, Impossible, Irremovable, Removal, SessionTarget};

pub(crate) async fn disconnect(
    request: &Disconnect,
    admin: &Admin,
    context: &Context,
) -> Result<SessionsEnded, ServiceError> {
    let why = reason("why", request.why.as_deref())?;
    let ending = Ending::Disconnected {
        why: why.as_ref().map(|why| why.as_str().into()),
    };
    let act = act(admin, why, context);
    match (request.session, request.username.as_deref()) {
        (Some(session), None) => end_session(session, act, &ending, context).await,
        (None, Some(name)) => {
            let username = username(name)?;
            let done = context.store.end_sessions(act, &username).await?;
            let done = done.map_err(impossible)?;
            let connections = context.presence.end_user(done.user, None, &ending);
            note(&done, context);
            Ok(SessionsEnded {
                sessions: done.sessions,
                connections,
            })
        }
        (Some(_), Some(_)) | (None, None) => Err(ServiceError::field("disconnect", "malformed")),
    }
}

async fn end_session(
    number: SessionNumber,
    act: Act,
    ending: &Ending,
    context: &Context,
) -> Result<SessionsEnded, ServiceError> {
    let found = context.presence.session(number);
    let (user, token) = found.ok_or(ErrorCode::NotFound(Nothing {}))?;
    let target = SessionTarget {
        user,
        token,
        number,
    };
    let done = context.store.end_session(act, target).await?;
    let connections = context.presence.end_session(user, token, ending);
    note(&done, context);
    Ok(SessionsEnded {
        sessions: done.sessions,
        connections,
    })
}

pub(crate) async fn suspend(
    request: &Suspend,
    admin: &Admin,
    context: &Context,
) -> Result<UserSuspended, ServiceError> {
    let reason = Reason::parse(&request.reason).map_err(ServiceError::text("reason"))?;
    let username = username(&request.username)?;
    let ending = Ending::Suspended {
        reason: reason.as_str().into(),
    };
    let act = act(admin, None, context);
    let done = context.store.suspend(act, &username, reason).await?;
    let done = done.map_err(impossible)?;
    let connections = context.presence.end_user(done.user, None, &ending);
    note(&done, context);
    Ok(UserSuspended {
        sessions: done.sessions,
        connections,
        products_hidden: done.products,
    })
}

pub(crate) async fn reinstate(
    request: &Reinstate,
    admin: &Admin,
    context: &Context,
) -> Result<UserReinstated, ServiceError> {
    let why = reason("why", request.why.as_deref())?;
    let username = username(&request.username)?;
    let act = act(admin, why, context);
    let done = context.store.reinstate(act, &username).await?;
    let done = done.map_err(impossible)?;
    note(&done, context);
    Ok(UserReinstated {
        products_shown: done.products,
    })
}

pub(crate) async fn reset_password(
    request: &ResetPassword,
    admin: &Admin,
    context: &Context,
) -> Result<PasswordReset, ServiceError> {
    let why = reason("why", request.why.as_deref())?;
    let username = username(&request.username)?;
    let password: Password = one_time::password()?;
    let length = 1..=password.0.chars().count();
    let secret = prepare(&password.0, length).map_err(|_| {
        ServiceError::Fault("a one-time password breaks the rules of passwords".into())
    })?;
    let hash = context.passwords.hash(secret).await?;
    let act = act(admin, why, context);
    let done = context.store.reset_password(act, &username, hash).await?;
    let done = done.map_err(impossible)?;
    let ending = Ending::PasswordReset;
    let connections = context.presence.end_user(done.user, None, &ending);
    note(&done, context);
    Ok(PasswordReset {
        password,
        sessions: done.sessions,
        connections,
    })
}

pub(crate) async fn remove_product(
    request: &RemoveProduct,
    admin: &Admin,
    context: &Context,
) -> Result<ProductRemoved, ServiceError> {
    let reason = Reason::parse(&request.reason).map_err(ServiceError::text("reason"))?;
    let act = act(admin, None, context);
    let removed = context
        .store
        .remove_product(act, request.product, reason)
        .await?;
    let removed = removed.map_err(|refusal| match refusal {
        Irremovable::NotFound => ErrorCode::NotFound(Nothing {}),
        Irremovable::Sold => ErrorCode::AlreadySold(AlreadySold { yours: false }),
        Irremovable::Withdrawn => ErrorCode::Withdrawn(Nothing {}),
    })?;
    log(&removed.entry);
    context.desk.tell(News::Audit(Box::new(removed.entry)));
    // An owner who is offline is told at the next login.
    if context.presence.is_online(&removed.owner) {
        let product = removed.removal.product;
        let event: Arc<[u8]> = codec::encode(&removal_notice(removed.removal)).into();
        context.presence.tell(&removed.owner, None, &event);
        context.store.mark_removals_told(vec![product]).await?;
    }
    Ok(ProductRemoved {})
}

/// What an owner is told of a product that was taken off the market.
pub(crate) fn removal_notice(removal: Removal) -> Event {
    let Removal {
        product,
        name,
        reason,
        at,
    } = removal;
    let text = format!("An operator took your product {product}, {name}, off the market: {reason}");
    Event::Announcement(Announcement { at, text })
}

pub(crate) async fn announce(
    request: &Announce,
    admin: &Admin,
    context: &Context,
) -> Result<Announced, ServiceError> {
    let text = AnnouncementText::parse(&request.text).map_err(ServiceError::text("text"))?;
    let act = act(admin, None, context);
    let at = act.at;
    let entry = context.store.announce(act, &text).await?;
    let event = Event::Announcement(Announcement {
        at,
        text: text.into(),
    });
    let connections = context.presence.tell_all(&codec::encode(&event).into());
    log(&entry);
    context.desk.tell(News::Audit(Box::new(entry)));
    Ok(Announced { at, connections })
}

fn act(admin: &Admin, why: Option<Reason>, context: &Context) -> Act {
    Act {
        actor: admin.name().as_str().to_owned(),
        at: context.now(),
        why,
    }
}

/// Tells administrators what was done to a user.
fn note(done: &Done, context: &Context) {
    log(&done.entry);
    context.desk.tell(News::UserChanged(done.user));
    context.desk.tell(News::Audit(Box::new(done.entry.clone())));
}

fn log(entry: &AuditEntry) {
    tracing::info!(
        admin = entry.actor,
        action = %entry.action,
        audit = entry.number,
        "an administrator acted"
    );
}

fn impossible(refusal: Impossible) -> ServiceError {
    match refusal {
        Impossible::NotFound => ErrorCode::NotFound(Nothing {}).into(),
        Impossible::Deleted => ServiceError::field("username", "deleted"),
        Impossible::AlreadySuspended => ServiceError::field("username", "already_suspended"),
        Impossible::NotSuspended => ServiceError::field("username", "not_suspended"),
    }
}

fn username(typed: &str) -> Result<Username, ServiceError> {
    Username::parse(typed).map_err(ServiceError::text("username"))
}

fn reason(field: &'static str, typed: Option<&str>) -> Result<Option<Reason>, ServiceError> {
    let reason = typed.map(Reason::parse).transpose();
    reason.map_err(ServiceError::text(field))
}
