//! What administrators do to users: each is one unit of work of the writer, and writes its row of the
//! audit.

use auboutique_protocol::admin::{AuditAction, AuditEntry};
use auboutique_protocol::money::Currency;
use auboutique_protocol::text::{AnnouncementText, Reason, Username};
use sqlx::{Row as _, SqliteConnection};

use super::super::catalog;
use super::super::to_sql;
use super::super::writer::Effect;
use super::audit::{Subject, note};
use crate::store::admin::{Act, Done, Impossible, SessionTarget};
use crate::store::{Change, UserId};

type Outcome<T, E> = Result<Effect<Result<T, E>>, sqlx::Error>;

/// A user to whom something is to be done.
struct Subdued {
    user: UserId,
    username: Username,
    is_suspended: bool,
}

impl Subdued {
    fn subject(&self) -> Subject {
        Subject {
            user: Some(self.user),
            username: Some(self.username.clone().into()),
            ..Subject::default()
        }
    }
}

pub(super) async fn end_sessions(
    connection: &mut SqliteConnection,
    act: Act,
    username: Username,
) -> Outcome<Done, Impossible> {
    let user = match find(connection, username).await? {
        Ok(user) => user,
        Err(impossible) => return Ok(Effect::only(Err(impossible))),
    };
    let sessions = forget_sessions(connection, user.user).await?;
    let entry = note(connection, act, AuditAction::Disconnect, user.subject()).await?;
    Ok(Effect::only(Ok(Done {
        user: user.user,
        sessions,
        products: 0,
        entry,
    })))
}

pub(super) async fn end_session(
    connection: &mut SqliteConnection,
    act: Act,
    target: SessionTarget,
) -> Result<Effect<Done>, sqlx::Error> {
    let SessionTarget {
        user,
        token,
        number,
    } = target;
    let done = sqlx::query("DELETE FROM sessions WHERE token = ?")
        .bind(&token.as_bytes()[..])
        .execute(&mut *connection)
        .await?;
    let row = sqlx::query("SELECT username FROM users WHERE id = ?")
        .bind(user.0)
        .fetch_one(&mut *connection)
        .await?;
    let subject = Subject {
        user: Some(user),
        username: Some(row.try_get("username")?),
        session: Some(number),
        ..Subject::default()
    };
    let entry = note(connection, act, AuditAction::Disconnect, subject).await?;
    Ok(Effect::only(Done {
        user,
        sessions: done.rows_affected(),
        products: 0,
        entry,
    }))
}

pub(super) async fn suspend(
    connection: &mut SqliteConnection,
    currency: Currency,
    act: Act,
    username: Username,
    reason: Reason,
) -> Outcome<Done, Impossible> {
    let user = match find(connection, username).await? {
        Ok(user) if user.is_suspended => {
            return Ok(Effect::only(Err(Impossible::AlreadySuspended)));
        }
        Ok(user) => user,
        Err(impossible) => return Ok(Effect::only(Err(impossible))),
    };
    let hidden = catalog::for_sale_of(connection, currency, user.user).await?;
    sqlx::query("INSERT INTO suspensions (user, reason, since) VALUES (?, ?, ?)")
        .bind(user.user.0)
        .bind(reason.as_str())
        .bind(to_sql(act.at.0))
        .execute(&mut *connection)
        .await?;
    let sessions = forget_sessions(connection, user.user).await?;
    let act = Act {
        why: Some(reason),
        ..act
    };
    let entry = note(connection, act, AuditAction::Suspend, user.subject()).await?;
    let done = Done {
        user: user.user,
        sessions,
        products: hidden.len() as u64,
        entry,
    };
    let hide = hidden
        .into_iter()
        .map(|product| Change::Withdrawn(product.id));
    Ok(Effect {
        value: Ok(done),
        changes: hide.collect(),
    })
}

pub(super) async fn reinstate(
    connection: &mut SqliteConnection,
    currency: Currency,
    act: Act,
    username: Username,
) -> Outcome<Done, Impossible> {
    let user = match find(connection, username).await? {
        Ok(user) if !user.is_suspended => {
            return Ok(Effect::only(Err(Impossible::NotSuspended)));
        }
        Ok(user) => user,
        Err(impossible) => return Ok(Effect::only(Err(impossible))),
    };
    sqlx::query("DELETE FROM suspensions WHERE user = ?")
        .bind(user.user.0)
        .execute(&mut *connection)
        .await?;
    let shown = catalog::for_sale_of(connection, currency, user.user).await?;
    let entry = note(connection, act, AuditAction::Reinstate, user.subject()).await?;
    let done = Done {
        user: user.user,
        sessions: 0,
        products: shown.len() as u64,
        entry,
    };
    let show = shown
        .into_iter()
        .map(|product| Change::Listed(Box::new(product)));
    Ok(Effect {
        value: Ok(done),
        changes: show.collect(),
    })
}

pub(super) async fn reset_password(
    connection: &mut SqliteConnection,
    act: Act,
    username: Username,
    password: String,
) -> Outcome<Done, Impossible> {
    let user = match find(connection, username).await? {
        Ok(user) => user,
        Err(impossible) => return Ok(Effect::only(Err(impossible))),
    };
    sqlx::query("UPDATE users SET password = ? WHERE id = ?")
        .bind(&password)
        .bind(user.user.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO one_time_passwords (user, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(user.user.0)
    .bind(to_sql(act.at.0))
    .execute(&mut *connection)
    .await?;
    let sessions = forget_sessions(connection, user.user).await?;
    let entry = note(connection, act, AuditAction::ResetPassword, user.subject()).await?;
    Ok(Effect::only(Ok(Done {
        user: user.user,
        sessions,
        products: 0,
        entry,
    })))
}

pub(super) async fn announce(
    connection: &mut SqliteConnection,
    act: Act,
    text: AnnouncementText,
) -> Result<Effect<AuditEntry>, sqlx::Error> {
    let subject = Subject {
        text: Some(text.into()),
        ..Subject::default()
    };
    let entry = note(connection, act, AuditAction::Announce, subject).await?;
    Ok(Effect::only(entry))
}

async fn find(
    connection: &mut SqliteConnection,
    username: Username,
) -> Result<Result<Subdued, Impossible>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT user.id, user.deleted_at, suspension.user AS suspended
         FROM users AS user LEFT JOIN suspensions AS suspension ON suspension.user = user.id
         WHERE user.username = ?",
    )
    .bind(username.as_str())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(Err(Impossible::NotFound));
    };
    if row.try_get::<Option<i64>, _>("deleted_at")?.is_some() {
        return Ok(Err(Impossible::Deleted));
    }
    Ok(Ok(Subdued {
        user: UserId(row.try_get("id")?),
        username,
        is_suspended: row.try_get::<Option<i64>, _>("suspended")?.is_some(),
    }))
}

/// Makes all tokens of a user void, and says how many.
async fn forget_sessions(
    connection: &mut SqliteConnection,
    user: UserId,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("DELETE FROM sessions WHERE user = ?")
        .bind(user.0)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
