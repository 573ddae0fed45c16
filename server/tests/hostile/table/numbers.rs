//! Numbers beyond their edges, and places in lists that no server has named.

use auboutique_protocol::accounts::{AccountExport, ExportAccount};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::Call;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ListSellers, Picture, PictureSize, ProductDetail, ProductPage,
    SellerPage, ShowProduct, Sort,
};
use auboutique_protocol::chat::{Conversations, History, HistoryPage, MarkRead};
use auboutique_protocol::codec;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::event::{Topic, Watch};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::PRICE_MINOR_MAX;
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::presence::Presence;
use auboutique_protocol::purchases::{Buy, MyPurchases, MySales, PurchasePage};

use super::world::{FOREIGN, OWN};
use super::{MEMBER, Outcome, Row, Stage, invalid};
use crate::common::usd;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = prices();
    rows.extend(identities());
    rows.extend(amounts());
    rows.extend(cursors());
    rows
}

fn row<C: Call>(name: &str, request: &C, outcome: Outcome) -> Row {
    Row::call(Stage::Number, MEMBER, name, request, outcome)
}

fn prices() -> Vec<Row> {
    let edit = |price| EditProduct {
        id: OWN,
        name: None,
        price: Some(price),
        category: None,
        description: None,
    };
    let buy = |price| Buy {
        key: Key([0x44; 16]),
        price,
        product: FOREIGN,
    };
    let euros = Money {
        minor: 500,
        currency: Currency::Eur,
    };
    let between = |min, max| ListProducts {
        price_min: Some(usd(min)),
        price_max: Some(usd(max)),
        sort: Some(Sort::Cheapest),
        ..ListProducts::default()
    };
    let none = || {
        Outcome::Served("an empty page", |reply| {
            codec::decode(reply).is_ok_and(|page: ProductPage| page.products.is_empty())
        })
    };
    let out_of_range = || invalid("price", "out_of_range");
    let other_currency = ListProducts {
        price_max: Some(euros),
        ..ListProducts::default()
    };
    vec![
        row("a price of 0", &edit(usd(0)), out_of_range()),
        row(
            "a price of the highest and 1",
            &edit(usd(PRICE_MINOR_MAX + 1)),
            out_of_range(),
        ),
        row("a price of 2⁶⁴-1", &edit(usd(u64::MAX)), out_of_range()),
        row(
            "the highest price",
            &edit(usd(PRICE_MINOR_MAX)),
            Outcome::Served("the product at this price", |reply| {
                codec::decode(reply)
                    .is_ok_and(|product: ProductDetail| product.price == usd(PRICE_MINOR_MAX))
            }),
        ),
        row(
            "a price in another currency",
            &edit(euros),
            invalid("price", "unknown_value"),
        ),
        row("a purchase for 0", &buy(usd(0)), out_of_range()),
        row("a purchase for 2⁶³", &buy(usd(1 << 63)), out_of_range()),
        row(
            "a purchase in another currency",
            &buy(euros),
            invalid("price", "unknown_value"),
        ),
        row(
            "a list up to a price in another currency",
            &other_currency,
            invalid("price_max", "unknown_value"),
        ),
        row(
            "a list from a price down to a lower one",
            &between(501, 500),
            none(),
        ),
        row(
            "a list from the price 2⁶⁴-1",
            &between(u64::MAX, u64::MAX),
            none(),
        ),
    ]
}

fn identities() -> Vec<Row> {
    let not_found = || Outcome::Error(ErrorCode::NotFound(Nothing {}));
    let show = |id| ShowProduct { id: ProductId(id) };
    let picture = Picture {
        id: ProductId(1 << 63),
        size: PictureSize::Thumbnail,
    };
    let buy = Buy {
        key: Key([0xff; 16]),
        price: usd(1),
        product: ProductId(u64::MAX),
    };
    vec![
        row("the product 0", &show(0), not_found()),
        row("the product 2⁶⁴-1", &show(u64::MAX), not_found()),
        row("the picture of the product 2⁶³", &picture, not_found()),
        row("a purchase of the product 2⁶⁴-1", &buy, not_found()),
    ]
}

fn amounts() -> Vec<Row> {
    let list = |limit| ListProducts {
        limit: Some(limit),
        ..ListProducts::default()
    };
    let history = |after, before| History {
        with: "karim".into(),
        after,
        limit: None,
        before,
    };
    let read = |upto| MarkRead {
        upto,
        with: "karim".into(),
    };
    let names = |count| Presence {
        names: vec!["karim".into(); count],
    };
    let silence = || {
        Outcome::Served("no messages", |reply| {
            codec::decode(reply).is_ok_and(|page: HistoryPage| page.messages.is_empty())
        })
    };
    let out_of_range = |field| invalid(field, "out_of_range");
    let topics = Watch {
        topics: vec![Topic::Presence; 4_000],
    };
    vec![
        row("a page of 0", &list(0), out_of_range("limit")),
        row("a page of 101", &list(101), out_of_range("limit")),
        row("a page of 2³²-1", &list(u32::MAX), out_of_range("limit")),
        row(
            "messages after one and before another",
            &history(Some(0), Some(9)),
            invalid("history", "unsupported"),
        ),
        row(
            "messages after 2⁶⁴-1",
            &history(Some(u64::MAX), None),
            silence(),
        ),
        row("messages before 0", &history(None, Some(0)), silence()),
        row(
            "a mark behind the last message",
            &read(3),
            out_of_range("upto"),
        ),
        row("a mark at 2⁶⁴-1", &read(u64::MAX), out_of_range("upto")),
        row("the presence of nobody", &names(0), out_of_range("names")),
        row("the presence of 101", &names(101), out_of_range("names")),
        row(
            "a topic 4,000 times",
            &topics,
            Outcome::Served("the `watch`", |_| true),
        ),
    ]
}

fn cursors() -> Vec<Row> {
    let cursor = |bytes: &[u8]| Some(Cursor(ByteString(bytes.to_vec())));
    let list = |bytes: &[u8], sort| ListProducts {
        sort: Some(sort),
        cursor: cursor(bytes),
        ..ListProducts::default()
    };
    let malformed = || invalid("cursor", "malformed");
    let sellers = |bytes: &[u8]| ListSellers {
        limit: None,
        cursor: cursor(bytes),
    };
    let numbers = |numbers: &[u64]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    };
    let far = numbers(&[u64::MAX, u64::MAX]);
    let dear = ListProducts {
        price_max: Some(usd(1)),
        ..list(&[&b"p"[..], &far].concat(), Sort::Cheapest)
    };
    let purchases = |bytes: &[u8]| MyPurchases {
        limit: None,
        cursor: cursor(bytes),
    };
    let sales = MySales {
        limit: None,
        cursor: cursor(&far),
    };
    let conversations = Conversations {
        limit: None,
        cursor: cursor(&[0; 64]),
    };
    let export = |bytes: &[u8]| ExportAccount {
        cursor: cursor(bytes),
    };
    vec![
        row("an empty cursor", &list(b"", Sort::Newest), malformed()),
        row(
            "a cursor that is cut off",
            &list(b"t1234567", Sort::Newest),
            malformed(),
        ),
        row(
            "a cursor with a byte more",
            &list(b"t123456789", Sort::Newest),
            malformed(),
        ),
        row(
            "a cursor of another order",
            &list(b"t12345678", Sort::Cheapest),
            malformed(),
        ),
        row(
            "a cursor of no order",
            &list(b"x12345678", Sort::Oldest),
            malformed(),
        ),
        row(
            "a cursor of 100,000 bytes",
            &list(&[b't'; 100_000], Sort::Newest),
            malformed(),
        ),
        row(
            "a cursor behind the last product, above the highest price",
            &dear,
            Outcome::Served("an empty page", |reply| {
                codec::decode(reply)
                    .is_ok_and(|page: ProductPage| page.products.is_empty() && page.next.is_none())
            }),
        ),
        row(
            "a seller's cursor that is not UTF-8",
            &sellers(b"\xff\xfe\xfd"),
            malformed(),
        ),
        row(
            "a seller's cursor behind the last",
            &sellers(&[b'z'; 32]),
            Outcome::Served("an empty page", |reply| {
                codec::decode(reply).is_ok_and(|page: SellerPage| page.sellers.is_empty())
            }),
        ),
        row(
            "a cursor of purchases of 15 bytes",
            &purchases(&far[..15]),
            malformed(),
        ),
        row(
            "a cursor of purchases in the far future",
            &purchases(&far),
            Outcome::Served("the one purchase", |reply| {
                codec::decode(reply).is_ok_and(|page: PurchasePage| page.purchases.len() == 1)
            }),
        ),
        row("a cursor of purchases for sales", &sales, malformed()),
        row(
            "a cursor of conversations of 64 bytes",
            &conversations,
            malformed(),
        ),
        row(
            "a cursor of an export of 7 bytes",
            &export(&[0; 7]),
            malformed(),
        ),
        row(
            "a cursor of an export into the messages of others",
            &export(&numbers(&[0, 0, u64::MAX])),
            Outcome::Served("one's own messages", |reply| {
                codec::decode(reply).is_ok_and(|page: AccountExport| {
                    let own = |name: &str| name == "mona";
                    let mut messages = page.messages.iter();
                    page.messages.len() >= 2
                        && messages.all(|message| own(&message.from) || own(&message.to))
                })
            }),
        ),
    ]
}
