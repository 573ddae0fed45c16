//! The program `auboutique-server`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use auboutique_server::config::args::Args;
use auboutique_server::{Listeners, Ready, ServeError, serve, telemetry};
use clap::Parser as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let args = Args::parse();
    telemetry::start(args.log_format());
    let outcome = tokio::runtime::Runtime::new()
        .context("cannot start the runtime")
        .and_then(|runtime| runtime.block_on(run(args)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            if let Some(hint) = error
                .downcast_ref::<ServeError>()
                .and_then(ServeError::hint)
            {
                let _ = writeln!(io::stderr(), "hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let (config, address) = args.into_config()?;
    let shutdown = shutdown_on_signal().context("cannot watch for signals")?;
    let member = TcpListener::bind(address.member).await.with_context(|| {
        format!(
            "cannot listen on {}; is another server there?",
            address.member
        )
    })?;
    serve(config, Listeners { member }, shutdown, announce).await?;
    Ok(())
}

/// Tells the operator how members join. A closed standard output is no reason to stop.
fn announce(ready: &Ready) {
    let _ = writeln!(io::stdout(), "{ready}");
}

/// A token that SIGTERM or SIGINT cancels.
fn shutdown_on_signal() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = CancellationToken::new();
    let signalled = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        signalled.cancel();
    });
    Ok(shutdown)
}
