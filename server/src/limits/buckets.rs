//! How often something may happen, for each of many keys.
//!
//! The tokens of a key are kept as one number, the time at which it will have all of them again: taking
//! one moves it one refill into the future, and there is none left when it would lie further ahead than
//! a full refill of all tokens takes (the generic cell rate algorithm of ITU-T I.371). A key that has all
//! its tokens is not remembered at all.

use std::hash::Hash;
use std::time::Duration;

use super::{RecencyMap, RetryAfter};

/// How often something may happen: so many times at once, and once more after each refill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Tokens of a key that was not used for long; at least 1.
    pub(crate) burst: u32,
    /// The time after which one comes back.
    pub(crate) refill: Duration,
}

impl Rate {
    /// How long an empty bucket takes to be full.
    pub(crate) fn window(&self) -> Duration {
        self.refill.saturating_mul(self.burst)
    }

    /// Zero, or how long to wait for a token when all will be there at `full_at`.
    pub(super) fn wait(&self, full_at: Duration, now: Duration) -> Duration {
        full_at
            .max(now)
            .saturating_add(self.refill)
            .saturating_sub(now)
            .saturating_sub(self.window())
    }
}

/// A bucket of tokens for each key; see the module's description.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    full_at: RecencyMap<K, Duration>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    /// Full buckets. A table that is full forgets the key that was used least recently, so that many keys
    /// are needed to get a token too many.
    pub(crate) fn new(rate: Rate, entries_max: usize) -> Self {
        Self {
            rate,
            full_at: RecencyMap::new(entries_max, rate.window()),
        }
    }

    /// Zero, or how long until this key has a token.
    pub(crate) fn wait(&self, key: &K, now: Duration) -> Duration {
        self.rate.wait(self.full_at(key, now), now)
    }

    /// Takes a token, whether there is one or not.
    pub(crate) fn take(&mut self, key: K, now: Duration) {
        let full_at = self.full_at(&key, now).saturating_add(self.rate.refill);
        self.full_at.insert(key, full_at, now);
    }

    /// Takes a token if there is one.
    ///
    /// # Errors
    /// There is none; nothing was taken.
    pub(crate) fn try_take(&mut self, key: K, now: Duration) -> Result<(), RetryAfter> {
        let wait = self.wait(&key, now);
        if !wait.is_zero() {
            return Err(RetryAfter(wait));
        }
        self.take(key, now);
        Ok(())
    }

    /// Gives a token back that was taken for nothing.
    pub(crate) fn give_back(&mut self, key: K, now: Duration) {
        let Some(full_at) = self.full_at.value(&key, now).copied() else {
            return;
        };
        let full_at = full_at.saturating_sub(self.rate.refill);
        if full_at <= now {
            self.full_at.remove(&key);
        } else {
            self.full_at.insert(key, full_at, now);
        }
    }

    /// When this key will have all its tokens; now, if it has.
    pub(crate) fn full_at(&self, key: &K, now: Duration) -> Duration {
        self.full_at
            .value(key, now)
            .map_or(now, |&full_at| full_at.max(now))
    }

    /// Enters what was remembered elsewhere.
    pub(crate) fn restore(&mut self, key: K, full_at: Duration, now: Duration) {
        if full_at > now {
            let latest = now.saturating_add(self.rate.window());
            self.full_at.insert(key, full_at.min(latest), now);
        }
    }

    /// Keys held, those included that are full but not yet swept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.full_at.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        refill: Duration::from_secs(2),
    };

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn a_burst_at_once_and_then_one_per_refill() {
        let mut buckets = Buckets::new(RATE, 8);
        for _ in 0..3 {
            buckets.try_take('a', second(10)).unwrap();
        }
        assert_eq!(
            buckets.try_take('a', second(10)),
            Err(RetryAfter(second(2)))
        );
        assert_eq!(
            buckets.try_take('a', second(11)),
            Err(RetryAfter(second(1)))
        );
        buckets.try_take('b', second(11)).unwrap();
        buckets.try_take('a', second(12)).unwrap();
        assert_eq!(
            buckets.try_take('a', second(12)),
            Err(RetryAfter(second(2)))
        );
        // Rested for the whole window: all of them.
        for _ in 0..3 {
            buckets.try_take('a', second(18)).unwrap();
        }
    }

    #[test]
    fn a_token_that_was_given_back_can_be_taken() {
        let mut buckets = Buckets::new(RATE, 8);
        for _ in 0..3 {
            buckets.take('a', second(0));
        }
        buckets.give_back('a', second(0));
        assert_eq!(buckets.wait(&'a', second(0)), Duration::ZERO);
        buckets.give_back('a', second(0));
        buckets.give_back('a', second(0));
        assert_eq!(buckets.len(), 0);
        // There are never more than all.
        buckets.give_back('a', second(0));
        for _ in 0..3 {
            buckets.try_take('a', second(0)).unwrap();
        }
        buckets.try_take('a', second(0)).unwrap_err();
    }

    #[test]
    fn what_is_restored_counts_but_never_more_than_a_window() {
        let mut buckets = Buckets::new(RATE, 8);
        buckets.restore('a', second(1_000), second(10));
        assert_eq!(buckets.wait(&'a', second(10)), second(2));
        buckets.restore('b', second(9), second(10));
        assert_eq!(buckets.len(), 1);
    }
}
