//! Sound CBOR whose outermost maps are no request.

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::envelope as protocol_envelope;

use super::{At, ID, MEMBER, Outcome, Row, Sent, Stage, bad_request};
use crate::common::raw::{framed, unhex};

fn answered() -> Outcome {
    Outcome::Served("the `ping`, under this id", |_| true)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = ids();
    rows.extend(calls());
    rows
}

fn ids() -> Vec<Row> {
    let unanswerable = |name: &str, body: &str| {
        let outcome = Outcome::Refusal(bad_request());
        Row::frame(Stage::Envelope, At::Anonymous, name, &unhex(body), outcome)
    };
    let ping = |name: &str, id| {
        let body = protocol_envelope::call(id, &Ping {});
        Row::frame(Stage::Envelope, At::Anonymous, name, &body, answered()).with_id(id)
    };
    let twice = |first: &[u8], second: &[u8]| Sent::Bytes([framed(first), framed(second)].concat());
    let a_ping = protocol_envelope::call(ID, &Ping {});
    let once = |sent, name: &str, first| {
        let outcome = Outcome::InTurn(vec![first, Outcome::Refusal(bad_request())]);
        Row::new(Stage::Envelope, At::Anonymous, name, sent, outcome)
    };
    vec![
        unanswerable("an empty map", "a0"),
        unanswerable("an array", "80"),
        unanswerable("a number", "01"),
        unanswerable("a text", "6470696e67"),
        unanswerable("a call without an id", "a1 6463616c6c a1 6470696e67 a0"),
        unanswerable("an id below 0", "a2 626964 20 6463616c6c a1 6470696e67 a0"),
        unanswerable(
            "an id that is text",
            "a2 626964 6131 6463616c6c a1 6470696e67 a0",
        ),
        unanswerable(
            "an id that is true",
            "a2 626964 f5 6463616c6c a1 6470696e67 a0",
        ),
        unanswerable(
            "an id that is a map",
            "a2 626964 a0 6463616c6c a1 6470696e67 a0",
        ),
        unanswerable("a reply without an id", "a1 626f6b a0"),
        unanswerable(
            "an event, as a server sends it",
            "a2 63736571 01 656576656e74 a1 6470696e67 a0",
        ),
        unanswerable(
            "an error about the connection, as a server sends it",
            "a1 656572726f72 a2 64636f6465 a1 6464756d62 a0 676d657373616765 60",
        ),
        ping("a `ping` under the id 0", 0),
        ping("a `ping` under the id 2⁶⁴-1", u64::MAX),
        once(
            twice(&a_ping, &a_ping),
            "the same id twice, both before an answer",
            answered(),
        ),
        once(
            twice(&unhex("a1 626964 07"), &a_ping),
            "the id of a malformed request once more before its answer",
            Outcome::Error(bad_request()),
        ),
        Row::new(
            Stage::Envelope,
            MEMBER,
            "a sound request, then broken CBOR, in one write",
            twice(&a_ping, &unhex("ff")),
            Outcome::InTurn(vec![answered(), Outcome::Refusal(bad_request())]),
        ),
    ]
}

fn calls() -> Vec<Row> {
    let row = |name: &str, body: &str| {
        let outcome = Outcome::Error(bad_request());
        Row::frame(Stage::Envelope, At::Anonymous, name, &unhex(body), outcome)
    };
    vec![
        row("an id alone", "a1 626964 07"),
        row("a `call` that names nothing", "a2 626964 07 6463616c6c a0"),
        row("a `call` that is a number", "a2 626964 07 6463616c6c 01"),
        row(
            "a `call` that is a text",
            "a2 626964 07 6463616c6c 6470696e67",
        ),
        row(
            "a `call` that names two requests",
            "a2 626964 07 6463616c6c a2 6161 a0 6162 a0",
        ),
        row(
            "an entry beside `id` and `call`",
            "a3 626964 07 6463616c6c a1 6470696e67 a0 657a7a7a7a7a 01",
        ),
        row(
            "a request and a hello in one",
            "a3 626964 07 6463616c6c a1 6470696e67 a0 6568656c6c6f a0",
        ),
        row("a reply, as a server sends it", "a2 626964 07 626f6b a0"),
        row(
            "a refusal, as a server sends it",
            "a2 626964 07 656572726f72 a2 64636f6465 a1 6464756d62 a0 676d657373616765 60",
        ),
    ]
}
