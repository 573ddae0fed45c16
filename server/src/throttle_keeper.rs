//! Keeps what the login throttle remembers, once a second, so that a restart changes nothing.
//!
//! Logins do not wait for it: what happened in the second before a crash is forgotten, which pardons a
//! guesser a few failures and no more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auboutique_protocol::ids::UnixMillis;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::auth::throttle::Throttle;
use crate::store::throttle::ThrottleTable;
use crate::store::{Store, StoreError};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// Rounds after which old entries are removed.
const ROUNDS_BETWEEN_SWEEPS: u64 = 3_600;
/// Entries that one commit removes.
const SWEPT_AT_ONCE: usize = 1_000;

/// See the module's description.
pub(crate) struct ThrottleKeeper<C> {
    throttle: Throttle,
    store: Arc<dyn Store>,
    /// That of the stored moments.
    clock: C,
    is_failing: bool,
}

impl<C: Fn() -> UnixMillis> ThrottleKeeper<C> {
    /// Has the throttle remember what was kept.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn start(
        throttle: Throttle,
        store: Arc<dyn Store>,
        clock: C,
    ) -> Result<Self, StoreError> {
        let entries = store.throttle_entries().await?;
        throttle.restore(&entries, Instant::now(), clock());
        Ok(Self {
            throttle,
            store,
            clock,
            is_failing: false,
        })
    }

    /// Keeps what changes until it is told to stop. What comes after that is for [`keep`](Self::keep).
    pub(crate) async fn run(&mut self, stop: &CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rounds = 0_u64;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.keep().await;
            if rounds.is_multiple_of(ROUNDS_BETWEEN_SWEEPS) {
                self.sweep(stop).await;
            }
            rounds += 1;
        }
    }

    /// Keeps what changed since the last time.
    pub(crate) async fn keep(&mut self) {
        let mut changes = self.throttle.take_changes(Instant::now(), (self.clock)());
        if changes.is_empty() {
            return;
        }
        let (kept, forgotten) = (
            std::mem::take(&mut changes.kept),
            std::mem::take(&mut changes.forgotten),
        );
        match self.store.keep_throttle_entries(kept, forgotten).await {
            Ok(()) => self.is_failing = false,
            Err(error) => {
                self.throttle.give_back(&changes);
                // Told once and not every second.
                if !self.is_failing {
                    tracing::warn!(%error, "what the login throttle remembers could not be kept");
                }
                self.is_failing = true;
            }
        }
    }

    /// Removes what means nothing any more.
    async fn sweep(&self, stop: &CancellationToken) {
        for table in ThrottleTable::ALL {
            let before = self.throttle.forgotten_before(table, (self.clock)());
            loop {
                let forget = self
                    .store
                    .forget_throttle_entries(table, before, SWEPT_AT_ONCE);
                match forget.await {
                    Ok(0) => break,
                    Ok(_) if stop.is_cancelled() => return,
                    Ok(_) => {}
                    // The next round tries again.
                    Err(error) => {
                        tracing::warn!(%error, "old entries of the login throttle remain");
                        return;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::auth::throttle::ThrottleLimits;
    use crate::config::Config;
    use crate::context::Context;

    const DAY_MS: u64 = 86_400_000;

    fn throttle() -> Throttle {
        Throttle::new(ThrottleLimits::default(), Instant::now())
    }

    fn is_throttled(throttle: &Throttle) -> bool {
        let begun = throttle.begin("mona", [192, 0, 2, 1].into(), Instant::now());
        begun.map(crate::auth::throttle::Attempt::release).is_err()
    }

    #[tokio::test]
    async fn failures_are_kept_until_they_mean_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let context = Context::open(&Config::new(directory.path())).await.unwrap();
        let store = &context.store;
        let now = Arc::new(AtomicU64::new(DAY_MS));
        let clock = || {
            let now = Arc::clone(&now);
            move || UnixMillis(now.load(Ordering::Relaxed))
        };

        let before = throttle();
        let begun = before.begin("mona", [192, 0, 2, 1].into(), Instant::now());
        begun.unwrap().failed(Instant::now());
        let mut keeper = ThrottleKeeper::start(before, Arc::clone(store), clock())
            .await
            .unwrap();
        keeper.keep().await;
        assert_eq!(store.throttle_entries().await.unwrap().len(), 3);

        let after = throttle();
        assert!(!is_throttled(&after));
        let keeper = ThrottleKeeper::start(after.clone(), Arc::clone(store), clock())
            .await
            .unwrap();
        assert!(is_throttled(&after));

        let stop = CancellationToken::new();
        // Between the end of what counts for the name, 864 s, and that of the failure, which is as old as
        // this test takes.
        now.store(DAY_MS + 880_000, Ordering::Relaxed);
        keeper.sweep(&stop).await;
        let left = store.throttle_entries().await.unwrap();
        let tables: Vec<_> = left.iter().map(|entry| entry.table).collect();
        assert_eq!(
            tables,
            [ThrottleTable::Failures],
            "of the last quarter of an hour"
        );
        now.store(DAY_MS + 900_001, Ordering::Relaxed);
        keeper.sweep(&stop).await;
        assert!(store.throttle_entries().await.unwrap().is_empty());
        store.close().await;
    }

    #[tokio::test]
    async fn what_could_not_be_kept_is_kept_later() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::new(directory.path());
        let context = Context::open(&config).await.unwrap();
        let throttle = throttle();
        let clock = || UnixMillis(DAY_MS);
        let store = Arc::clone(&context.store);
        let mut keeper = ThrottleKeeper::start(throttle.clone(), store, clock)
            .await
            .unwrap();
        let begun = throttle.begin("mona", [192, 0, 2, 1].into(), Instant::now());
        begun.unwrap().failed(Instant::now());
        context.store.close().await;
        keeper.keep().await;
        assert!(keeper.is_failing);

        keeper.store = Context::open(&config).await.unwrap().store;
        keeper.keep().await;
        assert!(!keeper.is_failing);
        assert_eq!(keeper.store.throttle_entries().await.unwrap().len(), 3);
        keeper.store.close().await;
    }
}
