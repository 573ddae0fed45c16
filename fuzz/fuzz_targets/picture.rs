//! Pictures are refused, or become what is stored.

#![no_main]

use auboutique_server::fuzzing::process_picture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| process_picture(input));
