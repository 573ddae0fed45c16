//! Frames come out of a stream the same in whatever pieces it brings them.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/codec.rs"]
#[allow(dead_code, reason = "each target uses its own part of this module")]
mod checks;

use checks::frames_do_not_depend_on_pieces;

fuzz_target!(|input: &[u8]| {
    frames_do_not_depend_on_pieces(input);
});
