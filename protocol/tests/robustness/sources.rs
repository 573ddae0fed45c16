//! Where hostile frames come from.

use std::path::Path;

use ciborium::Value;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::checks::{canonical, encode};

/// Any item of the CBOR subset, a few levels deep.
pub(crate) fn item() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((text(), inner), 0..6).prop_map(Value::Map),
        ]
    })
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,30}".prop_map(Value::Text),
        select(vec![
            "id", "call", "ok", "error", "code", "message", "seq", "event", "hello"
        ])
        .prop_map(Value::from),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        integer().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        text(),
        vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ]
}

/// Integers, most of them where the length of their encoding changes.
fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..200_u64,
        (0..64_u32, 0..3_u64)
            .prop_map(|(bit, off)| (1_u64 << bit).wrapping_add(off).wrapping_sub(1)),
        any::<u64>(),
    ]
}

/// A vector with one to four injuries; half of them are requests, most have one injury.
pub(crate) fn damaged_vector() -> impl Strategy<Value = Vec<u8>> {
    let (all, requests) = (vectors(""), vectors("call."));
    let victim = prop_oneof![select(all.clone()), select(requests)];
    let injuries = prop_oneof![3 => vec(injury(all.clone()), 1), 1 => vec(injury(all), 2..=4)];
    (victim, injuries).prop_map(|(mut frame, injuries)| {
        for injury in injuries {
            injury.apply(&mut frame);
        }
        frame
    })
}

/// The vectors whose names begin with `prefix`.
fn vectors(prefix: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let entries = directory.read_dir().expect("protocol/vectors can be read");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry of protocol/vectors").file_name())
        .filter(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
        .collect();
    names.sort();
    let read = |name| std::fs::read(directory.join(name)).expect("a readable vector");
    let vectors: Vec<Vec<u8>> = names.into_iter().map(read).collect();
    assert!(!vectors.is_empty(), "no vectors to damage");
    vectors
}

/// One change to a frame.
#[derive(Debug, Clone)]
enum Injury {
    FlipBit(Index, u8),
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Delete(Index, Index),
    /// Puts in a piece of another vector.
    Splice(Index, Vec<u8>, Index, Index),
}

fn injury(vectors: Vec<Vec<u8>>) -> impl Strategy<Value = Injury> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), 0..8_u8).prop_map(|(at, bit)| Injury::FlipBit(at, bit)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Injury::Replace(at, byte)),
        1 => (at(), vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Injury::Insert(at, bytes)),
        1 => (at(), at()).prop_map(|(from, to)| Injury::Delete(from, to)),
        1 => (at(), select(vectors), at(), at())
            .prop_map(|(at, donor, from, to)| Injury::Splice(at, donor, from, to)),
    ]
}

impl Injury {
    fn apply(self, frame: &mut Vec<u8>) {
        let end = frame.len() + 1;
        match self {
            Self::FlipBit(at, bit) => {
                if !frame.is_empty() {
                    *at.get_mut(frame) ^= 1 << bit;
                }
            }
            Self::Replace(at, byte) => {
                if !frame.is_empty() {
                    *at.get_mut(frame) = byte;
                }
            }
            Self::Insert(at, bytes) => {
                let at = at.index(end);
                drop(frame.splice(at..at, bytes));
            }
            Self::Delete(from, to) => {
                drop(frame.drain(range(from, to, end)));
            }
            Self::Splice(at, donor, from, to) => {
                let at = at.index(end);
                let piece = donor[range(from, to, donor.len() + 1)].to_vec();
                drop(frame.splice(at..at, piece));
            }
        }
    }
}

fn range(from: Index, to: Index, end: usize) -> std::ops::Range<usize> {
    let (from, to) = (from.index(end), to.index(end));
    from.min(to)..from.max(to)
}

/// The fields of each request.
const SHAPES: &[(&str, &[&str])] = &[
    ("register", &["name", "email", "password", "username"]),
    ("login", &["password", "username"]),
    ("resume", &["token"]),
    ("ping", &[]),
    ("logout", &[]),
    ("whoami", &[]),
    (
        "list_products",
        &[
            "sort",
            "text",
            "limit",
            "owner",
            "cursor",
            "category",
            "price_max",
            "price_min",
        ],
    ),
    ("show_product", &["id"]),
    ("picture", &["id", "size"]),
    (
        "sell",
        &["key", "name", "price", "picture", "category", "description"],
    ),
    ("buy", &["key", "price", "product"]),
    ("my_purchases", &["limit", "cursor"]),
    ("my_sales", &["limit", "cursor"]),
    ("list_sellers", &["limit", "cursor"]),
    ("presence", &["names"]),
    (
        "edit_product",
        &["id", "name", "price", "category", "description"],
    ),
    ("withdraw_product", &["id"]),
    ("change_password", &["new", "old"]),
    ("my_quota", &[]),
    ("export_account", &["cursor"]),
    ("delete_account", &["password"]),
    (
        "send_message",
        &["to", "key", "text", "about", "if_offline"],
    ),
    ("conversations", &["limit", "cursor"]),
    ("history", &["with", "after", "limit", "before"]),
    ("mark_read", &["upto", "with"]),
    ("watch", &["topics"]),
    ("sell_all", &["key"]),
    ("", &[]),
];

/// An envelope around a request that has its fields, or lacks some, or has one too many, or goes by
/// the name of another.
pub(crate) fn near_request() -> impl Strategy<Value = Vec<u8>> {
    let shape = select(SHAPES).prop_flat_map(|(name, fields)| {
        let other = select(SHAPES).prop_map(|(name, _)| name);
        (prop_oneof![9 => Just(name), 1 => other], body(fields))
    });
    (shape, integer()).prop_map(|((name, body), id)| {
        let call = Value::Map(vec![(Value::from(name), body)]);
        let envelope = vec![
            (Value::from("id"), Value::from(id)),
            (Value::from("call"), call),
        ];
        encode(&canonical(Value::Map(envelope)))
    })
}

fn body(fields: &[&'static str]) -> impl Strategy<Value = Value> {
    let entries: Vec<_> = fields.iter().map(|field| entry(field)).collect();
    let extra = prop::option::weighted(0.1, (text(), item()));
    (entries, extra).prop_map(|(entries, extra)| {
        let entries = entries.into_iter().flatten().chain(extra);
        canonical(Value::Map(entries.collect()))
    })
}

/// A field with a value that fits it nine times out of ten, or without the field.
fn entry(field: &'static str) -> impl Strategy<Value = Option<(Value, Value)>> {
    let value = prop_oneof![9 => fitting(field), 1 => item()];
    let entry = value.prop_map(move |value| (Value::from(field), value));
    prop::option::weighted(0.95, entry)
}

fn fitting(field: &str) -> BoxedStrategy<Value> {
    let bytes = |length: std::ops::Range<usize>| vec(any::<u8>(), length).prop_map(Value::Bytes);
    match field {
        "key" => bytes(16..17).boxed(),
        "token" => bytes(32..33).boxed(),
        "cursor" | "picture" => bytes(0..80).boxed(),
        "limit" => (0..200_u32).prop_map(Value::from).boxed(),
        "id" | "product" | "about" | "after" | "before" | "upto" => {
            integer().prop_map(Value::from).boxed()
        }
        "price" | "price_max" | "price_min" => money().boxed(),
        "sort" => select(vec!["newest", "oldest", "price", "-price", "name"])
            .prop_map(Value::from)
            .boxed(),
        "names" => vec(".{0,9}".prop_map(Value::Text), 0..4)
            .prop_map(Value::Array)
            .boxed(),
        "if_offline" => select(vec!["refuse", "keep", "drop"])
            .prop_map(Value::from)
            .boxed(),
        "topics" => vec(select(vec!["products", "presence", "weather"]), 0..4)
            .prop_map(|topics| Value::Array(topics.into_iter().map(Value::from).collect()))
            .boxed(),
        "size" => select(vec!["full", "thumbnail", "tiny"])
            .prop_map(Value::from)
            .boxed(),
        _ => ".{0,40}".prop_map(Value::Text).boxed(),
    }
}

fn money() -> impl Strategy<Value = Value> {
    let currency = select(vec!["USD", "EUR", "LBP", "XAU"]);
    (integer(), currency).prop_map(|(minor, currency)| {
        let minor = (Value::from("minor"), Value::from(minor));
        Value::Map(vec![
            minor,
            (Value::from("currency"), Value::from(currency)),
        ])
    })
}
