//! The store in SQLite: two databases in the data directory, each with one writer.
//!
//! `auboutique.db` holds everything but pictures. All its writes go through the one [`writer`], which
//! commits them in groups; reads use a small pool. `pictures.db` holds pictures, so that large
//! writes never stand in the way of a purchase. Every setting that durability depends on is made
//! explicitly and read back in a test.

mod accounts;
mod admin;
pub(crate) mod backup;
mod catalog;
mod chat;
#[cfg(test)]
mod conformance;
mod leaving;
mod log_bound;
mod notices;
mod pictures;
mod purchases;
mod throttle;
mod writer;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auboutique_protocol::money::Currency;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::Mutex;

use self::log_bound::LogBound;
use self::writer::Writer;
use super::{CommitObserver, Store, StoreError};

static MAIN_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite/main");
static PICTURE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite/pictures");

/// Connections that read the main database at once. SQLite's readers do not wait for each other;
/// more than the cores gains nothing.
const READERS_MAX: u32 = 4;
/// Connections that read pictures at once.
const PICTURE_READERS_MAX: u32 = 2;
/// Pages in the write-ahead log before it is copied back: 16 MiB. Fewer checkpoints than with SQLite's
/// default of 1,000 pages, so that fewer commits wait for one; more than with 8,000, so that none waits as
/// long (docs/PERFORMANCE.md).
pub(crate) const CHECKPOINT_PAGES: &str = "4000";
/// The write-ahead log is cut to this size when it begins anew, in bytes: 32 MiB, room for what is
/// written while a reader keeps it from that.
const LOG_BYTES_MAX: &str = "33554432";
/// How long a connection waits for another's lock. Only checkpoints and backups take one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How hard commits are pressed to the disk, as `PRAGMA synchronous` calls it. A database file does
/// not say it: it is a setting of each connection, and every connection of the server has this one.
pub const SYNCHRONOUS: &str = "FULL";
/// The oldest SQLite without the bug by which a reader that resets the write-ahead log can lose
/// commits (sqlite.org, release 3.51.3).
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// Why the databases could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot create {0}: {1}")]
    Create(PathBuf, #[source] std::io::Error),
    #[error("cannot open {0}: {1}")]
    Open(PathBuf, #[source] sqlx::Error),
    #[error("cannot bring {0} up to date: {1}")]
    Migrate(PathBuf, #[source] sqlx::migrate::MigrateError),
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, #[source] sqlx::Error),
    #[error("SQLite {0} is too old; 3.51.3 or newer is needed")]
    OldSqlite(String),
    #[error(
        "this market trades in {stored}, not in {asked}; the currency of a market cannot change"
    )]
    Currency { stored: String, asked: Currency },
}

/// The store in SQLite.
pub(crate) struct SqliteStore {
    directory: PathBuf,
    read: SqlitePool,
    writer: Writer,
    picture_read: SqlitePool,
    picture_write: SqlitePool,
    picture_log: Arc<Mutex<LogBound>>,
    currency: Currency,
}

impl SqliteStore {
    /// Opens the databases in `directory`, creating and migrating them as needed, and tells
    /// `observer` what is for sale.
    pub(crate) async fn open(
        directory: &Path,
        currency: Currency,
        observer: Arc<dyn CommitObserver>,
    ) -> Result<Self, OpenError> {
        let faults = writer::Faults::default();
        Self::open_with(directory, currency, observer, writer::IDLE, faults).await
    }

    async fn open_with(
        directory: &Path,
        currency: Currency,
        observer: Arc<dyn CommitObserver>,
        idle: Duration,
        faults: writer::Faults,
    ) -> Result<Self, OpenError> {
        let main = directory.join("auboutique.db");
        let pictures = directory.join("pictures.db");
        let options = create(&main, &MAIN_MIGRATIONS).await?;
        fix_currency(&main, &options, currency).await?;
        let picture_options = create(&pictures, &PICTURE_MIGRATIONS).await?;

        let read_error = |error| OpenError::Open(main.clone(), error);
        let read = readers(&options, READERS_MAX).await.map_err(read_error)?;
        let writer = Writer::start(options, currency, observer, idle, faults)
            .await
            .map_err(|error| OpenError::Read(main.clone(), error))?;

        let picture_error = |error| OpenError::Open(pictures.clone(), error);
        let picture_read = readers(&picture_options, PICTURE_READERS_MAX)
            .await
            .map_err(picture_error)?;
        let picture_write = SqlitePoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(picture_options)
            .await
            .map_err(picture_error)?;
        Ok(Self {
            directory: directory.to_owned(),
            read,
            writer,
            picture_read,
            picture_write,
            picture_log: Arc::new(Mutex::new(LogBound::of(&pictures))),
            currency,
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) {
        self.writer.close().await;
        self.read.close().await;
        self.picture_read.close().await;
        self.picture_write.close().await;
    }
}

/// How every connection is set up. Explicit throughout: durability does not hang on defaults.
fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL syncs the log at every commit. With NORMAL a power cut loses confirmed sales.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", LOG_BYTES_MAX)
        .pragma("temp_store", "memory")
        .pragma("trusted_schema", "off")
}

async fn readers(
    options: &SqliteConnectOptions,
    connections_max: u32,
) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options.clone().read_only(true))
        .await
}

/// Creates the file for its owner alone, and brings its schema up to date.
async fn create(path: &Path, migrations: &Migrator) -> Result<SqliteConnectOptions, OpenError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| OpenError::Create(path.to_owned(), error))?;
    let options = connect_options(path);
    let open_error = |error| OpenError::Open(path.to_owned(), error);
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(open_error)?;
    check_version(&mut connection).await?;
    // Not `run`: the compiler cannot prove its generic future `Send`; the library keeps this for that.
    migrations
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|error| OpenError::Migrate(path.to_owned(), error))?;
    connection.close().await.map_err(open_error)?;
    Ok(options)
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let row = sqlx::query("SELECT sqlite_version()")
        .fetch_one(connection)
        .await;
    let version: String = row
        .and_then(|row| row.try_get(0))
        .map_err(|error| OpenError::Open(PathBuf::from("SQLite"), error))?;
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_VERSION_MIN {
        return Err(OpenError::OldSqlite(version));
    }
    Ok(())
}

/// Notes the market's currency the first time and checks it every other.
async fn fix_currency(
    path: &Path,
    options: &SqliteConnectOptions,
    currency: Currency,
) -> Result<(), OpenError> {
    let read = |error| OpenError::Read(path.to_owned(), error);
    let mut connection = SqliteConnection::connect_with(options)
        .await
        .map_err(read)?;
    sqlx::query("INSERT INTO market (id, currency) VALUES (1, ?) ON CONFLICT DO NOTHING")
        .bind(currency.code())
        .execute(&mut connection)
        .await
        .map_err(read)?;
    let row = sqlx::query("SELECT currency FROM market")
        .fetch_one(&mut connection)
        .await
        .map_err(read)?;
    let stored: String = row.try_get(0).map_err(read)?;
    connection.close().await.map_err(read)?;
    if stored == currency.code() {
        Ok(())
    } else {
        Err(OpenError::Currency {
            stored,
            asked: currency,
        })
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// A number of ours as SQLite stores it. Ids, times and prices are far below 2^63.
fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as SQLite returns it. The schema keeps these from being negative.
fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pragma(connection: &mut SqliteConnection, name: &'static str) -> String {
        let row = sqlx::query(name).fetch_one(connection).await.unwrap();
        row.try_get::<i64, _>(0)
            .map_or_else(|_| row.get(0), |number| number.to_string())
    }

    #[tokio::test]
    async fn every_connection_has_the_settings_that_durability_depends_on() {
        let directory = tempfile::tempdir().unwrap();
        let options = create(&directory.path().join("x.db"), &MAIN_MIGRATIONS)
            .await
            .unwrap();
        let pool = readers(&options, 1).await.unwrap();
        let mut reader = pool.acquire().await.unwrap();
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        for connection in [&mut *reader, &mut writer] {
            assert_eq!(pragma(connection, "PRAGMA journal_mode").await, "wal");
            assert_eq!(pragma(connection, "PRAGMA synchronous").await, "2");
            assert_eq!(SYNCHRONOUS, "FULL", "the name of 2");
            assert_eq!(pragma(connection, "PRAGMA foreign_keys").await, "1");
            assert_eq!(pragma(connection, "PRAGMA busy_timeout").await, "5000");
            assert_eq!(
                pragma(connection, "PRAGMA wal_autocheckpoint").await,
                CHECKPOINT_PAGES
            );
            assert_eq!(
                pragma(connection, "PRAGMA journal_size_limit").await,
                LOG_BYTES_MAX
            );
        }
    }

    #[tokio::test]
    async fn the_database_is_for_its_owner_alone_and_sqlite_is_built_without_its_global_mutex() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let options = create(&path, &MAIN_MIGRATIONS).await.unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let rows = sqlx::query("PRAGMA compile_options")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let compiled: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(
            !compiled.contains(&"ENABLE_MEMORY_MANAGEMENT".to_owned()),
            "{compiled:?}"
        );
    }

    #[tokio::test]
    async fn a_database_from_before_closing_and_search_is_closed_and_found_after_its_migration() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let older = MAIN_MIGRATIONS.iter().filter(|older| older.version < 4);
        let older = Migrator::with_migrations(older.cloned().collect());
        let options = create(&path, &older).await.unwrap();
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO users VALUES (1, 'mona', 'Mona', 'm@x.org', 'p', 0),
                 (2, 'omar', 'Omar', 'o@x.org', 'p', 0);
             INSERT INTO products VALUES (6, 1, 'Book', '', 'other', 5, NULL, 0, 0, NULL),
                 (7, 1, 'Book', '', 'other', 5, NULL, 0, 0, NULL),
                 (8, 1, 'Book', '', 'other', 5, NULL, 0, 0, 1),
                 (9, 1, 'Lamp', 'for a book', 'other', 5, NULL, 0, 0, NULL);
             INSERT INTO collection_places VALUES (1, 'Post', '8-4');
             INSERT INTO sales VALUES
                 (7, 2, 1, randomblob(16), 5, 0, '2026-01-01', 1, '00000000')",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();

        let options = create(&path, &MAIN_MIGRATIONS).await.unwrap();
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        for query in [
            "SELECT group_concat(id) FROM (SELECT id FROM products WHERE closed = 0 ORDER BY id)",
            "SELECT group_concat(rowid) FROM
                 (SELECT rowid FROM product_texts WHERE product_texts MATCH 'book' ORDER BY rowid)",
        ] {
            let row = sqlx::query(query).fetch_one(&mut connection).await.unwrap();
            assert_eq!(row.get::<String, _>(0), "6,9", "{query}");
        }
    }

    #[tokio::test]
    async fn a_market_keeps_its_currency() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let options = create(&path, &MAIN_MIGRATIONS).await.unwrap();
        fix_currency(&path, &options, Currency::Usd).await.unwrap();
        fix_currency(&path, &options, Currency::Usd).await.unwrap();
        let other = fix_currency(&path, &options, Currency::Lbp).await;
        assert!(
            matches!(other, Err(OpenError::Currency { .. })),
            "{other:?}"
        );
    }

    #[tokio::test]
    async fn words_of_what_is_sold_do_not_have_the_index_written_anew_at_every_tenth() {
        let directory = tempfile::tempdir().unwrap();
        let options = create(&directory.path().join("x.db"), &MAIN_MIGRATIONS)
            .await
            .unwrap();
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let dead: i64 = sqlx::query("SELECT v FROM product_texts_config WHERE k = 'deletemerge'")
            .fetch_one(&mut connection)
            .await
            .unwrap()
            .get(0);
        assert_eq!(dead, 40, "in a hundred");
    }

    #[tokio::test]
    async fn the_schema_itself_refuses_a_second_sale_and_a_changed_one() {
        let directory = tempfile::tempdir().unwrap();
        let options = create(&directory.path().join("x.db"), &MAIN_MIGRATIONS)
            .await
            .unwrap();
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let mut run = async |sql: &'static str| sqlx::raw_sql(sql).execute(&mut connection).await;
        run(
            "INSERT INTO users (id, username, name, email, password, created_at)
                 VALUES (1, 'mona', 'Mona', 'm@x.org', 'p', 0),
                 (2, 'omar', 'Omar', 'o@x.org', 'p', 0), (3, 'rima', 'Rima', 'r@x.org', 'p', 0);
             INSERT INTO products (id, owner, name, description, category, price, picture_bytes,
                 listed_at) VALUES (7, 1, 'Book', '', 'other', 5, 0, 0);
             INSERT INTO collection_places VALUES (1, 'Post', '8-4')",
        )
        .await
        .unwrap();
        let sale =
            "INSERT INTO sales VALUES (7, 2, 1, randomblob(16), 5, 0, '2026-01-01', 1, '00000000')";
        run(sale).await.unwrap();
        for refused in [
            sale,
            "INSERT INTO sales VALUES (7, 3, 1, randomblob(16), 5, 0, '2026-01-01', 1, '00000000')",
            "UPDATE sales SET buyer = 3",
            "DELETE FROM sales",
            "UPDATE collection_places SET hours = 'never'",
            "DELETE FROM collection_places",
            "UPDATE users SET deleted_at = 1; UPDATE users SET deleted_at = NULL",
            "INSERT INTO products VALUES (8, 1, 'Book', '', 'other', 0, NULL, 0, 0, NULL, 0, 0)",
            "INSERT INTO products VALUES (8, 9, 'Book', '', 'other', 5, NULL, 0, 0, NULL, 0, 0)",
            "INSERT INTO products VALUES (8, 1, 'Book', '', 'other', 5, NULL, 0, 0, NULL, 2, 0)",
            "INSERT INTO products VALUES (8, 1, 'Book', '', 'other', 5, NULL, 0, 0, NULL, 0, 2)",
        ] {
            assert!(run(refused).await.is_err(), "{refused}");
        }
        run("INSERT INTO products VALUES (9, 1, 'Book', '', 'other', 5, NULL, 0, 0, NULL, 0, 0)")
            .await
            .unwrap();
        for refused in [
            "UPDATE products SET closed = 1 WHERE id = 9",
            "INSERT INTO sales VALUES (9, 1, 1, randomblob(16), 5, 0, '2026-01-01', 1, '00000000')",
            "INSERT INTO sales VALUES (9, 2, 1, randomblob(15), 5, 0, '2026-01-01', 1, '00000000')",
            "INSERT INTO sales VALUES (9, 2, 1, randomblob(16), 5, 0, 'soon', 1, '00000000')",
            "INSERT INTO sales SELECT 9, buyer, seller, key, 5, 0, '2026-01-01', 1, '00000000' FROM sales",
        ] {
            assert!(run(refused).await.is_err(), "{refused}");
        }
    }
}
