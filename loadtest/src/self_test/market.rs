//! A market that keeps its promises, in the simplest way: every request is carried out in one
//! instant, and what is in memory is what is stored.

use std::collections::{BTreeMap, HashMap};

use crate::history::{
    Actor, Bought, Item, KeyId, MessageId, Outcome, Price, Refusal, State, StoredSale,
};

/// A request to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purchase {
    pub(super) buyer: Actor,
    pub(super) item: Item,
    pub(super) price: Price,
    pub(super) key: KeyId,
}

/// A sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sale {
    /// `None` is somebody who is not an actor of the run.
    pub(super) buyer: Option<Actor>,
    pub(super) key: Option<KeyId>,
    pub(super) price: Price,
    pub(super) digest: u64,
}

/// Something for sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    pub(super) item: Item,
    pub(super) owner: Actor,
    pub(super) price: Price,
    /// What it cost before it was last edited.
    pub(super) old_price: Price,
    pub(super) withdrawn: bool,
    pub(super) sale: Option<Sale>,
}

/// The market.
#[derive(Default)]
pub(super) struct Market {
    /// In the order in which they were put up for sale.
    products: Vec<Product>,
    places: HashMap<Item, usize>,
    keys: HashMap<(Actor, KeyId), Purchase>,
    /// By reader and sender.
    pub(super) mail: BTreeMap<(Actor, Actor), Vec<MessageId>>,
}

impl Product {
    pub(super) fn is_for_sale(&self) -> bool {
        self.sale.is_none() && !self.withdrawn
    }
}

impl Market {
    pub(super) fn products(&self) -> &[Product] {
        &self.products
    }

    pub(super) fn product(&self, item: Item) -> Option<&Product> {
        self.places.get(&item).map(|place| &self.products[*place])
    }

    fn product_mut(&mut self, item: Item) -> Option<&mut Product> {
        let place = self.places.get(&item)?;
        self.products.get_mut(*place)
    }

    pub(super) fn list(&mut self, owner: Actor, item: Item, price: Price) {
        self.places.insert(item, self.products.len());
        self.products.push(Product {
            item,
            owner,
            price,
            old_price: price,
            withdrawn: false,
            sale: None,
        });
    }

    /// The answer to a request to buy, unless nothing stands against it.
    pub(super) fn judge(&self, purchase: &Purchase) -> Option<Bought> {
        if let Some(made) = self.keys.get(&(purchase.buyer, purchase.key)) {
            let sale = self.product(made.item).and_then(|product| product.sale);
            return Some(match sale {
                Some(sale) if made == purchase => confirmation(&sale),
                Some(_) | None => Bought::Refused(Refusal::KeyConflict),
            });
        }
        let Some(product) = self.product(purchase.item) else {
            return Some(Bought::Refused(Refusal::NotFound));
        };
        let refusal = if product.owner == purchase.buyer {
            Refusal::OwnItem
        } else if let Some(sale) = product.sale {
            let yours = sale.buyer == Some(purchase.buyer);
            Refusal::AlreadySold { yours }
        } else if product.withdrawn {
            Refusal::Withdrawn
        } else if product.price != purchase.price {
            Refusal::PriceChanged(product.price)
        } else {
            return None;
        };
        Some(Bought::Refused(refusal))
    }

    /// Sells, whatever stands against it.
    pub(super) fn sell_to(&mut self, purchase: &Purchase) -> Bought {
        let sale = Sale {
            buyer: Some(purchase.buyer),
            key: Some(purchase.key),
            price: purchase.price,
            digest: digest(purchase),
        };
        self.set_sale(purchase.item, Some(sale));
        let key = (purchase.buyer, purchase.key);
        self.keys.insert(key, *purchase);
        confirmation(&sale)
    }

    /// Somebody buys who is not an actor of the run.
    pub(super) fn sell_to_stranger(&mut self, item: Item) {
        let Some(product) = self.product_mut(item).filter(|it| it.is_for_sale()) else {
            return;
        };
        product.sale = Some(Sale {
            buyer: None,
            key: None,
            price: product.price,
            digest: 0,
        });
    }

    /// Makes an item sold or not. Without a sale its key is forgotten as well.
    pub(super) fn set_sale(&mut self, item: Item, sale: Option<Sale>) {
        let Some(product) = self.product_mut(item) else {
            return;
        };
        let before = std::mem::replace(&mut product.sale, sale);
        if let (Some(before), None) = (before, sale)
            && let (Some(buyer), Some(key)) = (before.buyer, before.key)
        {
            self.keys.remove(&(buyer, key));
        }
    }

    pub(super) fn edit(&mut self, item: Item, price: Price) -> Outcome {
        let Some(product) = self.product_mut(item).filter(|it| it.is_for_sale()) else {
            return Outcome::Refused;
        };
        product.old_price = product.price;
        product.price = price;
        Outcome::Done
    }

    pub(super) fn withdraw(&mut self, item: Item) -> Outcome {
        let Some(product) = self.product_mut(item).filter(|it| it.sale.is_none()) else {
            return Outcome::Refused;
        };
        product.withdrawn = true;
        Outcome::Done
    }

    /// As what an item is shown.
    pub(super) fn state(&self, item: Item) -> Option<State> {
        self.product(item).map(|product| match product.sale {
            Some(_) => State::Sold,
            None if product.withdrawn => State::Withdrawn,
            None => State::ForSale(product.price),
        })
    }

    /// All sales as the database keeps them.
    pub(super) fn rows(&self) -> impl Iterator<Item = StoredSale> {
        self.products.iter().filter_map(|product| {
            product.sale.map(|sale| StoredSale {
                item: product.item,
                buyer: sale.buyer,
                price: sale.price,
                key: sale.key,
            })
        })
    }
}

pub(super) fn confirmation(sale: &Sale) -> Bought {
    Bought::Confirmed {
        price: sale.price,
        digest: sale.digest,
    }
}

/// What stands for the bytes of the confirmation: different for different purchases.
pub(super) fn digest(purchase: &Purchase) -> u64 {
    let buyer = u64::from(purchase.buyer.0);
    let key = u64::from(purchase.key.0);
    let item = u64::from(purchase.item.0);
    (buyer << 48 | key << 24 | item).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
