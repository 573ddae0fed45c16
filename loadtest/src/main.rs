//! The program `auboutique-loadtest`.

use std::process::ExitCode;

use auboutique_loadtest::target::{SERVE_COMMAND, serve_child};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == SERVE_COMMAND) {
        return serve_child(arguments.collect());
    }
    ExitCode::SUCCESS
}
