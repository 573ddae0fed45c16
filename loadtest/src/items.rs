//! The products of a run, as the load test knows them at each moment, shared by all users.
//!
//! A load reads far more than a judge can keep: a page shows fifty products, and nearly all of what
//! it shows no rule could ever refute. So what is *known* of each item is kept here, and a sighting
//! goes into the history only if it might contradict that. Nothing is lost by it: whatever is known
//! is noted down **before** the moment at which the call that taught it counts as returned, so a
//! read that begins after that moment finds it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{PoisonError, RwLock};

use auboutique_protocol::ids::ProductId;

use crate::history::{Actor, Item, KeyId, Price, State};

/// Somebody was told that it is sold.
const SOLD: u8 = 1;
/// Somebody was told that it is off the market.
const WITHDRAWN: u8 = 2;
/// Somebody has set out to change its price.
const EDITED: u8 = 4;

/// What is known of an item.
struct Facts {
    product: ProductId,
    owner: Actor,
    has_picture: bool,
    first_price: Price,
    /// The price of the last edit that is known to be done.
    price: AtomicU32,
    marks: AtomicU8,
    /// One more than the number of the key whose purchase was confirmed first; 0 before that.
    confirmed: AtomicU64,
}

/// What a confirmation is among all confirmations of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first.
    First,
    /// The first once more.
    Repeated,
    /// Another one: the item was sold twice.
    Second,
}

#[derive(Default)]
struct Table {
    facts: Vec<Facts>,
    by_product: HashMap<ProductId, Item>,
}

/// The products of a run.
#[derive(Default)]
pub struct Items {
    table: RwLock<Table>,
    seen: AtomicU64,
    judged: AtomicU64,
}

impl Items {
    /// Notes down a new item.
    pub fn add(&self, product: ProductId, owner: Actor, price: Price, has_picture: bool) -> Item {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(table.facts.len()).expect("a run has less than 2^32 items");
        let item = Item(number);
        table.facts.push(Facts {
            product,
            owner,
            has_picture,
            first_price: price,
            price: AtomicU32::new(price.0),
            marks: AtomicU8::new(0),
            confirmed: AtomicU64::new(0),
        });
        table.by_product.insert(product, item);
        item
    }

    /// What it is called on the wire.
    #[must_use]
    pub fn product(&self, item: Item) -> ProductId {
        self.with(item, |facts| facts.product)
    }

    /// Who put it up for sale.
    #[must_use]
    pub fn owner(&self, item: Item) -> Actor {
        self.with(item, |facts| facts.owner)
    }

    /// Whether it has a picture.
    #[must_use]
    pub fn has_picture(&self, item: Item) -> bool {
        self.with(item, |facts| facts.has_picture)
    }

    /// Whether it is known to be sold or off the market.
    #[must_use]
    pub fn is_gone(&self, item: Item) -> bool {
        self.with(item, |facts| facts.marks.load(SeqCst)) & (SOLD | WITHDRAWN) != 0
    }

    /// The last price that is known.
    #[must_use]
    pub fn price(&self, item: Item) -> Price {
        self.with(item, |facts| Price(facts.price.load(SeqCst)))
    }

    /// The item with this name on the wire; `None` is a product of somebody else.
    #[must_use]
    pub fn find(&self, product: ProductId) -> Option<Item> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_product.get(&product).copied()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.facts.len()
    }

    /// The owners of all, in the order of the items.
    #[must_use]
    pub fn owners(&self) -> Vec<Actor> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.facts.iter().map(|facts| facts.owner).collect()
    }

    /// Notes down that the purchase with this key was confirmed.
    pub fn mark_confirmed(&self, item: Item, key: KeyId) -> Place {
        self.mark(item, SOLD);
        let this = u64::from(key.0) + 1;
        let before = self.with(item, |facts| {
            facts.confirmed.compare_exchange(0, this, SeqCst, SeqCst)
        });
        match before {
            Ok(_) => Place::First,
            Err(first) if first == this => Place::Repeated,
            Err(_) => Place::Second,
        }
    }

    /// Notes down that it is known to be sold.
    pub fn mark_sold(&self, item: Item) {
        self.mark(item, SOLD);
    }

    /// Notes down that it is known to be off the market.
    pub fn mark_withdrawn(&self, item: Item) {
        self.mark(item, WITHDRAWN);
    }

    /// Notes down that its price may change from here on. To be called before it is asked for.
    pub fn mark_edited(&self, item: Item) {
        self.mark(item, EDITED);
    }

    /// Notes down the price that it has now.
    pub fn set_price(&self, item: Item, price: Price) {
        self.with(item, |facts| facts.price.store(price.0, SeqCst));
    }

    /// What of a list of products for sale concerns this run, and which of it must be judged.
    pub fn look(&self, shown: impl Iterator<Item = (ProductId, Price)>) -> Sighting {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut sighting = Sighting::default();
        for (product, price) in shown {
            let Some(item) = table.by_product.get(&product).copied() else {
                continue;
            };
            sighting.items.push((item, price));
            let facts = &table.facts[item.index()];
            let is_plain = facts.marks.load(SeqCst) == 0 && price == facts.first_price;
            if !is_plain {
                sighting.judged.push((item, State::ForSale(price)));
            }
        }
        self.count_sightings(sighting.items.len(), sighting.judged.len());
        sighting
    }

    /// Takes note of one item that was looked at by itself; whether it must be judged.
    pub fn look_at(&self, item: Item, state: State) -> bool {
        let must_be_judged = match state {
            State::ForSale(price) => self.with(item, |facts| {
                facts.marks.load(SeqCst) != 0 || price != facts.first_price
            }),
            State::Sold => {
                self.mark_sold(item);
                true
            }
            State::Withdrawn => {
                self.mark_withdrawn(item);
                true
            }
        };
        self.count_sightings(1, usize::from(must_be_judged));
        must_be_judged
    }

    /// How many sightings there were, and how many of them went into the history.
    #[must_use]
    pub fn sightings(&self) -> (u64, u64) {
        (self.seen.load(SeqCst), self.judged.load(SeqCst))
    }

    fn count_sightings(&self, seen: usize, judged: usize) {
        self.seen.fetch_add(seen as u64, SeqCst);
        self.judged.fetch_add(judged as u64, SeqCst);
    }

    fn mark(&self, item: Item, mark: u8) -> u8 {
        self.with(item, |facts| facts.marks.fetch_or(mark, SeqCst))
    }

    fn with<T>(&self, item: Item, read: impl FnOnce(&Facts) -> T) -> T {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        read(&table.facts[item.index()])
    }
}

/// What a list showed of a run's items.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// All of them, with the price shown.
    pub items: Vec<(Item, Price)>,
    /// Those that a rule might refute.
    pub judged: Vec<(Item, State)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price(1250);

    fn one() -> (Items, Item) {
        let items = Items::default();
        let item = items.add(ProductId(7), Actor(3), PRICE, false);
        (items, item)
    }

    fn judged(items: &Items, price: Price) -> usize {
        items.look([(ProductId(7), price)].into_iter()).judged.len()
    }

    #[test]
    fn what_nothing_contradicts_is_counted_and_dropped() {
        let (items, item) = one();
        let sighting = items.look([(ProductId(7), PRICE), (ProductId(8), PRICE)].into_iter());
        assert_eq!(sighting.items, [(item, PRICE)], "8 is somebody else's");
        assert!(sighting.judged.is_empty());
        assert!(!items.look_at(item, State::ForSale(PRICE)));
        assert_eq!(items.sightings(), (2, 0));
    }

    #[test]
    fn what_may_be_wrong_is_judged() {
        let (items, item) = one();
        assert_eq!(judged(&items, Price(1)), 1, "a price that nobody set");
        items.mark_edited(item);
        assert_eq!(judged(&items, PRICE), 1, "a price that may have changed");
        let (items, item) = one();
        items.mark_sold(item);
        assert_eq!(judged(&items, PRICE), 1, "for sale after it was sold");
        let (items, item) = one();
        items.mark_withdrawn(item);
        assert_eq!(judged(&items, PRICE), 1, "for sale after it was withdrawn");
    }

    #[test]
    fn a_second_confirmation_is_told_from_a_repeated_one() {
        let (items, item) = one();
        assert_eq!(items.mark_confirmed(item, KeyId(0)), Place::First);
        assert_eq!(items.mark_confirmed(item, KeyId(0)), Place::Repeated);
        assert_eq!(items.mark_confirmed(item, KeyId(1)), Place::Second);
        assert_eq!(judged(&items, PRICE), 1, "for sale after it was confirmed");
    }

    #[test]
    fn an_item_seen_as_sold_is_judged_and_known_to_be_sold() {
        let (items, item) = one();
        assert!(items.look_at(item, State::Sold));
        assert_eq!(judged(&items, PRICE), 1);
        let (items, item) = one();
        assert!(items.look_at(item, State::Withdrawn));
        assert!(items.look_at(item, State::ForSale(PRICE)));
    }
}
