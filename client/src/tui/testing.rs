//! People, products and messages for tests of screens.

use auboutique_protocol::accounts::Profile;
use auboutique_protocol::catalog::{ProductDetail, ProductState, ProductSummary};
use auboutique_protocol::chat::Message;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{Key, PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::{Confirmation, OwnProduct, OwnProductState, Purchase, SoldTo};

use crate::tui::message::Facts;

/// 2026-05-04, 09:30:00 in UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_777_887_000_000);
const HOUR: u64 = 3_600_000;

const NAMES: [&str; 5] = [
    "Calculus, 9th edition",
    "Walnut box with inlay",
    "كتاب الأغاني",
    "Desk\u{1b}[31m lamp",
    "Postage stamps of 1959, complete set in album",
];
const OWNERS: [&str; 4] = ["omar", "mona", "karim", "lina"];

fn pick<'a>(of: &[&'a str], number: u64) -> &'a str {
    let count = of.len() as u64;
    of[usize::try_from(number % count).unwrap_or_default()]
}

pub(crate) fn dollars(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        server: "market.example.org:7443".into(),
        time: NOW,
        currency: Currency::Usd,
        categories: ["textbooks", "craftwork", "collectibles", "other"]
            .map(str::to_owned)
            .to_vec(),
        password_characters_min: 15,
    }
}

pub(crate) fn profile() -> Profile {
    Profile {
        name: "Mona Haddad".into(),
        email: "mona@example.org".into(),
        username: "mona".into(),
        member_since: NOW,
    }
}

pub(crate) fn summary(id: u64) -> ProductSummary {
    ProductSummary {
        id: ProductId(id),
        name: pick(&NAMES, id).into(),
        owner: pick(&OWNERS, id).into(),
        price: dollars(id * 125 + 500),
        picture: (!id.is_multiple_of(3)).then_some(PictureHash([7; 32])),
        category: "textbooks".into(),
        listed_at: UnixMillis(NOW.0 - 40 * HOUR + id.min(39) * HOUR),
        description: "Hardly used, a few notes in pencil; the answers of the odd exercises are at \
                      the end."
            .into(),
    }
}

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
