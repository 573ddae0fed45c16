//! Hostile inputs as a table: what is sent at which stage, and what precisely comes back. One server
//! meets them all, each on a connection of its own, and after each it serves a client that has been
//! there all along and one that comes anew. `docs/HOSTILE.md` is this table.

#[path = "table/admin.rs"]
mod admin;
#[path = "table/cbor.rs"]
pub(crate) mod cbor;
#[path = "table/envelope.rs"]
mod envelope;
#[path = "table/frames.rs"]
mod frames;
#[path = "table/hello.rs"]
mod hello;
#[path = "table/injections.rs"]
mod injections;
#[path = "table/market_texts.rs"]
mod market_texts;
#[path = "table/meeting.rs"]
mod meeting;
#[path = "table/numbers.rs"]
mod numbers;
#[path = "table/pictures.rs"]
mod pictures;
#[path = "table/requests.rs"]
mod requests;
#[path = "table/sessions.rs"]
mod sessions;
#[path = "table/texts.rs"]
mod texts;
#[path = "table/tls.rs"]
pub(crate) mod tls;
#[path = "table/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;

use auboutique_protocol::call::Call;
use auboutique_protocol::envelope as protocol_envelope;
use auboutique_protocol::error::{ErrorCode, InvalidField, Nothing};
use rustls::AlertDescription;

use crate::common::raw::framed;
use world::World;

/// The id of the first request of a row, unless the row says otherwise.
const ID: u64 = 7;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Tls,
    Hello,
    Frame,
    Cbor,
    Envelope,
    Request,
    Session,
    Text,
    Injection,
    Number,
    Picture,
    Administrator,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Tls => "TLS",
            Self::Hello => "hello",
            Self::Frame => "frame",
            Self::Cbor => "CBOR",
            Self::Envelope => "envelope",
            Self::Request => "request",
            Self::Session => "session",
            Self::Text => "text",
            Self::Injection => "injection",
            Self::Number => "number",
            Self::Picture => "picture",
            Self::Administrator => "administrator",
        })
    }
}

/// How far the connection has come when the row begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The members' port has accepted it.
    Tcp,
    /// The handshake is over.
    Tls,
    /// The hellos are exchanged.
    Anonymous,
    /// This user is logged in.
    User(&'static str),
    /// An administrator has exchanged hellos.
    Administrator,
}

/// Whom most rows are logged in as.
const MEMBER: At = At::User("mona");

/// What is sent.
enum Sent {
    /// Bytes, as they are.
    Bytes(Vec<u8>),
    /// Bytes that depend on what the server has drawn.
    Drawn(fn(&World) -> Vec<u8>),
    /// Bytes, and the end of the connection after them.
    Cut(Vec<u8>),
    /// Bytes on the TCP connection, past the TLS that is established on it.
    Beneath(Vec<u8>),
    /// A handshake of this kind, and a hello when it succeeds.
    Handshake(Handshake),
}

/// A whole handshake, by a TLS library.
enum Handshake {
    /// To the members' port, with these names of protocols.
    Protocols(&'static [&'static [u8]]),
    /// To the members' port, asking for a host of this name.
    Host(&'static str),
    /// To the members' port, ready to show an administrator's certificate.
    Certificate,
    /// To the administrators' port, as a member.
    Member,
    /// To the administrators' port, without a certificate.
    Nobody,
    /// To the administrators' port, with the certificate in this folder of the world.
    Stranger(&'static str),
}

/// What comes back.
enum Outcome {
    /// Nothing but the end of the connection.
    Close,
    /// A fatal alert of TLS, then the end.
    Alert(AlertDescription),
    /// A certificate for other names than the one asked for, on which the client leaves.
    OtherName,
    /// The server's hello: whoever this is may go on as anybody may.
    Hello,
    /// An error about the whole connection, then its end in order.
    Refusal(ErrorCode),
    /// The request is refused, and the connection goes on.
    Error(ErrorCode),
    /// The request is answered with a reply that passes this check, and the connection goes on.
    Served(&'static str, fn(&[u8]) -> bool),
    /// One after the other, the requests' ids counted on.
    InTurn(Vec<Outcome>),
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close => formatter.write_str("the end of the connection"),
            Self::Alert(alert) => write!(formatter, "TLS alert `{}`", snake_case(*alert)),
            Self::OtherName => {
                formatter.write_str("a certificate for other names, on which the client leaves")
            }
            Self::Hello => formatter.write_str("the server's hello, as to anybody"),
            Self::Refusal(code) => {
                write!(formatter, "{} about the connection, then its end", In(code))
            }
            Self::Error(code) => In(code).fmt(formatter),
            Self::Served(what, _) => write!(formatter, "served: {what}"),
            Self::InTurn(outcomes) => {
                for (at, outcome) in outcomes.iter().enumerate() {
                    let then = if at > 0 { "; then " } else { "" };
                    write!(formatter, "{then}{outcome}")?;
                }
                Ok(())
            }
        }
    }
}

/// A code as the document shows it.
struct In<'a>(&'a ErrorCode);

impl fmt::Display for In<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(code) = self;
        if let ErrorCode::InvalidField(detail) = code {
            let InvalidField { field, reason } = detail;
            return write!(formatter, "`invalid_field` (`{field}`: `{reason}`)");
        }
        write!(formatter, "`{}`", code.name())
    }
}

/// An alert by its name in RFC 8446 §6.
fn snake_case(alert: AlertDescription) -> String {
    let mut name = String::new();
    for character in format!("{alert:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name.replace("unknown_c_a", "unknown_ca")
        .replace("a_l_p_n", "alpn")
}

/// One hostile input.
struct Row {
    stage: Stage,
    at: At,
    name: String,
    sent: Sent,
    outcome: Outcome,
    id: u64,
}

impl Row {
    fn new(stage: Stage, at: At, name: impl Into<String>, sent: Sent, outcome: Outcome) -> Self {
        Self {
            stage,
            at,
            name: name.into(),
            sent,
            outcome,
            id: ID,
        }
    }

    /// A frame with this body.
    fn frame(stage: Stage, at: At, name: impl Into<String>, body: &[u8], outcome: Outcome) -> Self {
        Self::new(stage, at, name, Sent::Bytes(framed(body)), outcome)
    }

    /// A request of members.
    fn call<C: Call>(
        stage: Stage,
        at: At,
        name: impl Into<String>,
        request: &C,
        outcome: Outcome,
    ) -> Self {
        let body = protocol_envelope::call(ID, request);
        Self::frame(stage, at, name, &body, outcome)
    }

    /// The same with another id.
    fn with_id(self, id: u64) -> Self {
        Self { id, ..self }
    }
}

fn bad_request() -> ErrorCode {
    ErrorCode::BadRequest(Nothing {})
}

fn invalid(field: &'static str, reason: &'static str) -> Outcome {
    Outcome::Error(ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    }))
}

fn rows() -> Vec<Row> {
    [
        tls::rows(),
        frames::rows(),
        hello::rows(),
        cbor::rows(),
        envelope::rows(),
        requests::rows(),
        sessions::rows(),
        texts::rows(),
        market_texts::rows(),
        injections::rows(),
        numbers::rows(),
        pictures::rows(),
        admin::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test]
async fn every_hostile_input_is_met_as_the_table_says_and_the_next_client_is_served() {
    let mut world = World::start().await;
    let mut surprises = Vec::new();
    for row in rows() {
        if let Err(surprise) = world.meet(&row).await {
            surprises.push(format!("{}: {}: {surprise}", row.stage, row.name));
        }
        world.expect_unharmed(&row).await;
    }
    world.stop().await;
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn there_are_many_hostile_inputs_and_no_two_are_the_same() {
    let rows = rows();
    assert!(rows.len() >= 400, "{}", rows.len());
    let mut names = BTreeSet::new();
    for row in &rows {
        assert!(names.insert(&row.name), "{:?} stands there twice", row.name);
    }
}

/// The document of the table.
fn document() -> String {
    let rows = rows();
    let mut text = format!(
        "# Hostile inputs

What a broken or hostile client sends, and what comes back: {} inputs, generated from the table in
`server/tests/hostile/table.rs`. One server meets them all, each on a connection of its own. After each
it answers a client that has been connected all along, and one that connects anew.

An error without more words answers the request by its id, and the connection goes on, as after
whatever is served. The names in brackets are the field and the reason of `invalid_field`.

| stage | what is sent | what comes back |
|---|---|---|
",
        rows.len()
    );
    for row in rows {
        let _ = writeln!(text, "| {} | {} | {} |", row.stage, row.name, row.outcome);
    }
    text
}

#[test]
fn the_document_is_the_generated_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/HOSTILE.md");
    let generated = document();
    if std::env::var_os("AUBOUTIQUE_WRITE_DOCS").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == generated,
        "{} differs; run this test with AUBOUTIQUE_WRITE_DOCS=1",
        file.display()
    );
}
