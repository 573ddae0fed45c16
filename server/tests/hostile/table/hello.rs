//! First frames that are no hello, or none that agrees with the server.

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::envelope;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::hello::{ClientHello, Limits, Market, ServerHello};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::Currency;

use super::{At, ID, Outcome, Row, Stage, bad_request};
use crate::common::raw::{hello, unhex};

/// A hello of this client, whatever it may say.
fn hello_of(agent: &str) -> Vec<u8> {
    envelope::client_hello(&ClientHello {
        agent: agent.into(),
        version_max: 1,
        version_min: 1,
    })
}

fn hello_with(body: &str) -> Vec<u8> {
    [unhex("a1 65 68656c6c6f"), unhex(body)].concat()
}

const AGENT: &str = "656167656e74";
const MAX: &str = "6b76657273696f6e5f6d6178";
const MIN: &str = "6b76657273696f6e5f6d696e";

pub(super) fn rows() -> Vec<Row> {
    let mut rows = malformed();
    rows.extend(agents());
    rows.extend(versions());
    rows
}

fn refused(name: &str, at: At, body: &[u8]) -> Row {
    let outcome = Outcome::Refusal(bad_request());
    Row::frame(Stage::Hello, at, name, body, outcome)
}

fn malformed() -> Vec<Row> {
    let row = |name: &str, body: &str| refused(name, At::Tls, &hello_with(body));
    let frame = |name: &str, body: &[u8]| refused(name, At::Tls, body);
    let agent_of = |value: &str| format!("a3 {AGENT} {value} {MAX} 01 {MIN} 01");
    let servers = ServerHello {
        time: UnixMillis(0),
        agent: "raw/1".into(),
        limits: Limits {
            frame_bytes_max: 1,
            price_minor_max: 1,
            picture_bytes_max: 1,
            in_flight_requests_max: 1,
            password_characters_min: 1,
        },
        market: Market {
            currency: Currency::Usd,
            categories: Vec::new(),
        },
        version: 1,
    };
    vec![
        frame("a request first", &envelope::call(ID, &Ping {})),
        frame("an empty map first", &unhex("a0")),
        frame("an array first", &unhex("80")),
        frame("text first, in a frame", b"GET / HTTP/1.1\r\n\r\n"),
        frame(
            "a hello with an id",
            &[
                unhex("a2 626964 07 65 68656c6c6f"),
                hello(1, 1)[7..].to_vec(),
            ]
            .concat(),
        ),
        frame("a reply first", &envelope::ok(ID, &[0xa0])),
        frame("a number first, in a frame", &[0]),
        frame("the hello of a server", &envelope::server_hello(&servers)),
        row("a hello without fields", "a0"),
        row("a hello that is an array", "80"),
        row("a hello that is a number", "01"),
        row("a hello with its fields in an array", "83 6172 01 01"),
        row("a hello without `agent`", &format!("a2 {MAX} 01 {MIN} 01")),
        row(
            "a hello without `version_max`",
            &format!("a2 {AGENT} 6172 {MIN} 01"),
        ),
        row(
            "a hello without `version_min`",
            &format!("a2 {AGENT} 6172 {MAX} 01"),
        ),
        row(
            "a hello with a field that it does not have",
            &format!("a4 6178 00 {AGENT} 6172 {MAX} 01 {MIN} 01"),
        ),
        row("an `agent` that is a number", &agent_of("01")),
        row("an `agent` that is bytes", &agent_of("4172")),
        row(
            "a `version_max` that is text",
            &format!("a3 {AGENT} 6172 {MAX} 6131 {MIN} 01"),
        ),
        row(
            "a `version_max` of 2³²",
            &format!("a3 {AGENT} 6172 {MAX} 1b0000000100000000 {MIN} 01"),
        ),
        row(
            "a `version_min` below 0",
            &format!("a3 {AGENT} 6172 {MAX} 01 {MIN} 20"),
        ),
        refused("a second hello", At::Anonymous, &hello(1, 1)),
    ]
}

fn agents() -> Vec<Row> {
    let row = |name: &str, agent: &str| refused(name, At::Tls, &hello_of(agent));
    vec![
        row("an empty `agent`", ""),
        row("an `agent` of 65 characters", &"x".repeat(65)),
        row("an `agent` of 4,000 characters", &"x".repeat(4_000)),
        row("an `agent` of two lines", "two\nlines"),
        row("an `agent` that colours a terminal", "\u{1b}[31m"),
        row("an `agent` with a NUL", "nul\0"),
        row(
            "an `agent` that turns the line around",
            "\u{202e}right to left",
        ),
        row("an `agent` that is not ASCII", "bücher/1"),
    ]
}

fn versions() -> Vec<Row> {
    let row = |name: &str, (min, max)| {
        let outcome = Outcome::Refusal(ErrorCode::UnsupportedVersion(Nothing {}));
        Row::frame(Stage::Hello, At::Tls, name, &hello(min, max), outcome)
    };
    vec![
        row("versions 2 to 9", (2, 9)),
        row("version 0", (0, 0)),
        row("versions 9 to 1", (9, 1)),
        row("version 2³²-1", (u32::MAX, u32::MAX)),
        Row::frame(
            Stage::Hello,
            At::Tls,
            "versions 0 to 2³²-1",
            &hello(0, u32::MAX),
            Outcome::Hello,
        ),
    ]
}
