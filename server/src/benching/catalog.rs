//! The catalog alone, with products that are made up.

use std::fmt;

use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::ids::{PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};

use crate::catalog::{Catalog, Position, Query};
use crate::handlers::catalog::encode_page;
use crate::store::catalog::ForSale;
use crate::store::{Change, UserId};

/// The categories of the products.
pub const CATEGORIES: [&str; 6] = [
    "textbooks",
    "craftwork",
    "collectibles",
    "electronics",
    "clothing",
    "other",
];
/// Prices lie below this, in cents, all equally often.
pub const PRICE_MAX: u64 = 100_000;
/// Products of each owner.
pub const PRODUCTS_PER_OWNER: u64 = 50;
/// Bytes of each description.
const DESCRIPTION_BYTES: usize = 200;

/// So many products for sale, numbered from 1.
pub struct Shelves {
    catalog: Catalog,
    products: u64,
}

impl fmt::Debug for Shelves {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Shelves of {} products", self.products)
    }
}

impl Shelves {
    /// Puts up so many products, one after the other, as they would be listed.
    #[must_use]
    pub fn fill(products: u64) -> Self {
        let shelves = Self {
            catalog: Catalog::default(),
            products,
        };
        (1..=products).for_each(|number| shelves.insert(number));
        shelves
    }

    /// How many products there are at first.
    #[must_use]
    pub fn products(&self) -> u64 {
        self.products
    }

    /// The username of the owner with this number, counted from 0.
    #[must_use]
    pub fn owner(number: u64) -> String {
        format!("owner{number:07}")
    }

    /// Puts up the product with this number.
    pub fn insert(&self, number: u64) {
        let product = Box::new(for_sale(number, self.products));
        self.catalog.follow(&[Change::Listed(product)]);
    }

    /// Takes it away.
    pub fn remove(&self, number: u64) {
        self.catalog.follow(&[Change::Sold(ProductId(number))]);
    }

    /// The page that is asked for, as the body of an encoded `ProductPage`. Prices and words are taken as
    /// they are; the text is not searched.
    ///
    /// # Panics
    /// The cursor does not belong to the order.
    #[must_use]
    pub fn page(&self, asked: &ListProducts) -> Vec<u8> {
        let sort = asked.sort.unwrap_or_default();
        let after = asked.cursor.as_ref().map(|cursor| {
            Position::from_cursor(cursor, sort).expect("it belongs to a page in this order")
        });
        let query = Query {
            owner: asked.owner.clone(),
            category: asked.category.clone(),
            prices: asked.price_min.map_or(0, |price| price.minor)
                ..=asked.price_max.map_or(u64::MAX, |price| price.minor),
            sort,
            after,
            limit: asked.limit.map_or(50, |limit| limit as usize),
        };
        encode_page(&self.catalog.page(&query)).0
    }

    /// Where a page by time begins that starts behind this product.
    #[must_use]
    pub fn behind(number: u64) -> auboutique_protocol::page::Cursor {
        Position::Time(ProductId(number)).to_cursor()
    }
}

/// A product as it is made up.
#[derive(Debug, Clone)]
pub struct Product {
    /// The number of its owner, counted from 0.
    pub owner: u64,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its category.
    pub category: &'static str,
    /// Its price in cents.
    pub price: u64,
    /// When it was put up.
    pub listed_at: u64,
}

impl Product {
    /// The product with this number, of so many. Neighbours in time are no neighbours elsewhere.
    ///
    /// # Panics
    /// Never: there are six categories.
    #[must_use]
    pub fn make_up(number: u64, of: u64) -> Self {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let category = usize::try_from(mixed % 6).expect("less than six");
        Self {
            owner: mixed % (of / PRODUCTS_PER_OWNER).max(1),
            name: format!("Calculus, early transcendentals, volume {number}"),
            description: "Read once, in order, without a mark. ".repeat(6)[..DESCRIPTION_BYTES]
                .into(),
            category: CATEGORIES[category],
            price: 1 + mixed % PRICE_MAX,
            listed_at: 1_785_000_000_000 + number,
        }
    }
}

fn for_sale(number: u64, of: u64) -> ForSale {
    let product = Product::make_up(number, of);
    ForSale {
        id: ProductId(number),
        owner: UserId(product.owner.cast_signed()),
        owner_username: Shelves::owner(product.owner),
        name: product.name,
        description: product.description,
        category: product.category.into(),
        price: Money {
            minor: product.price,
            currency: Currency::Usd,
        },
        picture: product
            .price
            .is_multiple_of(2)
            .then_some(PictureHash([0xa5; 32])),
        listed_at: UnixMillis(product.listed_at),
    }
}
