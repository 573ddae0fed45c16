//! When requests begin and when the load ends: pure values and functions.
//!
//! In a *closed loop* each user sends the next request when the last was answered: a slow server is
//! asked less, and its pauses hide themselves (coordinated omission). In an *open loop* requests
//! have planned times that do not wait for anybody; latency counts from those, so that a request
//! which had to wait for its turn shows that it did.
//! Source: Gil Tene, "How NOT to Measure Latency".

use std::time::Duration;

/// When requests begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schedule {
    /// Each user sends when the last request was answered.
    Closed,
    /// At planned times.
    Open(Rate),
}

/// Requests a second: a positive number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// The highest that can be asked for.
    pub const MAX: f64 = 1_000_000.0;

    /// A rate above 0 and at most [`Rate::MAX`].
    #[must_use]
    pub fn new(per_second: f64) -> Option<Self> {
        (per_second > 0.0 && per_second <= Self::MAX).then_some(Self(per_second))
    }

    /// Requests a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.0
    }
}

/// When the load ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// After this long.
    After(Duration),
    /// After this many requests.
    Requests(u64),
}

/// The planned start of request number `index`, counted from 0, after the beginning of the load.
///
/// While it ramps up the rate grows evenly from nothing, so half of the full number begins in that
/// time: after `t` of it, `rate · t² / 2 · ramp_up` requests have begun.
#[must_use]
pub fn planned_start(index: u64, rate: Rate, ramp_up: Duration) -> Duration {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to 2^53 requests, which is more than any run makes"
    )]
    let index = index as f64;
    let ramp = ramp_up.as_secs_f64();
    let in_ramp = rate.0 * ramp / 2.0;
    let seconds = if index < in_ramp {
        (2.0 * index * ramp / rate.0).sqrt()
    } else {
        ramp + (index - in_ramp) / rate.0
    };
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// When user number `index` of `users` begins in a closed loop: spread evenly over the ramp-up.
#[must_use]
pub fn user_start(index: u32, users: u32, ramp_up: Duration) -> Duration {
    ramp_up.mul_f64(f64::from(index) / f64::from(users.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn rates_are_positive_and_bounded() {
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, Rate::MAX * 1.01] {
            assert_eq!(Rate::new(wrong), None, "{wrong}");
        }
        for right in [0.001, 1.0, Rate::MAX] {
            assert!(Rate::new(right).is_some(), "{right}");
        }
    }

    #[test]
    fn planned_starts_are_evenly_spaced() {
        let rate = Rate::new(200.0).unwrap();
        let start = |index| planned_start(index, rate, Duration::ZERO);
        assert_eq!(start(0), Duration::ZERO);
        assert_eq!(start(1), Duration::from_millis(5));
        assert_eq!(start(200), SECOND);
        assert_eq!(start(12_000), SECOND * 60);
    }

    #[test]
    fn half_of_the_rate_begins_while_it_ramps_up() {
        let rate = Rate::new(100.0).unwrap();
        let start = |index| planned_start(index, rate, SECOND * 2);
        assert_eq!(start(0), Duration::ZERO);
        assert_eq!(start(100), SECOND * 2, "half of two seconds' worth");
        assert_eq!(
            start(25),
            SECOND,
            "a quarter of that after half of the time"
        );
        assert_eq!(start(200), SECOND * 3, "and then at the full rate");
        assert!((0..300).all(|index| start(index) <= start(index + 1)));
    }

    #[test]
    fn users_of_a_closed_loop_begin_one_after_the_other() {
        assert_eq!(user_start(0, 4, SECOND), Duration::ZERO);
        assert_eq!(user_start(3, 4, SECOND), Duration::from_millis(750));
        assert_eq!(user_start(9, 10, Duration::ZERO), Duration::ZERO);
    }
}
