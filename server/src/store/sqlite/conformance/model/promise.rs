//! What the store promises, in a few lines of memory.

use std::collections::{BTreeMap, HashMap};

use auboutique_protocol::catalog::Listed;
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Confirmation;

use super::QUOTA;
use crate::store::UserId;
use crate::store::catalog::{Immutable, NewProduct, SellOutcome};
use crate::store::conformance::market::usd;
use crate::store::purchases::{NewPurchase, PurchaseOutcome};

/// What the store promises, without a database.
#[derive(Default)]
pub(super) struct Model {
    pub(super) products: BTreeMap<ProductId, Product>,
    replies: HashMap<(UserId, Key), ([u8; 32], Vec<u8>)>,
    confirmations: HashMap<(UserId, Key), Confirmation>,
}

pub(super) struct Product {
    owner: UserId,
    pub(super) price: u64,
    buyer: Option<UserId>,
    pub(super) withdrawn: bool,
}

impl Product {
    pub(super) fn is_for_sale(&self) -> bool {
        self.buyer.is_none() && !self.withdrawn
    }
}

impl Model {
    pub(super) fn sell(&mut self, product: &NewProduct) -> SellOutcome {
        let key = (product.owner, product.key);
        if let Some((digest, reply)) = self.replies.get(&key) {
            return if *digest == product.digest {
                SellOutcome::Listed {
                    reply: reply.clone(),
                }
            } else {
                SellOutcome::KeyConflict
            };
        }
        let theirs = self.products.values();
        let theirs = theirs.filter(|other| other.owner == product.owner && other.is_for_sale());
        if theirs.count() as u64 >= QUOTA.products {
            return SellOutcome::TooManyProducts;
        }
        let id = ProductId(self.products.len() as u64 + 1);
        let reply = codec::encode(&Listed {
            product: id,
            listed_at: product.listed_at,
        });
        self.replies.insert(key, (product.digest, reply.clone()));
        self.products.insert(
            id,
            Product {
                owner: product.owner,
                price: product.price.minor,
                buyer: None,
                withdrawn: false,
            },
        );
        SellOutcome::Listed { reply }
    }

    /// What stands against a purchase.
    pub(super) fn refusal(&self, purchase: &NewPurchase) -> Option<PurchaseOutcome> {
        if let Some(earlier) = self.confirmations.get(&(purchase.buyer, purchase.key)) {
            let same = (earlier.product, earlier.price) == (purchase.product, purchase.price);
            return Some(if same {
                PurchaseOutcome::Confirmed(earlier.clone())
            } else {
                PurchaseOutcome::KeyConflict
            });
        }
        match self.products.get(&purchase.product) {
            None => Some(PurchaseOutcome::NotFound),
            Some(product) if product.owner == purchase.buyer => Some(PurchaseOutcome::OwnProduct),
            Some(product) => match product.buyer {
                Some(buyer) => Some(PurchaseOutcome::AlreadySold {
                    yours: buyer == purchase.buyer,
                }),
                None if product.withdrawn => Some(PurchaseOutcome::Withdrawn),
                None if product.price != purchase.price.minor => {
                    Some(PurchaseOutcome::PriceChanged(usd(product.price)))
                }
                None => None,
            },
        }
    }

    /// What stands against a user changing a product.
    pub(super) fn immutable(&self, user: UserId, product: ProductId) -> Option<Immutable> {
        match self.products.get(&product) {
            None => Some(Immutable::NotFound),
            Some(product) if product.owner != user => Some(Immutable::NotYours),
            Some(product) if product.buyer.is_some() => Some(Immutable::Sold),
            Some(product) if product.withdrawn => Some(Immutable::Withdrawn),
            Some(_) => None,
        }
    }

    /// What becomes of purchases that wait together. Who can buy does, in order; who cannot is told
    /// how things stand after that, as if the refused had come last.
    pub(super) fn buy(&mut self, purchases: &[NewPurchase]) -> Vec<PurchaseOutcome> {
        let mut outcomes = Vec::new();
        for purchase in purchases {
            let wins = self.refusal(purchase).is_none();
            if wins {
                self.note(purchase);
            }
            outcomes.push(wins.then(|| PurchaseOutcome::Confirmed(purchase.confirmation())));
        }
        let refusal = |purchase| {
            self.refusal(purchase)
                .expect("nothing becomes possible again")
        };
        let told = purchases.iter().zip(outcomes);
        told.map(|(purchase, won)| won.unwrap_or_else(|| refusal(purchase)))
            .collect()
    }

    fn note(&mut self, purchase: &NewPurchase) {
        let product = self.products.get_mut(&purchase.product);
        product.expect("refused otherwise").buyer = Some(purchase.buyer);
        let key = (purchase.buyer, purchase.key);
        self.confirmations.insert(key, purchase.confirmation());
    }

    pub(super) fn for_sale(&self) -> Vec<ProductId> {
        let unsold = self
            .products
            .iter()
            .filter(|(_, product)| product.is_for_sale());
        unsold.map(|(id, _)| *id).collect()
    }

    /// A user's confirmations, last first.
    pub(super) fn bought_by(&self, user: UserId) -> Vec<Confirmation> {
        let theirs = self
            .confirmations
            .iter()
            .filter(|((buyer, _), _)| *buyer == user);
        let mut theirs: Vec<_> = theirs
            .map(|(_, confirmation)| confirmation.clone())
            .collect();
        theirs.sort_by_key(|theirs| std::cmp::Reverse((theirs.sold_at, theirs.product)));
        theirs
    }

    /// A user's products, last first, who bought them, and whether they were withdrawn.
    pub(super) fn owned_by(&self, user: UserId) -> Vec<(ProductId, Option<UserId>, bool)> {
        let theirs = self
            .products
            .iter()
            .rev()
            .filter(|(_, product)| product.owner == user);
        theirs
            .map(|(id, product)| (*id, product.buyer, product.withdrawn))
            .collect()
    }
}
