//! Whether the [`checker`](crate::checker) would notice: it judges markets that are broken on purpose.
//!
//! A [simulation](simulate) runs a market in this process, on virtual time, and records a history as a
//! load on a real server does. In most markets one [`Fault`] is planted, and the rules that it is
//! about must find it. Others are correct, and no rule may accuse them. Everything follows from the
//! seed.

use std::fmt::{self, Display, Formatter};

use crate::checker::{Rule, check};

pub use self::faults::Fault;
pub use self::settings::Settings;
pub use self::simulation::simulate;

mod broken;
mod dice;
mod faults;
mod market;
mod observe;
mod people;
mod settings;
mod simulation;

/// How many correct markets are judged.
const CORRECT_MARKETS: u64 = 40;
/// In how many markets a fault may hide: one run need not give it an occasion that shows.
const FAULTY_MARKETS_MAX: u64 = 60;

/// What came of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The fault; [`Fault::None`] stands for the correct markets.
    pub fault: Fault,
    /// Its name.
    pub name: &'static str,
    /// What a market with it does, in a sentence.
    pub does: &'static str,
    /// The rules that must find it.
    pub expected: &'static [Rule],
    /// The rules that found something, in order.
    pub fired: Vec<Rule>,
    /// How many markets were judged.
    pub markets: u64,
    /// Whether all rules expected have found something; in correct markets, whether none has.
    pub found: bool,
}

/// Judges correct markets and one or more with each fault. The correct ones come first.
#[must_use]
pub fn run(seed: u64) -> Vec<Found> {
    let faults = Fault::ALL.iter().copied();
    let faults = [Fault::None].into_iter().chain(faults);
    faults.map(|fault| look_for(fault, seed)).collect()
}

/// Judges markets with a fault until all rules that are about it have found it.
fn look_for(fault: Fault, seed: u64) -> Found {
    let expected = fault.expected();
    let is_correct = fault == Fault::None;
    let most = if is_correct {
        CORRECT_MARKETS
    } else {
        FAULTY_MARKETS_MAX
    };
    let mut fired = Vec::new();
    let mut markets = 0;
    let found_all = |fired: &[Rule]| expected.iter().all(|rule| fired.contains(rule));
    while markets < most && (is_correct || !found_all(&fired)) {
        let settings = if is_correct {
            troubles(markets)
        } else {
            occasions(markets)
        };
        let history = simulate(settings, fault, seed.wrapping_add(markets));
        fired.extend(check(&history).broken());
        markets += 1;
    }
    fired.sort_unstable();
    fired.dedup();
    Found {
        fault,
        name: fault.name(),
        does: fault.does(),
        expected,
        found: if is_correct {
            fired.is_empty()
        } else {
            found_all(&fired)
        },
        fired,
        markets,
    }
}

/// Correct markets differ in what goes wrong around them and in what is known of them.
fn troubles(market: u64) -> Settings {
    let bit = |place: u32| market >> place & 1 == 1;
    Settings {
        lost_percent: if bit(0) { 30 } else { 5 },
        crashes: if bit(1) { 4 } else { 0 },
        ledgers: !bit(2),
        views: !bit(3),
        strangers: bit(4),
        ..Settings::default()
    }
}

/// Some faults need crashes to show, some show as such only without: these take turns.
fn occasions(market: u64) -> Settings {
    let crashes = if market.is_multiple_of(2) { 3 } else { 0 };
    Settings {
        crashes,
        ..Settings::default()
    }
}

/// The self-test in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many faults were planted.
    pub planted: usize,
    /// Those that were not found.
    pub missed: Vec<Fault>,
    /// How many correct markets were judged.
    pub correct_markets: u64,
    /// The rules that accused one of them.
    pub accused: Vec<Rule>,
}

impl Summary {
    /// Whether every fault was found and every correct market passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.planted > 0
            && self.missed.is_empty()
            && self.correct_markets > 0
            && self.accused.is_empty()
    }
}

/// Sums up a self-test.
#[must_use]
pub fn summary(results: &[Found]) -> Summary {
    let is_correct = |found: &&Found| found.fault == Fault::None;
    let faulty = results.iter().filter(|found| !is_correct(found));
    let missed = faulty.clone().filter(|found| !found.found);
    let correct = results.iter().filter(is_correct);
    Summary {
        planted: faulty.count(),
        missed: missed.map(|found| found.fault).collect(),
        correct_markets: correct.clone().map(|found| found.markets).sum(),
        accused: correct.flat_map(|found| found.fired.clone()).collect(),
    }
}

impl Display for Summary {
    /// `Found 42 of 42 planted faults; 40 correct markets, none accused.`
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let found = self.planted - self.missed.len();
        write!(f, "Found {found} of {} planted faults", self.planted)?;
        for fault in &self.missed {
            write!(f, ", not {}", fault.name())?;
        }
        write!(f, "; {} correct markets, ", self.correct_markets)?;
        if self.accused.is_empty() {
            return f.write_str("none accused.");
        }
        let accused: Vec<&str> = self.accused.iter().map(|rule| rule.name()).collect();
        write!(f, "accused by {}.", accused.join(", "))
    }
}

#[cfg(test)]
mod tests;
