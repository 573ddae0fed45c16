//! Serving as a process does: bound to a port, until a signal. The program `auboutique-server` and
//! the load test's child, which is the same server, share it.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::args::Loaded;
use crate::{Listeners, Ready, ServeError, serve};

/// Why the process does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The port cannot be had.
    #[error("cannot listen on {address}; is another server there?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The server could not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl ProgramError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Listen { .. } => None,
            Self::Serve(error) => error.hint(),
        }
    }
}

/// Binds the configured addresses and serves until `shutdown`; see [`serve`].
///
/// # Errors
/// The address cannot be bound, or the server could not start.
pub async fn serve_members(
    loaded: Loaded,
    shutdown: CancellationToken,
    ready: impl FnOnce(&Ready),
) -> Result<(), ProgramError> {
    let listeners = Listeners {
        member: bind(loaded.address.member).await?,
        admin: match loaded.address.admin {
            Some(address) => Some(bind(address).await?),
            None => None,
        },
    };
    serve(loaded.config, listeners, shutdown, ready).await?;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ProgramError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ProgramError::Listen { address, source })
}

/// A token that SIGTERM or SIGINT cancels.
///
/// # Errors
/// The system lets nobody watch for signals.
pub fn shutdown_on_signal() -> io::Result<CancellationToken> {
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
