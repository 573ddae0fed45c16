//! docs/PROTOCOL.md says what the code does: its examples are vectors, its tables are the tables of
//! the code.

use std::collections::{BTreeMap, BTreeSet};

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::call::{Access, AdminCall, MemberCall, Repeat};
use auboutique_protocol::envelope::ServerFrame;
use auboutique_protocol::error::{ErrorCode, Retry};
use auboutique_protocol::event::Event;
use auboutique_protocol::limits;
use auboutique_protocol::text::TextError;
use ciborium::Value;

use crate::markdown::{Table, blocks, protocol_document, quoted, tables};
use crate::{diagnostic, fields, hex, samples};

/// The one table with these first columns.
fn table(columns: &[&str]) -> Table {
    let mut found = tables(&protocol_document());
    found.retain(|table| columns.iter().eq(table.columns.iter().take(columns.len())));
    assert_eq!(found.len(), 1, "tables with the columns {columns:?}");
    found.remove(0)
}

/// The one name that a cell holds in backquotes.
fn name(cell: &str) -> String {
    let mut names = quoted(cell);
    assert_eq!(names.len(), 1, "{cell}");
    names.remove(0)
}

/// The names of the fields of an encoded map.
fn keys(body: &[u8]) -> Vec<String> {
    let value: Value = ciborium::from_reader(body).expect("a body is CBOR");
    let entries = value.into_map().expect("a body is a map");
    let key = |(key, _): (Value, Value)| key.into_text().expect("keys are text");
    entries.into_iter().map(key).collect()
}

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_example_is_a_vector_in_both_notations() {
    let vectors: BTreeMap<String, Vec<u8>> = samples::all()
        .into_iter()
        .map(|vector| (vector.name, vector.frame))
        .collect();
    let mut shown: BTreeSet<(String, String)> = BTreeSet::new();
    for block in blocks(&protocol_document()) {
        let frame = vectors.get(&block.name);
        let frame = frame.unwrap_or_else(|| panic!("no vector {}", block.name));
        let expected = match block.language.as_str() {
            "hex" => hex::from_bytes(frame),
            "diag" => diagnostic::notation(frame),
            other => panic!("a block in {other}"),
        };
        let (found, wanted) = (block.text.as_str(), expected.as_str());
        assert_eq!(
            without_white_space(found),
            without_white_space(wanted),
            "{}",
            block.name
        );
        assert!(shown.insert((block.name, block.language)), "shown twice");
    }
    let names: BTreeSet<&String> = shown.iter().map(|(name, _)| name).collect();
    assert_eq!(shown.len(), 2 * names.len(), "one notation is missing");
    for listener in fields::LISTENERS {
        for row in (listener.names)() {
            for kind in [listener.calls, listener.replies] {
                let exact = format!("{kind}.{row}");
                let variant = format!("{exact}.");
                let has = names
                    .iter()
                    .any(|name| **name == exact || name.starts_with(&variant));
                assert!(has, "no example of {exact}");
            }
        }
    }
}

fn repeat(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::Safe => "safe",
        Repeat::SameKey => "same key",
        Repeat::Never => "never",
    }
}

#[test]
fn the_table_of_requests_is_the_table_of_the_code() {
    let documented: Vec<[String; 3]> = table(&["request", "access", "repeat"])
        .rows
        .into_iter()
        .map(|row| [name(&row[0]), row[1].clone(), row[2].clone()])
        .collect();
    let access = |access| match access {
        Access::Anyone => "anyone",
        Access::Member => "member",
    };
    let coded: Vec<[String; 3]> = MemberCall::TABLE
        .iter()
        .map(|row| [row.name, access(row.access), repeat(row.repeat)].map(String::from))
        .collect();
    assert_eq!(documented, coded);
}

#[test]
fn the_table_of_admin_requests_is_the_table_of_the_code() {
    let documented: Vec<[String; 2]> = table(&["admin request", "repeat"])
        .rows
        .into_iter()
        .map(|row| [name(&row[0]), row[1].clone()])
        .collect();
    let coded: Vec<[String; 2]> = AdminCall::TABLE
        .iter()
        .map(|row| [row.name, repeat(row.repeat)].map(String::from))
        .collect();
    assert_eq!(documented, coded);
}

#[test]
fn each_request_is_described_with_its_fields() {
    let document = protocol_document();
    let described = tables(&document);
    for (listener, prefix) in fields::LISTENERS.into_iter().zip(["", "Admin "]) {
        for row in (listener.names)() {
            described_with_its_fields(&described, &format!("{prefix}`{row}`"), listener, row);
        }
    }
}

fn described_with_its_fields(
    tables: &[Table],
    heading: &str,
    listener: fields::Listener,
    row: &str,
) {
    let described: Vec<&Vec<String>> = tables
        .iter()
        .filter(|table| table.heading == heading && table.columns[0] == "field")
        .flat_map(|table| &table.rows)
        .collect();
    let (optional, required): (Vec<_>, Vec<_>) =
        described.iter().partition(|row| row[0].ends_with('?'));
    let names = |rows: Vec<&&Vec<String>>| -> BTreeSet<String> {
        rows.into_iter().map(|row| name(&row[0])).collect()
    };
    let fields = fields::of_type(listener, row);
    assert_eq!(names(required), fields.required, "{heading}");
    assert_eq!(names(optional), fields.optional, "{heading}");
}

#[test]
fn the_table_of_errors_is_the_table_of_the_code() {
    let vectors = samples::all();
    let mut coded: BTreeMap<String, (&str, Vec<String>)> = BTreeMap::new();
    for vector in &vectors {
        let Ok(ServerFrame::Error { code, .. }) = ServerFrame::parse(&vector.frame) else {
            continue;
        };
        let decoded = ErrorCode::decode(code.name, code.body).expect("a code has its shape");
        let retry = match decoded.expect("vectors hold known codes").retry() {
            Retry::Never => "never",
            Retry::SameKey => "same_key",
            Retry::After => "after",
            Retry::NewConnection => "new_connection",
        };
        coded.insert(code.name.to_owned(), (retry, keys(code.body)));
    }
    let rows = table(&["code", "retry", "detail"]).rows;
    let names: Vec<String> = rows.iter().map(|row| name(&row[0])).collect();
    assert_eq!(names, ErrorCode::NAMES);
    for row in rows {
        let (retry, details) = &coded[&name(&row[0])];
        assert_eq!(row[1], *retry, "{}", row[0]);
        assert_eq!(quoted(&row[2]), *details, "{}", row[0]);
    }
}

#[test]
fn every_reason_that_a_text_is_refused_for_is_listed() {
    let listed: Vec<String> = table(&["reason", "meaning"])
        .rows
        .iter()
        .map(|row| name(&row[0]))
        .collect();
    for reason in [
        TextError::Empty,
        TextError::TooShort,
        TextError::TooLong,
        TextError::ForbiddenCharacter,
        TextError::TooManyMarks,
        TextError::Malformed,
    ] {
        assert!(
            listed.iter().any(|name| name == reason.code()),
            "{reason:?}"
        );
    }
}

#[test]
fn the_tables_of_events_are_the_tables_of_the_code() {
    events_are_documented(&["event", "fields"], "event", Event::NAMES);
    events_are_documented(&["admin event", "fields"], "admin_event", AdminEvent::NAMES);
}

fn events_are_documented(columns: &[&str], kind: &str, coded: &[&str]) {
    let vectors = samples::all();
    let rows = table(columns).rows;
    let names: Vec<String> = rows.iter().map(|row| name(&row[0])).collect();
    assert_eq!(names, coded);
    for row in rows {
        let vector = format!("{kind}.{}", name(&row[0]));
        let vector = vectors.iter().find(|found| found.name == vector);
        let frame = &vector.expect("every event has a vector").frame;
        let Ok(ServerFrame::Event { event, .. }) = ServerFrame::parse(frame) else {
            panic!("{} is no event", row[0]);
        };
        assert_eq!(quoted(&row[1]), keys(event.body), "{}", row[0]);
    }
}

macro_rules! values {
    ($($name:ident)+) => {
        BTreeMap::from([$((stringify!($name).to_lowercase(), limits::$name.to_string())),+])
    };
}

#[test]
fn the_table_of_limits_is_the_list_of_the_code() {
    let coded: BTreeMap<String, String> = values! {
        VERSION_MIN VERSION_MAX FRAME_BYTES_MAX_ANONYMOUS FRAME_BYTES_MAX CBOR_DEPTH_MAX
        CBOR_ITEMS_MAX IN_FLIGHT_REQUESTS_MAX AGENT_CHARACTERS_MAX USERNAME_CHARACTERS_MIN
        USERNAME_CHARACTERS_MAX NAME_CHARACTERS_MAX EMAIL_BYTES_MAX PASSWORD_CHARACTERS_MAX
        PASSWORD_CHARACTERS_MIN TOKEN_BYTES KEY_BYTES PRODUCT_NAME_CHARACTERS_MAX
        DESCRIPTION_CHARACTERS_MAX EXCERPT_CHARACTERS_MAX LIST_ITEM_BYTES_MAX
        CATEGORY_CHARACTERS_MAX PICTURE_BYTES_MAX PICTURE_SIDE_PIXELS_MAX PRICE_MINOR_MAX
        PAGE_ITEMS_MAX PAGE_ITEMS_DEFAULT PRESENCE_NAMES_MAX CURSOR_BYTES_MAX COMBINING_MARKS_MAX
        GRAPHEME_CHARACTERS_MAX SEARCH_CHARACTERS_MAX MESSAGE_CHARACTERS_MAX EVENT_ITEMS_MAX
        REASON_CHARACTERS_MAX ANNOUNCEMENT_CHARACTERS_MAX ADMIN_NAME_CHARACTERS_MAX
        SERIES_POINTS_MAX
    };
    let declared: BTreeSet<String> = include_str!("../../src/limits.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(':'))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    let named: BTreeSet<String> = coded.keys().cloned().collect();
    assert_eq!(named, declared, "the list above is not that of limits.rs");
    let documented: BTreeMap<String, String> = table(&["limit", "value"])
        .rows
        .into_iter()
        .map(|row| (name(&row[0]), row[1].clone()))
        .collect();
    assert_eq!(documented, coded);
}
