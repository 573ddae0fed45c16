//! What the server counts about itself: requests, refusals, how long answers take, sales.
//!
//! Counting is on the way of every request, so it takes no lock and no allocation: a few additions to
//! counters that connections share in small groups (*lanes*), each in cache lines of its own. Once a
//! second a sample is taken; rates, percentiles and the minutes come from the samples.

mod history;
mod latency;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::Money;
use tokio::time::Instant;

pub(crate) use self::history::MinutePoint;
use self::history::{History, Sample};
use self::latency::{Histogram, Latencies};
use crate::store::admin::Tally;

/// Groups of connections that share their counters.
const LANES: usize = 16;

/// Where a connection counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lane(usize);

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Statistics {
    started: Instant,
    next_lane: AtomicUsize,
    lanes: [Counters; LANES],
    users: AtomicU64,
    sales: AtomicU64,
    revenue_minor: AtomicU64,
    history: Mutex<History>,
}

/// Counters of a lane, apart from those of others in the processor's cache.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counters {
    requests: AtomicU64,
    errors: AtomicU64,
    faults: AtomicU64,
    latency: Histogram,
}

/// Totals since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) faults: u64,
    pub(crate) sales: u64,
    pub(crate) revenue_minor: u64,
}

/// The numbers at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) totals: Totals,
    pub(crate) users: u64,
    pub(crate) uptime: Duration,
    pub(crate) sales_today: u64,
    pub(crate) revenue_today_minor: u64,
    pub(crate) requests_per_second: u64,
    pub(crate) errors_per_second: u64,
    pub(crate) latency_p50_us: u64,
    pub(crate) latency_p99_us: u64,
}

impl Statistics {
    /// Begins with what the database knows: all users, and the sales of a day that began then.
    pub(crate) fn new(tally: Tally, day_begins: UnixMillis) -> Self {
        Self {
            started: Instant::now(),
            next_lane: AtomicUsize::new(0),
            lanes: Default::default(),
            users: AtomicU64::new(tally.users),
            sales: AtomicU64::new(0),
            revenue_minor: AtomicU64::new(0),
            history: Mutex::new(History::new(tally, day_begins)),
        }
    }

    /// A lane for a new connection.
    pub(crate) fn lane(&self) -> Lane {
        Lane(self.next_lane.fetch_add(1, Ordering::Relaxed) % LANES)
    }

    /// A request was answered, after this time, by a refusal or not.
    pub(crate) fn answered(&self, lane: Lane, after: Duration, refusal: Option<&ErrorCode>) {
        let counters = &self.lanes[lane.0];
        counters.requests.fetch_add(1, Ordering::Relaxed);
        counters.latency.record(after);
        if let Some(code) = refusal {
            counters.errors.fetch_add(1, Ordering::Relaxed);
            if is_fault(code) {
                counters.faults.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A product was sold.
    pub(crate) fn sold(&self, price: Money) {
        self.sales.fetch_add(1, Ordering::Relaxed);
        self.revenue_minor.fetch_add(price.minor, Ordering::Relaxed);
    }

    /// Products sold since the start.
    pub(crate) fn sales(&self) -> u64 {
        self.sales.load(Ordering::Relaxed)
    }

    /// Somebody has registered.
    pub(crate) fn registered(&self) {
        self.users.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody has left.
    pub(crate) fn left(&self) {
        self.users.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes a sample. To be called once a second, with the time at which the day began.
    pub(crate) fn sample(&self, now: UnixMillis, day_begins: UnixMillis) {
        let sample = self.read(now);
        self.history().take(sample, day_begins);
    }

    /// The numbers now.
    pub(crate) fn numbers(&self, now: UnixMillis) -> Numbers {
        let sample = self.read(now);
        let history = self.history();
        let (sales_today, revenue_today_minor) = history.today(&sample.totals);
        let recent = history.recent(&sample);
        Numbers {
            totals: sample.totals,
            users: self.users.load(Ordering::Relaxed),
            uptime: self.started.elapsed(),
            sales_today,
            revenue_today_minor,
            requests_per_second: recent.requests_per_second,
            errors_per_second: recent.errors_per_second,
            latency_p50_us: recent.latencies.percentile_us(50),
            latency_p99_us: recent.latencies.percentile_us(99),
        }
    }

    /// The last minutes, oldest first; the last one is not over.
    pub(crate) fn minutes(&self, now: UnixMillis) -> Vec<MinutePoint> {
        let sample = self.read(now);
        self.history().minutes(&sample)
    }

    fn read(&self, at: UnixMillis) -> Sample {
        let sum = |counter: fn(&Counters) -> &AtomicU64| {
            let values = self.lanes.iter().map(counter);
            values.map(|value| value.load(Ordering::Relaxed)).sum()
        };
        Sample {
            at,
            totals: Totals {
                requests: sum(|counters| &counters.requests),
                errors: sum(|counters| &counters.errors),
                faults: sum(|counters| &counters.faults),
                sales: self.sales.load(Ordering::Relaxed),
                revenue_minor: self.revenue_minor.load(Ordering::Relaxed),
            },
            latencies: self
                .lanes
                .iter()
                .fold(Latencies::default(), |sum, lane| sum.plus(&lane.latency)),
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        // Nothing here panics while it holds the lock.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a refusal tells of a fault of the server's.
pub(crate) fn is_fault(code: &ErrorCode) -> bool {
    matches!(code, ErrorCode::Internal(_) | ErrorCode::Unavailable(_))
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::error::Nothing;
    use auboutique_protocol::money::Currency;

    use super::*;

    #[test]
    fn what_lanes_count_comes_together_and_refusals_are_told_from_faults() {
        let statistics = Statistics::new(Tally::default(), UnixMillis(0));
        for _ in 0..LANES + 1 {
            let lane = statistics.lane();
            statistics.answered(lane, Duration::from_micros(5), None);
        }
        let refusal = ErrorCode::NotFound(Nothing {});
        statistics.answered(statistics.lane(), Duration::ZERO, Some(&refusal));
        let fault = ErrorCode::Unavailable(Nothing {});
        statistics.answered(statistics.lane(), Duration::ZERO, Some(&fault));
        statistics.registered();
        statistics.sold(Money {
            minor: 7,
            currency: Currency::Usd,
        });
        let numbers = statistics.numbers(UnixMillis(0));
        let requests = LANES as u64 + 3;
        let expected = Totals {
            requests,
            errors: 2,
            faults: 1,
            sales: 1,
            revenue_minor: 7,
        };
        assert_eq!(numbers.totals, expected);
        assert_eq!((numbers.users, numbers.sales_today), (1, 1));
    }
}
