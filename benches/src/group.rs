//! A group of benches as a program: measured in full by `cargo bench`, tried once by `cargo test`, told as
//! a table or, with `--json`, as one object.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use tempfile::TempDir;
use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::ratio::{Plan, Report};

/// What a program ends with that was called wrongly.
const USAGE: u8 = 2;
/// What a program ends with that was interrupted.
const INTERRUPTED: u8 = 130;

/// Attempts to remove a folder that others write to.
const REMOVALS_MAX: usize = 10;

/// Measures a group and tells what was found; see [`Report::exit_code`]. When it is only tried, nothing has
/// to hold but the answers.
#[must_use]
pub fn run(measure: impl FnOnce(Plan, &mut Report)) -> ExitCode {
    let plan = match Plan::from_args() {
        Ok(plan) => plan,
        Err(hint) => return complain(USAGE, &hint),
    };
    let mut report = Report::default();
    measure(plan, &mut report);
    tell(plan, &report)
}

/// As [`run`], for what waits: servers and connections. Ctrl-C and SIGTERM drop what was made, and with it its
/// processes and folders, as soon as the row that is being measured is done.
///
/// # Panics
/// The system gives no threads.
#[must_use]
pub fn run_async(
    measure: impl AsyncFnOnce(Plan, &mut Report) -> Result<(), Box<dyn std::error::Error>>,
) -> ExitCode {
    let plan = match Plan::from_args() {
        Ok(plan) => plan,
        Err(hint) => return complain(USAGE, &hint),
    };
    let runtime = Runtime::new().expect("the system gives threads");
    let mut report = Report::default();
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = measure(plan, &mut report) => Some(outcome),
            () = interrupted() => None,
        }
    });
    match outcome {
        Some(Ok(())) => tell(plan, &report),
        Some(Err(error)) => complain(1, &error.to_string()),
        None => complain(INTERRUPTED, "interrupted"),
    }
}

/// A folder for what a group of [`run`] writes. It goes with its owner, and on Ctrl-C or SIGTERM, which end
/// the program.
///
/// # Errors
/// The folder cannot be made.
///
/// # Panics
/// The system gives no threads.
pub fn scratch() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("auboutique-bench-")
        .tempdir()?;
    let path = folder.path().to_owned();
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(interrupted());
        remove(&path);
        complain(INTERRUPTED, "interrupted");
        std::process::exit(INTERRUPTED.into());
    });
    Ok(folder)
}

/// Removes a folder in which others may be making files meanwhile.
fn remove(folder: &Path) {
    for _ in 0..REMOVALS_MAX {
        if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            return;
        }
    }
    // For people: they can remove it.
    let _ = writeln!(io::stderr(), "{} could not be removed", folder.display());
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            // Then it ends as a program does that does not know the signal.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}

/// Waits for something within [`run_async`], where closures cannot.
///
/// # Panics
/// It is called elsewhere.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| runtime::Handle::current().block_on(future))
}

fn tell(plan: Plan, report: &Report) -> ExitCode {
    if plan.is_smoke() {
        return ExitCode::from(u8::from(!report.correct));
    }
    let text = if std::env::args().any(|argument| argument == "--json") {
        report.to_json() + "\n"
    } else {
        report.to_text()
    };
    // Nobody may be left to read it; the code says the verdict.
    let _ = io::stdout().write_all(text.as_bytes());
    report.exit_code()
}

fn complain(code: u8, text: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {text}");
    ExitCode::from(code)
}
