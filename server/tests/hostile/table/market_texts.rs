//! Texts about products, messages, and texts to search for: beyond their edges, or attacking who reads
//! them.

use auboutique_protocol::catalog::{EditProduct, ListProducts, ProductDetail, Sell};
use auboutique_protocol::chat::{IfOffline, MessageSent, SendMessage};
use auboutique_protocol::codec;
use auboutique_protocol::ids::Key;

use super::world::{OWN, PRICE_MINOR};
use super::{MEMBER, Outcome, Row, Stage, invalid};
use crate::common::book;

/// Nothing succeeds with it but the message at its limit.
const KEY: Key = Key([0x33; 16]);

pub(super) fn rows() -> Vec<Row> {
    let mut rows = products();
    rows.extend(messages());
    rows.extend(searches());
    rows
}

fn products() -> Vec<Row> {
    let sell = |name: &str, change: fn(&mut Sell), outcome| {
        let mut sell = Sell {
            key: KEY,
            ..book("Lamp", PRICE_MINOR)
        };
        change(&mut sell);
        Row::call(Stage::Text, MEMBER, name, &sell, outcome)
    };
    let forbidden = "forbidden_character";
    let edit = EditProduct {
        id: OWN,
        name: Some("é".repeat(120)),
        price: None,
        category: None,
        description: Some("é".repeat(4_000)),
    };
    vec![
        sell(
            "an empty product name",
            |sell| sell.name = String::new(),
            invalid("name", "empty"),
        ),
        sell(
            "a product name of 121 characters",
            |sell| sell.name = "é".repeat(121),
            invalid("name", "too_long"),
        ),
        sell(
            "a product name that sets a terminal's title",
            |sell| sell.name = "\u{1b}]0;owned\u{7}".into(),
            invalid("name", forbidden),
        ),
        sell(
            "a product name of two lines",
            |sell| sell.name = "Lamp\nSOLD".into(),
            invalid("name", forbidden),
        ),
        sell(
            "a description of 4,001 characters",
            |sell| sell.description = "é".repeat(4_001),
            invalid("description", "too_long"),
        ),
        sell(
            "a description with a carriage return alone",
            |sell| sell.description = "Used.\rNew.".into(),
            invalid("description", forbidden),
        ),
        sell(
            "a description with a tabulator",
            |sell| sell.description = "Used.\tNew.".into(),
            invalid("description", forbidden),
        ),
        sell(
            "a description with an isolate of direction",
            |sell| sell.description = "Used \u{2066}well\u{2069}".into(),
            invalid("description", forbidden),
        ),
        sell(
            "a description that writes to a terminal's clipboard",
            |sell| sell.description = "\u{1b}]52;c;cm0gLXJm\u{7}".into(),
            invalid("description", forbidden),
        ),
        sell(
            "an empty category",
            |sell| sell.category = String::new(),
            invalid("category", "empty"),
        ),
        sell(
            "a category of 33 characters",
            |sell| sell.category = "a".repeat(33),
            invalid("category", "too_long"),
        ),
        sell(
            "a category in capitals",
            |sell| sell.category = "TEXTBOOKS".into(),
            invalid("category", forbidden),
        ),
        sell(
            "a category that there is none of",
            |sell| sell.category = "weapons".into(),
            invalid("category", "unknown_value"),
        ),
        Row::call(
            Stage::Text,
            MEMBER,
            "a product name of 120 characters and a description of 4,000",
            &edit,
            Outcome::Served("the product with both", |reply| {
                codec::decode(reply).is_ok_and(|product: ProductDetail| {
                    product.name.chars().count() == 120
                        && product.description.chars().count() == 4_000
                })
            }),
        ),
    ]
}

fn messages() -> Vec<Row> {
    let row = |name: &str, text: String, outcome| {
        let message = SendMessage {
            to: "yara".into(),
            key: KEY,
            text,
            about: None,
            if_offline: IfOffline::Keep,
        };
        Row::call(Stage::Text, MEMBER, name, &message, outcome)
    };
    let forbidden = || invalid("text", "forbidden_character");
    vec![
        row(
            "a message of line feeds",
            "\n\r\n \n".into(),
            invalid("text", "empty"),
        ),
        row(
            "a message of 2,001 characters",
            "é".repeat(2_001),
            invalid("text", "too_long"),
        ),
        row(
            "a message that clears a terminal",
            "\u{1b}c".into(),
            forbidden(),
        ),
        row(
            "a message with a backspace",
            "yes\u{8}\u{8}\u{8}no".into(),
            forbidden(),
        ),
        row(
            "a message that turns the line around",
            "\u{202e}on si eti".into(),
            forbidden(),
        ),
        row("a message with a NUL", "be\0fore".into(), forbidden()),
        row(
            "a message with 5 marks on a letter",
            format!("a{}", "\u{335}".repeat(5)),
            invalid("text", "too_many_marks"),
        ),
        row(
            "a message of 2,000 characters in as many lines as that makes",
            "é\n".repeat(999) + "éé",
            Outcome::Served("the first message", |reply| {
                codec::decode(reply)
                    .is_ok_and(|sent: MessageSent| sent.number == 1 && !sent.delivered)
            }),
        ),
    ]
}

fn searches() -> Vec<Row> {
    let row = |name: &str, text: &str, reason| {
        let list = ListProducts {
            text: Some(text.into()),
            ..ListProducts::default()
        };
        Row::call(Stage::Text, MEMBER, name, &list, invalid("text", reason))
    };
    vec![
        row("a text to search for of white space", " ", "empty"),
        row(
            "a text to search for of 201 characters",
            &"é".repeat(201),
            "too_long",
        ),
        row(
            "a text to search for with a NUL",
            "cal\0culus",
            "forbidden_character",
        ),
        row(
            "a text to search for with 5 marks on a letter",
            &format!("q{}", "\u{301}".repeat(5)),
            "too_many_marks",
        ),
    ]
}
