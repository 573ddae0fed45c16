//! What `--json` prints: the stable fields of docs/CLIENT.md, made from the protocol's replies.
//!
//! Texts are as the server sent them; what could steer a terminal is escaped when they are printed
//! ([`crate::terminal::output`]).

use auboutique_protocol::accounts::{ExportedProduct, Profile};
use auboutique_protocol::catalog::{ProductDetail, ProductState, ProductSummary};
use auboutique_protocol::chat::Message;
use auboutique_protocol::money::Money;
use auboutique_protocol::purchases::{Confirmation, OwnProduct, OwnProductState, Purchase, SoldTo};
use serde::Serialize;

use crate::cli::export::picture_file;
use crate::terminal::output::rfc3339;

#[derive(Debug, Serialize)]
pub(crate) struct ProfileView<'a> {
    username: &'a str,
    name: &'a str,
    email: &'a str,
    member_since: String,
}

impl<'a> From<&'a Profile> for ProfileView<'a> {
    fn from(profile: &'a Profile) -> Self {
        Self {
            username: &profile.username,
            name: &profile.name,
            email: &profile.email,
            member_since: rfc3339(profile.member_since),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct SummaryView<'a> {
    id: u64,
    name: &'a str,
    owner: &'a str,
    price: Money,
    category: &'a str,
    description: &'a str,
    listed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
}

impl<'a> From<&'a ProductSummary> for SummaryView<'a> {
    fn from(product: &'a ProductSummary) -> Self {
        Self {
            id: product.id.0,
            name: &product.name,
            owner: &product.owner,
            price: product.price,
            category: &product.category,
            description: &product.description,
            listed_at: rfc3339(product.listed_at),
            picture: product.picture.map(|hash| hash.to_string()),
        }
    }
}

/// A list of products, from [`SummaryView`]s.
pub(crate) fn summaries(products: &[ProductSummary]) -> Vec<SummaryView<'_>> {
    products.iter().map(SummaryView::from).collect()
}

#[derive(Debug, Serialize)]
pub(crate) struct DetailView<'a> {
    id: u64,
    name: &'a str,
    owner: &'a str,
    owner_name: &'a str,
    owner_online: bool,
    price: Money,
    category: &'a str,
    description: &'a str,
    listed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sold_at: Option<String>,
}

impl<'a> From<&'a ProductDetail> for DetailView<'a> {
    fn from(product: &'a ProductDetail) -> Self {
        let (state, sold_at) = match product.state {
            ProductState::ForSale(_) => ("for_sale", None),
            ProductState::Sold(sold) => ("sold", Some(rfc3339(sold.sold_at))),
            ProductState::Withdrawn(_) => ("withdrawn", None),
        };
        Self {
            id: product.id.0,
            name: &product.name,
            owner: &product.owner,
            owner_name: &product.owner_name,
            owner_online: product.owner_online,
            price: product.price,
            category: &product.category,
            description: &product.description,
            listed_at: rfc3339(product.listed_at),
            picture: product.picture.map(|hash| hash.to_string()),
            state,
            sold_at,
        }
    }
}

/// A confirmation; with the product's name and seller where they are known.
#[derive(Debug, Serialize)]
pub(crate) struct ConfirmationView<'a> {
    purchase: String,
    product: u64,
    name: &'a str,
    seller: &'a str,
    price: Money,
    sold_at: String,
    collect_on: &'a str,
    collect_at: &'a str,
    collect_hours: &'a str,
    code: &'a str,
}

impl<'a> ConfirmationView<'a> {
    pub(crate) fn new(confirmation: &'a Confirmation, name: &'a str, seller: &'a str) -> Self {
        Self {
            purchase: confirmation.purchase.to_string(),
            product: confirmation.product.0,
            name,
            seller,
            price: confirmation.price,
            sold_at: rfc3339(confirmation.sold_at),
            collect_on: &confirmation.collect_on,
            collect_at: &confirmation.collect_at,
            collect_hours: &confirmation.collect_hours,
            code: &confirmation.code,
        }
    }
}

impl<'a> From<&'a Purchase> for ConfirmationView<'a> {
    fn from(purchase: &'a Purchase) -> Self {
        Self::new(&purchase.confirmation, &purchase.name, &purchase.seller)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct SaleView<'a> {
    id: u64,
    product: u64,
    name: &'a str,
    price: Money,
    listed_at: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sold_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collect_on: Option<&'a str>,
}

fn state_and_sale(state: &OwnProductState) -> (&'static str, Option<&SoldTo>) {
    match state {
        OwnProductState::ForSale(_) => ("for_sale", None),
        OwnProductState::Sold(sold) => ("sold", Some(sold)),
        OwnProductState::Withdrawn(_) => ("withdrawn", None),
    }
}

impl<'a> From<&'a OwnProduct> for SaleView<'a> {
    fn from(product: &'a OwnProduct) -> Self {
        let (state, sold) = state_and_sale(&product.state);
        Self {
            id: product.id.0,
            product: product.id.0,
            name: &product.name,
            price: product.price,
            listed_at: rfc3339(product.listed_at),
            state,
            buyer: sold.map(|sold| sold.buyer.as_str()),
            buyer_name: sold.map(|sold| sold.buyer_name.as_str()),
            sold_at: sold.map(|sold| rfc3339(sold.sold_at)),
            collect_on: sold.map(|sold| sold.collect_on.as_str()),
        }
    }
}

/// A message, to one of the two whom it concerns.
#[derive(Debug, Serialize)]
pub(crate) struct MessageView<'a> {
    number: u64,
    from: &'a str,
    to: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<u64>,
    sent_at: String,
    /// Whether the recipient has read it; where that is known, and to its sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<bool>,
}

impl<'a> MessageView<'a> {
    /// A message as `me` sees it in a conversation of which the other has read up to `seen`.
    pub(crate) fn in_conversation(message: &'a Message, me: &str, seen: u64) -> Self {
        Self {
            seen: (message.from == me).then_some(message.number <= seen),
            ..Self::from(message)
        }
    }
}

impl<'a> From<&'a Message> for MessageView<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            number: message.number,
            from: &message.from,
            to: &message.to,
            text: &message.text,
            about: message.about.map(|product| product.0),
            sent_at: rfc3339(message.sent_at),
            seen: None,
        }
    }
}

/// A product as `account.json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct ExportedView<'a> {
    id: u64,
    name: &'a str,
    price: Money,
    category: &'a str,
    description: &'a str,
    listed_at: String,
    state: &'static str,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sold_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collect_on: Option<&'a str>,
}

impl<'a> From<&'a ExportedProduct> for ExportedView<'a> {
    fn from(product: &'a ExportedProduct) -> Self {
        let (state, sold) = state_and_sale(&product.state);
        Self {
            id: product.id.0,
            name: &product.name,
            price: product.price,
            category: &product.category,
            description: &product.description,
            listed_at: rfc3339(product.listed_at),
            state,
            picture: product.picture.map(|_| picture_file(product)),
            picture_sha256: product.picture.map(|hash| hash.to_string()),
            buyer: sold.map(|sold| sold.buyer.as_str()),
            buyer_name: sold.map(|sold| sold.buyer_name.as_str()),
            sold_at: sold.map(|sold| rfc3339(sold.sold_at)),
            collect_on: sold.map(|sold| sold.collect_on.as_str()),
        }
    }
}
