//! What users leave behind while they act: events for the judge, counts and latencies for the
//! report.
//!
//! Users write into one of a few shards, each behind its own lock, so that they hardly ever wait for
//! each other. A few times a second [`Recorder::turn`] empties the shards' histograms into the total
//! and adds a slice to the timeline: memory grows with the time and with the events, never with the
//! latencies recorded.

mod tally;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::tally::Tallies;
pub use self::tally::{Request, Tally};
use crate::clock::Clock;
use crate::history::{Event, Moment};
use crate::report::{Operation, Slice};

/// Locks that the users share. More than the processors, so that two users seldom meet.
const SHARDS: usize = 16;

/// Shortest slice of the timeline.
const SLICE_MIN: Duration = Duration::from_millis(50);

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Ok,
    /// It was refused for good, with this code.
    Refused(&'static str),
    /// It failed in passing, or its outcome is unknown, for this reason.
    Failed(&'static str),
}

/// A request that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Which.
    pub request: Request,
    /// From when its latency counts: its planned start in an open loop, else when it was invoked.
    pub from: Moment,
    /// When its answer was there.
    pub to: Moment,
    /// How.
    pub ending: Ending,
}

#[derive(Default)]
struct Shard {
    events: Vec<Event>,
    tallies: Tallies,
}

struct Measured {
    totals: Tallies,
    timeline: Vec<Slice>,
    turned_at: Moment,
}

/// See the module's description.
pub struct Recorder {
    clock: Clock,
    shards: Box<[Mutex<Shard>]>,
    measured: Mutex<Measured>,
    /// Requests whose latency counts from before this moment are left out of the figures.
    measured_from: AtomicU64,
    measured_until: AtomicU64,
    confirmed: AtomicU64,
    oversold: AtomicU64,
    in_flight: AtomicU64,
    retries: AtomicU64,
}

impl Recorder {
    /// A recorder that measures nothing before [`Recorder::measure_from`]; events are always kept.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            measured: Mutex::new(Measured {
                totals: Tallies::default(),
                timeline: Vec::new(),
                turned_at: Moment(0),
            }),
            measured_from: AtomicU64::new(u64::MAX),
            measured_until: AtomicU64::new(u64::MAX),
            confirmed: AtomicU64::new(0),
            oversold: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// The run's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Begins to measure at this moment.
    pub fn measure_from(&self, begin: Moment) {
        self.measured_from.store(begin.0, SeqCst);
        self.measured().turned_at = begin;
    }

    /// Measures nothing that begins from now on.
    pub fn stop_measuring(&self) {
        self.measured_until.store(self.now().0, SeqCst);
        self.turn_after(Duration::ZERO);
    }

    /// How long was measured.
    #[must_use]
    pub fn measured_for(&self) -> Duration {
        let from = self.measured_from.load(SeqCst);
        let until = self.measured_until.load(SeqCst).min(self.now().0);
        Moment(until).since(Moment(from))
    }

    /// Takes note of a request's end. `place` spreads the users over the shards.
    pub fn ended(&self, place: usize, ended: Ended) {
        let window = self.measured_from.load(SeqCst)..self.measured_until.load(SeqCst);
        if window.contains(&ended.from.0) {
            self.shard(place).tallies.add(&ended);
        }
    }

    /// Adds an event to the history.
    pub fn event(&self, place: usize, event: Event) {
        self.shard(place).events.push(event);
    }

    /// A request is on its way.
    pub fn set_out(&self) {
        self.in_flight.fetch_add(1, SeqCst);
    }

    /// A request that was on its way has its answer, or none will come.
    pub fn came_back(&self) {
        self.in_flight.fetch_sub(1, SeqCst);
    }

    /// Requests on their way.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(SeqCst)
    }

    /// An item was confirmed for the first time.
    pub fn confirmed(&self) {
        self.confirmed.fetch_add(1, SeqCst);
    }

    /// Items that were confirmed.
    #[must_use]
    pub fn confirmed_count(&self) -> u64 {
        self.confirmed.load(SeqCst)
    }

    /// An item was confirmed to somebody else as well.
    pub fn oversold(&self) {
        self.oversold.fetch_add(1, SeqCst);
    }

    /// Confirmations beyond the first of an item, as far as is known before the judge has spoken.
    #[must_use]
    pub fn oversold_count(&self) -> u64 {
        self.oversold.load(SeqCst)
    }

    /// A request is sent again.
    pub fn retried(&self) {
        self.retries.fetch_add(1, SeqCst);
    }

    /// Requests that were sent again.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(SeqCst)
    }

    /// Moves what was measured since the last turn into the totals, as one slice of the timeline.
    /// `None` before measuring has begun, and so soon after the last turn that a slice would say
    /// nothing.
    pub fn turn(&self) -> Option<Turn> {
        self.turn_after(SLICE_MIN)
    }

    fn turn_after(&self, least: Duration) -> Option<Turn> {
        let now = self.now();
        let mut measured = self.measured();
        let length = now.since(measured.turned_at);
        let begin = Moment(self.measured_from.load(SeqCst));
        if now <= begin || length < least {
            return None;
        }
        let mut since = Tallies::default();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.tallies.drain_into(&mut since);
        }
        let all = since.all();
        let slice = Slice {
            at: now.since(begin).as_secs_f64(),
            per_second: precise(all.answered()) / length.as_secs_f64().max(f64::MIN_POSITIVE),
            p50: all.latency.value_at_quantile(0.5),
            p99: all.latency.value_at_quantile(0.99),
            failed: all.failed,
            confirmed: self.confirmed_count(),
        };
        since.drain_into(&mut measured.totals);
        match measured.timeline.last_mut() {
            // Too short to stand by itself: the end of the slice before.
            Some(last) if length < SLICE_MIN => {
                last.failed += slice.failed;
                last.confirmed = slice.confirmed;
            }
            _ => {
                measured.timeline.push(slice);
                measured.turned_at = now;
            }
        }
        let answered = measured.totals.answered();
        let errors = measured.totals.errors().clone();
        Some(Turn {
            slice,
            answered,
            errors,
        })
    }

    /// Requests answered in the measured time, as of the last turn.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.measured().totals.answered()
    }

    /// The figures of every kind of request that was sent, as of the last turn.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let seconds = self.measured_for().as_secs_f64();
        self.measured().totals.operations(seconds)
    }

    /// Refusals and failures by code, as of the last turn.
    #[must_use]
    pub fn errors(&self) -> BTreeMap<String, u64> {
        let measured = self.measured();
        let errors = measured.totals.errors().iter();
        errors
            .map(|(code, count)| ((*code).to_owned(), *count))
            .collect()
    }

    /// The timeline, as of the last turn.
    #[must_use]
    pub fn timeline(&self) -> Vec<Slice> {
        self.measured().timeline.clone()
    }

    /// Takes the events out.
    #[must_use]
    pub fn take_events(&self) -> Vec<Event> {
        let mut shards: Vec<_> = (0..SHARDS).map(|place| self.shard(place)).collect();
        let count = shards.iter().map(|shard| shard.events.len()).sum();
        let mut events = Vec::with_capacity(count);
        for shard in &mut shards {
            events.append(&mut std::mem::take(&mut shard.events));
        }
        events
    }

    fn shard(&self, place: usize) -> MutexGuard<'_, Shard> {
        let shard = self.shards[place % SHARDS].lock();
        shard.unwrap_or_else(PoisonError::into_inner)
    }

    fn measured(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a turn found.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The time since the last turn.
    pub slice: Slice,
    /// Requests answered so far.
    pub answered: u64,
    /// Refusals and failures by code so far.
    pub errors: BTreeMap<&'static str, u64>,
}

/// A count as a number to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts stay below 2^53, up to which this is exact"
)]
pub(crate) fn precise(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Actor, Call, Item, State};

    fn ended(from: u64, to: u64, ending: Ending) -> Ended {
        Ended {
            request: Request::Buy,
            from: Moment(from),
            to: Moment(to),
            ending,
        }
    }

    #[test]
    fn nothing_is_measured_before_its_time() {
        let recorder = Recorder::new(Clock::start());
        recorder.ended(0, ended(0, 1000, Ending::Ok));
        assert_eq!(recorder.turn(), None);
        recorder.measure_from(Moment(10));
        recorder.ended(0, ended(9, 1000, Ending::Ok));
        recorder.ended(1, ended(10, 1000, Ending::Ok));
        assert_eq!(recorder.turn_after(Duration::ZERO).unwrap().answered, 1);
    }

    #[test]
    fn slices_add_up_to_the_totals() {
        let recorder = Recorder::new(Clock::start());
        recorder.measure_from(Moment(0));
        for place in 0..100 {
            recorder.ended(place, ended(0, 2_000_000, Ending::Ok));
        }
        let first = recorder.turn_after(Duration::ZERO).unwrap();
        assert_eq!(first.answered, 100);
        assert!((1_990..=2_010).contains(&first.slice.p50), "{first:?}");
        recorder.ended(3, ended(0, 1_000, Ending::Refused("already_sold")));
        recorder.ended(4, ended(0, 1_000, Ending::Failed("busy")));
        let second = recorder.turn_after(Duration::ZERO).unwrap();
        assert_eq!((second.answered, second.slice.failed), (101, 1));
        assert_eq!(
            recorder.timeline().len(),
            1,
            "what is too short to stand by itself"
        );
        assert_eq!(recorder.timeline()[0].failed, 1);
        let operations = recorder.operations();
        assert_eq!(operations.len(), 1);
        let buy = &operations[0];
        assert_eq!(
            (buy.count, buy.ok, buy.refused, buy.failed),
            (102, 100, 1, 1)
        );
        assert_eq!(recorder.errors()["already_sold"], 1);
    }

    #[test]
    fn events_of_all_shards_are_kept() {
        let recorder = Recorder::new(Clock::start());
        for actor in 0..40 {
            let call = Call::See {
                item: Item(0),
                state: State::Sold,
            };
            let event = Event {
                actor: Actor(actor),
                invoked: Moment(0),
                returned: Moment(1),
                call,
            };
            recorder.event(actor as usize, event);
        }
        assert_eq!(recorder.take_events().len(), 40);
        assert!(recorder.take_events().is_empty());
    }

    #[test]
    fn requests_in_flight_are_counted_until_they_end() {
        let recorder = Recorder::new(Clock::start());
        recorder.set_out();
        recorder.set_out();
        assert_eq!(recorder.in_flight(), 2);
        recorder.came_back();
        assert_eq!(recorder.in_flight(), 1);
    }
}
