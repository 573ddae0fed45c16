//! The market on a pool of SQLite connections: prepared statements, and one transaction for each purchase.

use std::path::Path;
use std::time::Duration;

use auboutique_server::benching::CHECKPOINT_PAGES;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::arguments::{Arguments, Begin};
use crate::sessions::Sessions;
use crate::{COLLECT_ON, PAGE_MAX, draw_code, now};

/// The database's name in its directory.
pub const DATABASE: &str = "market.db";

const LIST: &str = "
    SELECT products.id, products.name, users.username, products.price, products.category,
           products.listed_at, products.description
    FROM products JOIN users ON users.id = products.owner_id
    WHERE products.sold_at IS NULL
    ORDER BY products.id DESC LIMIT ?";
const SESSION: &str = "SELECT user_id FROM sessions WHERE token = ?";
const SELL: &str = "
    UPDATE products SET sold_at = ?1
    WHERE id = ?2 AND sold_at IS NULL AND price = ?3 AND owner_id <> ?4";
const INSERT: &str = "
    INSERT INTO purchases (product_id, buyer_id, key, price, sold_at, collect_on, code)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const PURCHASE: &str = "SELECT buyer_id, key, sold_at, code FROM purchases WHERE product_id = ?";
const PRODUCT: &str = "SELECT owner_id FROM products WHERE id = ?";

/// A row of a page: id, name, owner, price, category, listed at, description.
pub type Row = (i64, String, String, i64, String, i64, String);

/// What somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Who.
    pub buyer: i64,
    /// What.
    pub product: i64,
    /// For how much, in minor units.
    pub price: i64,
    /// What the buyer's program calls it.
    pub key: [u8; 16],
}

/// A purchase that is kept.
#[derive(Debug, Clone)]
pub struct Bought {
    /// To collect it with.
    pub code: String,
    /// When, in milliseconds since 1970.
    pub sold_at: i64,
    /// From when on it can be collected, as a date.
    pub collect_on: String,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Somebody else was faster.
    #[error("already sold")]
    AlreadySold,
    /// There is no such product.
    #[error("not found")]
    NotFound,
    /// It is the buyer's own.
    #[error("own product")]
    OwnProduct,
    /// It costs something else.
    #[error("price changed")]
    PriceChanged,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The system has no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// The database, with who is logged in.
#[derive(Debug)]
pub struct Market {
    read: SqlitePool,
    write: SqlitePool,
    begin: Begin,
    /// Who is logged in.
    pub sessions: Sessions,
}

impl Market {
    /// Opens the database in the directory that these arguments name.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(arguments: &Arguments) -> Result<Self, sqlx::Error> {
        let options = connect_options(&arguments.data.join(DATABASE))
            .pragma("cache_size", format!("-{}", arguments.cache))
            .pragma("mmap_size", arguments.mmap.to_string());
        let write = pool(options.clone(), arguments.writers).await?;
        let read = match arguments.readers {
            0 => write.clone(),
            readers => pool(options.read_only(true), readers).await?,
        };
        Ok(Self {
            sessions: Sessions::new(read.clone(), SESSION, !arguments.sessions_from_database),
            read,
            write,
            begin: arguments.begin,
        })
    }

    /// The newest products for sale, at most so many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(&self, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(LIST)
            .bind(limit.min(PAGE_MAX))
            .fetch_all(&self.read)
            .await
    }

    /// Buys a product. The same order once more is answered as the first time.
    ///
    /// # Errors
    /// It was not bought: why.
    pub async fn buy(&self, order: Order) -> Result<Bought, Refusal> {
        let sold_at = now();
        let mut transaction = self.write.begin_with(self.begin.statement()).await?;
        let sold = sqlx::query(SELL)
            .bind(sold_at)
            .bind(order.product)
            .bind(order.price)
            .bind(order.buyer)
            .execute(&mut *transaction)
            .await?;
        if sold.rows_affected() == 0 {
            return why_not(transaction, order).await;
        }
        let code = draw_code()?;
        sqlx::query(INSERT)
            .bind(order.product)
            .bind(order.buyer)
            .bind(order.key.as_slice())
            .bind(order.price)
            .bind(sold_at)
            .bind(COLLECT_ON)
            .bind(&code)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Bought {
            code,
            sold_at,
            collect_on: COLLECT_ON.into(),
        })
    }

    /// Finishes what is begun, and closes the database.
    pub async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
    }
}

/// What to answer when the product cannot be sold to this buyer.
async fn why_not(
    mut transaction: Transaction<'_, Sqlite>,
    order: Order,
) -> Result<Bought, Refusal> {
    let kept: Option<(i64, Vec<u8>, i64, String)> = sqlx::query_as(PURCHASE)
        .bind(order.product)
        .fetch_optional(&mut *transaction)
        .await?;
    let owner: Option<i64> = match kept {
        Some(_) => None,
        None => {
            sqlx::query_scalar(PRODUCT)
                .bind(order.product)
                .fetch_optional(&mut *transaction)
                .await?
        }
    };
    transaction.rollback().await?;
    match (kept, owner) {
        (Some((buyer, key, sold_at, code)), _) if buyer == order.buyer && key == order.key => {
            Ok(Bought {
                code,
                sold_at,
                collect_on: COLLECT_ON.into(),
            })
        }
        (Some(_), _) => Err(Refusal::AlreadySold),
        (None, Some(owner)) if owner == order.buyer => Err(Refusal::OwnProduct),
        (None, Some(_)) => Err(Refusal::PriceChanged),
        (None, None) => Err(Refusal::NotFound),
    }
}

/// As durable as AUBoutique's own store.
fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", "33554432")
        .pragma("temp_store", "memory")
}

async fn pool(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
}

#[cfg(test)]
mod tests;
