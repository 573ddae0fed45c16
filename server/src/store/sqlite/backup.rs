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

impl DatabaseError {
    /// Whether it failed because nothing more could be written. SQLite says `SQLITE_FULL` for a full
    /// disk, and `SQLITE_IOERR_WRITE`, or `SHMSIZE` beside the original, for what was refused for
    /// another reason, of which a limit of the user is the usual one.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        const SQLITE_FULL: &str = "13";
        const SQLITE_IOERR_WRITE: &str = "778";
        const SQLITE_IOERR_SHMSIZE: &str = "4874";
        const ALL: [&str; 3] = [SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE];
        let Self::Failed(error) = self else {
            return false;
        };
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| ALL.contains(&&*code))
    }
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

/// How thoroughly a database is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thoroughness {
    /// Every page, without comparing indexes with their tables.
    Quick,
    /// Every page, index and reference.
    Full,
}

/// Looks at a database that may be in use.
pub(crate) async fn look_at(path: &Path, thoroughness: Thoroughness) -> Result<(), DatabaseError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    match thoroughness {
        Thoroughness::Quick => find_damage(&mut connection, "PRAGMA quick_check").await?,
        Thoroughness::Full => find_all_damage(&mut connection).await?,
    }
    Ok(connection.close().await?)
}

/// Checks a copy that nobody else uses, in every page and every reference, and returns the version
/// of its schema. Leaves nothing beside it.
pub(crate) async fn check(path: &Path) -> Result<i64, DatabaseError> {
    let mut connection = open_copy(path).await?;
    find_all_damage(&mut connection).await?;
    let version = read_version(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}

async fn find_all_damage(connection: &mut SqliteConnection) -> Result<(), DatabaseError> {
    find_damage(connection, "PRAGMA integrity_check").await?;
    let orphans = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(connection)
        .await?;
    if orphans.is_some() {
        return Err(DatabaseError::Damaged("a row refers to nothing".into()));
    }
    Ok(())
}

async fn find_damage(
    connection: &mut SqliteConnection,
    pragma: &'static str,
) -> Result<(), DatabaseError> {
    let rows = sqlx::query(pragma).fetch_all(connection).await?;
    let complaints: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    if complaints != ["ok"] {
        let first = &complaints[..complaints.len().min(COMPLAINTS_MAX)];
        return Err(DatabaseError::Damaged(first.join("; ")));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::super::create;
    use super::*;

    /// A database after these statements, and a copy of it that was taken while it was open.
    async fn copied(statements: &'static str) -> (tempfile::TempDir, Result<i64, DatabaseError>) {
        let directory = tempfile::tempdir().unwrap();
        let [from, to] = ["from.db", "to.db"].map(|name| directory.path().join(name));
        let options = create(&from, &MAIN_MIGRATIONS).await.unwrap();
        let options = options.foreign_keys(false);
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(statements)
            .execute(&mut writer)
            .await
            .unwrap();
        File::create(&to).unwrap();
        copy(&from, &to).await.unwrap();
        let outcome = check(&to).await;
        writer.close().await.unwrap();
        (directory, outcome)
    }

    #[tokio::test]
    async fn a_copy_of_a_database_in_use_is_whole_and_alone() {
        let user = "INSERT INTO users (id, username, name, email, password, created_at)
                    VALUES (1, 'mona', 'Mona', 'm@x.org', 'p', 0)";
        let (directory, outcome) = copied(user).await;
        assert_eq!(outcome.unwrap(), Database::Main.schema_known());
        let copy = directory.path().join("to.db");
        assert_eq!(
            schema_version(&copy).await.unwrap(),
            Database::Main.schema_known()
        );
        let mut connection = open_copy(&copy).await.unwrap();
        let row = sqlx::query("SELECT username FROM users")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), "mona");
        connection.close().await.unwrap();
        for beside in ["to.db-wal", "to.db-shm", "to.db-journal"] {
            assert!(!directory.path().join(beside).exists(), "{beside}");
        }
    }

    #[tokio::test]
    async fn a_reference_to_nothing_is_damage() {
        let orphan = "INSERT INTO sessions (token, user, created_at, last_used_at)
                      VALUES (randomblob(32), 7, 0, 0)";
        let (_directory, outcome) = copied(orphan).await;
        assert!(
            matches!(outcome, Err(DatabaseError::Damaged(_))),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn the_version_of_a_schema_is_read_from_the_database_itself() {
        let newer = "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1";
        let (_directory, outcome) = copied(newer).await;
        assert_eq!(outcome.unwrap(), 9_999);
    }

    #[tokio::test]
    async fn a_database_of_somebody_else_is_not_copied_over_ours() {
        let directory = tempfile::tempdir().unwrap();
        let [from, to] = ["from.db", "to.db"].map(|name| directory.path().join(name));
        assert!(copy(&from, &to).await.is_err());
        assert!(!from.exists());
        create(&from, &MAIN_MIGRATIONS).await.unwrap();
        std::fs::write(&to, "something").unwrap();
        assert!(copy(&from, &to).await.is_err());
        assert_eq!(std::fs::read(&to).unwrap(), b"something");
    }
}
