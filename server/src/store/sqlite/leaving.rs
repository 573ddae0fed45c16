//! Leaving in SQLite: taking one's data along, and deleting the account.

use auboutique_protocol::accounts::ExportedProduct;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::catalog::picture_hash;
use super::chat;
use super::purchases::page;
use super::writer::Effect;
use super::{SqliteStore, from_sql, to_sql};
use crate::store::accounts::{DELETED_EMAIL, DELETED_NAME, DELETED_PREFIX, DeleteOutcome};
use crate::store::purchases::Page;
use crate::store::{Change, StoreError, UserId};

/// An account to be deleted.
pub(super) struct Departure {
    pub(super) user: UserId,
    /// The stored form that the password was compared with.
    pub(super) verified: String,
    /// `YYYY-MM-DD`.
    pub(super) today: String,
    pub(super) now: UnixMillis,
}

/// Deletes the account, all of it or nothing.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    departure: Departure,
) -> Result<Effect<DeleteOutcome>, sqlx::Error> {
    let current = sqlx::query("SELECT 1 FROM users WHERE id = ? AND password = ?")
        .bind(departure.user.0)
        .bind(&departure.verified)
        .fetch_optional(&mut *connection)
        .await?;
    if current.is_none() {
        return Ok(Effect::only(DeleteOutcome::Outdated));
    }
    if let Some(day) = last_collection(connection, &departure).await? {
        return Ok(Effect::only(DeleteOutcome::CollectionPending(day)));
    }
    let changes = withdraw_all(connection, &departure).await?;
    sqlx::query("DELETE FROM sessions WHERE user = ?")
        .bind(departure.user.0)
        .execute(&mut *connection)
        .await?;
    chat::forget(connection, departure.user).await?;
    forget_person(connection, &departure).await?;
    Ok(Effect {
        value: DeleteOutcome::Deleted,
        changes,
    })
}

/// The last day on which a sale of the user is to be collected, if that is today or later.
async fn last_collection(
    connection: &mut SqliteConnection,
    departure: &Departure,
) -> Result<Option<String>, sqlx::Error> {
    // Sales have an index by buyer; those of a seller are found by the products.
    let row = sqlx::query(
        "SELECT max(collect_on) AS day
         FROM (SELECT collect_on FROM sales WHERE buyer = ?1
               UNION ALL
               SELECT collect_on FROM products AS product
               JOIN sales AS sale ON sale.product = product.id
               WHERE product.owner = ?1)
         WHERE collect_on >= ?2",
    )
    .bind(departure.user.0)
    .bind(&departure.today)
    .fetch_one(connection)
    .await?;
    row.try_get("day")
}

/// Takes everything that the user has for sale off the market, and their pictures from all products
/// that nobody bought.
async fn withdraw_all(
    connection: &mut SqliteConnection,
    departure: &Departure,
) -> Result<Vec<Change>, sqlx::Error> {
    let rows = sqlx::query(
        "UPDATE products SET withdrawn_at = ?, closed = 1
         WHERE owner = ? AND withdrawn_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM sales WHERE sales.product = products.id)
         RETURNING id",
    )
    .bind(to_sql(departure.now.0))
    .bind(departure.user.0)
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE products SET picture = NULL, picture_bytes = 0
         WHERE owner = ? AND withdrawn_at IS NOT NULL AND picture IS NOT NULL",
    )
    .bind(departure.user.0)
    .execute(connection)
    .await?;
    let withdrawn = |row: &SqliteRow| {
        let id = from_sql(row.try_get("id")?);
        Ok(Change::Withdrawn(ProductId(id)))
    };
    rows.iter().map(withdrawn).collect()
}

/// Overwrites what is known of the person.
async fn forget_person(
    connection: &mut SqliteConnection,
    departure: &Departure,
) -> Result<(), sqlx::Error> {
    // The name is reserved, but somebody may have registered it before it was.
    let mut username = format!("{DELETED_PREFIX}{}", departure.user.0);
    while is_taken(connection, &username).await? {
        username.push('_');
    }
    sqlx::query(
        "UPDATE users SET username = ?, name = ?, email = ?, password = '', deleted_at = ?
         WHERE id = ?",
    )
    .bind(&username)
    .bind(DELETED_NAME)
    .bind(DELETED_EMAIL)
    .bind(to_sql(departure.now.0))
    .bind(departure.user.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn is_taken(connection: &mut SqliteConnection, username: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT 1 FROM users WHERE username = ?")
        .bind(username)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl SqliteStore {
    /// A page of a user's own products in full.
    pub(super) async fn export_products(
        &self,
        owner: UserId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<ExportedProduct, ProductId>, StoreError> {
        let rows = sqlx::query(
            "SELECT product.id, product.name, product.price, product.listed_at,
                    product.description, product.category, product.picture,
                    product.withdrawn_at, sale.sold_at, sale.collect_on,
                    buyer.username AS buyer, buyer.name AS buyer_name
             FROM products AS product
             LEFT JOIN sales AS sale ON sale.product = product.id
             LEFT JOIN users AS buyer ON buyer.id = sale.buyer
             WHERE product.owner = ? AND product.id < ?
             ORDER BY product.id DESC
             LIMIT ?",
        )
        .bind(owner.0)
        .bind(after.map_or(i64::MAX, |id| to_sql(id.0)))
        .bind(to_sql(limit as u64 + 1))
        .fetch_all(&self.read)
        .await?;
        self.writer.caught_up().await;
        let items = rows
            .iter()
            .map(|row| self.exported(row))
            .collect::<Result<_, _>>()?;
        Ok(page(items, limit, |last: &ExportedProduct| last.id))
    }

    fn exported(&self, row: &SqliteRow) -> Result<ExportedProduct, sqlx::Error> {
        let product = self.own_product(row)?;
        Ok(ExportedProduct {
            id: product.id,
            name: product.name,
            price: product.price,
            state: product.state,
            picture: picture_hash(row)?,
            category: row.try_get("category")?,
            listed_at: product.listed_at,
            description: row.try_get("description")?,
        })
    }
}
