//! Taking connections: a cap, a handshake with a deadline, a task for each.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::connection;
use crate::context::Context;

/// The TLS handshake must be over this long after the connection was accepted.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// A client that is refused in the handshake has this long to read why.
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);
/// Wait after `accept` failed, for example for want of file descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(50);
/// Connections of administrators at once.
const ADMIN_CONNECTIONS_MAX: usize = 64;

/// What administrators connect to.
pub(crate) struct Admins {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Arc<ServerConfig>,
    /// The folder `tls`, with the list of those who may.
    pub(crate) folder: PathBuf,
}

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
    let serve = |stream, source| {
        let (acceptor, context, drain) = (acceptor.clone(), Arc::clone(&context), drain.clone());
        async move {
            if let Some(stream) = shake_hands(stream, acceptor, &drain).await {
                connection::serve(stream, source, context, drain).await;
            }
        }
    };
    accept(
        listener,
        "member",
        connections_max,
        &connections,
        &drain,
        serve,
    )
    .await;
}

/// Accepts administrators until `drain`; nobody when there is no listener for them.
pub(crate) async fn accept_admins(
    admins: Option<Admins>,
    context: Arc<Context>,
    connections: TaskTracker,
    drain: CancellationToken,
) {
    let Some(Admins {
        listener,
        tls,
        folder,
    }) = admins
    else {
        return;
    };
    let acceptor = TlsAcceptor::from(tls);
    let serve = |stream, source| {
        let (acceptor, context, drain) = (acceptor.clone(), Arc::clone(&context), drain.clone());
        let folder = folder.clone();
        async move {
            if let Some(stream) = shake_hands_or_tell(stream, acceptor, &drain).await {
                let (_, tls) = stream.get_ref();
                let shown = tls.peer_certificates().and_then(|chain| chain.first());
                let certificate = shown.map(|certificate| certificate.clone().into_owned());
                connection::serve_admin(stream, certificate, &folder, source, context, drain).await;
            }
        }
    };
    let max = ADMIN_CONNECTIONS_MAX;
    accept(listener, "admin", max, &connections, &drain, serve).await;
}

/// Accepts connections until `drain`, at most so many at once.
async fn accept<F, S>(
    listener: TcpListener,
    kind: &'static str,
    connections_max: usize,
    connections: &TaskTracker,
    drain: &CancellationToken,
    serve: F,
) where
    F: Fn(TcpStream, IpAddr) -> S,
    S: Future<Output = ()> + Send + 'static,
{
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
        let span = tracing::info_span!("connection", kind, id = count, %source);
        let served = serve(stream, source);
        let task = async move {
            served.await;
            drop(place);
        };
        connections.spawn(task.instrument(span));
    }
}

/// As [`shake_hands`], and lets a client that is refused read why: its certificate is judged after its
/// own part of the handshake, when it has sent more already, and closing a socket with unread input
/// makes the system reset it.
async fn shake_hands_or_tell(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    drain: &CancellationToken,
) -> Option<TlsStream<TcpStream>> {
    let handshake = async {
        // Without it answers are slower, nothing else.
        let _ = stream.set_nodelay(true);
        timeout(HANDSHAKE_WITHIN, acceptor.accept(stream).into_fallible()).await
    };
    let handshake = tokio::select! {
        handshake = handshake => handshake,
        () = drain.cancelled() => return None,
    };
    match handshake {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err((error, mut stream))) => {
            tracing::debug!(%error, "the TLS handshake with an administrator failed");
            let mut discarded = [0; 1024];
            let farewell = async {
                stream.shutdown().await?;
                while stream.read(&mut discarded).await? > 0 {}
                io::Result::Ok(())
            };
            let _ = timeout(FAREWELL_WITHIN, farewell).await;
            None
        }
        Err(_) => None,
    }
}

/// Makes a connection secure; `None` when that fails, or the server stops first.
async fn shake_hands(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    drain: &CancellationToken,
) -> Option<TlsStream<TcpStream>> {
    let handshake = async {
        stream.set_nodelay(true)?;
        timeout(HANDSHAKE_WITHIN, acceptor.accept(stream))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    };
    let handshake = tokio::select! {
        handshake = handshake => handshake,
        () = drain.cancelled() => return None,
    };
    handshake
        .inspect_err(|error| tracing::debug!(%error, "the TLS handshake failed"))
        .ok()
}
