//! Purchases: buying, and what buyers and sellers see of it afterwards.

use serde::{Deserialize, Serialize};

use crate::error::Nothing;
use crate::ids::{Key, ProductId, UnixMillis};
use crate::money::Money;
use crate::page::Cursor;

/// Buys a product at the price that the buyer saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buy {
    /// Makes the request repeatable, and names the purchase once it succeeded.
    pub key: Key,
    /// The price seen. Another price now is `price_changed`.
    pub price: Money,
    /// The product.
    pub product: ProductId,
}

/// A purchase, confirmed: the same bytes whenever and however often it is asked for by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// What to show when collecting.
    pub code: String,
    /// The price paid.
    pub price: Money,
    /// The product bought.
    pub product: ProductId,
    /// When it was bought.
    pub sold_at: UnixMillis,
    /// The purchase: the key it was made with.
    pub purchase: Key,
    /// Where to collect it.
    pub collect_at: String,
    /// On which day, as `YYYY-MM-DD` in the market's time zone.
    pub collect_on: String,
    /// The place's hours.
    pub collect_hours: String,
}

/// Lists one's purchases, last first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MyPurchases {
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// One's purchases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchasePage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The purchases, last first.
    pub purchases: Vec<Purchase>,
}

/// One of the asking user's purchases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The product's name.
    pub name: String,
    /// The seller's username.
    pub seller: String,
    /// The confirmation, as it was given.
    pub confirmation: Confirmation,
}

/// Lists one's own products, last listed first, with their buyers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MySales {
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// One's own products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalePage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The products, last listed first.
    pub products: Vec<OwnProduct>,
}

/// A product, to its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnProduct {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// What it costs, or what it was sold for.
    pub price: Money,
    /// What became of it.
    pub state: OwnProductState,
    /// When it was listed.
    pub listed_at: UnixMillis,
}

/// What became of one's product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnProductState {
    /// It can be bought.
    ForSale(Nothing),
    /// Somebody bought it.
    Sold(SoldTo),
    /// It was taken off the market.
    Withdrawn(Nothing),
}

/// Who bought a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldTo {
    /// The buyer's username.
    pub buyer: String,
    /// When.
    pub sold_at: UnixMillis,
    /// The buyer's name as a person.
    pub buyer_name: String,
    /// The day on which the buyer collects it, as `YYYY-MM-DD`.
    pub collect_on: String,
}
