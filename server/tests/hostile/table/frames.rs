//! Lengths that no frame may have, frames at the limit and above it, and frames that are cut off.

use auboutique_protocol::accounts::Logout;
use auboutique_protocol::envelope;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::limits::{FRAME_BYTES_MAX, FRAME_BYTES_MAX_ANONYMOUS};

use super::{At, ID, MEMBER, Outcome, Row, Sent, Stage, bad_request};
use crate::bloated_ping;
use crate::common::raw::{framed, hello};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = lengths();
    rows.extend(cut_off());
    rows
}

fn lengths() -> Vec<Row> {
    let too_large = || Outcome::Refusal(ErrorCode::FrameTooLarge(Nothing {}));
    let row = |name: &str, at, bytes: &[u8]| {
        let sent = Sent::Bytes(bytes.to_vec());
        Row::new(Stage::Frame, at, name, sent, too_large())
    };
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let at_limit = |name: &str, at, max| {
        let outcome = Outcome::Error(bad_request());
        Row::frame(Stage::Frame, at, name, &bloated_ping(ID, max), outcome)
    };
    vec![
        row("length 0 in place of a hello", At::Tls, &[0; 4]),
        row("length 0 before login", At::Anonymous, &[0; 4]),
        row("length 0 after login", MEMBER, &[0; 4]),
        row("length 2³²-1 in place of a hello", At::Tls, &[0xff; 4]),
        row("length 2³²-1 before login", At::Anonymous, &[0xff; 4]),
        row("length 2³²-1 after login", MEMBER, &[0xff; 4]),
        row(
            "length 2³¹, which is negative to some",
            MEMBER,
            &(1_u32 << 31).to_be_bytes(),
        ),
        row(
            "a hello of 4,097 bytes, its length alone",
            At::Tls,
            &length(FRAME_BYTES_MAX_ANONYMOUS + 1),
        ),
        row(
            "4,097 bytes before login, their length alone",
            At::Anonymous,
            &length(FRAME_BYTES_MAX_ANONYMOUS + 1),
        ),
        row(
            "1 MiB before login, all of it",
            At::Anonymous,
            &framed(&bloated_ping(ID, FRAME_BYTES_MAX)),
        ),
        row(
            "1 MiB and a byte after login, their length alone",
            MEMBER,
            &length(FRAME_BYTES_MAX + 1),
        ),
        row(
            "1 MiB and a byte to the administrators' port, their length alone",
            At::Administrator,
            &length(FRAME_BYTES_MAX + 1),
        ),
        row("HTTP within TLS", At::Tls, b"GET / HTTP/1.1\r\n\r\n"),
        row(
            "a length in the other order of bytes",
            At::Anonymous,
            &[12, 0, 0, 0],
        ),
        at_limit(
            "4,096 bytes before login, for a `ping` that has no such field",
            At::Anonymous,
            FRAME_BYTES_MAX_ANONYMOUS,
        ),
        at_limit(
            "1 MiB after login, for a `ping` that has no such field",
            MEMBER,
            FRAME_BYTES_MAX,
        ),
    ]
}

/// Frames that the end of the connection cuts off. A `logout` among them ends no session: the rows
/// that follow use it.
fn cut_off() -> Vec<Row> {
    let row = |name: &str, at, bytes: &[u8]| {
        let sent = Sent::Cut(bytes.to_vec());
        Row::new(Stage::Frame, at, name, sent, Outcome::Close)
    };
    let greeting = framed(&hello(1, 1));
    let logout = framed(&envelope::call(ID, &Logout {}));
    vec![
        row(
            "a hello without its last byte, and the end",
            At::Tls,
            &greeting[..greeting.len() - 1],
        ),
        row("half a length, and the end", MEMBER, &logout[..2]),
        row("a length, and the end", MEMBER, &logout[..4]),
        row(
            "a `logout` without its last byte, and the end",
            MEMBER,
            &logout[..logout.len() - 1],
        ),
        row(
            "1 MiB announced, a byte of it sent, and the end",
            MEMBER,
            &[0, 0x10, 0, 0, 0xa2],
        ),
        row("the end in place of a hello", At::Tls, &[]),
    ]
}
