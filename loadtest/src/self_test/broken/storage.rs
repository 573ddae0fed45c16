//! How storage goes wrong: what a crash leaves, and what the database holds.

use super::Broken;
use crate::history::{Actor, Item, Price, StoredSale};
use crate::self_test::faults::Fault;
use crate::self_test::market::Sale;

impl Broken {
    /// The process is killed and comes back with what was stored.
    pub(in crate::self_test) fn crash(&mut self, now: u64) {
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
    pub(in crate::self_test) fn ledger(&self, now: u64) -> Vec<StoredSale> {
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
