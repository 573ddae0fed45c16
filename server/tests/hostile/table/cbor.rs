//! Every form of CBOR that the protocol forbids, inside a call that is valid otherwise.

use auboutique_protocol::codec::head;
use auboutique_protocol::envelope;
use auboutique_protocol::limits::{CBOR_DEPTH_MAX, CBOR_ITEMS_MAX};

use super::{At, ID, MEMBER, Outcome, Row, Stage, bad_request};
use crate::common::raw::unhex;

/// Bodies of a `ping`, by the rule that they break.
pub(crate) const FORBIDDEN: &[(&str, &str)] = &[
    ("a tag", "a1 6178 c0 60"),
    ("a tag around the body", "d9d9f7 a0"),
    ("a big integer", "a1 6178 c2 41 05"),
    ("a half float", "a1 6178 f93c00"),
    ("a float", "a1 6178 fa3f800000"),
    ("a double", "a1 6178 fb3ff0000000000000"),
    ("not a number", "a1 6178 f97e00"),
    ("null", "a1 6178 f6"),
    ("undefined", "a1 6178 f7"),
    ("a simple value", "a1 6178 f0"),
    ("a simple value in two bytes", "a1 6178 f820"),
    ("true in two bytes", "a1 6178 f815"),
    ("an indefinite map", "bf ff"),
    ("an indefinite array", "a1 6178 9f ff"),
    ("an indefinite text", "a1 6178 7f 6161 ff"),
    ("indefinite bytes", "a1 6178 5f 4101 ff"),
    ("a lone break", "a1 6178 ff"),
    ("an integer in two bytes", "a1 6178 1817"),
    ("an integer in three bytes", "a1 6178 1900ff"),
    ("an integer in five bytes", "a1 6178 1a0000ffff"),
    ("an integer in nine bytes", "a1 6178 1b00000000ffffffff"),
    ("a negative integer in two bytes", "a1 6178 3800"),
    ("a text with a long length", "a1 6178 7800"),
    ("a key with a long length", "a1 780178 00"),
    ("bytes with a long length", "a1 6178 580101"),
    ("an array with a long length", "a1 6178 9800"),
    ("a map with a long length", "b800"),
    ("a reserved head", "a1 6178 1c"),
    ("keys in descending order", "a2 6162 00 6161 00"),
    ("a longer key before a shorter", "a2 626161 00 6162 00"),
    ("a key twice", "a2 6161 00 6161 00"),
    ("an integer as a key", "a1 01 00"),
    ("bytes as a key", "a1 4161 00"),
    ("a map as a key", "a1 a0 00"),
    ("text that is not UTF-8", "a1 6178 61 ff"),
    ("a surrogate in UTF-8", "a1 6178 63 eda080"),
    ("an overlong form of UTF-8", "a1 6178 62 c080"),
    ("a key that is not UTF-8", "a1 61ff 00"),
    ("a byte behind the item", "a0 00"),
    ("an item behind the item", "a0 a0"),
    ("a map that is cut off", "a1"),
    ("a text that is cut off", "a1 6178 65 6161"),
    ("a length beyond all memory", "a1 6178 5bffffffffffffffff"),
    ("a count beyond all memory", "a1 6178 9bffffffffffffffff"),
];

/// A `ping` that nests this deep altogether. Frame, call and body are the first three.
fn nested(depth: usize) -> Vec<u8> {
    let mut body = unhex("a1 6178");
    body.extend(vec![0x81; depth - 4]);
    body.push(0x80);
    envelope::call_encoded(ID, "ping", &body)
}

/// A `ping` of this many items altogether. All but the zeros are nine: frame, two keys, id, call,
/// name, body, key, array.
fn crowded(items: usize) -> Vec<u8> {
    let zeros = items - 9;
    let mut body = unhex("a1 6178");
    head::array(zeros as u64, &mut body);
    body.extend(vec![0; zeros]);
    envelope::call_encoded(ID, "ping", &body)
}

pub(super) fn rows() -> Vec<Row> {
    let refusal = || Outcome::Refusal(bad_request());
    let forbidden = FORBIDDEN.iter().map(|(name, body)| {
        let call = envelope::call_encoded(ID, "ping", &unhex(body));
        Row::frame(Stage::Cbor, At::Anonymous, *name, &call, refusal())
    });
    let sound = |name: &str, body: &[u8]| {
        let outcome = Outcome::Error(bad_request());
        Row::frame(Stage::Cbor, MEMBER, name, body, outcome)
    };
    let unsound = |name: &str, body: &[u8]| Row::frame(Stage::Cbor, MEMBER, name, body, refusal());
    let edges = [
        sound(
            "16 levels of nesting, for a `ping` that has none",
            &nested(CBOR_DEPTH_MAX),
        ),
        unsound("17 levels of nesting", &nested(CBOR_DEPTH_MAX + 1)),
        unsound("a million levels of nesting", &nested(1_000_000)),
        sound(
            "4,096 items, for a `ping` that has none",
            &crowded(CBOR_ITEMS_MAX),
        ),
        unsound("4,097 items", &crowded(CBOR_ITEMS_MAX + 1)),
        unsound("a million items", &crowded(1_000_000)),
    ];
    forbidden.chain(edges).collect()
}
