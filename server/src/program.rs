//! Serving as a process does: bound to a port, until a signal. The program `auboutique-server` and
//! the load test's child, which is the same server, share it.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::args::Loaded;
use crate::{Listeners, Ready, ServeError, Signals, serve, service_manager};

/// Descriptors that the server needs for itself: databases with their logs, listeners, the runtime.
const OWN_DESCRIPTORS: u64 = 128;

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

/// Binds the configured addresses and serves until it is told to stop; see [`serve`].
///
/// # Errors
/// The address cannot be bound, or the server could not start.
pub async fn serve_members(
    loaded: Loaded,
    signals: impl Into<Signals>,
    ready: impl FnOnce(&Ready),
) -> Result<(), ProgramError> {
    let signals = signals.into();
    prepare_descriptors(loaded.config.admission.connections_max);
    let listeners = Listeners {
        member: bind(loaded.address.member).await?,
        admin: match loaded.address.admin {
            Some(address) => Some(bind(address).await?),
            None => None,
        },
        metrics: match loaded.address.metrics {
            Some(address) => Some(bind(address).await?),
            None => None,
        },
    };
    let following = tokio::spawn(service_manager::follow(signals.shutdown.clone()));
    let announce = |state: &Ready| {
        ready(state);
        service_manager::ready();
    };
    let served = serve(loaded.config, listeners, signals, announce).await;
    // It has said its last word, unless the server has failed.
    following.abort();
    Ok(served?)
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

/// What the process is told while it serves: SIGHUP looks at the certificate's files. Whoever started
/// the server by hand in a terminal and closes that wants it gone, though; the system says so by the
/// same signal.
///
/// # Errors
/// The system lets nobody watch for signals.
pub fn signals(shutdown: CancellationToken) -> io::Result<Signals> {
    let by_hand = io::stdin().is_terminal();
    let mut hangup = signal(SignalKind::hangup())?;
    let signals = Signals::from(shutdown);
    let told = signals.clone();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if by_hand {
                return told.shutdown.cancel();
            }
            tracing::info!("told to look at the certificate");
            told.reload.notify_one();
        }
    });
    Ok(signals)
}

/// Raises the soft limit of descriptors to the hard one, and says when even that is too low for so
/// many connections: above it they would be refused, and the databases could not be opened anew.
fn prepare_descriptors(connections_max: usize) {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limits.maximum,
        ..limits
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limits.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limits.current
        }
    };
    let wanted = connections_max as u64 + OWN_DESCRIPTORS;
    if let Some(current) = current.filter(|&current| current < wanted) {
        tracing::warn!(
            current,
            wanted,
            "too few open files are allowed for connections_max; raise the limit (LimitNOFILE=)"
        );
    }
}
