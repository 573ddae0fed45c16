//! Where tests make the writer fail or die. Outside of tests nothing here does anything.

#[cfg(test)]
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::SqliteConnection;

/// Failures that tests inject; none exist outside of tests.
#[derive(Debug, Clone, Default)]
pub(in crate::store::sqlite) struct Faults {
    /// Fails the next commit.
    #[cfg(test)]
    pub(in crate::store::sqlite) commit: Arc<AtomicBool>,
    /// Holds the writer where it would have died.
    #[cfg(test)]
    pub(in crate::store::sqlite) death: Arc<super::tests::crashes::Death>,
}

/// Where a process can die under a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrashPoint {
    BeforeBegin,
    BetweenStatements,
    BeforeCommit,
    AfterCommit,
    BeforeReply,
}

impl Faults {
    #[cfg(not(test))]
    #[expect(
        clippy::unused_async,
        reason = "the test build awaits the connection's lock here"
    )]
    pub(super) async fn install(
        &self,
        _connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_async, reason = "the test build waits here")]
    pub(super) async fn reach(&self, _point: CrashPoint) {}

    #[cfg(test)]
    pub(super) async fn reach(&self, point: CrashPoint) {
        self.death.reach(point).await;
    }

    /// Has SQLite itself refuse the commit, as it would for a full disk.
    #[cfg(test)]
    pub(super) async fn install(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let commit = Arc::clone(&self.commit);
        let mut handle = connection.lock_handle().await?;
        handle.set_commit_hook(move || !commit.swap(false, Ordering::SeqCst));
        Ok(())
    }
}
