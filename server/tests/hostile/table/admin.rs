//! What comes to the administrators' port over a certificate that is on the list.

use auboutique_protocol::accounts::WhoAmI;
use auboutique_protocol::admin::{
    Announce, Audit, Disconnect, Products, Reinstate, RemoveProduct, Sales, Suspend, Users,
};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::AdminRequest;
use auboutique_protocol::codec;
use auboutique_protocol::envelope;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::purchases::Buy;

use super::world::{FOREIGN, PRICE_MINOR, USED};
use super::{At, ID, Outcome, Row, Stage, bad_request, invalid};
use crate::common::raw::unhex;
use crate::common::usd;

fn row<C: AdminRequest>(name: &str, request: &C, outcome: Outcome) -> Row {
    let body = envelope::call_encoded(ID, C::NAME, &codec::encode(request));
    Row::frame(
        Stage::Administrator,
        At::Administrator,
        name,
        &body,
        outcome,
    )
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = strangers();
    rows.extend(actions());
    rows.extend(lists());
    rows
}

fn strangers() -> Vec<Row> {
    let frame = |name: &str, body: &[u8], outcome| {
        Row::frame(Stage::Administrator, At::Administrator, name, body, outcome)
    };
    let buy = Buy {
        key: USED,
        price: usd(PRICE_MINOR),
        product: FOREIGN,
    };
    let refused = || Outcome::Error(bad_request());
    vec![
        frame(
            "a purchase by an administrator",
            &envelope::call(ID, &buy),
            refused(),
        ),
        frame(
            "a member's `whoami` from an administrator",
            &envelope::call(ID, &WhoAmI {}),
            refused(),
        ),
        frame(
            "an administrator's topic that there is none of",
            &envelope::call_encoded(ID, "watch", &unhex("a1 66746f70696373 81 63616c6c")),
            refused(),
        ),
        frame(
            "broken CBOR from an administrator",
            &unhex("ff"),
            Outcome::Refusal(bad_request()),
        ),
    ]
}

fn actions() -> Vec<Row> {
    let suspend = |reason: &str, username: &str| Suspend {
        reason: reason.into(),
        username: username.into(),
    };
    let announce = |text: &str| Announce { text: text.into() };
    let not_found = || Outcome::Error(ErrorCode::NotFound(Nothing {}));
    let reinstate = Reinstate {
        why: Some("\u{202e}".into()),
        username: "samir".into(),
    };
    let nobody = Disconnect {
        why: None,
        session: None,
        username: None,
    };
    let remove = RemoveProduct {
        reason: "not allowed here".into(),
        product: ProductId(u64::MAX),
    };
    vec![
        row(
            "a suspension without a reason",
            &suspend(" ", "mona"),
            invalid("reason", "empty"),
        ),
        row(
            "a reason of 201 characters",
            &suspend(&"é".repeat(201), "mona"),
            invalid("reason", "too_long"),
        ),
        row(
            "a reason of two lines",
            &suspend("one\ntwo", "mona"),
            invalid("reason", "forbidden_character"),
        ),
        row(
            "a suspension of nobody",
            &suspend("fraud", "nobody"),
            not_found(),
        ),
        row(
            "a second suspension",
            &suspend("fraud", "samir"),
            invalid("username", "already_suspended"),
        ),
        row(
            "a reason that turns the line around",
            &reinstate,
            invalid("why", "forbidden_character"),
        ),
        row(
            "a `disconnect` of nobody",
            &nobody,
            invalid("disconnect", "malformed"),
        ),
        row("a removal of the product 2⁶⁴-1", &remove, not_found()),
        row(
            "an empty announcement",
            &announce("\n"),
            invalid("text", "empty"),
        ),
        row(
            "an announcement of 501 characters",
            &announce(&"é".repeat(501)),
            invalid("text", "too_long"),
        ),
        row(
            "an announcement that clears terminals",
            &announce("\u{1b}[2J"),
            invalid("text", "forbidden_character"),
        ),
    ]
}

fn lists() -> Vec<Row> {
    let cursor = |bytes: &[u8]| Some(Cursor(ByteString(bytes.to_vec())));
    let malformed = || invalid("cursor", "malformed");
    let users = Users {
        cursor: cursor(b"\xff\xfe"),
        ..Users::default()
    };
    let products = Products {
        cursor: cursor(&[0; 9]),
        ..Products::default()
    };
    let backwards = Sales {
        from: Some(UnixMillis(u64::MAX)),
        to: Some(UnixMillis(0)),
        ..Sales::default()
    };
    let audit = Audit {
        actor: Some("../ops".into()),
        ..Audit::default()
    };
    let page = Users {
        limit: Some(101),
        ..Users::default()
    };
    vec![
        row("a cursor of users that is not UTF-8", &users, malformed()),
        row("a cursor of products of 9 bytes", &products, malformed()),
        row(
            "sales from the end of time to its beginning",
            &backwards,
            invalid("to", "out_of_range"),
        ),
        row(
            "an actor of the audit that is a path",
            &audit,
            invalid("actor", "malformed"),
        ),
        row(
            "a page of 101 users",
            &page,
            invalid("limit", "out_of_range"),
        ),
    ]
}
