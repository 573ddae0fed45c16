//! How many lines of the log can be caused by peers who do what they should not.
//!
//! Each kind of line has a rate of its own, so that a flood of one does not hide another. A line that is
//! written says how many of its kind were left out before it; metrics count all of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Pace, Rate};

/// So many lines of a kind at once, and one more each second.
const RATE: Rate = Rate {
    burst: 60,
    refill: Duration::from_secs(1),
};

/// One kind of line.
#[derive(Debug)]
pub(crate) struct LineLimit {
    pace: Pace,
    left_out: AtomicU64,
}

impl Default for LineLimit {
    fn default() -> Self {
        Self {
            pace: Pace::start(RATE),
            left_out: AtomicU64::new(0),
        }
    }
}

impl LineLimit {
    /// Whether a line may be written now: if so, how many were left out since the last one.
    pub(crate) fn take(&self, now: Instant) -> Option<u64> {
        if self.pace.take(now).is_ok() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// The lines that a peer without a login can cause.
#[derive(Debug, Default)]
pub(crate) struct PeerLines {
    /// A connection was not taken.
    pub(crate) not_admitted: LineLimit,
    /// A handshake failed.
    pub(crate) handshake: LineLimit,
    /// A connection was closed because its peer broke a rule or let a deadline pass.
    pub(crate) refused: LineLimit,
    /// A certificate is not on the list of administrators.
    pub(crate) unlisted: LineLimit,
    /// A password was wrong.
    pub(crate) password: LineLimit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_left_out_is_said_by_the_next_line() {
        let limit = LineLimit::default();
        for _ in 0..RATE.burst {
            assert_eq!(limit.take(Instant::now()), Some(0));
        }
        assert_eq!(limit.take(Instant::now()), None);
        assert_eq!(limit.take(Instant::now()), None);
        tokio::time::advance(RATE.refill).await;
        assert_eq!(limit.take(Instant::now()), Some(2));
        assert_eq!(limit.take(Instant::now()), None);
        assert_eq!(PeerLines::default().handshake.take(Instant::now()), Some(0));
    }
}
