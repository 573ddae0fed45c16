//! How fast one user may ask, over all connections together.
//!
//! The same algorithm as in [`super::Buckets`], for one key that several tasks share: one atomic number,
//! so that asking costs a request nothing that could be measured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Rate, RetryAfter};

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Rate,
    start: Instant,
    /// Nanoseconds after `start`.
    full_at: AtomicU64,
}

impl Pace {
    /// All tokens are there.
    pub(crate) fn start(rate: Rate) -> Self {
        Self {
            rate,
            start: Instant::now(),
            full_at: AtomicU64::new(0),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// There is none; nothing was taken.
    pub(crate) fn take(&self, now: Instant) -> Result<(), RetryAfter> {
        let now = now.saturating_duration_since(self.start);
        let mut wait = Duration::ZERO;
        let taken = self
            .full_at
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                let full_at = Duration::from_nanos(full_at);
                wait = self.rate.wait(full_at, now);
                let next = full_at.max(now).saturating_add(self.rate.refill);
                wait.is_zero()
                    .then(|| u64::try_from(next.as_nanos()).unwrap_or(u64::MAX))
            });
        match taken {
            Ok(_) => Ok(()),
            Err(_) => Err(RetryAfter(wait)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_at_once_and_then_one_per_refill() {
        let pace = Pace::start(Rate {
            burst: 2,
            refill: Duration::from_millis(500),
        });
        let at = |millis| pace.start + Duration::from_millis(millis);
        pace.take(at(0)).unwrap();
        pace.take(at(0)).unwrap();
        assert_eq!(
            pace.take(at(100)),
            Err(RetryAfter(Duration::from_millis(400)))
        );
        pace.take(at(500)).unwrap();
        pace.take(at(500)).unwrap_err();
        pace.take(at(5_000)).unwrap();
        pace.take(at(5_000)).unwrap();
        pace.take(at(5_000)).unwrap_err();
    }
}
