//! Keeps a write-ahead log bounded under readers that never pause.
//!
//! SQLite copies the log back by itself, but begins it anew only when no reader uses it at that moment;
//! where somebody always reads it grows without end (sqlite.org, "Avoiding Excessively Large WAL Files").
//! So the writer, which is the only one and between two commits, waits a little for the readers that are
//! there: new ones read the database, and the log is free once the old ones are done. A reader that stays
//! for long, as a backup does, is not waited for.

use std::path::{Path, PathBuf};

use sqlx::{Row as _, SqliteConnection};

use super::BUSY_TIMEOUT;

/// From this size on the log is to begin anew, in bytes. Above [`super::LOG_BYTES_MAX`], to which it is
/// cut then, so that a log that has begun anew is below.
const BEGIN_ANEW_AT: u64 = 48 * 1024 * 1024;
/// When readers did not leave it in time, the next attempt comes after so many bytes more.
const AGAIN_AFTER: u64 = 4 * 1024 * 1024;

/// See the module's description.
#[derive(Debug)]
pub(super) struct LogBound {
    log: PathBuf,
    begin_anew_at: u64,
    again_after: u64,
    /// Bytes at which the next attempt is made.
    next_at: u64,
}

impl LogBound {
    /// For the log of this database.
    pub(super) fn of(database: &Path) -> Self {
        Self::with(database, BEGIN_ANEW_AT, AGAIN_AFTER)
    }

    fn with(database: &Path, begin_anew_at: u64, again_after: u64) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self {
            log: log.into(),
            begin_anew_at,
            again_after,
            next_at: begin_anew_at,
        }
    }

    /// Whether [`Self::keep`] has something to do.
    pub(super) fn is_due(&self) -> bool {
        self.size() >= self.next_at
    }

    fn size(&self) -> u64 {
        self.log.metadata().map_or(0, |log| log.len())
    }

    /// To be called after a commit that is answered, with the connection that made it: it may take a while. A
    /// failure is no concern of whoever committed: the log is longer, nothing else.
    pub(super) async fn keep(&mut self, connection: &mut SqliteConnection) {
        let size = self.size();
        if size < self.next_at {
            return;
        }
        match begin_anew(connection).await {
            Ok(true) => {
                self.next_at = self.begin_anew_at;
                tracing::debug!(size, "the write-ahead log begins anew");
            }
            Ok(false) => self.next_at = size + self.again_after,
            Err(error) => {
                self.next_at = size + self.again_after;
                tracing::warn!(%error, size, "the write-ahead log could not begin anew");
            }
        }
    }
}

/// Whether the next commit begins the log anew. Readers are waited for a twentieth of a second.
async fn begin_anew(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    sqlx::query("PRAGMA busy_timeout = 50")
        .execute(&mut *connection)
        .await?;
    let outcome = sqlx::query("PRAGMA wal_checkpoint(RESTART)")
        .fetch_one(&mut *connection)
        .await;
    let usual = BUSY_TIMEOUT.as_millis();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "PRAGMA busy_timeout = {usual}"
    )))
    .execute(&mut *connection)
    .await?;
    let busy: i64 = outcome?.try_get(0)?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use sqlx::Connection as _;

    use super::super::{MAIN_MIGRATIONS, connect_options, create};
    use super::*;

    const KIB: u64 = 1024;

    /// Two connections of which one always reads, what was there when it began.
    struct Readers([SqliteConnection; 2]);

    impl Readers {
        /// One begins, only then the other ends.
        async fn swap(&mut self) {
            sqlx::raw_sql("BEGIN; SELECT count(*) FROM users")
                .execute(&mut self.0[1])
                .await
                .unwrap();
            sqlx::raw_sql("COMMIT")
                .execute(&mut self.0[0])
                .await
                .unwrap();
            self.0.reverse();
        }
    }

    /// Writes 4 MiB while there is a reader at every moment, and returns the largest size of the log.
    async fn write_under_readers(path: &Path, mut bound: Option<LogBound>) -> u64 {
        create(path, &MAIN_MIGRATIONS).await.unwrap();
        let options = connect_options(path)
            .pragma("wal_autocheckpoint", "16")
            .pragma("journal_size_limit", "65536");
        let connect = async || SqliteConnection::connect_with(&options).await.unwrap();
        let mut writer = connect().await;
        let mut readers = Readers([connect().await, connect().await]);
        sqlx::raw_sql("BEGIN; SELECT count(*) FROM users")
            .execute(&mut readers.0[0])
            .await
            .unwrap();
        let log = LogBound::of(path).log;
        let mut largest = 0;
        for round in 0..200 {
            let insert = "INSERT INTO users (username, name, email, password, created_at)
                          VALUES (?, 'n', 'e', hex(randomblob(4096)), 0)";
            sqlx::query(insert)
                .bind(format!("user{round}"))
                .execute(&mut writer)
                .await
                .unwrap();
            largest = largest.max(log.metadata().unwrap().len());
            let Some(bound) = &mut bound else {
                readers.swap().await;
                continue;
            };
            // Readers come and go while it is waited for them.
            let is_done = Cell::new(false);
            let keep = async {
                bound.keep(&mut writer).await;
                is_done.set(true);
            };
            let read = async {
                readers.swap().await;
                while !is_done.get() {
                    readers.swap().await;
                }
            };
            tokio::join!(keep, read);
        }
        largest
    }

    #[tokio::test]
    async fn a_reader_that_stays_is_not_waited_for_at_every_commit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        create(&path, &MAIN_MIGRATIONS).await.unwrap();
        let options = connect_options(&path);
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("INSERT INTO market VALUES (1, 'USD')")
            .execute(&mut writer)
            .await
            .unwrap();
        sqlx::raw_sql("BEGIN; SELECT count(*) FROM users")
            .execute(&mut reader)
            .await
            .unwrap();
        sqlx::raw_sql("DELETE FROM market")
            .execute(&mut writer)
            .await
            .unwrap();
        let mut bound = LogBound::with(&path, 1, 64 * KIB);
        bound.keep(&mut writer).await;
        let size = bound.log.metadata().unwrap().len();
        assert_eq!(bound.next_at, size + 64 * KIB);
        sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
        bound.next_at = 1;
        bound.keep(&mut writer).await;
        assert_eq!(bound.next_at, 1, "it begins anew");
        let row = sqlx::query("PRAGMA busy_timeout")
            .fetch_one(&mut writer)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 5_000, "as before");
    }

    #[tokio::test]
    async fn the_log_stays_bounded_where_somebody_always_reads() {
        let directory = tempfile::tempdir().unwrap();
        let [without, with] = ["a.db", "b.db"].map(|name| directory.path().join(name));
        let unbounded = write_under_readers(&without, None).await;
        let bound = LogBound::with(&with, 256 * KIB, 32 * KIB);
        let bounded = write_under_readers(&with, Some(bound)).await;
        assert!(
            unbounded > 1_024 * KIB,
            "{unbounded}: the test says nothing"
        );
        assert!(bounded < 512 * KIB, "{bounded}");
    }
}
