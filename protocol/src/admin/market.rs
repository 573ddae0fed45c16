//! Sales and products, for administrators.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::error::Nothing;
use crate::ids::{ProductId, UnixMillis};
use crate::money::Money;
use crate::page::Cursor;

/// Lists sales, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sales {
    /// Only sales before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<UnixMillis>,
    /// Only sales at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Only what this user bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Only what was bought from this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// Only the sale of this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
}

/// A page of sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalePage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The sales, newest first.
    pub sales: Vec<Sale>,
    /// What all pages come to; on the first page only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<SalesTotals>,
}

/// What the sales that were asked for come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesTotals {
    /// What was paid.
    pub sum: Money,
    /// How many there are.
    pub count: u64,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The product's name.
    pub name: String,
    /// Who bought it.
    pub buyer: String,
    /// Where it is collected.
    pub place: String,
    /// What was paid.
    pub price: Money,
    /// Who sold it.
    pub seller: String,
    /// The product.
    pub product: ProductId,
    /// When it was bought.
    pub sold_at: UnixMillis,
    /// On which day it is collected, as `YYYY-MM-DD` in the market's time zone.
    pub collect_on: String,
}

closed_list! {
    /// The name of a [`ProductState`].
    ProductStateName {
        /// It can be bought.
        ForSale = "for_sale",
        /// Its owner is suspended.
        Hidden = "hidden",
        /// Somebody bought it.
        Sold = "sold",
        /// Its owner took it off the market.
        Withdrawn = "withdrawn",
        /// An administrator did.
        Removed = "removed"
    }
    "for_sale, hidden, sold, withdrawn, removed"
}

/// Lists products in whatever state, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    /// Only products whose name holds this text, ASCII letters in any case; see
    /// [`crate::text::SearchText`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Only products in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ProductStateName>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The products, newest first.
    pub products: Vec<Product>,
}

/// A product, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Its owner's username.
    pub owner: String,
    /// What it costs, or what it was sold for.
    pub price: Money,
    /// What became of it.
    pub state: ProductState,
    /// Its category.
    pub category: String,
    /// When it was listed.
    pub listed_at: UnixMillis,
}

/// What became of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductState {
    /// It can be bought.
    ForSale(Nothing),
    /// Its owner is suspended: it cannot be seen or bought until that ends.
    Hidden(Nothing),
    /// Somebody bought it.
    Sold(SoldTo),
    /// Its owner took it off the market.
    Withdrawn(Nothing),
    /// An administrator did.
    Removed(Removed),
}

/// Who bought a product, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldTo {
    /// The buyer's username.
    pub buyer: String,
    /// When it was bought.
    pub sold_at: UnixMillis,
}

/// Why an administrator took a product off the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The reason, which its owner is told.
    pub reason: String,
}
