//! What everybody sees after the run.

use super::broken::Broken;
use super::faults::Fault;
use super::market::{Product, Sale};
use crate::history::{Actor, BuyerView, Inbox, SellerView, State};

impl Broken {
    /// What the sellers see.
    pub(super) fn seller_views(&self) -> Vec<SellerView> {
        let products = self.market.products().iter();
        products.map(|product| self.seller_view(product)).collect()
    }

    fn seller_view(&self, product: &Product) -> SellerView {
        let sale = product.sale;
        let hidden = self.spoils(Fault::SellerSeesNoSale, product.item);
        let sale = sale.filter(|_| !hidden);
        let state = match sale {
            Some(_) => State::Sold,
            None if product.withdrawn => State::Withdrawn,
            None => State::ForSale(product.price),
        };
        let other = u32::from(self.spoils(Fault::SellerSeesAnother, product.item));
        let buyer = sale.and_then(|sale| sale.buyer);
        SellerView {
            seller: product.owner,
            item: product.item,
            state,
            price: sale.map_or(product.price, |sale| sale.price),
            buyer: buyer.map(|buyer| Actor(buyer.0 + other)),
        }
    }

    /// What the buyers see.
    pub(super) fn buyer_views(&self) -> Vec<BuyerView> {
        let mut views = Vec::new();
        for product in self.market.products() {
            if let Some((sale, buyer)) = product.sale.and_then(|sale| Some((sale, sale.buyer?))) {
                self.see_purchase(product, &sale, buyer, &mut views);
            }
        }
        views
    }

    fn see_purchase(
        &self,
        product: &Product,
        sale: &Sale,
        buyer: Actor,
        views: &mut Vec<BuyerView>,
    ) {
        let item = product.item;
        let other = u64::from(self.spoils(Fault::BuyerSeesAnother, item));
        let view = BuyerView {
            buyer,
            item,
            price: sale.price,
            digest: sale.digest ^ other,
        };
        if !self.spoils(Fault::BuyerSeesNothing, item) {
            views.push(view);
        }
        if self.spoils(Fault::LoserSeesPurchase, item) {
            let buyer = Actor(buyer.0 + 1);
            views.push(BuyerView { buyer, ..view });
        }
    }

    /// What everybody has of everybody's messages.
    pub(super) fn inboxes(&self) -> Vec<Inbox> {
        let mail = self.market.mail.iter();
        mail.map(|((reader, sender), messages)| Inbox {
            reader: *reader,
            sender: *sender,
            messages: messages.iter().copied().map(Some).collect(),
        })
        .collect()
    }
}
