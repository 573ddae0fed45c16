//! Requests are refused or have one encoding.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/codec.rs"]
#[allow(dead_code, reason = "each target uses its own part of this module")]
mod checks;

use checks::{Outcome, receive_as_server};

fuzz_target!(|input: &[u8]| {
    let _: Outcome = receive_as_server(input);
});
