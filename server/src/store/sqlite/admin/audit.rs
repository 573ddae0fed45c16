//! The audit: one row for each thing that an administrator did.

use auboutique_protocol::admin::{AuditAction, AuditEntry, SessionNumber};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::super::purchases::page;
use super::super::{SqliteStore, from_sql, to_sql};
use crate::store::admin::{Act, AuditFilter};
use crate::store::purchases::Page;
use crate::store::{StoreError, UserId};

macro_rules! entries {
    ($index:literal, $driven:literal) => {
        concat!(
            "SELECT entry.number, entry.at, entry.actor, entry.action, entry.why, entry.text,
                    entry.product, entry.session, user.username
             FROM audit AS entry ",
            $index,
            " LEFT JOIN users AS user ON user.id = entry.user
             WHERE entry.number < ?3 AND (?1 IS NULL OR entry.actor = ?1)
               AND (?2 IS NULL OR entry.user = (SELECT id FROM users WHERE username = ?2)) ",
            $driven,
            " ORDER BY entry.number DESC LIMIT ?4"
        )
    };
}

const BY_NUMBER: &str = entries!("NOT INDEXED", "");
const BY_ACTOR: &str = entries!("INDEXED BY audit_by_actor", "AND entry.actor = ?1");
const BY_USER: &str = entries!(
    "INDEXED BY audit_by_user",
    "AND entry.user = (SELECT id FROM users WHERE username = ?2)"
);

/// What was done to whom.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) user: Option<UserId>,
    pub(super) username: Option<String>,
    pub(super) product: Option<ProductId>,
    pub(super) session: Option<SessionNumber>,
    pub(super) text: Option<String>,
}

/// Notes down an act, in the transaction of its effect.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    act: Act,
    action: AuditAction,
    subject: Subject,
) -> Result<AuditEntry, sqlx::Error> {
    let Act { actor, at, why } = act;
    let why = why.map(String::from);
    let name: &str = action.into();
    let done = sqlx::query(
        "INSERT INTO audit (at, actor, action, why, text, user, product, session)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(to_sql(at.0))
    .bind(&actor)
    .bind(name)
    .bind(&why)
    .bind(&subject.text)
    .bind(subject.user.map(|user| user.0))
    .bind(subject.product.map(|product| to_sql(product.0)))
    .bind(subject.session.map(|session| to_sql(session.0)))
    .execute(connection)
    .await?;
    Ok(AuditEntry {
        at,
        why,
        text: subject.text,
        actor,
        action,
        number: from_sql(done.last_insert_rowid()),
        product: subject.product,
        session: subject.session,
        username: subject.username,
    })
}

impl SqliteStore {
    pub(super) async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<AuditEntry, u64>, StoreError> {
        let sql = if filter.username.is_some() {
            BY_USER
        } else if filter.actor.is_some() {
            BY_ACTOR
        } else {
            BY_NUMBER
        };
        let username = filter.username.as_ref();
        let rows = sqlx::query(sql)
            .bind(filter.actor.clone())
            .bind(username.map(|username| username.as_str().to_owned()))
            .bind(before.map_or(i64::MAX, to_sql))
            .bind(to_sql(limit as u64 + 1))
            .fetch_all(&self.read)
            .await?;
        let items = rows.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(page(items, limit, |last: &AuditEntry| last.number))
    }
}

fn entry(row: &SqliteRow) -> Result<AuditEntry, sqlx::Error> {
    let action: String = row.try_get("action")?;
    let number = |column| {
        let number = row.try_get::<Option<i64>, _>(column)?;
        Ok::<_, sqlx::Error>(number.map(from_sql))
    };
    Ok(AuditEntry {
        at: UnixMillis(from_sql(row.try_get("at")?)),
        why: row.try_get("why")?,
        text: row.try_get("text")?,
        actor: row.try_get("actor")?,
        action: action
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        number: from_sql(row.try_get("number")?),
        product: number("product")?.map(ProductId),
        session: number("session")?.map(SessionNumber),
        username: row.try_get("username")?,
    })
}

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 3] = [BY_NUMBER, BY_ACTOR, BY_USER];
