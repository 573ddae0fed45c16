//! How purchases go wrong.

use super::Broken;
use crate::history::{Bought, Price, Refusal};
use crate::self_test::faults::Fault;
use crate::self_test::market::{Product, Purchase, Sale, confirmation, digest};

/// How long a sale waits to be stored with [`Fault::ConfirmBeforeCommit`].
const COMMIT_DELAY: u64 = 400;

impl Broken {
    /// Carries out a purchase; `None` if that takes a second step.
    pub(in crate::self_test) fn buy(&mut self, purchase: &Purchase, now: u64) -> Option<Bought> {
        let answer = match self.market.judge(purchase) {
            Some(right) => self.answer(purchase, right),
            None if self.fault == Fault::CheckThenAct => return None,
            None => self.sell(purchase, now),
        };
        Some(answer)
    }

    /// The second step of a purchase.
    pub(in crate::self_test) fn act(&mut self, purchase: &Purchase) -> Bought {
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
        let is_for_sale = product.is_some_and(Product::is_for_sale);
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
        if self.strikes(Fault::DearerThanAsked) {
            return Bought::Confirmed {
                price: Price(purchase.price.0 + 1),
                digest: digest(purchase),
            };
        }
        right
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
}
