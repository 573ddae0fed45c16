//! Hands out the requests of a load: whose turn it is, and from when latency counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::context::{Context, Stopped};
use crate::history::Moment;
use crate::schedule::{Schedule, Stop, planned_start, user_start};

/// The requests of a load, shared by its users.
#[derive(Debug)]
pub struct Arrivals {
    schedule: Schedule,
    stop: Stop,
    ramp_up: Duration,
    begin: Moment,
    users: u32,
    taken: AtomicU64,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Send a request; its latency counts from this moment, if one is named.
    Go(Option<Moment>),
    /// The load has ended.
    Over,
}

impl Arrivals {
    /// A load that begins at this moment.
    #[must_use]
    pub fn new(
        schedule: Schedule,
        stop: Stop,
        ramp_up: Duration,
        begin: Moment,
        users: u32,
    ) -> Self {
        Self {
            schedule,
            stop,
            ramp_up,
            begin,
            users,
            taken: AtomicU64::new(0),
        }
    }

    /// Waits until user number `index` of a closed loop may begin.
    ///
    /// # Errors
    /// The run is over.
    pub async fn ramp(&self, index: u32, context: &Context) -> Result<(), Stopped> {
        match self.schedule {
            Schedule::Closed => {
                let start = user_start(index, self.users, self.ramp_up);
                context.pause(start).await
            }
            Schedule::Open(_) => Ok(()),
        }
    }

    /// Waits for the next turn.
    ///
    /// # Errors
    /// The run is over.
    pub async fn next(&self, context: &Context) -> Result<Turn, Stopped> {
        let index = self.taken.fetch_add(1, Relaxed);
        if matches!(self.stop, Stop::Requests(requests) if index >= requests) {
            return Ok(Turn::Over);
        }
        let now = context.recorder.now().since(self.begin);
        let start = match self.schedule {
            Schedule::Closed => now,
            Schedule::Open(rate) => planned_start(index, rate, self.ramp_up),
        };
        if matches!(self.stop, Stop::After(duration) if start >= duration) {
            return Ok(Turn::Over);
        }
        match self.schedule {
            Schedule::Closed => Ok(Turn::Go(None)),
            Schedule::Open(_) => {
                if let Some(early) = start.checked_sub(now) {
                    context.pause(early).await?;
                }
                let planned = Moment::after(start + self.begin.since(Moment(0)));
                Ok(Turn::Go(Some(planned)))
            }
        }
    }

    /// How much of the load has passed, 0 to 1.
    #[must_use]
    pub fn passed(&self, now: Moment, done: u64) -> f64 {
        let passed = match self.stop {
            Stop::After(duration) => {
                now.since(self.begin).as_secs_f64() / duration.as_secs_f64().max(f64::MIN_POSITIVE)
            }
            Stop::Requests(requests) => {
                crate::record::precise(done) / crate::record::precise(requests.max(1))
            }
        };
        passed.min(1.0)
    }
}
