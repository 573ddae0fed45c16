//! The program `auboutique-admin`: what an operator looks at and does, on a full screen, or one command at
//! a time for people at a terminal and for scripts.
//!
//! The frame, printing, asking and failing are those of the members' program
//! ([`auboutique_client::terminal`]). Here, `args` is what can be typed; `identity` is the folder with
//! the certificate, and `context` connects with it to the admin listener. What can be looked at stands
//! in `users`, `sessions`, `market`, `statistics` and `audit`, each as a list of `fields`, from which
//! JSON and CSV (`csv`) are made, and as a table for people; `list` follows the pages. `actions` is what
//! can be done, after the `consequences` were told; `watch` is what happens, and `export` writes files.
//! [`console`] shows all of it on a full screen, live.
//!
//! Commands, fields, keys and exit codes are described for operators in `docs/ADMIN.md`.
//!
//! The library exists for the program and the benches; it is no interface for others.

mod actions;
mod args;
mod audit;
mod consequences;
pub mod console;
mod context;
mod csv;
mod dates;
mod export;
mod failure;
mod fields;
mod identity;
mod list;
mod manual;
mod market;
mod run;
mod sessions;
mod statistics;
mod users;
mod watch;

use std::process::ExitCode;

use auboutique_client::terminal::doubt::Doubt;
use auboutique_client::terminal::program::{parse, report_usage, run_until_interrupted, start_log};
use auboutique_client::terminal::prompt;

use crate::args::Arguments;

/// Environment variable that turns on the log on standard error, such as `debug`.
const LOG_VARIABLE: &str = "AUBOUTIQUE_LOG";

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Arguments = match parse(|| None) {
        Ok(arguments) => arguments,
        Err(error) => return report_usage(&error),
    };
    start_log(LOG_VARIABLE, arguments.globals.color);
    let json = arguments.globals.json;
    let doubt = Doubt::default();
    let outcome = run_until_interrupted(&doubt, run::run(arguments, doubt.clone()));
    prompt::restore_terminal();
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(json, failure::hint),
    }
}
