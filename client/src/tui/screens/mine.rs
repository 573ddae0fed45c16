//! One's own: what one offers and who bought it, and what one bought and where it is collected.

pub(crate) mod view;

use std::cmp::{Ordering, Reverse};

use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::page::Cursor;
use auboutique_protocol::purchases::{
    MyPurchases, MySales, OwnProduct, OwnProductState, Purchase, PurchasePage, SalePage,
};

use crate::tui::message::{Effect, Read};
use crate::ui::rows::Rows;
use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::table::{Move, Row};

/// The screen.
#[derive(Debug)]
pub(crate) struct Mine {
    shows_purchases: bool,
    products: Rows<OwnRow>,
    purchases: Rows<PurchaseRow>,
}

/// A product of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnRow(pub(crate) OwnProduct);

impl Row for OwnRow {
    type Key = ProductId;

    fn key(&self) -> ProductId {
        self.0.id
    }
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PurchaseRow(pub(crate) Purchase);

impl Row for PurchaseRow {
    type Key = ProductId;

    fn key(&self) -> ProductId {
        self.0.confirmation.product
    }
}

fn newest_product(OwnRow(one): &OwnRow, OwnRow(other): &OwnRow) -> Ordering {
    Reverse(one.id).cmp(&Reverse(other.id))
}

fn newest_purchase(PurchaseRow(one): &PurchaseRow, PurchaseRow(other): &PurchaseRow) -> Ordering {
    let key = |purchase: &Purchase| Reverse(purchase.confirmation.sold_at);
    key(one).cmp(&key(other))
}

impl Mine {
    /// Nothing was read yet.
    pub(crate) fn new() -> Self {
        Self {
            shows_purchases: false,
            products: Rows::new(),
            purchases: Rows::new(),
        }
    }

    pub(crate) const fn shows_purchases(&self) -> bool {
        self.shows_purchases
    }

    pub(crate) const fn products(&self) -> &Rows<OwnRow> {
        &self.products
    }

    pub(crate) const fn purchases(&self) -> &Rows<PurchaseRow> {
        &self.purchases
    }

    /// The selected product, where products are shown.
    pub(crate) fn selected_product(&self) -> Option<&OwnProduct> {
        let row = self.products.table().selected();
        row.map(|row| &row.0).filter(|_| !self.shows_purchases)
    }

    /// The selected purchase, where purchases are shown.
    pub(crate) fn selected_purchase(&self) -> Option<&Purchase> {
        let row = self.purchases.table().selected();
        row.map(|row| &row.0).filter(|_| self.shows_purchases)
    }

    /// The other one of whom the selected row tells: who bought, or who sold.
    pub(crate) fn other(&self) -> Option<(String, ProductId)> {
        if let Some(purchase) = self.selected_purchase() {
            return Some((purchase.seller.clone(), purchase.confirmation.product));
        }
        let product = self.selected_product()?;
        match &product.state {
            OwnProductState::Sold(sold) => Some((sold.buyer.clone(), product.id)),
            OwnProductState::ForSale(_) | OwnProductState::Withdrawn(_) => None,
        }
    }

    pub(crate) fn set_height(&mut self, lines: u16) {
        self.products.table_mut().set_height(lines);
        self.purchases.table_mut().set_height(lines);
    }

    pub(crate) fn make_stale(&mut self) {
        self.products.make_stale();
        self.purchases.make_stale();
    }

    /// Purchases instead of products, or the other way round.
    pub(crate) fn switch(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        self.shows_purchases = !self.shows_purchases;
        self.show(tickets)
    }

    /// Shows purchases.
    pub(crate) const fn show_purchases(&mut self) {
        self.shows_purchases = true;
    }

    pub(crate) fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let is_stale = if self.shows_purchases {
            self.purchases.is_stale()
        } else {
            self.products.is_stale()
        };
        if is_stale {
            self.reload(tickets)
        } else {
            Vec::new()
        }
    }

    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let ticket = tickets.next();
        if self.shows_purchases {
            self.purchases.begin(ticket);
        } else {
            self.products.begin(ticket);
        }
        vec![self.ask(ticket, None)]
    }

    fn ask(&self, ticket: Ticket, cursor: Option<Cursor>) -> Effect {
        let limit = Some(PAGE_ITEMS_MAX);
        let read = if self.shows_purchases {
            Read::Purchases(MyPurchases { limit, cursor })
        } else {
            Read::Mine(MySales { limit, cursor })
        };
        Effect::Read { ticket, read }
    }

    pub(crate) fn go(&mut self, way: Move, tickets: &mut Tickets) -> Vec<Effect> {
        let next = if self.shows_purchases {
            self.purchases.go(way)
        } else {
            self.products.go(way)
        };
        let Some(next) = next else {
            return Vec::new();
        };
        let ticket = tickets.next();
        if self.shows_purchases {
            self.purchases.begin_more(ticket);
        } else {
            self.products.begin_more(ticket);
        }
        vec![self.ask(ticket, Some(next))]
    }

    pub(crate) fn select_line(&mut self, line: u16) {
        if self.shows_purchases {
            self.purchases.select_line(line);
        } else {
            self.products.select_line(line);
        }
    }

    pub(crate) fn found_products(&mut self, ticket: Ticket, page: SalePage) {
        let rows = page.products.into_iter().map(OwnRow).collect();
        self.products.take(ticket, rows, page.next, &newest_product);
    }

    pub(crate) fn found_purchases(&mut self, ticket: Ticket, page: PurchasePage) {
        let rows = page.purchases.into_iter().map(PurchaseRow).collect();
        self.purchases
            .take(ticket, rows, page.next, &newest_purchase);
    }

    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.products.fail(ticket, reason);
        self.purchases.fail(ticket, reason);
    }

    /// A product of one's own changed, or was sold: it is read again.
    pub(crate) fn products_changed(
        &mut self,
        is_shown: bool,
        tickets: &mut Tickets,
    ) -> Vec<Effect> {
        self.products.make_stale();
        if is_shown && !self.shows_purchases {
            return self.reload(tickets);
        }
        Vec::new()
    }

    /// Something was bought: the purchases are read again.
    pub(crate) fn purchases_changed(&mut self) {
        self.purchases.make_stale();
    }
}
