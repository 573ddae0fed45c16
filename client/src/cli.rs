//! The program `auboutique`: one command, one task, made for people and for scripts alike.
//!
//! [`main`] reads the command line (`args`), finds the server and the grounds for trusting it
//! (`session`), and runs one command of an area (`accounts`, `catalog`, `purchases`). Results go to
//! standard output as text or JSON (`views`), everything else to standard error. What is remembered
//! between runs lives in `state`. How a program prints, asks, and ends with a failure is in
//! [`crate::terminal`]; what members can do about a failure, in `failure`.
//!
//! Without a command the market opens on a full screen: `tui`, beside this module.
//!
//! Commands, fields, keys, files and exit codes are described for users in `docs/CLIENT.md`.

mod accounts;
pub(crate) mod args;
mod catalog;
mod chat;
pub(crate) mod drawing;
mod export;
pub(crate) mod failure;
mod lines;
mod manual;
pub(crate) mod news;
pub(crate) mod pending;
pub(crate) mod picture;
mod presence;
mod purchases;
mod reachability;
mod run;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod state;
mod views;
mod watch;

use std::process::ExitCode;

use args::Arguments;
use settings::Settings;

use crate::terminal::doubt::Doubt;
use crate::terminal::program::{parse, report_usage, run_until_interrupted, start_log};
use crate::terminal::prompt;

/// Environment variable that turns on the log on standard error, such as `debug`.
const LOG_VARIABLE: &str = "AUBOUTIQUE_LOG";

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Settings that cannot be read are reported by the command that needs them.
    let color = || Settings::load().ok().and_then(|settings| settings.color());
    let arguments: Arguments = match parse(color) {
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
        Err(failure) => failure.tell(json),
    }
}
