//! The life of a program: reading the command line, the log, one command, and an interrupt meanwhile.

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::color::{self, Color};
use crate::terminal::doubt::Doubt;
use crate::terminal::failure::Failure;

/// Reads the command line. What is said about a line that is wrong has its colours, or none, from the
/// same choice as everything else, though that choice may stand in the wrong line itself; `settled` is
/// the choice where the line has none.
///
/// # Errors
/// The line is wrong, or asks for help.
pub fn parse<A: Parser>(settled: impl FnOnce() -> Option<Color>) -> Result<A, clap::Error> {
    let color = color::typed(std::env::args_os()).or_else(settled);
    let mut command = A::command().color(color.unwrap_or(Color::Auto).into());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    A::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Runs the command; an interrupt ends it at once, wherever it stands.
///
/// # Errors
/// Those of the command.
pub fn run_until_interrupted<T>(
    doubt: &Doubt,
    command: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        // Listened for before anything is done: an interrupt in between would end the program without
        // giving the terminal back as it was.
        let mut interrupts = signal(SignalKind::interrupt())
            .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
        tokio::select! {
            outcome = command => outcome,
            Some(()) = interrupts.recv() => Err(doubt.interrupted()),
        }
    });
    // A thread may still wait for a line at the terminal; the end of the process ends it.
    runtime.shutdown_background();
    outcome
}

/// Tells what is wrong with a command line. Help and version are no failures; everything else is wrong
/// usage.
#[must_use]
pub fn report_usage(error: &clap::Error) -> ExitCode {
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

/// Writes the log to standard error, if this variable of the environment says what of it, such as
/// `debug`.
pub fn start_log(variable: &str, color: Option<Color>) {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env(variable) else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color::of_log(color))
        .init();
}
