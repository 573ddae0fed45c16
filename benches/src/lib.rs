//! The benches: what things cost, measured on the real code.
//!
//! Each group is a file beside the manifest. `view` is what a frame of a full screen costs, by criterion. The
//! others measure ratios, each thing with its limit or its peer beside it in every round:
//!
//! | group | measures | against |
//! |---|---|---|
//! | `catalog` | a page of 50, filtered and not; growth to 1 M products; changes; memory | SQL on the same products; fewer products |
//! | `codec` | reading and writing requests, a page, a picture | JSON; the CBOR library alone |
//! | `mixed` | what lists take while others buy, and while others log in | |
//! | `password` | hashes a second; memory while 300 log in | argon2 on as many threads |
//! | `roundtrip` | ping, list, buy over TLS, at 1 and 256 connections, 1 and 16 in flight | the least that a server can do; a flush for each answer |
//! | `start` | from the start of a market with a past to its first login | |
//! | `store` | durable purchases | a raw group commit; a transaction for each |
//! | `tls` | handshakes, full and resumed, by the server's processor time; bytes and system calls of an answer | TLS in memory |
//!
//! `cargo bench -p auboutique-benches` runs them all, `--bench NAME` one of them, `-- --json` tells it as one
//! object; `cargo test -p auboutique-benches --benches` runs each once, to see that they work.
//!
//! Here is what groups share: rounds and what they say together ([`ratio`]), a group as a program ([`group`]),
//! databases with products in them ([`seed`]), a server with users ([`market`]), clients that cost little
//! ([`line`](mod@line)), the least that a server can do ([`echo`]), what processes use
//! ([`processor`], [`resources`]); and
//! which screens there are, and how large windows are. [`compare`] is the program that measures the server beside what people
//! would use instead.

pub mod compare;
pub mod echo;
pub mod group;
pub mod line;
pub mod market;
pub mod processor;
pub mod ratio;
pub mod resources;
pub mod seed;

use auboutique_client::ui::input::Size;

/// A window of half a large monitor.
pub const WINDOW: Size = Size {
    width: 140,
    height: 40,
};
/// A window over all of a large monitor.
pub const LARGE_WINDOW: Size = Size {
    width: 300,
    height: 90,
};
/// The operator's screens, by the keys that show them.
pub const CONSOLE_SCREENS: [(&str, char); 6] = [
    ("overview", '1'),
    ("users", '2'),
    ("sessions", '3'),
    ("sales", '4'),
    ("products", '5'),
    ("audit", '6'),
];
