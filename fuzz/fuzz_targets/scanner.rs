//! What the strict scanner accepts, a general decoder reads, and writes in the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/codec.rs"]
#[allow(dead_code, reason = "each target uses its own part of this module")]
mod checks;

use checks::agrees_with_a_general_decoder;

fuzz_target!(|input: &[u8]| {
    agrees_with_a_general_decoder(input);
});
