//! Requests and replies about purchases.

use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::purchases::{
    Buy, Confirmation, MyPurchases, MySales, OwnProduct, OwnProductState, Purchase, PurchasePage,
    SalePage, SoldTo,
};

use super::{LISTED_AT, PRODUCT, SOLD_AT, Vector, cursor, key, reply, request, usd};

pub(super) const COLLECT_ON: &str = "2026-01-19";

pub(super) fn all() -> Vec<Vector> {
    let confirmation = confirmation();
    let purchase = Purchase {
        name: "Calculus".into(),
        seller: "mona".into(),
        confirmation: confirmation.clone(),
    };
    let sold = OwnProductState::Sold(SoldTo {
        buyer: "karim".into(),
        sold_at: SOLD_AT,
        buyer_name: "Karim Haddad".into(),
        collect_on: COLLECT_ON.into(),
    });
    let purchase_page = |next, purchases| PurchasePage { next, purchases };
    let sale_page = |next, products| SalePage { next, products };
    vec![
        request(
            "",
            &Buy {
                key: key(2),
                price: usd(1250),
                product: PRODUCT,
            },
        ),
        reply::<Buy>("", &confirmation),
        request("minimal", &MyPurchases::default()),
        request(
            "full",
            &MyPurchases {
                limit: Some(20),
                cursor: Some(cursor()),
            },
        ),
        reply::<MyPurchases>("minimal", &purchase_page(None, vec![])),
        reply::<MyPurchases>("full", &purchase_page(Some(cursor()), vec![purchase])),
        request("minimal", &MySales::default()),
        request(
            "full",
            &MySales {
                limit: Some(20),
                cursor: Some(cursor()),
            },
        ),
        reply::<MySales>("minimal", &sale_page(None, vec![])),
        reply::<MySales>(
            "full",
            &sale_page(
                Some(cursor()),
                vec![
                    own_product(44, OwnProductState::ForSale(Nothing {})),
                    own_product(43, OwnProductState::Withdrawn(Nothing {})),
                    own_product(42, sold),
                ],
            ),
        ),
    ]
}

pub(super) fn confirmation() -> Confirmation {
    Confirmation {
        code: "7K3QX0ZM".into(),
        price: usd(1250),
        product: PRODUCT,
        sold_at: SOLD_AT,
        purchase: key(2),
        collect_at: "AUB Post Office".into(),
        collect_on: COLLECT_ON.into(),
        collect_hours: "Monday to Friday, 8:00 to 16:00".into(),
    }
}

fn own_product(id: u64, state: OwnProductState) -> OwnProduct {
    OwnProduct {
        id: ProductId(id),
        name: "Calculus".into(),
        price: usd(1250),
        state,
        listed_at: LISTED_AT,
    }
}
