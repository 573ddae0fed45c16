//! Texts that would be a language of their own if they were pasted into one: each comes back as it was
//! sent, finds nothing, or is refused by its form.

use auboutique_protocol::admin::{Products, User, Users};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::AdminRequest;
use auboutique_protocol::catalog::{EditProduct, ListProducts, ListSellers, ProductPage};
use auboutique_protocol::chat::{History, HistoryPage, IfOffline, SendMessage};
use auboutique_protocol::codec;
use auboutique_protocol::envelope;
use auboutique_protocol::ids::Key;
use auboutique_protocol::page::Cursor;

use super::world::OWN;
use super::{At, ID, MEMBER, Outcome, Row, Sent, Stage, invalid};
use crate::common::raw::framed;

/// What would be SQL if it were pasted into SQL. Each comes back as it was sent, or finds nothing.
const SQL: &str = "'; DROP TABLE sales; --";

pub(super) fn rows() -> Vec<Row> {
    let edit = EditProduct {
        id: OWN,
        name: Some(SQL.into()),
        price: None,
        category: None,
        description: Some("\"'); DELETE FROM users WHERE ('1'='1".into()),
    };
    let list = |name: &str, list: ListProducts, outcome| {
        Row::call(Stage::Injection, MEMBER, name, &list, outcome)
    };
    let nothing = || {
        Outcome::Served("an empty page", |reply| {
            codec::decode(reply).is_ok_and(|page: ProductPage| page.products.is_empty())
        })
    };
    let search = |text: &str| ListProducts {
        text: Some(text.into()),
        ..ListProducts::default()
    };
    let cursor = Some(Cursor(ByteString(b"' OR ''='".to_vec())));
    let sellers = ListSellers {
        limit: None,
        cursor: cursor.clone(),
    };
    let users = Users {
        cursor,
        ..Users::default()
    };
    let products = Products {
        text: Some("%' OR '1'='1".into()),
        ..Products::default()
    };
    let user = User {
        username: "' OR ''='".into(),
    };
    vec![
        Row::call(
            Stage::Injection,
            MEMBER,
            "SQL as the name and the description of a product",
            &edit,
            Outcome::Served("the product with both, as they were sent", |reply| {
                let contains = |part: &[u8]| reply.windows(part.len()).any(|found| found == part);
                contains(SQL.as_bytes()) && contains(b"\"'); DELETE FROM users WHERE ('1'='1")
            }),
        ),
        list(
            "SQL as a text to search for",
            search("zebra' OR '1'='1"),
            nothing(),
        ),
        list(
            "the operators of the search engine as a text to search for",
            search("zebra\" OR name:* NEAR( NOT ^"),
            nothing(),
        ),
        list(
            "a text to search for without any word",
            search("\"*'^():-"),
            nothing(),
        ),
        list(
            "SQL as an owner",
            ListProducts {
                owner: Some("' OR ''='".into()),
                ..ListProducts::default()
            },
            invalid("owner", "forbidden_character"),
        ),
        message(),
        Row::call(
            Stage::Injection,
            MEMBER,
            "SQL as a cursor of sellers",
            &sellers,
            invalid("cursor", "malformed"),
        ),
        administrator(
            "SQL as an administrator's cursor of users",
            &users,
            invalid("cursor", "malformed"),
        ),
        administrator(
            "SQL as the name of a user, from an administrator",
            &user,
            invalid("username", "forbidden_character"),
        ),
        administrator(
            "SQL as an administrator's text to search for",
            &products,
            Outcome::Served("an empty page", |reply| {
                codec::decode(reply).is_ok_and(|page: auboutique_protocol::admin::ProductPage| {
                    page.products.is_empty()
                })
            }),
        ),
    ]
}

/// A message and what the conversation holds afterwards.
fn message() -> Row {
    let send = SendMessage {
        to: "yara".into(),
        key: Key([0x77; 16]),
        text: SQL.into(),
        about: None,
        if_offline: IfOffline::Keep,
    };
    let read = History {
        with: "yara".into(),
        after: None,
        limit: None,
        before: None,
    };
    let sent = [
        framed(&envelope::call(ID, &send)),
        framed(&envelope::call(ID + 1, &read)),
    ];
    let outcome = Outcome::InTurn(vec![
        Outcome::Served("the message", |_| true),
        Outcome::Served("the conversation with it, as it was sent", |reply| {
            codec::decode(reply).is_ok_and(|page: HistoryPage| {
                page.messages.last().is_some_and(|last| last.text == SQL)
            })
        }),
    ]);
    Row::new(
        Stage::Injection,
        MEMBER,
        "SQL as a message, then the conversation",
        Sent::Bytes(sent.concat()),
        outcome,
    )
}

fn administrator<C: AdminRequest>(name: &str, request: &C, outcome: Outcome) -> Row {
    let body = envelope::call_encoded(ID, C::NAME, &codec::encode(request));
    Row::frame(Stage::Injection, At::Administrator, name, &body, outcome)
}
