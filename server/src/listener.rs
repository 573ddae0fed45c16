//! Taking connections: a cap, a handshake with a deadline, a task for each.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::connection;
use crate::context::Context;

/// The TLS handshake must be over this long after the connection was accepted.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Wait after `accept` failed, for example for want of file descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(50);

/// Accepts members until `drain`.
pub(crate) async fn accept_members(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    context: Arc<Context>,
    connections_max: usize,
    connections: TaskTracker,
    drain: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
    let mut count = 0_u64;
    loop {
        // Above the cap connections wait in the system's queue.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = drain.cancelled() => return,
        };
        let Ok(place) = place else { return };
        let (stream, source) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => (stream, address.ip().to_canonical()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_BACK_OFF).await;
                    continue;
                }
            },
            () = drain.cancelled() => return,
        };
        count += 1;
        let span = tracing::info_span!("connection", id = count, %source);
        let member = Member {
            place,
            source,
            context: Arc::clone(&context),
            drain: drain.clone(),
        };
        connections.spawn(member.serve(stream, acceptor.clone()).instrument(span));
    }
}

/// An accepted connection.
struct Member {
    place: OwnedSemaphorePermit,
    source: IpAddr,
    context: Arc<Context>,
    drain: CancellationToken,
}

impl Member {
    async fn serve(self, stream: TcpStream, acceptor: TlsAcceptor) {
        let handshake = async {
            stream.set_nodelay(true)?;
            timeout(HANDSHAKE_WITHIN, acceptor.accept(stream))
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        };
        let handshake = tokio::select! {
            handshake = handshake => handshake,
            () = self.drain.cancelled() => return,
        };
        match handshake {
            Ok(stream) => {
                connection::serve(stream, self.source, self.context, self.drain).await;
            }
            Err(error) => tracing::debug!(%error, "the TLS handshake failed"),
        }
        drop(self.place);
    }
}
