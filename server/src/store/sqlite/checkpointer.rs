//! Copies the write-ahead log back into the database beside the writer, on a connection of its own.
//!
//! SQLite lets commits go on during a passive checkpoint. Made by the writer itself, as SQLite does it when left
//! alone, hundreds of purchases would wait for each: the pages of a full log, and the disk. What is committed
//! during a pass is left for the next, so there are a few, each shorter. Then little is left, and the writer
//! copies that and has the log begin anew (see [`super::log_bound`]), which only it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Pages of the log that are not in the database yet, from which on they are copied: 24 MiB. A page that has
/// changed often until then is copied once.
const COPY_AT_PAGES: i64 = 6_000;
/// Fewer than these are left for the writer: some milliseconds.
const LEFT_PAGES_MAX: i64 = 500;
/// Under the heaviest load a pass leaves a fraction of what it copied; after so many it is good enough.
const PASSES_MAX: usize = 4;
/// The log is looked at this often while there are commits: it grows by a few hundred pages meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// See the module's description. Dropped, it ends by itself.
pub(super) struct Checkpointer {
    commits: mpsc::Sender<()>,
    is_copied: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Checkpointer {
    /// For the log of the database that is opened so.
    pub(super) fn start(options: SqliteConnectOptions) -> Self {
        // One place: whoever finds it taken is told of with the commit before.
        let (commits, committed) = mpsc::channel(1);
        let is_copied = Arc::default();
        let task = Task {
            options,
            committed,
            is_copied: Arc::clone(&is_copied),
        };
        Self {
            commits,
            is_copied,
            task: tokio::spawn(task.run()),
        }
    }

    /// To be called after a commit. Whether the log is copied but for a little, for the first time since it
    /// began: then it can begin anew without much waiting.
    pub(super) fn committed(&self) -> bool {
        let _ = self.commits.try_send(());
        self.is_copied.swap(false, Ordering::Relaxed)
    }

    /// Ends it, with its connection.
    pub(super) async fn close(self) {
        drop(self.commits);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "copying the write-ahead log has failed");
        }
    }
}

struct Task {
    options: SqliteConnectOptions,
    committed: mpsc::Receiver<()>,
    is_copied: Arc<AtomicBool>,
}

impl Task {
    async fn run(mut self) {
        let mut connection = None;
        while self.committed.recv().await.is_some() {
            match self.look(&mut connection).await {
                Ok(is_copied) => self.is_copied.store(is_copied, Ordering::Relaxed),
                Err(error) => {
                    // The log is longer, nothing else; the writer sees to it that it does not grow without end.
                    tracing::warn!(%error, "the write-ahead log could not be copied");
                    connection = None;
                }
            }
            sleep(LOOK_EVERY).await;
        }
        if let Some(connection) = connection
            && let Err(error) = SqliteConnection::close(connection).await
        {
            tracing::warn!(%error, "closing the database failed");
        }
    }

    /// Copies the log if it is long. Whether it did, and only little is left.
    async fn look(&self, connection: &mut Option<SqliteConnection>) -> Result<bool, sqlx::Error> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(SqliteConnection::connect_with(&self.options).await?),
        };
        if pages_left(connection, "PRAGMA wal_checkpoint(NOOP)").await? < COPY_AT_PAGES {
            return Ok(false);
        }
        let mut left = i64::MAX;
        for _ in 0..PASSES_MAX {
            left = pages_left(connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
            if left < LEFT_PAGES_MAX {
                break;
            }
        }
        Ok(left < LEFT_PAGES_MAX)
    }
}

/// Makes a checkpoint, or none: how many pages of the log are not in the database then.
async fn pages_left(
    connection: &mut SqliteConnection,
    checkpoint: &'static str,
) -> Result<i64, sqlx::Error> {
    let row = sqlx::query(checkpoint).fetch_one(connection).await?;
    let (in_log, copied): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    Ok(in_log - copied)
}

#[cfg(test)]
mod tests {
    use super::super::{MAIN_MIGRATIONS, create};
    use super::*;

    #[tokio::test]
    async fn a_long_log_is_copied_while_the_writer_writes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let options = create(&path, &MAIN_MIGRATIONS).await.unwrap();
        let options = options.pragma("wal_autocheckpoint", "0");
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        let checkpointer = Checkpointer::start(options);
        let left = async |writer: &mut SqliteConnection| {
            pages_left(writer, "PRAGMA wal_checkpoint(NOOP)")
                .await
                .unwrap()
        };
        let mut most = 0;
        for number in 0..1_000 {
            // A hundred pages each.
            sqlx::query(
                "INSERT INTO users (username, name, email, password, created_at)
                 VALUES (?, 'n', 'e', hex(randomblob(204800)), 0)",
            )
            .bind(format!("user{number}"))
            .execute(&mut writer)
            .await
            .unwrap();
            most = most.max(left(&mut writer).await);
            if checkpointer.committed() {
                break;
            }
        }
        assert!(most >= COPY_AT_PAGES, "{most}");
        let end = left(&mut writer).await;
        assert!(end < COPY_AT_PAGES / 2, "{end} of {most}");
        assert!(!checkpointer.committed(), "it is said once");
        checkpointer.close().await;
        let kept: i64 = sqlx::query("SELECT count(*) FROM users")
            .fetch_one(&mut writer)
            .await
            .unwrap()
            .get(0);
        assert!(kept >= 60, "{kept}");
        writer.close().await.unwrap();
    }
}
