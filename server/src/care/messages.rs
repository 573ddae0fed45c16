//! Messages are kept for as long as the configuration says, and then they are gone.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::ids::UnixMillis;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError};

/// Between two rounds, and before the first.
const EVERY: Duration = Duration::from_secs(3_600);
/// Between two commits of a round, so that members notice none of them.
const PAUSE: Duration = Duration::from_millis(50);

/// Removes old messages until it is told to stop. The clock is that of the stored moments.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    clock: impl Fn() -> UnixMillis,
    kept_for: Duration,
    stop: CancellationToken,
) {
    while stop.run_until_cancelled(sleep(EVERY)).await.is_some() {
        let kept = u64::try_from(kept_for.as_millis()).unwrap_or(u64::MAX);
        let before = UnixMillis(clock().0.saturating_sub(kept));
        match stop.run_until_cancelled(round(&*store, before)).await {
            None => return,
            Some(Ok(0)) => {}
            Some(Ok(messages)) => tracing::info!(messages, "old messages were removed"),
            // The next round tries again.
            Some(Err(error)) => tracing::warn!(%error, "old messages could not be removed"),
        }
    }
}

/// Goes through all conversations once and returns how many messages were removed.
async fn round(store: &dyn Store, before: UnixMillis) -> Result<u64, StoreError> {
    let (mut removed, mut after) = (0, None);
    loop {
        let part = store.forget_messages(before, after).await?;
        removed += part.removed;
        after = part.next;
        if after.is_none() {
            return Ok(removed);
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::context::Context;

    #[tokio::test]
    async fn a_market_without_messages_is_gone_through_and_the_end_is_heard() {
        let directory = tempfile::tempdir().unwrap();
        let context = Context::open(&Config::new(directory.path())).await.unwrap();
        let store = context.store;
        assert_eq!(round(&*store, UnixMillis(u64::MAX)).await.unwrap(), 0);
        let stop = CancellationToken::new();
        let task = run(Arc::clone(&store), || UnixMillis(0), EVERY, stop.clone());
        let task = tokio::spawn(task);
        stop.cancel();
        task.await.unwrap();
        store.close().await;
    }
}
