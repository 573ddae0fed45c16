//! The market with one fault: where the fault has a say, it misbehaves in some of the cases, as real
//! ones do.

use std::collections::HashMap;

use super::dice::Dice;
use super::faults::Fault;
use super::market::{Market, Purchase, Sale, confirmation, digest};
use crate::history::{Actor, Bought, Item, MessageId, Outcome, Price, Refusal, State, StoredSale};

/// How long a sale waits to be stored with [`Fault::ConfirmBeforeCommit`].
const COMMIT_DELAY: u64 = 400;

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

    /// Carries out a purchase; `None` if that takes a second step.
    pub(super) fn buy(&mut self, purchase: &Purchase, now: u64) -> Option<Bought> {
        let answer = match self.market.judge(purchase) {
            Some(right) => self.answer(purchase, right),
            None if self.fault == Fault::CheckThenAct => return None,
            None => self.sell(purchase, now),
        };
        Some(answer)
    }

    /// The second step of a purchase.
    pub(super) fn act(&mut self, purchase: &Purchase) -> Bought {
        self.market.sell_to(purchase)
    }

    /// Answers where something stands against a sale.
    fn answer(&mut self, purchase: &Purchase, right: Bought) -> Bought {
        match right {
            Bought::Confirmed { .. } => self.repeat(purchase, right),
            Bought::Refused(refusal) => self.refuse(purchase, refusal),
            Bought::Unknown => right,
        }
    }

    fn repeat(&mut self, purchase: &Purchase, right: Bought) -> Bought {
        if self.strikes(Fault::ForgottenKeySellsAgain) {
            let again = Sale {
                buyer: Some(purchase.buyer),
                key: Some(purchase.key),
                price: purchase.price,
                digest: self.dice.below(u64::MAX),
            };
            self.market.set_sale(purchase.item, Some(again));
            return confirmation(&again);
        }
        if self.strikes(Fault::ForgottenKeyRefuses) {
            return Bought::Refused(Refusal::AlreadySold { yours: true });
        }
        right
    }

    fn refuse(&mut self, purchase: &Purchase, refusal: Refusal) -> Bought {
        let product = self.market.product(purchase.item);
        let is_for_sale = product.is_some_and(|product| product.is_for_sale());
        let old_price = product.map(|product| product.old_price);
        let (fault, bent) = match refusal {
            Refusal::AlreadySold { .. } if self.fault == Fault::YoursToLosers => {
                let yours = Refusal::AlreadySold { yours: true };
                (Fault::YoursToLosers, Some(yours))
            }
            Refusal::AlreadySold { .. } => (Fault::FalseConfirmation, None),
            Refusal::KeyConflict if is_for_sale => (Fault::KeyReused, None),
            Refusal::Withdrawn => (Fault::WithdrawnIsSold, None),
            Refusal::PriceChanged(_) if old_price == Some(purchase.price) => {
                (Fault::OldPricePaid, None)
            }
            Refusal::KeyConflict
            | Refusal::PriceChanged(_)
            | Refusal::OwnItem
            | Refusal::NotFound
            | Refusal::Transient
            | Refusal::Other => return Bought::Refused(refusal),
        };
        if !self.strikes(fault) {
            return Bought::Refused(refusal);
        }
        match bent {
            Some(refusal) => Bought::Refused(refusal),
            None if fault == Fault::FalseConfirmation => Bought::Confirmed {
                price: purchase.price,
                digest: digest(purchase),
            },
            None => self.market.sell_to(purchase),
        }
    }

    /// Sells what is for sale.
    fn sell(&mut self, purchase: &Purchase, now: u64) -> Bought {
        if let Some(refusal) = self.false_refusal(purchase) {
            return Bought::Refused(refusal);
        }
        let right = self.market.sell_to(purchase);
        if self.fault == Fault::ConfirmBeforeCommit {
            self.stored_at.insert(purchase.item, now + COMMIT_DELAY);
        }
        if self.strikes(Fault::RefusedYetSold) {
            return Bought::Refused(Refusal::Transient);
        }
        match right {
            Bought::Confirmed { price, digest } if self.strikes(Fault::DearerThanAsked) => {
                let price = Price(price.0 + 1);
                Bought::Confirmed { price, digest }
            }
            right => right,
        }
    }

    fn false_refusal(&mut self, purchase: &Purchase) -> Option<Refusal> {
        if self.spoils(Fault::Unwinnable, purchase.item) {
            return Some(Refusal::AlreadySold { yours: false });
        }
        let never_asked = Price(purchase.price.0 + 1_000);
        let lies = [
            (
                Fault::FalseAlreadySold,
                Refusal::AlreadySold { yours: false },
            ),
            (Fault::FalseWithdrawn, Refusal::Withdrawn),
            (Fault::FalsePriceChanged, Refusal::PriceChanged(never_asked)),
            (Fault::FalseKeyConflict, Refusal::KeyConflict),
            (Fault::FalseOwnItem, Refusal::OwnItem),
            (Fault::FalseNotFound, Refusal::NotFound),
        ];
        let (fault, refusal) = lies.into_iter().find(|(fault, _)| *fault == self.fault)?;
        self.strikes(fault).then_some(refusal)
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

    /// The process is killed and comes back with what was stored.
    pub(super) fn crash(&mut self, now: u64) {
        let stored_at = std::mem::take(&mut self.stored_at);
        for (item, _) in stored_at.into_iter().filter(|(_, stored)| *stored > now) {
            self.market.set_sale(item, None);
        }
        let mut sales: Vec<(Item, Sale)> = Vec::new();
        for product in self.market.products() {
            sales.extend(product.sale.map(|sale| (product.item, sale)));
        }
        if self.fault == Fault::CrashDropsOldest
            && let Some((item, _)) = sales.first()
        {
            self.market.set_sale(*item, None);
        }
        if self.fault == Fault::ConfirmationChanges {
            for (item, sale) in sales {
                let digest = sale.digest ^ 1;
                let sale = Sale { digest, ..sale };
                self.market.set_sale(item, Some(sale));
            }
        }
        if self.fault == Fault::CrashLosesMessages {
            for all in self.market.mail.values_mut() {
                all.pop();
            }
        }
    }

    /// What the database holds.
    pub(super) fn ledger(&self, now: u64) -> Vec<StoredSale> {
        let mut rows = Vec::new();
        for row in self.market.rows() {
            let waits = self.stored_at.get(&row.item).is_some_and(|at| *at > now);
            if !waits && !self.spoils(Fault::NeverStored, row.item) {
                rows.push(self.stored(row));
            }
            if self.spoils(Fault::StoredTwice, row.item) {
                rows.push(row);
            }
        }
        let mut products = self.market.products().iter();
        let unsold = products.find(|product| product.sale.is_none());
        if let (Fault::StoredUnasked, Some(product), Some(row)) =
            (self.fault, unsold, rows.first().copied())
        {
            let item = product.item;
            rows.push(StoredSale { item, ..row });
        }
        rows
    }

    fn stored(&self, mut row: StoredSale) -> StoredSale {
        if self.spoils(Fault::StoredForAnother, row.item) {
            row.buyer = row.buyer.map(|buyer| Actor(buyer.0 + 1));
        }
        if self.spoils(Fault::StoredAtAnotherPrice, row.item) {
            row.price = Price(row.price.0 + 1);
        }
        row
    }
}
