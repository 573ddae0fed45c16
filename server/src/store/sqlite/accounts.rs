//! Accounts and sessions in SQLite.

use async_trait::async_trait;
use auboutique_protocol::accounts::ExportedProduct;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::Username;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::leaving::{self, Departure};
use super::writer::Effect;
use super::{SqliteStore, from_sql, to_sql};
use crate::auth::token::TokenDigest;
use crate::store::accounts::{
    AccountStore, Credentials, DeleteOutcome, NewUser, SESSION_IDLE_MS, SESSION_LIFE_MS,
    SESSION_TOUCH_MS, UserRecord,
};
use crate::store::purchases::Page;
use crate::store::{StoreError, UserId};

#[async_trait]
impl AccountStore for SqliteStore {
    async fn create_user(&self, user: NewUser) -> Result<Option<UserId>, StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    // The unique constraint is the only check, so two at once cannot both pass it.
                    let done = sqlx::query(
                        "INSERT INTO users (username, name, email, password, created_at)
                         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    )
                    .bind(user.username.as_str())
                    .bind(user.name.as_str())
                    .bind(user.email.as_str())
                    .bind(&user.password)
                    .bind(to_sql(user.created_at.0))
                    .execute(connection)
                    .await?;
                    let created = done.rows_affected() == 1;
                    Ok(Effect::only(
                        created.then(|| UserId(done.last_insert_rowid())),
                    ))
                })
            })
            .await
    }

    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreError> {
        let row = sqlx::query(
            "SELECT user.id, username, name, email, created_at, password, suspension.reason,
                    one_time.user AS one_time
             FROM users AS user
             LEFT JOIN suspensions AS suspension ON suspension.user = user.id
             LEFT JOIN one_time_passwords AS one_time ON one_time.user = user.id
             WHERE username = ? AND deleted_at IS NULL",
        )
        .bind(username.as_str())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Credentials {
            user: user(&row)?,
            password: row.try_get("password")?,
            suspended: row.try_get("reason")?,
        }))
    }

    async fn rehash_password(
        &self,
        user: UserId,
        verified: &str,
        password: String,
    ) -> Result<bool, StoreError> {
        let verified = verified.to_owned();
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    let done = replace_password(connection, user, &verified, &password).await?;
                    Ok(Effect::only(done))
                })
            })
            .await
    }

    async fn change_password(
        &self,
        user: UserId,
        verified: &str,
        password: String,
        keep: TokenDigest,
    ) -> Result<bool, StoreError> {
        let verified = verified.to_owned();
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    if !replace_password(connection, user, &verified, &password).await? {
                        return Ok(Effect::only(false));
                    }
                    sqlx::query("DELETE FROM sessions WHERE user = ? AND token <> ?")
                        .bind(user.0)
                        .bind(&keep.as_bytes()[..])
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query("DELETE FROM one_time_passwords WHERE user = ?")
                        .bind(user.0)
                        .execute(connection)
                        .await?;
                    Ok(Effect::only(true))
                })
            })
            .await
    }

    async fn open_session(
        &self,
        user: UserId,
        verified: &str,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let verified = verified.to_owned();
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    // A login is a good moment to clear away this user's dead sessions.
                    sqlx::query("DELETE FROM sessions WHERE user = ?1 AND (last_used_at < ?2 OR created_at < ?3)")
                        .bind(user.0)
                        .bind(to_sql(now.0.saturating_sub(SESSION_IDLE_MS)))
                        .bind(to_sql(now.0.saturating_sub(SESSION_LIFE_MS)))
                        .execute(&mut *connection)
                        .await?;
                    let done = sqlx::query(
                        "INSERT INTO sessions (token, user, created_at, last_used_at)
                         SELECT ?1, ?2, ?3, ?3 WHERE NOT EXISTS
                             (SELECT 1 FROM users WHERE id = ?2 AND password <> ?4)
                           AND NOT EXISTS (SELECT 1 FROM suspensions WHERE suspensions.user = ?2)",
                    )
                    .bind(&token.as_bytes()[..])
                    .bind(user.0)
                    .bind(to_sql(now.0))
                    .bind(&verified)
                    .execute(connection)
                    .await?;
                    Ok(Effect::only(done.rows_affected() == 1))
                })
            })
            .await
    }

    async fn resume_session(
        &self,
        token: TokenDigest,
        now: UnixMillis,
    ) -> Result<Option<UserRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT user.id, username, name, email, user.created_at, last_used_at,
                    one_time.user AS one_time
             FROM sessions AS session JOIN users AS user ON user.id = session.user
             LEFT JOIN one_time_passwords AS one_time ON one_time.user = user.id
             WHERE token = ? AND last_used_at >= ? AND session.created_at >= ?",
        )
        .bind(&token.as_bytes()[..])
        .bind(to_sql(now.0.saturating_sub(SESSION_IDLE_MS)))
        .bind(to_sql(now.0.saturating_sub(SESSION_LIFE_MS)))
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let last_used_at = from_sql(row.try_get("last_used_at")?);
        if now.0.saturating_sub(last_used_at) >= SESSION_TOUCH_MS {
            self.touch_session(token, now).await?;
        }
        Ok(Some(user(&row)?))
    }

    async fn close_session(&self, token: TokenDigest) -> Result<(), StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM sessions WHERE token = ?")
                        .bind(&token.as_bytes()[..])
                        .execute(connection)
                        .await?;
                    Ok(Effect::only(()))
                })
            })
            .await
    }

    async fn delete_user(
        &self,
        user: UserId,
        verified: &str,
        today: &str,
        now: UnixMillis,
    ) -> Result<DeleteOutcome, StoreError> {
        let departure = Departure {
            user,
            verified: verified.to_owned(),
            today: today.to_owned(),
            now,
        };
        self.writer
            .execute(move |connection| Box::pin(leaving::delete(connection, departure)))
            .await
    }

    async fn own_products(
        &self,
        owner: UserId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<ExportedProduct, ProductId>, StoreError> {
        self.export_products(owner, after, limit).await
    }
}

/// Replaces the stored form of a password, unless it is another than `verified` by now.
async fn replace_password(
    connection: &mut SqliteConnection,
    user: UserId,
    verified: &str,
    password: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE users SET password = ? WHERE id = ? AND password = ?")
        .bind(password)
        .bind(user.0)
        .bind(verified)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

impl SqliteStore {
    async fn touch_session(&self, token: TokenDigest, now: UnixMillis) -> Result<(), StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE sessions SET last_used_at = ? WHERE token = ?")
                        .bind(to_sql(now.0))
                        .bind(&token.as_bytes()[..])
                        .execute(connection)
                        .await?;
                    Ok(Effect::only(()))
                })
            })
            .await
    }
}

fn user(row: &SqliteRow) -> Result<UserRecord, sqlx::Error> {
    let username: String = row.try_get("username")?;
    Ok(UserRecord {
        id: UserId(row.try_get("id")?),
        username: Username::parse(&username).map_err(|error| sqlx::Error::Decode(error.into()))?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        created_at: UnixMillis(from_sql(row.try_get("created_at")?)),
        must_change_password: row.try_get::<Option<i64>, _>("one_time")?.is_some(),
    })
}
