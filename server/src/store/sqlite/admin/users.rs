//! Users, for administrators.

use auboutique_protocol::admin::{
    SuspendedSince, UserDetail, UserSort, UserState, UserStateName, UserSummary,
};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::Money;
use auboutique_protocol::text::Username;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::purchases::page;
use super::super::{SqliteStore, from_sql, to_sql};
use crate::store::admin::{UserPosition, UserQuery};
use crate::store::purchases::Page;
use crate::store::{StoreError, UserId};

/// A summary of each user, and what follows.
macro_rules! summaries {
    ($($rest:literal),+) => {
        concat!(
            "SELECT user.id, user.username, user.name, user.email, user.created_at, user.deleted_at,
                    suspension.reason, suspension.since,
                    (SELECT count(*) FROM sessions WHERE sessions.user = user.id) AS sessions,
                    (SELECT max(last_used_at) FROM sessions WHERE sessions.user = user.id)
                        AS last_seen,
                    (SELECT count(*) FROM sales WHERE sales.buyer = user.id) AS purchases,
                    iif(suspension.user IS NULL,
                        (SELECT count(*) FROM products AS product
                         WHERE product.owner = user.id AND product.told = 0
                           AND product.withdrawn_at IS NULL
                           AND NOT EXISTS (SELECT 1 FROM sales WHERE sales.product = product.id)),
                        0) AS products_for_sale
             FROM users AS user LEFT JOIN suspensions AS suspension ON suspension.user = user.id ",
            $($rest),+
        )
    };
}

/// A page in some order.
macro_rules! pages {
    ($order:literal) => {
        summaries!(
            "WHERE (?1 IS NULL OR user.username LIKE ?1 ESCAPE '\\' OR user.name LIKE ?1 ESCAPE '\\'
                    OR user.email LIKE ?1 ESCAPE '\\')
               AND (?2 IS NULL OR ?2 = iif(user.deleted_at IS NOT NULL, 'deleted',
                    iif(suspension.user IS NOT NULL, 'suspended', 'active')))
               AND ",
            $order,
            " LIMIT ?4"
        )
    };
}

const BY_USERNAME: &str = pages!("user.username > ?3 ORDER BY user.username");
const NEWEST: &str = pages!("user.id < ?3 ORDER BY user.id DESC");
const OLDEST: &str = pages!("user.id > ?3 ORDER BY user.id");

const BY_ID: &str =
    summaries!("WHERE user.id IN (SELECT value FROM json_each(?1)) ORDER BY user.id");

const DETAIL: &str = "
    SELECT (SELECT coalesce(sum(price), 0) FROM sales WHERE buyer = user.id) AS spent,
           (SELECT count(*) FROM products AS product JOIN sales AS sale ON sale.product = product.id
            WHERE product.owner = user.id) AS products_sold,
           (SELECT coalesce(sum(sale.price), 0)
            FROM products AS product JOIN sales AS sale ON sale.product = product.id
            WHERE product.owner = user.id) AS revenue,
           (SELECT count(*) FROM products WHERE owner = user.id AND withdrawn_at IS NOT NULL)
               AS products_withdrawn,
           EXISTS (SELECT 1 FROM one_time_passwords WHERE one_time_passwords.user = user.id)
               AS must_change_password
    FROM users AS user WHERE user.id = ?";

impl SqliteStore {
    pub(super) async fn user_page(
        &self,
        query: UserQuery,
    ) -> Result<Page<UserSummary, UserPosition>, StoreError> {
        let text = query.text.map(|text| containing(text.as_str()));
        let state: Option<&str> = query.state.map(UserStateName::into);
        let (sql, descending) = match query.sort {
            UserSort::Username => (BY_USERNAME, false),
            UserSort::Newest => (NEWEST, true),
            UserSort::Oldest => (OLDEST, false),
        };
        let statement = sqlx::query(sql).bind(text).bind(state);
        let statement = match (query.sort, query.after) {
            (UserSort::Username, Some(UserPosition::Username(name))) => statement.bind(name),
            (UserSort::Username, _) => statement.bind(String::new()),
            (_, Some(UserPosition::Number(number))) => statement.bind(to_sql(number)),
            (_, _) => statement.bind(if descending { i64::MAX } else { 0 }),
        };
        let rows = statement
            .bind(to_sql(query.limit as u64 + 1))
            .fetch_all(&self.read)
            .await?;
        let items = rows.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(page(items, query.limit, |last: &UserSummary| {
            match query.sort {
                UserSort::Username => UserPosition::Username(last.username.clone()),
                UserSort::Newest | UserSort::Oldest => UserPosition::Number(last.id),
            }
        }))
    }

    pub(super) async fn users_of(&self, users: &[UserId]) -> Result<Vec<UserSummary>, StoreError> {
        let ids: Vec<String> = users.iter().map(|user| user.0.to_string()).collect();
        let rows = sqlx::query(BY_ID)
            .bind(format!("[{}]", ids.join(",")))
            .fetch_all(&self.read)
            .await?;
        Ok(rows.iter().map(summary).collect::<Result<_, _>>()?)
    }

    pub(super) async fn detail_of(
        &self,
        username: &Username,
    ) -> Result<Option<UserDetail>, StoreError> {
        let row = sqlx::query("SELECT id FROM users WHERE username = ?")
            .bind(username.as_str())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let id = UserId(row.try_get("id")?);
        let Some(summary) = self.users_of(&[id]).await?.pop() else {
            return Ok(None);
        };
        let row = sqlx::query(DETAIL).bind(id.0).fetch_one(&self.read).await?;
        let count = |column| row.try_get(column).map(from_sql);
        let money = |column| {
            row.try_get(column).map(|minor| Money {
                minor: from_sql(minor),
                currency: self.currency,
            })
        };
        Ok(Some(UserDetail {
            id: summary.id,
            name: summary.name,
            email: summary.email,
            spent: money("spent")?,
            state: summary.state,
            online: false,
            revenue: money("revenue")?,
            sessions: summary.sessions,
            username: summary.username,
            last_seen: summary.last_seen,
            purchases: summary.purchases,
            connections: 0,
            member_since: summary.member_since,
            products_sold: count("products_sold")?,
            products_for_sale: summary.products_for_sale,
            products_withdrawn: count("products_withdrawn")?,
            must_change_password: row.try_get("must_change_password")?,
        }))
    }
}

/// A pattern for texts that hold this one.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn summary(row: &SqliteRow) -> Result<UserSummary, sqlx::Error> {
    let time = |column| {
        let at = row.try_get::<Option<i64>, _>(column)?;
        Ok::<_, sqlx::Error>(at.map(|at| UnixMillis(from_sql(at))))
    };
    let state = match (time("deleted_at")?, time("since")?) {
        (Some(_), _) => UserState::Deleted(Nothing {}),
        (None, Some(since)) => UserState::Suspended(SuspendedSince {
            since,
            reason: row.try_get("reason")?,
        }),
        (None, None) => UserState::Active(Nothing {}),
    };
    Ok(UserSummary {
        id: from_sql(row.try_get("id")?),
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        state,
        online: false,
        sessions: from_sql(row.try_get("sessions")?),
        username: row.try_get("username")?,
        last_seen: time("last_seen")?,
        purchases: from_sql(row.try_get("purchases")?),
        member_since: UnixMillis(from_sql(row.try_get("created_at")?)),
        products_for_sale: from_sql(row.try_get("products_for_sale")?),
    })
}

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 5] = [BY_USERNAME, NEWEST, OLDEST, BY_ID, DETAIL];
