//! The judge: whether a [`History`] can be that of a market that keeps its promises.
//!
//! [`check`] is a pure function. It takes time linear in the events, but for the sorting of the few
//! that belong to one item or key, and a bounded amount of memory for each. A rule never accuses a
//! correct market: wherever an outcome is unknown or two calls overlap, every order is allowed. Two
//! moments that are equal are in no order either. What that leaves unproven is said in
//! `docs/LOADTEST.md`.
//!
//! Most rules look at one item at a time: `case` puts together what is known of it, with the
//! purchases that may have been made (`claims`) and who may have won when (`winners`). The rules
//! about keys, the database and messages look across items. Each family of rules is a file.
//!
//! # What whoever records must respect
//! - Each request on the wire is a call of its own. A lost one stays `Unknown` although its repetition
//!   was answered: it may still be carried out.
//! - `Refused` means not done, now or later. `Transient` and `Other` are believed without a cause.
//! - `invoked` is that of the first attempt where several are told as one, as with `Sell`.
//! - Purchases outside of the measured load are recorded as well, and so are their keys.
//! - Views are read after all calls have ended, by everybody or by nobody, and before the last
//!   ledger. A digest in a view is taken of the same bytes as one in a reply.
//! - Where strangers may buy, a ledger or the sellers' views must show it; else they are taken for
//!   faults of the market. Nobody suspends a seller, which looks like a withdrawal that is undone.

use serde::Serialize;

use self::case::Case;
use self::claims::Claims;
use self::ending::Endings;
use self::findings::Findings;
use self::groups::Groups;
use self::views::Views;
use crate::history::{History, Item};

pub use self::rule::Rule;

mod case;
mod chat;
mod claims;
mod ending;
mod findings;
mod first_two;
mod groups;
mod keys;
mod ledger;
mod prices;
mod reads;
mod refusals;
mod rule;
mod sales;
#[cfg(test)]
mod scene;
mod told;
mod views;
mod winners;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// What happened, in a sentence.
    pub explanation: String,
    /// The calls that show it, as indices into [`History::events`].
    pub events: Vec<usize>,
}

/// How often a rule was put to the test, and how often it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The rule.
    pub rule: Rule,
    /// Cases (items, calls, keys, messages: whatever the rule is about) that it was applied to.
    pub checked: u64,
    /// How many of them broke it.
    pub broken: u64,
}

/// What the judge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Every rule, in the order of [`Rule`].
    pub tallies: Vec<Tally>,
    /// The breaches, at most [`VIOLATIONS_SHOWN_MAX`] of each rule; the tallies count all.
    pub violations: Vec<Violation>,
}

/// Most breaches of one rule that are spelled out.
pub const VIOLATIONS_SHOWN_MAX: usize = 20;

impl Verdict {
    /// Whether no rule was broken.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.tallies.iter().all(|tally| tally.broken == 0)
    }

    /// The rules that were broken, in order.
    pub fn broken(&self) -> impl Iterator<Item = Rule> {
        let broken = self.tallies.iter().filter(|tally| tally.broken > 0);
        broken.map(|tally| tally.rule)
    }
}

/// Judges a history.
///
/// # Panics
/// If the numbers of items, keys or messages are so large that a table of all of them does not fit
/// into memory; the recorder counts them from 0.
#[must_use]
pub fn check(history: &History) -> Verdict {
    let mut findings = Findings::new();
    let by_item = Groups::by_item(&history.events);
    let claims = Claims::new(history, &by_item);
    judge_items(history, &by_item, &claims, &mut findings);
    keys::judge(history, &mut findings);
    ledger::judge(history, &claims, &mut findings);
    told::judge(history, &claims, &mut findings);
    chat::judge(history, &mut findings);
    findings.into_verdict()
}

/// The rules that look at one item at a time.
fn judge_items(history: &History, by_item: &Groups, claims: &Claims, findings: &mut Findings) {
    let endings = Endings::new(history);
    let views = Views::new(history);
    let items = by_item.len().max(views.items());
    for item in (0..).map(Item).take(items) {
        let events = by_item.of(item.index());
        let case = Case::new(history, item, events, claims.of(item), endings.of(item));
        sales::judge(&case, findings);
        refusals::judge(&case, findings);
        reads::judge(&case, findings);
        prices::judge(&case, findings);
        views::judge(&case, &views, findings);
    }
}
