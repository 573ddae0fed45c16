//! The one clock of a run.

use std::time::{Duration, Instant};

use crate::history::Moment;

/// Counts nanoseconds from the beginning of the run, on the system's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::after(self.start.elapsed())
    }
}

impl Moment {
    /// The moment this long after the beginning of the run; the last that can be told, for what
    /// lies more than five centuries after it.
    #[must_use]
    pub fn after(since: Duration) -> Self {
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// How long after another moment this one lies; nothing if it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}
