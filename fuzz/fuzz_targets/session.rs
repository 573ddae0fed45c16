//! A connection is served whatever comes over it.
//!
//! The market lies in the directory that `AUBOUTIQUE_FUZZ_DIRECTORY` names, which `.ci/long/fuzz` makes in
//! memory and removes, or else in one for temporary files.

#![no_main]

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use auboutique_server::fuzzing::Bench;
use libfuzzer_sys::fuzz_target;

/// One market for all inputs. Never dropped: libFuzzer ends the process when nothing of it can work any more.
static BENCH: OnceLock<Mutex<Bench>> = OnceLock::new();

fn open() -> Mutex<Bench> {
    let parent = std::env::var_os("AUBOUTIQUE_FUZZ_DIRECTORY").map(PathBuf::from);
    let parent = parent.unwrap_or_else(std::env::temp_dir);
    let directory = parent.join(format!("auboutique-fuzz-{}", std::process::id()));
    Mutex::new(Bench::open(&directory))
}

fuzz_target!(|input: &[u8]| {
    let bench = BENCH.get_or_init(open).lock();
    bench
        .expect("an input that failed ends the process")
        .converse(input);
});
