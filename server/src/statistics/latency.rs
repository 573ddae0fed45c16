//! A small histogram of durations: exact below eight microseconds, four steps an octave above.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations below this many microseconds have a bucket each.
const EXACT: usize = 8;
/// The highest octave; everything from 2^25 microseconds (half a minute) on counts as that.
const OCTAVE_MAX: u32 = 25;
/// Bits of a duration below its highest that still count.
const STEP_BITS: u32 = 2;
const STEPS: usize = 1 << STEP_BITS;
const FIRST_OCTAVE: u32 = EXACT.ilog2();
const BUCKETS: usize = EXACT + (OCTAVE_MAX - FIRST_OCTAVE + 1) as usize * STEPS;

/// Counts durations, from many threads.
#[derive(Debug)]
pub(super) struct Histogram([AtomicU64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Histogram {
    pub(super) fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.0[bucket(micros)].fetch_add(1, Ordering::Relaxed);
    }
}

/// How many durations of each size there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Latencies([u64; BUCKETS]);

impl Default for Latencies {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Latencies {
    pub(super) fn plus(mut self, histogram: &Histogram) -> Self {
        for (sum, counter) in self.0.iter_mut().zip(&histogram.0) {
            *sum += counter.load(Ordering::Relaxed);
        }
        self
    }

    /// What came since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|bucket| {
            self.0[bucket].saturating_sub(earlier.0[bucket])
        }))
    }

    /// So many of a hundred durations are at most this long; 0 when there are none.
    pub(super) fn percentile_us(&self, percent: u64) -> u64 {
        let count: u64 = self.0.iter().sum();
        let wanted = (count * percent).div_ceil(100);
        let mut seen = 0;
        for (bucket, counted) in self.0.iter().enumerate() {
            seen += counted;
            if seen >= wanted && wanted > 0 {
                return longest_us(bucket);
            }
        }
        0
    }
}

fn bucket(micros: u64) -> usize {
    if micros < EXACT as u64 {
        return usize::try_from(micros).unwrap_or(0);
    }
    let octave = micros.ilog2();
    if octave > OCTAVE_MAX {
        return BUCKETS - 1;
    }
    let step = micros >> (octave - STEP_BITS) & (STEPS as u64 - 1);
    let octaves = (octave - FIRST_OCTAVE) as usize;
    EXACT + octaves * STEPS + usize::try_from(step).unwrap_or(0)
}

/// The longest duration that counts into a bucket.
fn longest_us(bucket: usize) -> u64 {
    let Some(above) = bucket.checked_sub(EXACT) else {
        return bucket as u64;
    };
    let octave = FIRST_OCTAVE as usize + above / STEPS;
    let step = (above % STEPS) as u64;
    ((STEPS as u64 + step + 1) << (octave - STEP_BITS as usize)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_never_longer_than_its_bucket_says_and_at_most_a_quarter_shorter() {
        for micros in (0..5_000).chain([65_535, 65_536, 1_000_000, 33_000_000]) {
            let longest = longest_us(bucket(micros));
            assert!(longest >= micros, "{micros} {longest}");
            assert!(longest <= micros + micros / 4 + 1, "{micros} {longest}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let histogram = Histogram::default();
        for _ in 0..98 {
            histogram.record(Duration::from_micros(3));
        }
        let before = Latencies::default().plus(&histogram);
        for _ in 0..2 {
            histogram.record(Duration::from_micros(1000));
        }
        let all = Latencies::default().plus(&histogram);
        assert_eq!(all.percentile_us(50), 3);
        assert_eq!(all.percentile_us(99), 1023);
        assert_eq!(all.since(&before).percentile_us(50), 1023);
        assert_eq!(Latencies::default().percentile_us(99), 0);
    }
}
