//! What the throttle remembers, and the rules by which it changes.
//!
//! Time is a duration since the start of the throttle.

use std::{
    collections::{HashMap, HashSet, hash_map},
    net::IpAddr,
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::memory::Key;
use super::{Refused, ThrottleLimits};
use crate::limits::{Buckets, RecencyMap, RetryAfter, Source};

/// What a refused attempt is told to wait for another attempt on the same pair to end.
const WAIT_FOR_OTHER: Duration = Duration::from_secs(1);

/// Which limits hold for an attempt besides that of its pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// Failures of the source.
    pub(super) per_source: bool,
    /// Failures on the username.
    pub(super) per_name: bool,
}

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
pub(super) struct NameDigest(pub(super) [u8; 32]);

impl NameDigest {
    fn of(username: &str) -> Self {
        Self(Sha256::digest(username.to_lowercase()).into())
    }
}

/// What back-off is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub(super) name: NameDigest,
    pub(super) source: Source,
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
    /// The failures that each source may still have.
    pub(super) sources: Buckets<Source>,
    /// The failures that each username may still have.
    pub(super) names: Buckets<NameDigest>,
    /// Pairs that logged in.
    pub(super) known: RecencyMap<Pair, ()>,
    /// Attempts under way, each pair with at least one.
    pub(super) running: HashMap<Pair, u32>,
    running_max: usize,
    /// What changed since it was last taken.
    changed: HashSet<Key>,
    changed_max: usize,
}

impl Tables {
    /// Empty tables of the size that the limits name.
    pub(super) fn new(limits: &ThrottleLimits) -> Self {
        Self {
            failures: RecencyMap::new(limits.entries_max, limits.forget_after),
            sources: Buckets::new(limits.source_rate(), limits.entries_max),
            names: Buckets::new(limits.name_rate(), limits.entries_max),
            known: RecencyMap::new(limits.entries_max, limits.known_for),
            running: HashMap::new(),
            running_max: limits.entries_max,
            changed: HashSet::new(),
            changed_max: limits.entries_max,
        }
    }

    /// Reserves an attempt or changes nothing. The answer tells under which rules it took tokens.
    pub(super) fn reserve(
        &mut self,
        pair: Pair,
        rules: Rules,
        limits: &ThrottleLimits,
        now: Duration,
    ) -> Result<Rules, Refused> {
        let stranger = self.known.value(&pair, now).is_none();
        let takes = Rules {
            per_source: rules.per_source && stranger,
            per_name: rules.per_name && stranger,
        };
        let mut wait = self.pair_wait(pair, limits, now);
        if takes.per_source {
            wait = wait.max(self.sources.wait(&pair.source, now));
        }
        if !wait.is_zero() {
            return Err(Refused::TooOften(RetryAfter(wait)));
        }
        if takes.per_name {
            let name = self.names.try_take(pair.name, now);
            name.map_err(Refused::DailyLimit)?;
        }
        if takes.per_source {
            self.sources.take(pair.source, now);
        }
        *self.running.entry(pair).or_default() += 1;
        Ok(takes)
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

    /// Ends a reserved attempt.
    pub(super) fn settle(&mut self, pair: Pair, took: Rules, outcome: Outcome, now: Duration) {
        self.stop_running(pair);
        if outcome == Outcome::Failure {
            self.count_failure(pair, now);
            self.note_changed(Key::Failures(pair));
            if took.per_source {
                self.note_changed(Key::Source(pair.source));
            }
            if took.per_name {
                self.note_changed(Key::Name(pair.name));
            }
            return;
        }
        if took.per_source {
            self.sources.give_back(pair.source, now);
        }
        if took.per_name {
            self.names.give_back(pair.name, now);
        }
        if outcome == Outcome::Success {
            if self.failures.remove(&pair) {
                self.note_changed(Key::Failures(pair));
            }
            self.known.insert(pair, (), now);
            self.note_changed(Key::Known(pair));
        }
    }

    /// Should be kept. Beyond a number of changes that nobody took they are only remembered here.
    pub(super) fn note_changed(&mut self, key: Key) {
        if self.changed.len() < self.changed_max {
            self.changed.insert(key);
        }
    }

    /// What changed since it was last taken.
    pub(super) fn take_changed(&mut self) -> Vec<Key> {
        self.changed.drain().collect()
    }

    /// What is remembered about this: a count, and its time.
    pub(super) fn remembered(&self, key: Key, now: Duration) -> Option<(u32, Duration)> {
        let ahead = |full_at: Duration| (full_at > now).then_some((0, full_at));
        match key {
            Key::Failures(pair) => {
                let Failures { count, last } = *self.failures.value(&pair, now)?;
                Some((count, last))
            }
            Key::Known(pair) => Some((0, self.known.written_at(&pair, now)?)),
            Key::Name(name) => ahead(self.names.full_at(&name, now)),
            Key::Source(source) => ahead(self.sources.full_at(&source, now)),
        }
    }

    /// Enters what was remembered before a restart. The clock may have been set back since.
    pub(super) fn restore(&mut self, key: Key, count: u32, at: Duration, now: Duration) {
        let past = at.min(now);
        match key {
            Key::Failures(pair) => {
                let failures = Failures { count, last: past };
                self.failures.insert(pair, failures, past);
            }
            Key::Known(pair) => self.known.insert(pair, (), past),
            Key::Name(name) => self.names.restore(name, at, now),
            Key::Source(source) => self.sources.restore(source, at, now),
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
}
