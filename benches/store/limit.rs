//! The limit: what SQLite itself can make durable, and what a service without group commit makes of it.
//!
//! Both work on a copy of the database that the store has made, with its schema, its indexes and its settings.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auboutique_benches::seed;
use auboutique_server::benching::CHECKPOINT_PAGES;
use rusqlite::{Connection, params};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

/// Most purchases in a transaction of the limit.
pub(crate) const BATCH_MAX: usize = 128;
/// Connections of the pool of a service without group commit.
const POOL_CONNECTIONS: u32 = 10;

/// A raw group commit: prepared statements, a fixed number of purchases in a transaction, and nothing
/// else: no buyer is told, and nothing is checked that the schema does not check.
pub(crate) struct Raw {
    connection: Connection,
    products: Range<u64>,
    batch: usize,
    keys: Keys,
    sold: u64,
}

impl Raw {
    /// Buys these products, one after the other, on this database, so many in a transaction.
    pub(crate) fn open(database: &Path, products: Range<u64>, batch: usize) -> Self {
        let connection = Connection::open(database).expect("the copy can be opened");
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                 PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA temp_store = memory;
                 PRAGMA trusted_schema = OFF;"
            ))
            .expect("the settings are known");
        Self {
            connection,
            batch,
            // None of an earlier one, which bought other products.
            keys: Keys(AtomicU64::new(products.start)),
            products,
            sold: 0,
        }
    }

    /// Makes so many purchases durable a second, for so long.
    pub(crate) fn rate(&mut self, each: Duration) -> f64 {
        let begun = Instant::now();
        let before = self.sold;
        while begun.elapsed() < each {
            self.commit();
        }
        #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
        let done = (self.sold - before) as f64;
        done / begun.elapsed().as_secs_f64()
    }

    /// Closes the database: how many products were sold.
    pub(crate) fn close(self) -> u64 {
        self.sold
    }

    fn commit(&mut self) {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .expect("nobody else writes");
        {
            let mut insert = transaction
                .prepare_cached(
                    "INSERT INTO sales
                         (product, buyer, seller, key, price, sold_at, collect_on, place, code)
                     VALUES (?, ?, 1, ?, 100, 1785000000000, '2026-11-30', 1, 'A1B2C3D4')",
                )
                .expect("the schema is the store's");
            for _ in 0..self.batch {
                let product = self.products.next().expect("there are products enough");
                let buyer = seed::buyer_of(product);
                let key = self.keys.next();
                insert
                    .execute(params![product.cast_signed(), buyer, key.as_slice()])
                    .expect("the product is for sale");
            }
        }
        transaction.commit().expect("the disk takes it");
        self.sold += self.batch as u64;
    }
}

/// Keys that ascend with time, as the clients' do.
#[derive(Default)]
struct Keys(AtomicU64);

impl Keys {
    fn next(&self) -> [u8; 16] {
        let mut key = [0x70; 16];
        key[8..].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        key
    }
}

/// A service without group commit: each purchase a transaction of its own, on a pool of connections.
pub(crate) struct Naive {
    pool: SqlitePool,
    next: Arc<AtomicU64>,
    end: u64,
    keys: Arc<Keys>,
    sold: Arc<AtomicU64>,
}

impl Naive {
    /// Buys these products on this database.
    pub(crate) async fn open(database: &Path, products: Range<u64>) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(database)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .pragma("temp_store", "memory");
        let pool = SqlitePoolOptions::new()
            .max_connections(POOL_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await
            .expect("the copy can be opened");
        Self {
            pool,
            next: Arc::new(AtomicU64::new(products.start)),
            end: products.end,
            keys: Arc::default(),
            sold: Arc::default(),
        }
    }

    /// So many buyers at once make so many purchases durable a second, for so long.
    pub(crate) async fn rate(&self, buyers: usize, each: Duration) -> f64 {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..buyers {
            let (pool, next, keys) = (
                self.pool.clone(),
                Arc::clone(&self.next),
                Arc::clone(&self.keys),
            );
            let end = self.end;
            tasks.spawn(async move {
                let mut done = 0_u32;
                while begun.elapsed() < each {
                    let product = next.fetch_add(1, Ordering::Relaxed);
                    assert!(product < end, "there are products enough");
                    let buyer = seed::buyer_of(product);
                    buy(&pool, product.cast_signed(), buyer, keys.next())
                        .await
                        .expect("a purchase");
                    done += 1;
                }
                done
            });
        }
        let done: u32 = tasks.join_all().await.into_iter().sum();
        let rate = f64::from(done) / begun.elapsed().as_secs_f64();
        self.sold.fetch_add(done.into(), Ordering::Relaxed);
        rate
    }

    /// How many products were sold.
    pub(crate) fn sold(&self) -> u64 {
        self.sold.load(Ordering::Relaxed)
    }

    /// Closes the pool.
    pub(crate) async fn close(self) {
        self.pool.close().await;
    }
}

async fn buy(
    pool: &SqlitePool,
    product: i64,
    buyer: i64,
    key: [u8; 16],
) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let (owner, price): (i64, i64) = sqlx::query_as(
        "SELECT owner, price FROM products
         WHERE id = ?1 AND withdrawn_at IS NULL AND owner <> ?2
           AND NOT EXISTS (SELECT 1 FROM sales WHERE product = ?1)
           AND NOT EXISTS (SELECT 1 FROM suspensions WHERE user IN (owner, ?2))",
    )
    .bind(product)
    .bind(buyer)
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO sales (product, buyer, seller, key, price, sold_at, collect_on, place, code)
         VALUES (?, ?, ?, ?, ?, 1785000000000, '2026-11-30', 1, 'A1B2C3D4')",
    )
    .bind(product)
    .bind(buyer)
    .bind(owner)
    .bind(key.as_slice())
    .bind(price)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
