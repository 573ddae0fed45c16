//! The program `auboutique`: one command, one task, made for people and for scripts alike.
//!
//! [`main`] reads the command line (`args`), collects what is missing from the person at the
//! terminal (`prompt`), finds the server and the grounds for trusting it (`session`), and runs
//! one command of an area (`accounts`, `catalog`, `purchases`). Results go to standard output
//! as text or JSON (`output`, `views`), everything else to standard error. What can go wrong is
//! a `failure::Failure` with its exit code and hint. What is remembered between runs lives in
//! `state`.
//!
//! Commands, fields, files and exit codes are described for users in `docs/CLIENT.md`.

mod accounts;
mod args;
mod catalog;
mod chat;
mod color;
mod doubt;
mod drawing;
mod export;
mod failure;
mod files;
mod lines;
mod manual;
mod news;
mod output;
mod paging;
mod pending;
mod picture;
mod presence;
mod prompt;
mod purchases;
mod reachability;
mod run;
mod session;
mod settings;
mod state;
mod table;
mod views;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::signal::unix::{SignalKind, signal};

use args::{Arguments, Globals};
use doubt::Doubt;
use failure::Failure;

/// Environment variable that turns on the log on standard error, such as `debug`.
const LOG_VARIABLE: &str = "AUBOUTIQUE_LOG";

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => return report_usage(&error),
    };
    start_log(&arguments.globals);
    let json = arguments.globals.json;
    let outcome = run_until_interrupted(arguments);
    prompt::restore_terminal();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

/// Reads the command line. What is said about a line that is wrong has its colours, or none, from the
/// same choice as everything else, though that choice may stand in the wrong line itself.
fn parse() -> Result<Arguments, clap::Error> {
    let color = color::of_command_line(std::env::args_os());
    let mut command = Arguments::command().color(color);
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Runs the command; an interrupt ends it at once, wherever it stands.
fn run_until_interrupted(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let doubt = Doubt::default();
    let outcome = runtime.block_on(async {
        // Listened for before anything is done: an interrupt in between would end the program without
        // giving the terminal back as it was.
        let mut interrupts = signal(SignalKind::interrupt())
            .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
        tokio::select! {
            outcome = run::run(arguments, doubt.clone()) => outcome,
            Some(()) = interrupts.recv() => Err(doubt.interrupted()),
        }
    });
    // A thread may still wait for a line at the terminal; the end of the process ends it.
    runtime.shutdown_background();
    outcome
}

/// Help and version are no failures; everything else is wrong usage.
fn report_usage(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && wants_json {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        Failure::usage(message).print_json();
    }
    // A closed pipe is the reader's choice.
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn start_log(globals: &Globals) {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env(LOG_VARIABLE) else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color::of_log(globals))
        .init();
}
