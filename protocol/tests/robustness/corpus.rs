//! What fuzzing has found, and what it has come by on its way: each input once more, on every test run.

use std::path::{Path, PathBuf};

use super::checks::{
    Outcome, agrees_with_a_general_decoder, frames_do_not_depend_on_pieces, receive_as_client,
    receive_as_server,
};

/// The inputs of a target: its corpus, which must not be empty, and its findings.
fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let read = |folder: &str| {
        let folder = fuzz.join(folder).join(target);
        let entries = folder.read_dir().into_iter().flatten();
        let paths = entries.map(|entry| entry.expect("an entry of the corpus").path());
        let read = |path: PathBuf| {
            let bytes = std::fs::read(&path).expect("a readable input");
            (path, bytes)
        };
        paths.map(read).collect::<Vec<_>>()
    };
    let mut inputs = read("corpus");
    assert!(!inputs.is_empty(), "no corpus of {target}");
    inputs.extend(read("findings"));
    inputs
}

/// Checks every input, and names the one that fails.
fn check(target: &str, holds: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    for (path, bytes) in inputs(target) {
        let checked = std::panic::catch_unwind(|| holds(&bytes));
        assert!(checked.is_ok(), "{}", path.display());
    }
}

#[test]
fn frames() {
    check("frame", frames_do_not_depend_on_pieces);
}

#[test]
fn scanned_items() {
    check("scanner", agrees_with_a_general_decoder);
}

#[test]
fn requests() {
    check("request", |bytes| {
        let _: Outcome = receive_as_server(bytes);
    });
}

#[test]
fn replies_and_events() {
    check("reply_event", receive_as_client);
}
