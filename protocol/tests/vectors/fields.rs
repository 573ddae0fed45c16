//! Which fields a request has and which of them may be absent, learnt from its decoder.

use std::collections::BTreeSet;

use auboutique_protocol::call::{AdminCall, CallError, MemberCall};
use auboutique_protocol::codec::head;
use auboutique_protocol::envelope::ClientFrame;
use ciborium::Value;

use crate::samples;

/// The field names of a request.
pub(crate) struct Fields {
    pub(crate) required: BTreeSet<String>,
    pub(crate) optional: BTreeSet<String>,
}

/// One of the two tables of requests.
#[derive(Clone, Copy)]
pub(crate) struct Listener {
    /// What the names of its requests' vectors begin with.
    pub(crate) calls: &'static str,
    /// What the names of its replies' vectors begin with.
    pub(crate) replies: &'static str,
    /// The names of its requests.
    pub(crate) names: fn() -> Vec<&'static str>,
    decode: fn(&str, &[u8]) -> Result<(), CallError>,
}

/// Both tables.
pub(crate) const LISTENERS: [Listener; 2] = [
    Listener {
        calls: "call",
        replies: "ok",
        names: || MemberCall::TABLE.iter().map(|row| row.name).collect(),
        decode: |name, body| MemberCall::decode(name, body).map(drop),
    },
    Listener {
        calls: "admin_call",
        replies: "admin_ok",
        names: || AdminCall::TABLE.iter().map(|row| row.name).collect(),
        decode: |name, body| AdminCall::decode(name, body).map(drop),
    },
];

/// Asks the decoder: a field that it does not know makes it name all that it knows, and a field is
/// optional when the request still decodes without it.
pub(crate) fn of_type(listener: Listener, request: &str) -> Fields {
    let all = known(listener, request);
    let vectors = samples::all();
    let prefix = format!("{}.{request}", listener.calls);
    let entries = vectors
        .iter()
        .filter(|vector| vector.name == prefix || vector.name.starts_with(&format!("{prefix}.")))
        .map(|vector| entries(&vector.frame))
        .max_by_key(Vec::len)
        .unwrap_or_else(|| panic!("{request} has no vector"));
    let names: BTreeSet<String> = entries.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, all, "no vector of {request} has all its fields");
    let (optional, required) = all.into_iter().partition(|field| {
        let rest = entries.iter().filter(|(name, _)| name != field);
        let rest = rest.map(|(name, value)| (Value::from(name.as_str()), value.clone()));
        (listener.decode)(request, &encode(&Value::Map(rest.collect()))).is_ok()
    });
    Fields { required, optional }
}

/// The names of the fields that a request's frame holds.
pub(crate) fn of_request(frame: &[u8]) -> BTreeSet<String> {
    entries(frame).into_iter().map(|(name, _)| name).collect()
}

fn known(listener: Listener, request: &str) -> BTreeSet<String> {
    let mut body = Vec::new();
    head::map(1, &mut body);
    head::text("no such field", &mut body);
    head::unsigned(0, &mut body);
    let refusal = (listener.decode)(request, &body).expect_err("requests are closed");
    let text = refusal.to_string();
    let (_, list) = text
        .split_once("unknown field `no such field`, ")
        .unwrap_or_else(|| panic!("{request}: the decoder says something else: {text}"));
    // The list is `expected …` with each name in backquotes, or `there are no fields`.
    list.split('`')
        .skip(1)
        .step_by(2)
        .map(String::from)
        .collect()
}

fn entries(frame: &[u8]) -> Vec<(String, Value)> {
    let Ok(ClientFrame::Call { call, .. }) = ClientFrame::parse(frame) else {
        panic!("not a request");
    };
    let value: Value = ciborium::from_reader(call.body).expect("a body is CBOR");
    let entries = value.into_map().expect("a body is a map");
    entries
        .into_iter()
        .map(|(key, value)| (key.into_text().expect("keys are text"), value))
        .collect()
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("a Vec takes every write");
    bytes
}
