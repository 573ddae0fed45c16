//! What samples tell: rates, the minutes of the last hour, what was sold today. Pure: the time comes
//! in with the samples.

use std::collections::VecDeque;

use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::limits::SERIES_POINTS_MAX;

use super::Totals;
use super::latency::Latencies;
use crate::store::admin::Tally;

const MINUTE_MS: u64 = 60_000;
/// Rates and percentiles are taken over so many samples, one a second.
const RECENT_SAMPLES: usize = 10;

/// The counters at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: UnixMillis,
    pub(super) totals: Totals,
    pub(super) latencies: Latencies,
}

/// What came lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recent {
    pub(super) requests_per_second: u64,
    pub(super) errors_per_second: u64,
    pub(super) latencies: Latencies,
}

/// What happened within a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinutePoint {
    pub(crate) at: UnixMillis,
    pub(crate) counted: Totals,
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct History {
    recent: VecDeque<Sample>,
    /// Each minute, counted from 1970, with the totals at its beginning.
    minutes: VecDeque<(u64, Totals)>,
    day_begins: UnixMillis,
    /// What was sold on this day before the counters began.
    before: Tally,
    /// The totals when the day began, or the counters did.
    at_midnight: Totals,
}

impl History {
    pub(super) fn new(before: Tally, day_begins: UnixMillis) -> Self {
        Self {
            recent: VecDeque::new(),
            minutes: VecDeque::new(),
            day_begins,
            before,
            at_midnight: Totals::default(),
        }
    }

    /// Takes a sample in.
    pub(super) fn take(&mut self, sample: Sample, day_begins: UnixMillis) {
        if day_begins > self.day_begins {
            self.day_begins = day_begins;
            self.before = Tally::default();
            self.at_midnight = sample.totals;
        }
        let minute = sample.at.0 / MINUTE_MS;
        let next = self.minutes.back().map_or(minute, |(last, _)| last + 1);
        // Minutes without a sample had nothing to count; of those beyond the series none is kept.
        let first = next.max(minute.saturating_sub(SERIES_POINTS_MAX as u64));
        for minute in first..=minute {
            self.minutes.push_back((minute, sample.totals));
        }
        while self.minutes.len() > SERIES_POINTS_MAX {
            self.minutes.pop_front();
        }
        self.recent.push_back(sample);
        while self.recent.len() > RECENT_SAMPLES {
            self.recent.pop_front();
        }
    }

    /// Sales today, and what was paid for them in minor units.
    pub(super) fn today(&self, totals: &Totals) -> (u64, u64) {
        let sales = totals.sales.saturating_sub(self.at_midnight.sales);
        let revenue =
            totals.revenue_minor - self.at_midnight.revenue_minor.min(totals.revenue_minor);
        (
            self.before.sales + sales,
            self.before.revenue_minor + revenue,
        )
    }

    /// What came since the oldest of the recent samples.
    pub(super) fn recent(&self, now: &Sample) -> Recent {
        let Some(oldest) = self.recent.front() else {
            return Recent {
                requests_per_second: 0,
                errors_per_second: 0,
                latencies: now.latencies.clone(),
            };
        };
        let millis = now.at.0.saturating_sub(oldest.at.0).max(1);
        let rate = |now: u64, then: u64| (now.saturating_sub(then) * 1000).div_ceil(millis);
        Recent {
            requests_per_second: rate(now.totals.requests, oldest.totals.requests),
            errors_per_second: rate(now.totals.errors, oldest.totals.errors),
            latencies: now.latencies.since(&oldest.latencies),
        }
    }

    /// The minutes, oldest first; the last one is not over.
    pub(super) fn minutes(&self, now: &Sample) -> Vec<MinutePoint> {
        let begins = self.minutes.iter();
        let ends = self.minutes.iter().skip(1).map(|(_, totals)| totals);
        begins
            .zip(ends.chain([&now.totals]))
            .map(|((minute, begin), end)| MinutePoint {
                at: UnixMillis(minute * MINUTE_MS),
                counted: end.since(begin),
            })
            .collect()
    }
}

impl Totals {
    fn since(&self, earlier: &Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(earlier.requests),
            errors: self.errors.saturating_sub(earlier.errors),
            faults: self.faults.saturating_sub(earlier.faults),
            sales: self.sales.saturating_sub(earlier.sales),
            revenue_minor: self.revenue_minor.saturating_sub(earlier.revenue_minor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: u64, requests: u64, sales: u64) -> Sample {
        Sample {
            at: UnixMillis(at),
            totals: Totals {
                requests,
                sales,
                revenue_minor: sales * 100,
                ..Totals::default()
            },
            latencies: Latencies::default(),
        }
    }

    fn history() -> History {
        let before = Tally {
            users: 0,
            sales: 5,
            revenue_minor: 500,
        };
        History::new(before, UnixMillis(0))
    }

    #[test]
    fn minutes_are_differences_without_gaps_and_the_last_is_not_over() {
        let mut history = history();
        for (at, requests) in [(0, 0), (59_000, 10), (60_000, 11), (240_500, 20)] {
            history.take(sample(at, requests, 0), UnixMillis(0));
        }
        let points = history.minutes(&sample(241_000, 25, 0));
        let requests: Vec<_> = points.iter().map(|point| point.counted.requests).collect();
        assert_eq!(requests, [11, 9, 0, 0, 5]);
        assert_eq!(points[4].at, UnixMillis(240_000));
    }

    #[test]
    fn no_more_minutes_are_kept_than_a_series_has() {
        let mut history = history();
        for minute in [0, 30, 1_000_000] {
            history.take(sample(minute * MINUTE_MS, 1, 0), UnixMillis(0));
        }
        let points = history.minutes(&sample(1_000_000 * MINUTE_MS, 1, 0));
        assert_eq!(points.len(), SERIES_POINTS_MAX);
        assert_eq!(points.last().unwrap().at.0, 1_000_000 * MINUTE_MS);
    }

    #[test]
    fn today_counts_what_was_sold_before_the_start_and_begins_anew_at_midnight() {
        let mut history = history();
        history.take(sample(1_000, 0, 2), UnixMillis(0));
        assert_eq!(history.today(&sample(2_000, 0, 3).totals), (8, 800));
        history.take(sample(90_000_000, 0, 4), UnixMillis(86_400_000));
        assert_eq!(history.today(&sample(90_001_000, 0, 6).totals), (2, 200));
    }

    #[test]
    fn rates_are_those_of_the_last_samples() {
        let mut history = history();
        assert_eq!(history.recent(&sample(0, 5, 0)).requests_per_second, 0);
        for second in 0..30 {
            history.take(sample(second * 1000, second * second, 0), UnixMillis(0));
        }
        let recent = history.recent(&sample(30_000, 900, 0));
        assert_eq!(recent.requests_per_second, (900 - 400) / 10);
    }
}
