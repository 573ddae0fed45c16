//! To whom the items belonged in the end.

use std::collections::{HashMap, HashSet};

use crate::history::{History, Item, Moment, State, StoredSale};

/// What the last ledger says of every item, or the sellers' views where there is no ledger.
pub(super) struct Endings {
    /// When the last ledger was read.
    taken: Option<Moment>,
    stored: HashMap<Item, StoredSale>,
    strangers: HashSet<Item>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// There is no ledger.
    NotKnown,
    /// It had not been sold by this moment.
    Unsold(Moment),
    /// Somebody who is not an actor of the run bought it. Nothing is known of when.
    Stranger,
    /// The stored sale.
    Sold(StoredSale),
}

impl Endings {
    pub(super) fn new(history: &History) -> Self {
        let ledger = history.ledgers.last();
        let sales = ledger.map_or(&[][..], |ledger| &ledger.sales);
        let strangers = sales.iter().filter(|sale| sale.buyer.is_none());
        let mut strangers: HashSet<Item> = strangers.map(|sale| sale.item).collect();
        if ledger.is_none() {
            strangers.extend(seen_sold_to_strangers(history));
        }
        Self {
            taken: ledger.map(|ledger| ledger.taken),
            stored: sales.iter().map(|sale| (sale.item, *sale)).collect(),
            strangers,
        }
    }

    pub(super) fn of(&self, item: Item) -> Ending {
        if self.strangers.contains(&item) {
            return Ending::Stranger;
        }
        match (self.taken, self.stored.get(&item)) {
            (_, Some(sale)) => Ending::Sold(*sale),
            (Some(taken), None) => Ending::Unsold(taken),
            (None, None) => Ending::NotKnown,
        }
    }
}

fn seen_sold_to_strangers(history: &History) -> impl Iterator<Item = Item> {
    let views = history.seller_views.iter().flatten();
    let strangers = views.filter(|view| view.state == State::Sold && view.buyer.is_none());
    strangers.map(|view| view.item)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, row, strangers_row};
    use super::*;

    fn ending(scene: Scene) -> Ending {
        Endings::new(&scene.history()).of(Item(0))
    }

    #[test]
    fn the_last_ledger_says_who_has_an_item() {
        assert_eq!(ending(Scene::new()), Ending::NotKnown);
        let twice = || Scene::new().ledger(5, &[]).ledger(9, &[row(1, 2)]);
        assert_eq!(ending(twice()), Ending::Sold(row(1, 2)));
        let lost = twice().ledger(12, &[]);
        assert_eq!(ending(lost), Ending::Unsold(Moment(12)));
        let stranger = Scene::new().ledger(9, &[strangers_row()]);
        assert_eq!(ending(stranger), Ending::Stranger);
    }

    #[test]
    fn without_a_ledger_a_seller_sees_strangers() {
        let seen = |buyer| Scene::new().seller_sees(State::Sold, 100, buyer);
        assert_eq!(ending(seen(None)), Ending::Stranger);
        assert_eq!(ending(seen(Some(1))), Ending::NotKnown);
        assert_eq!(ending(seen(None).ledger(9, &[])), Ending::Unsold(Moment(9)));
    }
}
