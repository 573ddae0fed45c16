//! Golden bytes: `protocol/vectors` holds one file for every request, reply, error, event and hello,
//! each a whole frame without its length prefix.
//!
//! They pin the encoding for every implementation: a change that moves one byte shows here.
//! `AUBOUTIQUE_WRITE_VECTORS=1 cargo test -p auboutique-protocol --test vectors` writes the files
//! anew and says so, and removes what no value stands behind; read the difference before you keep it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::event::Event;
use auboutique_protocol::strict;

mod diagnostic;
mod document;
mod fields;
mod hex;
mod markdown;
mod recode;
mod samples;

const WRITE: &str = "AUBOUTIQUE_WRITE_VECTORS";

fn directory() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "vectors"].iter().collect()
}

/// The files as they are on disk, by name without `.cbor`.
fn files() -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory()).expect("protocol/vectors can be read");
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.expect("an entry of protocol/vectors").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_suffix(".cbor"));
        let name = name.unwrap_or_else(|| panic!("{} is no vector", path.display()));
        files.insert(name.to_owned(), fs::read(&path).expect("a readable vector"));
    }
    files
}

fn write(vectors: &[samples::Vector]) {
    fs::create_dir_all(directory()).expect("protocol/vectors can be made");
    for orphan in files().keys() {
        let path = directory().join(format!("{orphan}.cbor"));
        fs::remove_file(path).expect("an old vector can be removed");
    }
    for vector in vectors {
        let path = directory().join(format!("{}.cbor", vector.name));
        fs::write(path, &vector.frame).expect("a vector can be written");
    }
    println!("{} vectors written, nothing compared", vectors.len());
}

#[test]
fn every_vector_is_the_encoding_of_its_value_and_no_file_is_left_over() {
    let vectors = samples::all();
    if std::env::var_os(WRITE).is_some() {
        return write(&vectors);
    }
    let mut files = files();
    for vector in &vectors {
        let file = files.remove(&vector.name);
        let file = file.unwrap_or_else(|| panic!("{}.cbor is missing or twice", vector.name));
        let (built, kept) = (hex::from_bytes(&vector.frame), hex::from_bytes(&file));
        assert_eq!(built, kept, "{}", vector.name);
    }
    assert!(files.is_empty(), "orphans: {:?}", files.keys());
}

#[test]
fn every_vector_passes_the_scanner_and_comes_back_from_its_type_unchanged() {
    for vector in samples::all() {
        assert_eq!(strict::check(&vector.frame), Ok(()), "{}", vector.name);
        let again = (vector.recode)(&vector.frame);
        assert_eq!(again, vector.frame, "{}", vector.name);
    }
}

#[test]
fn every_request_reply_error_and_event_has_a_vector() {
    let vectors = samples::all();
    let found: BTreeSet<(&str, &str)> = vectors
        .iter()
        .filter_map(|vector| {
            let mut parts = vector.name.split('.');
            Some((parts.next()?, parts.next()?))
        })
        .collect();
    let rows = fields::LISTENERS.iter().flat_map(|listener| {
        let names = (listener.names)().into_iter();
        names.flat_map(|name| [(listener.calls, name), (listener.replies, name)])
    });
    let expected: BTreeSet<(&str, &str)> = rows
        .chain(ErrorCode::NAMES.iter().map(|name| ("error", *name)))
        .chain(Event::NAMES.iter().map(|name| ("event", *name)))
        .chain(AdminEvent::NAMES.iter().map(|name| ("admin_event", *name)))
        .chain([("hello", "client"), ("hello", "server")])
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_request_with_options_has_a_vector_with_all_and_one_with_none() {
    let vectors = samples::all();
    let body = |calls: &str, row: &str, variant: &str| {
        let name = format!("{calls}.{row}.{variant}");
        let vector = vectors.iter().find(|vector| vector.name == name);
        let frame = &vector.unwrap_or_else(|| panic!("no {name}")).frame;
        fields::of_request(frame)
    };
    for listener in fields::LISTENERS {
        for row in (listener.names)() {
            let fields = fields::of_type(listener, row);
            if fields.optional.is_empty() {
                continue;
            }
            let body = |variant| body(listener.calls, row, variant);
            assert_eq!(body("minimal"), fields.required, "{row}");
            let all = &fields.required | &fields.optional;
            assert_eq!(body("full"), all, "{row}");
        }
    }
}
