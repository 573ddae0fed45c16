//! The values behind the vectors: for every request, reply, error, event and hello at least one
//! complete frame, built with the public API from fixed keys, times and texts.

use auboutique_protocol::call::{Call, MemberCall};
use auboutique_protocol::codec;
use auboutique_protocol::envelope;
use auboutique_protocol::ids::{Key, PictureHash, ProductId, Token, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;

mod accounts;
mod admin;
mod admin_events;
mod catalog;
mod chat;
mod events;
mod hellos;
mod presence;
mod purchases;
mod refusals;

use crate::recode;

/// One frame, and how to take it apart and put it together again.
pub(crate) struct Vector {
    /// The file's name without `.cbor`: a kind, a name, and a variant where there are several.
    pub(crate) name: String,
    /// The frame's body.
    pub(crate) frame: Vec<u8>,
    /// Decodes a frame of this kind into its type and encodes that again.
    pub(crate) recode: fn(&[u8]) -> Vec<u8>,
}

/// All vectors.
pub(crate) fn all() -> Vec<Vector> {
    let mut vectors = hellos::all();
    vectors.extend(accounts::all());
    vectors.extend(catalog::all());
    vectors.extend(purchases::all());
    vectors.extend(presence::all());
    vectors.extend(chat::all());
    vectors.extend(refusals::errors());
    vectors.extend(events::all());
    vectors.extend(admin::all());
    vectors.extend(admin_events::all());
    vectors
}

/// Thursday 2026-01-15, 10:00:00 UTC.
const LISTED_AT: UnixMillis = UnixMillis(1_768_471_200_000);
/// Eight minutes and a bit later.
const SOLD_AT: UnixMillis = UnixMillis(1_768_471_693_250);
/// The product that most vectors are about.
const PRODUCT: ProductId = ProductId(42);

fn usd(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

/// A UUIDv7 of the listing's time that ends in `last`.
fn key(last: u8) -> Key {
    let [.., a, b, c, d, e, f] = LISTED_AT.0.to_be_bytes();
    Key([a, b, c, d, e, f, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last])
}

fn token() -> Token {
    Token(std::array::from_fn(|position| {
        u8::try_from(position).expect("a token has 32 bytes")
    }))
}

fn picture_hash() -> PictureHash {
    PictureHash([0xab; 32])
}

fn cursor() -> Cursor {
    Cursor::new(vec![1, 0, 0, 0, 0, 0, 0, 0, 41])
}

fn full_name(kind: &str, name: &str, variant: &str) -> String {
    match variant {
        "" => format!("{kind}.{name}"),
        variant => format!("{kind}.{name}.{variant}"),
    }
}

/// The id that the vectors of a request use: its place in the table, counted from 1.
fn id_of(name: &str) -> u64 {
    let position = MemberCall::TABLE.iter().position(|row| row.name == name);
    position.expect("every request stands in the table") as u64 + 1
}

fn request<C: Call>(variant: &str, request: &C) -> Vector {
    Vector {
        name: full_name("call", C::NAME, variant),
        frame: envelope::call(id_of(C::NAME), request),
        recode: recode::request,
    }
}

fn reply<C: Call>(variant: &str, reply: &C::Reply) -> Vector {
    let body = codec::encode(reply);
    Vector {
        name: full_name("ok", C::NAME, variant),
        frame: envelope::ok(id_of(C::NAME), &body),
        recode: recode::reply::<C>,
    }
}
