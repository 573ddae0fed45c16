//! Removes pictures that nobody needs any more, now and then and a few at a time.
//!
//! A picture is needed while a product names it: one that is for sale, one that was sold, for its
//! buyer and its seller, and one that was withdrawn less than [`KEPT`] ago. It also stays for as long
//! after it was last stored, because its product is listed only afterwards. Nothing is removed while a
//! backup copies.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::ids::UnixMillis;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError};

/// Between two rounds.
pub(crate) const EVERY: Duration = Duration::from_secs(600);
/// How long a picture stays after it was last stored, and a withdrawn product's after that.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two commits of a round, so that members notice none of them.
const PAUSE: Duration = Duration::from_millis(50);

/// Sweeps until it is told to stop. The clock is that of the stored moments.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    clock: impl Fn() -> UnixMillis,
    every: Duration,
    stop: CancellationToken,
) {
    while stop.run_until_cancelled(sleep(every)).await.is_some() {
        match round(&*store, clock(), &stop).await {
            Ok(0) => {}
            Ok(pictures) => tracing::info!(pictures, "unused pictures were removed"),
            // The next round tries again.
            Err(error) => tracing::warn!(%error, "unused pictures could not be removed"),
        }
    }
}

/// Goes through everything once, as of this moment, and returns how many pictures were removed.
async fn round(
    store: &dyn Store,
    now: UnixMillis,
    stop: &CancellationToken,
) -> Result<u64, StoreError> {
    let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
    let before = UnixMillis(now.0.saturating_sub(kept));
    while store.release_pictures(before).await? > 0 {
        if pause(stop).await.is_none() {
            return Ok(0);
        }
    }
    let (mut removed, mut after) = (0, None);
    loop {
        let sweep = store.sweep_pictures(before, after).await?;
        removed += sweep.removed;
        after = sweep.next;
        if after.is_none() || pause(stop).await.is_none() {
            return Ok(removed);
        }
    }
}

/// `None` when the server stops.
async fn pause(stop: &CancellationToken) -> Option<()> {
    stop.run_until_cancelled(sleep(PAUSE)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use auboutique_protocol::catalog::PictureSize;
    use auboutique_protocol::ids::PictureHash;

    use super::*;
    use crate::config::Config;
    use crate::context::Context;
    use crate::pictures::{EncodedPicture, ProcessedPicture};

    const HOUR_MS: u64 = 3_600_000;
    const HASH: [u8; 32] = [7; 32];

    async fn store(directory: &tempfile::TempDir) -> Arc<dyn Store> {
        let config = Config::new(directory.path());
        let store = Context::open(&config).await.unwrap().store;
        let form = EncodedPicture {
            jpeg: vec![1],
            width: 1,
            height: 1,
        };
        let picture = ProcessedPicture {
            full: form.clone(),
            thumbnail: form,
            hash: HASH,
        };
        store.put_picture(picture, UnixMillis(0)).await.unwrap();
        store
    }

    async fn is_stored(store: &dyn Store) -> bool {
        let found = store.picture(PictureHash(HASH), PictureSize::Full).await;
        found.unwrap().is_some()
    }

    #[tokio::test]
    async fn an_unused_picture_stays_for_a_day_after_it_was_stored() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory).await;
        let stop = CancellationToken::new();
        for (now, removed) in [(HOUR_MS, 0), (24 * HOUR_MS, 0), (24 * HOUR_MS + 1, 1)] {
            assert!(is_stored(&*store).await);
            let swept = round(&*store, UnixMillis(now), &stop).await;
            assert_eq!(swept.unwrap(), removed);
        }
        assert!(!is_stored(&*store).await);
        store.close().await;
    }

    #[tokio::test]
    async fn it_goes_round_by_its_clock_until_it_is_told_to_stop() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory).await;
        let stop = CancellationToken::new();
        // Each round is two hours later than the one before.
        let clock = Arc::new(AtomicU64::new(0));
        let ticking = Arc::clone(&clock);
        let tick = move || UnixMillis(ticking.fetch_add(2 * HOUR_MS, Ordering::SeqCst));
        let every = Duration::from_millis(1);
        let sweeping = tokio::spawn(run(Arc::clone(&store), tick, every, stop.clone()));
        while is_stored(&*store).await {
            tokio::task::yield_now().await;
        }
        assert!(clock.load(Ordering::SeqCst) > 24 * HOUR_MS);
        stop.cancel();
        sweeping.await.unwrap();
        store.close().await;
    }
}
