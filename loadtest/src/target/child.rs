//! The child's side: what the hidden command of the program does.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::thread;

use auboutique_server::config::ConfigError;
use auboutique_server::config::args::Args;
use auboutique_server::program::{ProgramError, serve_members, shutdown_on_signal, signals};
use auboutique_server::{Ready, telemetry};
use clap::Parser as _;
use rustix::process::{Signal, getpid, kill_process};

/// The hidden command: the first argument of a process that is to be the server.
pub const SERVE_COMMAND: &str = "serve-market";
/// What the child says on standard output once it serves.
pub(super) const READY: &str = "ready";

/// Why the child does not serve.
#[derive(Debug, thiserror::Error)]
enum ChildError {
    #[error(transparent)]
    Usage(#[from] clap::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot follow the parent: {0}")]
    Parent(io::Error),
    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),
    #[error("cannot watch for signals: {0}")]
    Signals(io::Error),
    #[error("{}", with_source(.0))]
    Program(#[from] ProgramError),
}

/// Serves as `auboutique-server` does with these arguments (without the program's name), until
/// SIGTERM or SIGINT, or until the parent is gone.
///
/// Errors go to standard error, as those of the server itself do.
#[must_use]
pub fn serve_child(arguments: Vec<OsString>) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Vec<OsString>) -> Result<(), ChildError> {
    end_with_parent().map_err(ChildError::Parent)?;
    let name = OsString::from("auboutique-server");
    let loaded = Args::try_parse_from(std::iter::once(name).chain(arguments))?.load()?;
    telemetry::start(loaded.log_format);
    let runtime = tokio::runtime::Runtime::new().map_err(ChildError::Runtime)?;
    runtime.block_on(async {
        let shutdown = shutdown_on_signal().map_err(ChildError::Signals)?;
        let signals = signals(shutdown).map_err(ChildError::Signals)?;
        Ok(serve_members(loaded, signals, announce).await?)
    })
}

/// Tells the parent. One that is gone ends this process by other means.
fn announce(_ready: &Ready) {
    let _ = writeln!(io::stdout(), "{READY}");
}

/// Makes sure that this process ends when its parent does. First asks the kernel, which also ends a
/// process that is stopped; then waits for the end of standard input, which has come already if the
/// parent went before the kernel was asked.
fn end_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    thread::Builder::new()
        .name("parent".into())
        .spawn(|| {
            let mut byte = [0];
            // Nothing is ever written to it. An error is as good a reason to end as its end.
            while matches!(io::stdin().read(&mut byte), Ok(1..)) {}
            // At once and without a word: nobody is left to drain for, or to read a log.
            let _ = kill_process(getpid(), Signal::KILL);
        })
        .map(drop)
}

/// An error with what caused it, on one line.
fn with_source(error: &ProgramError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
