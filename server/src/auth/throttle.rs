//! How often passwords may be guessed.
//!
//! The throttle is asked *before* a password is hashed, since hashing is what an attacker would
//! otherwise make us do for nothing. It counts failures only, in three ways:
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
//! * **Per username**, wherever the guesses come from, so that many sources gain nothing: 100
//!   failures, and one more for each hundredth of a day (NIST SP 800-63B-4, 3.2.2, wants a limit of
//!   100 at most). Again it does not hold for who is known at the source; others learn that the
//!   [daily limit](Refused::DailyLimit) was the reason. An administrator's one-time password, which
//!   nobody guesses, is the way back: it is tried [without this limit](Throttle::begin_uncounted).
//!
//! An attempt is **reserved** when it begins: it takes its tokens at once and gives them back unless
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
//! What is remembered outlives a restart ([`Throttle::take_changes`], [`Throttle::restore`]); attempts
//! that were under way when the server was killed are not counted.
//!
//! Nothing here looks at a clock: the caller passes the time.

mod memory;
mod tables;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use thiserror::Error;

use crate::limits::{Network, Rate, RetryAfter};
use crate::store::throttle::{ThrottleEntry, ThrottleTable};
use auboutique_protocol::ids::UnixMillis;
use memory::{Key, Moment};
use tables::{Outcome, Pair, Rules, Tables};

pub(crate) use memory::Changes;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
    /// Failures that a username may have at once, and again spread over a day; at least 1.
    pub(crate) failures_per_day_max: u32,
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
            failures_per_day_max: 100,
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
        self.failures_per_day_max = self.failures_per_day_max.max(1);
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

    /// The failures of a source.
    fn source_rate(&self) -> Rate {
        Rate {
            burst: self.source_burst,
            refill: self.source_refill,
        }
    }

    /// The failures of a username.
    fn name_rate(&self) -> Rate {
        Rate {
            burst: self.failures_per_day_max,
            refill: DAY / self.failures_per_day_max,
        }
    }
}

/// Why an attempt must not be made now. Nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Refused {
    /// Too many failures of this pair or this source.
    #[error(transparent)]
    TooOften(RetryAfter),
    /// Too many failures on this username, and nothing else is in the way.
    #[error("too many failures on one username: {0}")]
    DailyLimit(RetryAfter),
}

impl From<Refused> for RetryAfter {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooOften(wait) | Refused::DailyLimit(wait) => wait,
        }
    }
}

/// Decides which attempts to log in may go on to the hashing. Cheap to clone; clones share
/// their tables.
#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    shared: Arc<Shared>,
}

impl Throttle {
    /// A throttle that has seen nothing. Instants before `start` count as `start`.
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
    /// [`Refused`], with at most the longest back-off or, if the source or the username has used up its
    /// tokens, the time until the next one. Nothing was counted.
    pub(crate) fn begin(
        &self,
        username: &str,
        source: IpAddr,
        now: Instant,
    ) -> Result<Attempt, Refused> {
        self.reserve(username, source, true, now)
    }

    /// As [`begin`](Self::begin), but the attempt neither minds nor counts against the limit of the
    /// username: for who has a one-time password.
    ///
    /// # Errors
    /// [`Refused::TooOften`].
    pub(crate) fn begin_uncounted(
        &self,
        username: &str,
        source: IpAddr,
        now: Instant,
    ) -> Result<Attempt, Refused> {
        self.reserve(username, source, false, now)
    }

    /// What changed since the last time, with its moments on the calendar, where it is `calendar` now.
    pub(crate) fn take_changes(&self, now: Instant, calendar: UnixMillis) -> Changes {
        let moment = self.moment(now, calendar);
        let mut changes = Changes::default();
        let mut tables = self.shared.lock();
        changes.keys = tables.take_changed();
        for &key in &changes.keys {
            match tables.remembered(key, moment.throttle) {
                Some((count, at)) => changes.kept.push(ThrottleEntry {
                    table: key.table(),
                    key: key.text(),
                    count,
                    at: moment.on_the_calendar(at),
                }),
                None => changes.forgotten.push((key.table(), key.text())),
            }
        }
        changes
    }

    /// These changes could not be kept: they are to be taken once more, as they are by then.
    pub(crate) fn give_back(&self, changes: &Changes) {
        let mut tables = self.shared.lock();
        for &key in &changes.keys {
            tables.note_changed(key);
        }
    }

    /// Remembers what was kept before a restart, the entries of each table oldest first. What means
    /// nothing is left out.
    pub(crate) fn restore(&self, entries: &[ThrottleEntry], now: Instant, calendar: UnixMillis) {
        let moment = self.moment(now, calendar);
        let mut tables = self.shared.lock();
        for entry in entries {
            if let Some(key) = Key::parse(entry.table, &entry.key) {
                let at = moment.on_the_throttle(entry.at);
                tables.restore(key, entry.count, at, moment.throttle);
            }
        }
    }

    /// Entries of a table from before this moment mean nothing any more.
    pub(crate) fn forgotten_before(
        &self,
        table: ThrottleTable,
        calendar: UnixMillis,
    ) -> UnixMillis {
        let limits = &self.shared.limits;
        let lifetime = match table {
            ThrottleTable::Failures => limits.forget_after,
            ThrottleTable::Known => limits.known_for,
            // Theirs is the time at which nothing is left to remember.
            ThrottleTable::Name | ThrottleTable::Source => Duration::ZERO,
        };
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        UnixMillis(calendar.0.saturating_sub(lifetime))
    }

    fn moment(&self, now: Instant, calendar: UnixMillis) -> Moment {
        Moment {
            throttle: self.shared.since_start(now),
            calendar,
        }
    }

    fn reserve(
        &self,
        username: &str,
        source: IpAddr,
        per_name: bool,
        now: Instant,
    ) -> Result<Attempt, Refused> {
        let limits = &self.shared.limits;
        let pair = Pair::new(username, source);
        let exempt = limits.exempt.iter().any(|network| network.contains(source));
        let rules = Rules {
            per_source: !exempt,
            per_name,
        };
        let now = self.shared.since_start(now);
        let took = self.shared.lock().reserve(pair, rules, limits, now)?;
        Ok(Attempt {
            shared: Arc::clone(&self.shared),
            pair,
            took,
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
    took: Rules,
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
        self.shared
            .lock()
            .settle(self.pair, self.took, outcome, now);
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
    /// A time of the tables. It does not begin with zero, so that there is room for what was before the
    /// start.
    fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
            .saturating_add(DURATION_MAX)
    }

    /// No code panics while it holds the lock, so what a poisoned one protects is sound.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
