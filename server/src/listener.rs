//! Taking connections: those that are admitted, a handshake with a deadline, a task for each.

use std::fs::File;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::OptionFuture;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, field};

use crate::connection;
use crate::context::Context;
use crate::limits::{Admission, AdmissionLimits, Place};
use crate::monitoring::meters::HandshakeOutcome;

/// The TLS handshake must be over this long after the connection was accepted.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// A client that is refused in the handshake has this long to read why.
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);
/// Wait after `accept` failed for want of something, for example of file descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(50);
/// Something to open that every Unix has and that is never in use.
const NOTHING: &str = "/dev/null";
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
    connections: TaskTracker,
    drain: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    let admission = Arc::clone(&context.admission);
    let serve = |stream, place| {
        let (acceptor, context, drain) = (acceptor.clone(), Arc::clone(&context), drain.clone());
        serve_member(stream, place, acceptor, context, drain)
    };
    let door = Door {
        listener,
        kind: "member",
        admission,
        context: &context,
    };
    door.open(&connections, &drain, serve).await;
}

/// A member's connection, from its handshake to its end. There are many that do nothing for hours: what the
/// handshake took is used again for what follows.
async fn serve_member(
    stream: TcpStream,
    place: Place,
    acceptor: TlsAcceptor,
    context: Arc<Context>,
    drain: CancellationToken,
) {
    let secured = shake_hands(stream, acceptor, &context, &drain).await;
    let serving = secured.map(|stream| connection::serve(stream, place, context, drain));
    OptionFuture::from(serving).await;
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
    let serve = |stream, place| {
        let (acceptor, context, drain) = (acceptor.clone(), Arc::clone(&context), drain.clone());
        let folder = folder.clone();
        async move {
            let handshake = shake_hands_or_tell(stream, acceptor, &context, &drain);
            if let Some(stream) = handshake.await {
                let (_, tls) = stream.get_ref();
                let shown = tls.peer_certificates().and_then(|chain| chain.first());
                let certificate = shown.map(|certificate| certificate.clone().into_owned());
                connection::serve_admin(stream, certificate, &folder, place, context, drain).await;
            }
        }
    };
    let limits = AdmissionLimits::in_all(ADMIN_CONNECTIONS_MAX);
    let admission = Arc::new(Admission::new(limits));
    let door = Door {
        listener,
        kind: "admin",
        admission,
        context: &context,
    };
    door.open(&connections, &drain, serve).await;
}

/// Where connections of one kind come in.
struct Door<'a> {
    listener: TcpListener,
    kind: &'static str,
    admission: Arc<Admission>,
    context: &'a Context,
}

impl Door<'_> {
    /// Accepts connections until `drain`, and closes at once those that are not admitted.
    async fn open<F, S>(self, connections: &TaskTracker, drain: &CancellationToken, serve: F)
    where
        F: Fn(TcpStream, Place) -> S,
        S: Future<Output = ()> + Send + 'static,
    {
        let Self {
            listener,
            kind,
            admission,
            context,
        } = self;
        let mut spare = Spare::open();
        let mut is_failing = false;
        let mut count = 0_u64;
        loop {
            let (stream, address) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => (stream, address.ip().to_canonical()),
                    Err(error) if is_about_the_peer(&error) => continue,
                    Err(error) => {
                        // Told once and not twenty times a second.
                        if !is_failing {
                            tracing::warn!(%error, kind, "connections cannot be accepted");
                        }
                        is_failing = true;
                        spare.refuse_one(&listener);
                        sleep(ACCEPT_BACK_OFF).await;
                        continue;
                    }
                },
                () = drain.cancelled() => return,
            };
            if is_failing {
                is_failing = false;
                tracing::info!(kind, "connections are accepted again");
            }
            // Without randomness nobody is drawn; the limits hold all the same.
            let dice = getrandom::u32().unwrap_or(u32::MAX);
            let place = match admission.admit(address, dice, Instant::now()) {
                Ok(place) => place,
                Err(refusal) => {
                    if let Some(left_out) = context.peer_lines.not_admitted.take(Instant::now()) {
                        let (source, why) = (address, refusal.name());
                        tracing::info!(kind, %source, why, left_out, "a connection was not admitted");
                    }
                    continue;
                }
            };
            count += 1;
            let user = field::Empty;
            let span = tracing::info_span!("connection", kind, id = count, source = %address, user);
            connections.spawn(serve(stream, place).instrument(span));
        }
    }
}

/// Whether only the connection failed that was to be accepted, so that the next can be at once.
fn is_about_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

/// A descriptor that is kept for the time when there is no other. With it a connection can be taken and
/// closed, so that its peer learns of it; otherwise all who come would wait in the system's queue for
/// an answer that cannot come.
struct Spare(Option<File>);

impl Spare {
    fn open() -> Self {
        Self(File::open(NOTHING).ok())
    }

    /// Closes the connection that has waited longest, if there is a descriptor to do it with.
    fn refuse_one(&mut self, listener: &TcpListener) {
        if self.0.take().is_some() {
            // Whatever comes of it, there was nothing better to do.
            drop(listener.accept().now_or_never());
        }
        *self = Self::open();
    }
}

/// As [`shake_hands`], and lets a client that is refused read why: its certificate is judged after its
/// own part of the handshake, when it has sent more already, and closing a socket with unread input
/// makes the system reset it.
async fn shake_hands_or_tell(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    context: &Context,
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
        Ok(Ok(stream)) => Some(shaken(stream, "admin", context)),
        Ok(Err((error, mut stream))) => {
            not_shaken(&error, "admin", context);
            let mut discarded = [0; 1024];
            let farewell = async {
                stream.shutdown().await?;
                while stream.read(&mut discarded).await? > 0 {}
                io::Result::Ok(())
            };
            let _ = timeout(FAREWELL_WITHIN, farewell).await;
            None
        }
        Err(_) => {
            not_shaken(&io::ErrorKind::TimedOut.into(), "admin", context);
            None
        }
    }
}

/// Makes a connection secure; `None` when that fails, or the server stops first.
async fn shake_hands(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    context: &Context,
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
    match handshake {
        Ok(stream) => Some(shaken(stream, "member", context)),
        Err(error) => {
            not_shaken(&error, "member", context);
            None
        }
    }
}

fn shaken<S>(stream: S, kind: &'static str, context: &Context) -> S {
    context.meters.shook_hands(kind, HandshakeOutcome::Ok);
    stream
}

/// Counts a handshake that failed. Whoever connects can make it fail, so not each has a line in the log.
fn not_shaken(error: &io::Error, kind: &'static str, context: &Context) {
    let outcome = if error.kind() == io::ErrorKind::TimedOut {
        HandshakeOutcome::Timeout
    } else {
        HandshakeOutcome::Failed
    };
    context.meters.shook_hands(kind, outcome);
    if let Some(left_out) = context.peer_lines.handshake.take(Instant::now()) {
        tracing::info!(%error, left_out, "a TLS handshake failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the task of a connection may take, in bytes, besides what TLS keeps of its own: this times ten
    /// thousand is memory that does nothing.
    const TASK_BYTES_MAX: usize = 3_328;

    #[test]
    fn the_task_of_a_connection_is_small() {
        fn size<A, B, C, D, E, F>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size(serve_member);
        assert!(bytes <= TASK_BYTES_MAX, "{bytes}");
    }
}
