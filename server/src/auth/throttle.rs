//! How often passwords may be guessed.
//!
//! The throttle is asked *before* a password is hashed, since hashing is what an attacker would
//! otherwise make us do for nothing. It counts failures only, in two ways:
//!
//! * **Per pair** of username and source. After the *n*-th failure in a row the next attempt must
//!   wait 1, 2, 4, … up to 60 seconds. A success, or 15 minutes without a failure, clears the
//!   count. The username is taken as it was typed, whether such a user exists or not, but for
//!   the case of its letters. Since the source is part of the pair, a stranger elsewhere cannot
//!   slow down a user.
//! * **Per source**, whatever the usernames. Each failure takes one of 30 tokens, and one comes
//!   back every 6 seconds. A back-off would not do here: behind the one address of a campus
//!   somebody is always mistyping, so that the count would never be cleared. Networks can be
//!   exempt from this rule, and a user who logged in from a source within the last 30 days is not
//!   subject to it there, so that a neighbour who guesses cannot lock out those who belong.
//!
//! An attempt is **reserved** when it begins: it takes its token at once and gives it back unless
//! it fails, and while a pair has failures on its count only one attempt on it runs at a time
//! (three as long as it has none). A thousand attempts in parallel therefore gain nothing over a
//! thousand in a row. What is reserved is held by an [`Attempt`], which must be told how it ended;
//! one that is dropped without a word has **failed**, since the guess may have been made.
//!
//! All tables are bounded; a full one forgets the entry that was untouched for the longest time.
//! To push out somebody's entry with made-up names, an attacker must therefore fail as often as
//! the table has entries, each time paying for a whole password hash, and this within the 15
//! minutes after which the entry would be forgotten anyway. At tens of hashes a second that does
//! not happen, and outside of exempt networks it would take hundreds of sources besides.
//!
//! Nothing here looks at a clock: the caller passes the time.

mod network;
mod recency;
mod tables;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use thiserror::Error;

pub(crate) use network::{Network, NetworkError};
use tables::{Outcome, Pair, Tables};

/// Longest duration that the limits can express; larger values are cut to it.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The numbers of the throttle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThrottleLimits {
    /// Wait after the first failure of a pair; each further one doubles it.
    pub(crate) back_off_first: Duration,
    /// Longest wait of a pair.
    pub(crate) back_off_max: Duration,
    /// A pair without a failure for this long starts anew.
    pub(crate) forget_after: Duration,
    /// Attempts that may run at once on a pair without failures; at least 1.
    pub(crate) parallel_max: u32,
    /// Failures that a source may have at once; at least 1.
    pub(crate) source_burst: u32,
    /// Time after which a source may have one failure more.
    pub(crate) source_refill: Duration,
    /// How long a user who logged in is known at a source.
    pub(crate) known_for: Duration,
    /// Entries of each table; at least 1.
    pub(crate) entries_max: usize,
    /// Networks without a limit per source. The limit per pair holds for them too.
    pub(crate) exempt: Vec<Network>,
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            back_off_first: Duration::from_secs(1),
            back_off_max: Duration::from_secs(60),
            forget_after: Duration::from_secs(15 * 60),
            parallel_max: 3,
            source_burst: 30,
            source_refill: Duration::from_secs(6),
            known_for: Duration::from_secs(30 * 24 * 60 * 60),
            entries_max: 65_536,
            exempt: Vec::new(),
        }
    }
}

impl ThrottleLimits {
    /// Brings values that make no sense to the nearest ones that do.
    fn corrected(mut self) -> Self {
        self.back_off_max = self.back_off_max.min(DURATION_MAX);
        self.back_off_first = self.back_off_first.min(self.back_off_max);
        self.source_refill = self.source_refill.min(DURATION_MAX);
        self.parallel_max = self.parallel_max.max(1);
        self.source_burst = self.source_burst.max(1);
        self.entries_max = self.entries_max.max(1);
        self
    }

    /// The wait after `failures` failures in a row.
    fn back_off(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.back_off_first
            .saturating_mul(factor)
            .min(self.back_off_max)
    }

    /// How long an empty source takes until it has all its tokens again.
    fn source_window(&self) -> Duration {
        self.source_refill.saturating_mul(self.source_burst)
    }
}

/// The attempt must not be made: wait for so long, then ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many failed attempts, wait for {0:?}")]
pub(crate) struct RetryAfter(pub(crate) Duration);

/// Decides which attempts to log in may go on to the hashing. Cheap to clone; clones share
/// their tables.
#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    shared: Arc<Shared>,
}

impl Throttle {
    /// A throttle that has seen nothing. `start` is the zero of its time: instants before it
    /// count as `start`.
    pub(crate) fn new(limits: ThrottleLimits, start: Instant) -> Self {
        let limits = limits.corrected();
        let tables = Tables::new(&limits);
        Self {
            shared: Arc::new(Shared {
                limits,
                start,
                tables: Mutex::new(tables),
            }),
        }
    }

    /// Asks for one attempt of `username` from `source`. The attempt must be told how it ended.
    ///
    /// # Errors
    /// [`RetryAfter`], at most the longest back-off or, if the source has used up its tokens,
    /// the time until the next one. Nothing was counted.
    pub(crate) fn begin(
        &self,
        username: &str,
        source: IpAddr,
        now: Instant,
    ) -> Result<Attempt, RetryAfter> {
        let limits = &self.shared.limits;
        let pair = Pair::new(username, source);
        let exempt = limits.exempt.iter().any(|network| network.contains(source));
        let now = self.shared.since_start(now);
        let took_token = self.shared.lock().reserve(pair, exempt, limits, now)?;
        Ok(Attempt {
            shared: Arc::clone(&self.shared),
            pair,
            took_token,
            begun: now,
            open: true,
        })
    }
}

/// A permitted attempt that is under way.
///
/// Dropping it counts as a failure at the time of its beginning: a login that was cancelled may
/// have been tried.
#[derive(Debug)]
#[must_use = "an attempt that is dropped counts as a failure"]
pub(crate) struct Attempt {
    shared: Arc<Shared>,
    pair: Pair,
    took_token: bool,
    begun: Duration,
    open: bool,
}

impl Attempt {
    /// The password was right: the pair's failures are forgotten and the user is known at the
    /// source from now on.
    pub(crate) fn succeeded(self, now: Instant) {
        let now = self.shared.since_start(now);
        self.end(Outcome::Success, now);
    }

    /// The password was wrong, or there is no such user.
    pub(crate) fn failed(self, now: Instant) {
        let now = self.shared.since_start(now);
        self.end(Outcome::Failure, now);
    }

    /// The attempt was not made, for example because the queue of the hashing was full: nothing
    /// is counted.
    pub(crate) fn release(self) {
        let begun = self.begun;
        self.end(Outcome::NotMade, begun);
    }

    fn end(mut self, outcome: Outcome, now: Duration) {
        self.open = false;
        self.settle(outcome, now);
    }

    fn settle(&self, outcome: Outcome, now: Duration) {
        let limits = &self.shared.limits;
        self.shared
            .lock()
            .settle(self.pair, self.took_token, outcome, limits, now);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.open {
            self.settle(Outcome::Failure, self.begun);
        }
    }
}

#[derive(Debug)]
struct Shared {
    limits: ThrottleLimits,
    start: Instant,
    tables: Mutex<Tables>,
}

impl Shared {
    fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// No code panics while it holds the lock, so what a poisoned one protects is sound.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
