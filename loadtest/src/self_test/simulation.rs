//! A run of many actors at once on virtual time.
//!
//! A call is invoked at one moment, carried out at a later one and answered at a third, and between
//! them others are invoked, carried out and answered. Some answers are lost: then the caller gives up
//! while the request is still on its way, has been carried out, or never will be. Crashes cut
//! off everything at once. What the callers notice is recorded as in a real run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::broken::Broken;
use super::dice::Dice;
use super::faults::Fault;
use super::people::{Counters, Mind, Person};
use super::settings::Settings;
use crate::history::{Actor, Call, Event, History, Ledger, Moment};

mod calls;

/// Nanoseconds of a unit of virtual time. Few units make many equal moments, which must not matter.
const UNIT_NS: u64 = 10_000;
/// Most units from invocation to execution, and from execution to answer.
const DELAY_UNITS: u64 = 30;
/// About how long an actor takes from one call to the next.
const TURN_UNITS: u64 = 2 * DELAY_UNITS;
/// How long the server is away after a crash.
const RESTART_UNITS: u64 = 50;

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    /// An actor makes the next call.
    Wake(Actor),
    /// A call is carried out, or its first step is.
    Execute(usize),
    /// The second step of a call is carried out.
    Finish(usize),
    /// An answer arrives.
    Return(usize),
    /// A caller stops waiting.
    GiveUp(usize),
    Crash,
}

/// A call that was made.
struct InFlight {
    actor: Actor,
    invoked: u64,
    call: Call,
    /// Its caller has got an answer or given up.
    over: bool,
    /// It will not be carried out any more.
    dead: bool,
    /// Its answer will not arrive.
    lost: bool,
}

struct Simulation {
    settings: Settings,
    now: u64,
    /// By moment, then in the order in which they were planned.
    agenda: BinaryHeap<Reverse<(u64, u64, Task)>>,
    planned: u64,
    calls: Vec<InFlight>,
    /// Calls that hang about until the run is over.
    strays: Vec<usize>,
    people: Vec<Person>,
    calls_left: Vec<u32>,
    counters: Counters,
    /// No call is made before this.
    down_until: u64,
    market: Broken,
    dice: Dice,
    history: History,
}

/// Runs a market with a fault, and returns what was recorded.
#[must_use]
pub fn simulate(settings: Settings, fault: Fault, seed: u64) -> History {
    let mut simulation = Simulation::new(settings, fault, seed);
    simulation.plan_crashes();
    for actor in 0..settings.actors {
        simulation.after(1, DELAY_UNITS, Task::Wake(Actor(actor)));
    }
    while let Some(Reverse((moment, _, task))) = simulation.agenda.pop() {
        simulation.now = moment;
        simulation.perform(task);
    }
    simulation.end();
    simulation.history
}

impl Simulation {
    fn new(mut settings: Settings, fault: Fault, seed: u64) -> Self {
        settings.strangers &= settings.ledgers || settings.views;
        let actors = settings.actors as usize;
        Self {
            settings,
            now: 0,
            agenda: BinaryHeap::new(),
            planned: 0,
            calls: Vec::new(),
            strays: Vec::new(),
            people: (0..actors).map(|_| Person::default()).collect(),
            calls_left: vec![settings.calls; actors],
            counters: Counters::default(),
            down_until: 0,
            market: Broken::new(fault, seed ^ 0xfa17),
            dice: Dice::new(seed),
            history: History::default(),
        }
    }

    /// Plans a task for a moment that is at least `least` and less than `least + spread` away.
    fn after(&mut self, least: u64, spread: u64, task: Task) {
        let moment = self.now + least + self.dice.below(spread);
        self.planned += 1;
        self.agenda.push(Reverse((moment, self.planned, task)));
    }

    fn plan_crashes(&mut self) {
        let length = u64::from(self.settings.calls) * TURN_UNITS;
        for _ in 0..self.settings.crashes {
            self.after(2 * TURN_UNITS, length, Task::Crash);
        }
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Wake(actor) => self.wake(actor),
            Task::Execute(id) => self.execute(id),
            Task::Finish(id) => self.finish(id),
            Task::Return(id) => self.hear(id),
            Task::GiveUp(id) => self.give_up(id),
            Task::Crash => self.crash(),
        }
    }

    fn wake(&mut self, actor: Actor) {
        if self.now < self.down_until {
            let wait = self.down_until - self.now;
            self.after(wait, DELAY_UNITS, Task::Wake(actor));
            return;
        }
        let left = &mut self.calls_left[actor.index()];
        let Some(fewer) = left.checked_sub(1) else {
            return;
        };
        let is_first = *left == self.settings.calls;
        *left = fewer;
        if self.settings.strangers && self.dice.chance(3) {
            self.stranger_buys();
        }
        let mut mind = Mind {
            actor,
            person: &mut self.people[actor.index()],
            market: &self.market,
            counters: &mut self.counters,
            dice: &mut self.dice,
            settings: &self.settings,
        };
        let call = if is_first { mind.sell() } else { mind.decide() };
        self.invoke(actor, call);
    }

    fn stranger_buys(&mut self) {
        let products = self.market.market.products().iter();
        let for_sale = products.filter(|product| product.is_for_sale());
        let items: Vec<_> = for_sale.map(|product| product.item).collect();
        if let Some(item) = self.dice.pick(&items) {
            self.market.market.sell_to_stranger(item);
        }
    }

    /// Everything that was not answered is cut off; what was not carried out never will be.
    fn crash(&mut self) {
        self.history.crashes.push(moment(self.now));
        self.market.crash(self.now);
        self.down_until = self.now + RESTART_UNITS;
        for id in 0..self.calls.len() {
            let call = &mut self.calls[id];
            // A sale is repeated with its key until it is done.
            if matches!(call.call, Call::Sell { .. }) {
                continue;
            }
            call.dead = true;
            call.lost = true;
            if !call.over {
                self.after(0, DELAY_UNITS, Task::GiveUp(id));
            }
        }
        self.strays.clear();
        self.read_ledger();
    }

    fn read_ledger(&mut self) {
        if self.settings.ledgers {
            self.history.ledgers.push(Ledger {
                taken: moment(self.now + 1),
                sales: self.market.ledger(self.now),
            });
        }
    }

    /// Some calls are carried out long after their callers gave up: before everybody looks, or after.
    fn end(&mut self) {
        self.now += RESTART_UNITS;
        let strays = std::mem::take(&mut self.strays);
        let (early, late) = strays.split_at(strays.len() / 2);
        for id in early {
            self.execute(*id);
        }
        if self.settings.views {
            self.history.seller_views = Some(self.market.seller_views());
            self.history.buyer_views = Some(self.market.buyer_views());
            self.history.inboxes = Some(self.market.inboxes());
        }
        for id in late {
            self.execute(*id);
        }
        self.read_ledger();
    }

    fn record(&mut self, id: usize, call: Call) {
        let InFlight { actor, invoked, .. } = self.calls[id];
        self.history.events.push(Event {
            actor,
            invoked: moment(invoked),
            returned: moment(self.now),
            call,
        });
    }
}

fn moment(units: u64) -> Moment {
    Moment(units * UNIT_NS)
}
