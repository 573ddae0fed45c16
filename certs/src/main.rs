//! `auboutique-certs`: create, look at and renew the certificates of an AUBoutique server.
//!
//! A server does all of this by itself when it starts; the program is for those who want to
//! prepare or inspect it. Exit codes: 0 done, 1 failed, 2 wrong arguments.

mod cli;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments).and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Writes the result; a reader that closed the pipe has seen enough.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn report(error: &anyhow::Error) {
    let mut text = format!("error: {error}\n");
    if let Some(hint) = cli::hint(error) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    // If even the error cannot be written, the exit code still tells.
    let _ = io::stderr().write_all(text.as_bytes());
}
