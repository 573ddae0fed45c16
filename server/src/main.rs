//! The program `auboutique-server`.

mod commands;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use auboutique_server::backup::BackupError;
use auboutique_server::config::ConfigError;
use auboutique_server::config::args::{Args, Command, Loaded};
use auboutique_server::program::{ProgramError, serve_members, shutdown_on_signal, signals};
use auboutique_server::{CertificateError, Ready, ServeError, telemetry};
use clap::Parser as _;

fn main() -> ExitCode {
    let args = Args::parse();
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", message(&error));
            if let Some(hint) = hint(&error) {
                let _ = writeln!(io::stderr(), "hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn start(args: Args) -> anyhow::Result<()> {
    let loaded = args.load()?;
    telemetry::start(loaded.log_format);
    tokio::runtime::Runtime::new()
        .context("cannot start the runtime")?
        .block_on(run(args.command, loaded))
}

async fn run(command: Option<Command>, loaded: Loaded) -> anyhow::Result<()> {
    let shutdown = shutdown_on_signal().context("cannot watch for signals")?;
    match command {
        None => {
            let signals = signals(shutdown).context("cannot watch for signals")?;
            Ok(serve_members(loaded, signals, announce).await?)
        }
        Some(Command::CheckConfig) => commands::check_config(&loaded),
        Some(Command::Backup { directory }) => {
            commands::backup(&loaded.config.data_dir, &directory, &shutdown).await
        }
        Some(Command::CheckData) => commands::check_data(&loaded.config.data_dir, &shutdown).await,
        Some(Command::Restore { directory, force }) => {
            commands::restore(&directory, &loaded.config.data_dir, force, &shutdown).await
        }
    }
}

/// What went wrong and why, each cause once: some errors name theirs in their own message, others
/// leave it to whoever follows the chain.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

/// What an operator can do about an error.
fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<ProgramError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<ServeError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<CertificateError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<ConfigError>() {
        error.hint()
    } else {
        let error = error.downcast_ref::<BackupError>()?;
        error.hint().map(ToOwned::to_owned)
    }
}

/// Tells the operator how members join. A closed standard output is no reason to stop.
fn announce(ready: &Ready) {
    let _ = writeln!(io::stdout(), "{ready}");
}
