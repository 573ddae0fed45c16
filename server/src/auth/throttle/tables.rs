//! What the throttle remembers, and the rules by which it changes.
//!
//! Time is a duration since the start of the throttle. The tokens of a source are kept as one
//! number, the time at which it will have all of them again: taking a token moves it one refill
//! into the future, and there is none left when it would lie further ahead than a full refill of
//! all tokens takes (the generic cell rate algorithm of ITU-T I.371).

use std::{
    collections::{HashMap, hash_map},
    net::IpAddr,
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{RetryAfter, ThrottleLimits, network::Source, recency::RecencyMap};

/// What a refused attempt is told to wait for another attempt on the same pair to end.
const WAIT_FOR_OTHER: Duration = Duration::from_secs(1);

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The password was right.
    Success,
    /// It was wrong, or nobody knows.
    Failure,
    /// It was not looked at.
    NotMade,
}

/// A name of any length in 32 bytes, so that long names take no more memory than short ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct NameDigest([u8; 32]);

impl NameDigest {
    fn of(username: &str) -> Self {
        Self(Sha256::digest(username.to_lowercase()).into())
    }
}

/// What back-off is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    name: NameDigest,
    source: Source,
}

impl Pair {
    /// The pair of a name as it was typed and the address that it came from.
    pub(super) fn new(username: &str, source: IpAddr) -> Self {
        Self {
            name: NameDigest::of(username),
            source: source.into(),
        }
    }
}

/// Failures of a pair in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failures {
    count: u32,
    last: Duration,
}

/// Everything that the throttle remembers.
#[derive(Debug)]
pub(super) struct Tables {
    /// Pairs with failures.
    pub(super) failures: RecencyMap<Pair, Failures>,
    /// When each source will have all its tokens again; one that has them all is not listed.
    pub(super) full_at: RecencyMap<Source, Duration>,
    /// Pairs that logged in.
    pub(super) known: RecencyMap<Pair, ()>,
    /// Attempts under way, each pair with at least one.
    pub(super) running: HashMap<Pair, u32>,
    running_max: usize,
}

impl Tables {
    /// Empty tables of the size that the limits name.
    pub(super) fn new(limits: &ThrottleLimits) -> Self {
        Self {
            failures: RecencyMap::new(limits.entries_max, limits.forget_after),
            full_at: RecencyMap::new(limits.entries_max, limits.source_window()),
            known: RecencyMap::new(limits.entries_max, limits.known_for),
            running: HashMap::new(),
            running_max: limits.entries_max,
        }
    }

    /// Reserves an attempt or changes nothing. The answer tells whether it took a token.
    pub(super) fn reserve(
        &mut self,
        pair: Pair,
        exempt: bool,
        limits: &ThrottleLimits,
        now: Duration,
    ) -> Result<bool, RetryAfter> {
        let needs_token = !exempt && self.known.value(&pair, now).is_none();
        let mut wait = self.pair_wait(pair, limits, now);
        if needs_token {
            wait = wait.max(self.source_wait(pair.source, limits, now));
        }
        if !wait.is_zero() {
            return Err(RetryAfter(wait));
        }
        if needs_token {
            let full_at = self
                .full_at(pair.source, now)
                .saturating_add(limits.source_refill);
            self.full_at.insert(pair.source, full_at, now);
        }
        *self.running.entry(pair).or_default() += 1;
        Ok(needs_token)
    }

    /// Zero, or how long an attempt on this pair has to wait for the sake of the pair.
    fn pair_wait(&self, pair: Pair, limits: &ThrottleLimits, now: Duration) -> Duration {
        let failures = self.failures.value(&pair, now);
        let blocked_until = failures.map_or(Duration::ZERO, |failures| {
            failures
                .last
                .saturating_add(limits.back_off(failures.count))
        });
        let allowed = if failures.is_some() {
            1
        } else {
            limits.parallel_max
        };
        let blocked = match self.running.get(&pair) {
            Some(&running) => running >= allowed,
            None => self.running.len() >= self.running_max,
        };
        let other = if blocked {
            WAIT_FOR_OTHER
        } else {
            Duration::ZERO
        };
        blocked_until.saturating_sub(now).max(other)
    }

    /// Zero, or how long until this source has a token.
    fn source_wait(&self, source: Source, limits: &ThrottleLimits, now: Duration) -> Duration {
        let after_this = self
            .full_at(source, now)
            .saturating_add(limits.source_refill);
        after_this
            .saturating_sub(now)
            .saturating_sub(limits.source_window())
    }

    fn full_at(&self, source: Source, now: Duration) -> Duration {
        self.full_at
            .value(&source, now)
            .map_or(now, |&full_at| full_at.max(now))
    }

    /// Ends a reserved attempt.
    pub(super) fn settle(
        &mut self,
        pair: Pair,
        took_token: bool,
        outcome: Outcome,
        limits: &ThrottleLimits,
        now: Duration,
    ) {
        self.stop_running(pair);
        if outcome == Outcome::Failure {
            self.count_failure(pair, now);
            return;
        }
        if took_token {
            self.return_token(pair.source, limits, now);
        }
        if outcome == Outcome::Success {
            self.failures.remove(&pair);
            self.known.insert(pair, (), now);
        }
    }

    fn count_failure(&mut self, pair: Pair, now: Duration) {
        let failures = match self.failures.value(&pair, now) {
            // Attempts that ran at once may end in any order.
            Some(before) => Failures {
                count: before.count.saturating_add(1),
                last: before.last.max(now),
            },
            None => Failures {
                count: 1,
                last: now,
            },
        };
        self.failures.insert(pair, failures, failures.last);
    }

    fn stop_running(&mut self, pair: Pair) {
        if let hash_map::Entry::Occupied(mut running) = self.running.entry(pair) {
            *running.get_mut() -= 1;
            if *running.get() == 0 {
                running.remove();
            }
        }
    }

    fn return_token(&mut self, source: Source, limits: &ThrottleLimits, now: Duration) {
        let Some(full_at) = self.full_at.value(&source, now).copied() else {
            return;
        };
        let full_at = full_at.saturating_sub(limits.source_refill);
        if full_at <= now {
            self.full_at.remove(&source);
        } else {
            self.full_at.insert(source, full_at, now);
        }
    }
}
