//! What systemd is told of the server, by sd_notify(3): that it is ready, that it is alive, that it stops.
//!
//! Nothing is told where nobody listens: without `NOTIFY_SOCKET` all of it does nothing. The signs of life
//! come from the runtime that answers requests, so a server whose runtime hangs is started anew; one whose
//! disk hangs is not, since that would not help.

use std::time::Duration;

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

/// Says that requests are answered from now on.
pub(crate) fn ready() {
    tell(NotifyState::Ready);
}

/// Gives signs of life, twice as often as they are wanted, until the server stops, and says that it does.
pub(crate) async fn follow(shutdown: CancellationToken) {
    if let Some(within) = watchdog_enabled() {
        let alive = async {
            // An interval of nothing is not allowed.
            let mut ticks = interval((within / 2).max(Duration::from_millis(1)));
            loop {
                ticks.tick().await;
                tell(NotifyState::Watchdog);
            }
        };
        let _: Option<()> = shutdown.run_until_cancelled(alive).await;
    }
    shutdown.cancelled().await;
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = notify(&[state]) {
        tracing::warn!(%error, "the service manager could not be told how the server does");
    }
}
