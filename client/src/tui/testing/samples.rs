//! More people, products and messages, which only tests need.

use auboutique_protocol::catalog::{ProductDetail, ProductState};
use auboutique_protocol::chat::Message;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::purchases::{Confirmation, OwnProduct, OwnProductState, Purchase, SoldTo};

use super::{HOUR, NAMES, NOW, OWNERS, dollars, pick, summary};

pub(crate) fn detail(id: u64) -> ProductDetail {
    let summary = summary(id);
    ProductDetail {
        id: summary.id,
        name: summary.name,
        owner: summary.owner,
        price: summary.price,
        state: ProductState::ForSale(Nothing {}),
        picture: summary.picture,
        category: summary.category,
        listed_at: summary.listed_at,
        owner_name: "Omar Khalil".into(),
        description: summary.description.repeat(4),
        owner_online: true,
    }
}

pub(crate) fn confirmation(product: u64) -> Confirmation {
    Confirmation {
        code: "K7-QX-2M".into(),
        price: dollars(1_250),
        product: ProductId(product),
        sold_at: NOW,
        purchase: Key([7; 16]),
        collect_at: "AUB Post Office, West Hall".into(),
        collect_on: "2026-05-06".into(),
        collect_hours: "09:00–16:00".into(),
    }
}

pub(crate) fn purchase(product: u64) -> Purchase {
    Purchase {
        name: pick(&NAMES, product).into(),
        seller: pick(&OWNERS, product).into(),
        confirmation: confirmation(product),
    }
}

pub(crate) fn own(id: u64) -> OwnProduct {
    let state = match id % 3 {
        0 => OwnProductState::ForSale(Nothing {}),
        1 => OwnProductState::Sold(SoldTo {
            buyer: "omar".into(),
            sold_at: NOW,
            buyer_name: "Omar Khalil".into(),
            collect_on: "2026-05-06".into(),
        }),
        _ => OwnProductState::Withdrawn(Nothing {}),
    };
    OwnProduct {
        id: ProductId(id),
        name: pick(&NAMES, id).into(),
        price: dollars(id * 125 + 500),
        state,
        listed_at: NOW,
    }
}

pub(crate) fn message(number: u64, from: &str, to: &str) -> Message {
    Message {
        to: to.into(),
        from: from.into(),
        text: format!("Is it still there? This is message {number} about it."),
        about: Some(ProductId(7)),
        number,
        sent_at: UnixMillis(NOW.0 - HOUR + number * 60_000),
    }
}
