//! The lists that people ask for in a market as `auboutique_server::benching::catalog` makes it up.

use std::cell::Cell;

use auboutique_protocol::catalog::{ListProducts, Sort};
use auboutique_protocol::money::{Currency, Money};
use auboutique_server::benching::catalog::{CATEGORIES, PRICE_MAX, PRODUCTS_PER_OWNER, Shelves};

/// What people ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View {
    /// The first page.
    Newest,
    /// The first page of a category.
    Category,
    /// What one of all owners has.
    Owner,
    /// The cheapest of a category.
    Cheapest,
    /// The cheapest of a category above some price.
    Prices,
    /// A page somewhere in the middle, newest first.
    Deep,
}

/// The same has to hold for all of them, wherever in a market a list begins.
pub(crate) const VIEWS: [(View, &str); 6] = [
    (View::Newest, "newest"),
    (View::Category, "newest of a category"),
    (View::Cheapest, "cheapest of a category"),
    (View::Owner, "of any owner, in no cache"),
    (View::Prices, "of a category from any price on, in no cache"),
    (View::Deep, "at any place, in no cache"),
];

impl View {
    /// A request of this kind; others with other numbers.
    pub(crate) fn asks(self, number: u64, of: u64) -> ListProducts {
        let category = Some(CATEGORIES[(number % 6) as usize].into());
        match self {
            Self::Newest => ListProducts::default(),
            Self::Category => ListProducts {
                category,
                ..ListProducts::default()
            },
            Self::Owner => ListProducts {
                owner: Some(Shelves::owner(number % (of / PRODUCTS_PER_OWNER).max(1))),
                ..ListProducts::default()
            },
            Self::Cheapest => ListProducts {
                category,
                sort: Some(Sort::Cheapest),
                ..ListProducts::default()
            },
            Self::Prices => ListProducts {
                category,
                sort: Some(Sort::Cheapest),
                price_min: Some(cents(number % (PRICE_MAX / 2))),
                price_max: Some(cents(PRICE_MAX)),
                ..ListProducts::default()
            },
            Self::Deep => ListProducts {
                cursor: Some(Shelves::behind(of / 4 + number % (of * 3 / 4))),
                ..ListProducts::default()
            },
        }
    }
}

pub(crate) fn cents(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

/// Numbers in no order, the same in every run.
pub(crate) fn mixed(counter: &Cell<u64>) -> u64 {
    counter.set(counter.get() + 1);
    counter.get().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24
}
