//! What an item cost, and when: the price seen is the price paid.

use super::Rule;
use super::case::Case;
use super::claims::{Claim, Confirmed, with_confirmation};
use super::findings::{Breach, Findings};
use crate::history::{Call, History, Moment, Outcome, Price};

/// All prices that an item was given, in an order that tells quickly whether it can have had one at
/// some instant between two moments.
///
/// A price can have been the item's during a call if it was set by a call that began before the
/// other ended, and was not surely replaced before the other began: by a later one, which began only
/// when the first had ended and was itself done before.
pub(super) struct Prices {
    /// By price, then by the moment at which the call that set it began.
    set: Vec<Set>,
    /// By the moment of return, those surely done.
    replaced: Vec<Replaced>,
    /// Whether it is known how the item began.
    known: bool,
}

struct Set {
    price: Price,
    invoked: Moment,
    /// The last moment at which this one, or one of the same price before it, may have been carried
    /// out.
    until: Moment,
}

struct Replaced {
    returned: Moment,
    /// When the last of this one and those before it began: what was set before is gone.
    begun: Moment,
}

/// An unknown outcome may come true at any time.
const NEVER_OVER: Moment = Moment(u64::MAX);

impl Prices {
    pub(super) fn new(history: &History, events: &[usize]) -> Self {
        let mut prices = Self {
            set: Vec::new(),
            replaced: Vec::new(),
            known: false,
        };
        for index in events {
            let event = &history.events[*index];
            match event.call {
                Call::Sell { price, .. } => {
                    prices.known = true;
                    prices.add(price, event.invoked, Some(event.returned));
                }
                Call::Edit { price, outcome, .. } if outcome != Outcome::Refused => {
                    let done = (outcome == Outcome::Done).then_some(event.returned);
                    prices.add(price, event.invoked, done);
                }
                Call::Edit { .. }
                | Call::Withdraw { .. }
                | Call::Buy { .. }
                | Call::See { .. }
                | Call::Send { .. } => {}
            }
        }
        prices.arrange();
        prices
    }

    fn add(&mut self, price: Price, invoked: Moment, done: Option<Moment>) {
        self.set.push(Set {
            price,
            invoked,
            until: done.unwrap_or(NEVER_OVER),
        });
        self.replaced.extend(done.map(|returned| Replaced {
            returned,
            begun: invoked,
        }));
    }

    fn arrange(&mut self) {
        self.set
            .sort_unstable_by_key(|set| (set.price, set.invoked));
        for index in 1..self.set.len() {
            if self.set[index].price == self.set[index - 1].price {
                self.set[index].until = self.set[index].until.max(self.set[index - 1].until);
            }
        }
        self.replaced.sort_unstable_by_key(|done| done.returned);
        for index in 1..self.replaced.len() {
            let before = self.replaced[index - 1].begun;
            self.replaced[index].begun = self.replaced[index].begun.max(before);
        }
    }

    /// Whether the item may have cost this at some instant from `from` to `to`.
    pub(super) fn possible(&self, price: Price, from: Moment, to: Moment) -> bool {
        if !self.known {
            return true;
        }
        let begun = self
            .set
            .partition_point(|set| (set.price, set.invoked) <= (price, to));
        let last = begun.checked_sub(1).map(|index| &self.set[index]);
        let Some(set) = last.filter(|set| set.price == price) else {
            return false;
        };
        let over = self.replaced.partition_point(|done| done.returned < from);
        let replaced = over.checked_sub(1).map(|index| &self.replaced[index]);
        replaced.is_none_or(|replaced| set.until >= replaced.begun)
    }
}

/// Judges the prices of an item's confirmed purchases.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for (claim, confirmed) in case.claims.iter().filter_map(with_confirmation) {
        findings.note(Rule::PriceSeenIsPaid, paid(case, claim, confirmed));
    }
}

fn paid(case: &Case<'_>, claim: &Claim, confirmed: Confirmed) -> Option<Breach> {
    let item = case.item.0;
    if confirmed.price != claim.price {
        let explanation = format!(
            "User {} asked for item {item} at {} and got a confirmation over {}.",
            claim.actor.0, claim.price, confirmed.price
        );
        return Some(Breach::new(explanation, claim.events()));
    }
    let (from, to) = (claim.invoked, confirmed.returned);
    if case.prices.possible(claim.price, from, to) {
        return None;
    }
    let explanation = format!(
        "User {} bought item {item} for {} between {from} and {to}, when it never cost that.",
        claim.actor.0, claim.price
    );
    Some(Breach::new(explanation, claim.events()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::scene::{BOUGHT, Scene, confirmed};
    use super::*;
    use crate::history::{Bought, Outcome};

    #[test]
    fn another_price_on_the_confirmation_is_found() {
        let scene = Scene::new().buy(1, (2, 3), 0, confirmed(101, 7));
        assert_eq!(scene.breaks(), [Rule::PriceSeenIsPaid]);
    }

    #[test]
    fn a_price_that_it_never_had_is_found() {
        let scene = Scene::new().buy_at(1, (2, 3), 0, (0, 90), confirmed(90, 7));
        assert_eq!(scene.breaks(), [Rule::PriceSeenIsPaid]);
    }

    #[test]
    fn the_old_price_after_an_edit_is_found_unless_they_overlap() {
        let edited = |outcome| Scene::new().edit((10, 20), 150, outcome);
        let late = edited(Outcome::Done).buy(1, (21, 30), 0, BOUGHT);
        assert_eq!(late.breaks(), [Rule::PriceSeenIsPaid]);
        let touching = edited(Outcome::Done).buy(1, (20, 30), 0, BOUGHT);
        assert_eq!(touching.breaks(), []);
        let maybe = edited(Outcome::Unknown).buy(1, (21, 30), 0, BOUGHT);
        assert_eq!(maybe.breaks(), []);
        let refused = edited(Outcome::Refused).buy(1, (21, 30), 0, BOUGHT);
        assert_eq!(refused.breaks(), []);
    }

    #[test]
    fn the_new_price_before_the_edit_is_found() {
        let buy = |from, to| {
            let bought = confirmed(150, 7);
            Scene::new().edit((10, 20), 150, Outcome::Done).buy_at(
                1,
                (from, to),
                0,
                (0, 150),
                bought,
            )
        };
        assert_eq!(buy(2, 9).breaks(), [Rule::PriceSeenIsPaid]);
        assert_eq!(buy(2, 10).breaks(), []);
    }

    #[test]
    fn a_repetition_counts_from_its_first_call_to_its_first_confirmation() {
        let scene = Scene::new()
            .buy(1, (2, 5), 0, Bought::Unknown)
            .edit((10, 20), 150, Outcome::Done)
            .buy(1, (30, 40), 0, BOUGHT);
        assert_eq!(scene.breaks(), []);
    }

    /// The definition, word for word.
    fn possible(writes: &[(u32, u64, u64, bool)], price: u32, from: u64, to: u64) -> bool {
        writes.iter().any(|(written, invoked, returned, done)| {
            let returned = if *done { *returned } else { u64::MAX };
            let replaced = writes
                .iter()
                .any(|(_, later, over, done)| *done && *later > returned && *over < from);
            *written == price && *invoked <= to && !replaced
        })
    }

    proptest! {
        #[test]
        fn the_sorted_arrays_answer_as_the_definition(
            writes in prop::collection::vec((0_u32..4, 0_u64..20, 0_u64..9, any::<bool>()), 1..9),
            (price, from, length) in (0_u32..5, 0_u64..25, 0_u64..9),
        ) {
            let writes: Vec<_> = writes
                .into_iter()
                .map(|(price, invoked, length, done)| (price, invoked, invoked + length, done))
                .collect();
            let mut prices = Prices { set: Vec::new(), replaced: Vec::new(), known: true };
            for (price, invoked, returned, done) in &writes {
                let done = done.then_some(Moment(*returned));
                prices.add(Price(*price), Moment(*invoked), done);
            }
            prices.arrange();
            prop_assert_eq!(
                prices.possible(Price(price), Moment(from), Moment(from + length)),
                possible(&writes, price, from, from + length)
            );
        }
    }
}
