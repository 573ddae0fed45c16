//! Copying databases while they are in use, and checking copies.
//!
//! A copy is made by SQLite itself from one read transaction: it holds everything that was
//! committed before it began and nothing by halves, and writers do not wait for it. It has no
//! write-ahead log beside it; a server that opens it gives it one.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::{BUSY_TIMEOUT, MAIN_MIGRATIONS, PICTURE_MIGRATIONS};

/// Complaints about a damaged database that are read.
const COMPLAINTS_MAX: usize = 5;

/// One of the databases in a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Main,
    Pictures,
}

/// Why a database was not copied or is not sound.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("{0}")]
    Failed(#[from] sqlx::Error),
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl Database {
    /// In the order in which they are copied: a picture is committed before the product that shows
    /// it, so pictures that are copied later include all that the products need.
    pub(crate) const ALL: [Self; 2] = [Self::Main, Self::Pictures];

    /// The name of its file.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Main => "auboutique.db",
            Self::Pictures => "pictures.db",
        }
    }

    /// The newest version of its schema that this program knows.
    pub(crate) fn schema_known(self) -> i64 {
        let migrations: &Migrator = match self {
            Self::Main => &MAIN_MIGRATIONS,
            Self::Pictures => &PICTURE_MIGRATIONS,
        };
        let versions = migrations.iter().map(|migration| migration.version);
        versions.max().unwrap_or(0)
    }
}

/// Copies a database to a file that exists and is empty.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<(), DatabaseError> {
    let options = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let to = to.to_str().ok_or_else(|| {
        let cause = "the path of a backup must be UTF-8";
        sqlx::Error::Configuration(cause.into())
    })?;
    sqlx::query("VACUUM INTO ?")
        .bind(to)
        .execute(&mut connection)
        .await?;
    Ok(connection.close().await?)
}

/// Checks a copy that nobody else uses, in every page and every reference, and returns the version
/// of its schema. Leaves nothing beside it.
pub(crate) async fn check(path: &Path) -> Result<i64, DatabaseError> {
    let mut connection = open_copy(path).await?;
    let rows = sqlx::query("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await?;
    let complaints: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    if complaints != ["ok"] {
        let first = &complaints[..complaints.len().min(COMPLAINTS_MAX)];
        return Err(DatabaseError::Damaged(first.join("; ")));
    }
    let orphans = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(&mut connection)
        .await?;
    if orphans.is_some() {
        return Err(DatabaseError::Damaged("a row refers to nothing".into()));
    }
    let version = read_version(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}

/// The version of a copy's schema.
pub(crate) async fn schema_version(path: &Path) -> Result<i64, DatabaseError> {
    let mut connection = open_copy(path).await?;
    let version = read_version(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}

async fn open_copy(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true);
    SqliteConnection::connect_with(&options).await
}

async fn read_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}
