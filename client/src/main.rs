//! The member's program of AUBoutique; everything about it lives in [`auboutique_client::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    auboutique_client::cli::main()
}
