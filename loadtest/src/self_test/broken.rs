//! The market with one fault: where the fault has a say, it misbehaves in some of the cases, as real
//! ones do.

use std::collections::HashMap;

use super::dice::Dice;
use super::faults::Fault;
use super::market::Market;
use crate::history::{Actor, Item, MessageId, Outcome, State};

mod purchases;
mod storage;

/// A market with a fault, or without.
pub(super) struct Broken {
    pub(super) market: Market,
    pub(super) fault: Fault,
    pub(super) dice: Dice,
    /// When each sale is stored that is not stored at once.
    stored_at: HashMap<Item, u64>,
}

impl Broken {
    pub(super) fn new(fault: Fault, seed: u64) -> Self {
        Self {
            market: Market::default(),
            fault,
            dice: Dice::new(seed),
            stored_at: HashMap::new(),
        }
    }

    /// Whether the fault strikes here.
    fn strikes(&mut self, fault: Fault) -> bool {
        self.fault == fault && self.dice.chance(60)
    }

    /// Whether the fault spoils what is kept of an item: always of the same ones.
    pub(super) fn spoils(&self, fault: Fault, item: Item) -> bool {
        self.fault == fault && item.0 % 3 == 1
    }

    /// As what an item is shown.
    pub(super) fn see(&mut self, item: Item) -> Option<State> {
        let right = self.market.state(item)?;
        let old_price = self.market.product(item)?.old_price;
        let (fault, wrong) = match (right, self.fault) {
            (State::Sold, Fault::StaleRead) => (Fault::StaleRead, State::ForSale(old_price)),
            (State::Sold, Fault::Reappears) => (Fault::Reappears, State::ForSale(old_price)),
            (State::ForSale(_), Fault::SoldUntried) => (Fault::SoldUntried, State::Sold),
            (State::ForSale(_), Fault::OldPriceShown) => {
                (Fault::OldPriceShown, State::ForSale(old_price))
            }
            (State::ForSale(_), Fault::ShownAsWithdrawn) => {
                (Fault::ShownAsWithdrawn, State::Withdrawn)
            }
            (State::Withdrawn, Fault::WithdrawnIsShown) => {
                (Fault::WithdrawnIsShown, State::ForSale(old_price))
            }
            (State::Sold | State::ForSale(_) | State::Withdrawn, _) => return Some(right),
        };
        if !self.strikes(fault) {
            return Some(right);
        }
        if fault == Fault::Reappears {
            self.market.set_sale(item, None);
        }
        Some(wrong)
    }

    /// Takes a message, or refuses it when its reader is away.
    pub(super) fn send(
        &mut self,
        (sender, to, astray): (Actor, Actor, Actor),
        message: MessageId,
        away: bool,
    ) -> Outcome {
        let known = self.market.mail.get(&(to, sender));
        if known.is_some_and(|all| all.contains(&message)) {
            return Outcome::Done;
        }
        let refused_yet_there = away && self.strikes(Fault::RefusedYetDelivered);
        if away && !refused_yet_there {
            return Outcome::Refused;
        }
        let reader = if self.strikes(Fault::MessageAstray) {
            astray
        } else {
            to
        };
        self.deliver((reader, sender), message);
        if away {
            Outcome::Refused
        } else {
            Outcome::Done
        }
    }

    fn deliver(&mut self, conversation: (Actor, Actor), message: MessageId) {
        if self.strikes(Fault::MessageLost) {
            return;
        }
        let doubled = self.strikes(Fault::MessageDoubled);
        let reordered = self.strikes(Fault::MessagesReordered);
        let all = self.market.mail.entry(conversation).or_default();
        let place = all.len() - usize::from(reordered && !all.is_empty());
        all.insert(place, message);
        if doubled {
            all.push(message);
        }
    }
}
