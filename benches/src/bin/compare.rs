//! `compare`: AUBoutique beside what people would use instead, in one interleaved run.

use std::io::{self, Write as _};
use std::process::ExitCode;

use auboutique_benches::compare::arguments::Arguments;
use auboutique_benches::compare::run::{Outcome, run};
use auboutique_benches::ratio::refuse_debug_build;
use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

/// As shells report a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(hint) = refuse_debug_build() {
        return complain(&format!("error: {hint}"), 1);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return complain(&format!("error: cannot start the runtime: {error}"), 1);
        }
    };
    // Whatever ends the run ends its servers and removes their data: they belong to its future.
    runtime.block_on(async {
        tokio::select! {
            outcome = run(&arguments) => match outcome {
                Ok(outcome) => show(&arguments, &outcome),
                Err(error) => complain(&format!("error: {error}"), 1),
            },
            () = interrupted() => {
                complain("interrupted; everything that was started is stopped", INTERRUPTED)
            }
        }
    })
}

fn complain(text: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(code)
}

/// Resolves when somebody wants this to end.
async fn interrupted() {
    let both = signal(SignalKind::interrupt()).and_then(|interrupt| {
        let terminate = signal(SignalKind::terminate())?;
        Ok((interrupt, terminate))
    });
    match both {
        Ok((mut interrupt, mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // Then signals end this at once, as they would otherwise.
        Err(_) => std::future::pending().await,
    }
}

fn show(arguments: &Arguments, outcome: &Outcome) -> ExitCode {
    let Outcome {
        report,
        servers,
        notes,
    } = outcome;
    let tables = format!("{servers}\n{}", notes.join("\n"));
    // Nobody may be left to read it; the code says the verdict.
    let _ = if arguments.json {
        let told = writeln!(io::stderr(), "{tables}");
        told.and_then(|()| writeln!(io::stdout(), "{}", report.to_json()))
    } else {
        writeln!(io::stdout(), "{tables}\n\n{}", report.to_text())
    };
    report.exit_code()
}
