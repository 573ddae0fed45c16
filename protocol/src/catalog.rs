//! The catalog: listing, searching, looking, selling, and what becomes of one's own products.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bytes::ByteString;
use crate::closed_list::closed_list;
use crate::error::Nothing;
use crate::ids::{Key, PictureHash, ProductId, UnixMillis};
use crate::money::Money;
use crate::page::Cursor;

closed_list! {
    /// The order of a list.
    #[derive(Default)]
    Sort {
        /// Listed last comes first.
        #[default]
        Newest = "newest",
        /// Listed first comes first.
        Oldest = "oldest",
        /// Cheapest first.
        Cheapest = "price",
        /// Dearest first.
        Dearest = "-price"
    }
    "newest, oldest, price, -price"
}

closed_list! {
    /// Which form of a picture.
    PictureSize {
        /// As large as it is stored.
        Full = "full",
        /// At most 256 pixels on its longer side.
        Thumbnail = "thumbnail"
    }
    "full, thumbnail"
}

/// Lists products for sale.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListProducts {
    /// The order; newest first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// Only products whose name or description holds these words; see [`crate::text::SearchText`].
    /// Their order is newest first, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this user's products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Only this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Only products at this price or below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_max: Option<Money>,
    /// Only products at this price or above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_min: Option<Money>,
}

/// Products for sale. A page may be short, even empty, and still name a next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The products, in the order asked for.
    pub products: Vec<ProductSummary>,
}

/// A product for sale, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSummary {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Its owner's username.
    pub owner: String,
    /// What it costs.
    pub price: Money,
    /// Its picture, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureHash>,
    /// Its category.
    pub category: String,
    /// When it was listed.
    pub listed_at: UnixMillis,
    /// The beginning of its description; see [`crate::limits::EXCERPT_CHARACTERS_MAX`].
    pub description: String,
}

/// Asks for everything about one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowProduct {
    /// The product.
    pub id: ProductId,
}

/// Everything about one product, sold or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDetail {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Its owner's username.
    pub owner: String,
    /// What it costs, or what it was sold for.
    pub price: Money,
    /// Whether it can be bought.
    pub state: ProductState,
    /// Its picture, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureHash>,
    /// Its category.
    pub category: String,
    /// When it was listed.
    pub listed_at: UnixMillis,
    /// The owner's name as a person.
    pub owner_name: String,
    /// Its description; may be empty.
    pub description: String,
    /// Whether the owner is online at this moment.
    pub owner_online: bool,
}

/// Whether a product can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductState {
    /// It can.
    ForSale(Nothing),
    /// Somebody bought it.
    Sold(SoldAt),
    /// Its owner, or an operator, took it off the market.
    Withdrawn(Nothing),
}

/// When a product was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldAt {
    /// The time of the sale.
    pub sold_at: UnixMillis,
}

/// Lists the users who have something for sale, by username.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSellers {
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// Users who have something for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The sellers, by username.
    pub sellers: Vec<Seller>,
}

/// A user who has something for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Whether the user is online at this moment.
    pub online: bool,
    /// How many products the user has for sale.
    pub products: u64,
    /// The user.
    pub username: String,
}

/// Asks for a product's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// The product.
    pub id: ProductId,
    /// Which form.
    pub size: PictureSize,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureData {
    /// The file.
    pub data: ByteString,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Always `image/jpeg` in version 1.
    pub media_type: String,
}

/// Puts a product up for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sell {
    /// Makes the request repeatable.
    pub key: Key,
    /// See [`crate::text::ProductName`].
    pub name: String,
    /// What it costs, in the server's currency; see [`Money::checked_price`].
    pub price: Money,
    /// A PNG, JPEG or WebP file; the server keeps a JPEG made from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<ByteString>,
    /// One of the server's categories.
    pub category: String,
    /// See [`crate::text::Description`]; may be empty.
    pub description: String,
}

/// The product is for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The new product.
    pub product: ProductId,
    /// When it was listed.
    pub listed_at: UnixMillis,
}

/// Changes a product of one's own that is for sale. What is absent stays as it is; something must be
/// there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditProduct {
    /// The product.
    pub id: ProductId,
    /// See [`crate::text::ProductName`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it costs from now on; see [`Money::checked_price`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// One of the server's categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// See [`crate::text::Description`]; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Takes a product of one's own off the market, for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawProduct {
    /// The product.
    pub id: ProductId,
}

/// The product is off the market, now or since before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductWithdrawn {}
