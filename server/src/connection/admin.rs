//! An administrator's connection, before it is one and as long as it may be: the list is asked when it
//! comes, and again and again while it is open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::envelope;
use auboutique_protocol::error::{ErrorCode, Nothing};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::outbox::Outbox;
use super::{CLOSE_WITHIN, Connection, linger};
use crate::context::Context;
use crate::error::reply;
use crate::limits::Place;
use crate::presence::{Ending, Mailbox};
use crate::session::{AdminGate, AdminSession};

/// Whether a certificate still stands on the list is asked this often.
const ADMIT_AGAIN_EVERY: Duration = Duration::from_secs(1);

/// Serves the holder of a certificate that the handshake has verified, for as long as it stands on the
/// list in the folder `tls`.
pub(crate) async fn serve_admin<S>(
    stream: S,
    certificate: Option<CertificateDer<'static>>,
    tls: &Path,
    place: Place,
    context: Arc<Context>,
    drain: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let gate = AdminGate::new(tls.to_owned());
    let admitted = match &certificate {
        Some(certificate) => gate.admit(certificate.clone()).await,
        None => None,
    };
    let (Some(certificate), Some(admin)) = (certificate, admitted) else {
        if let Some(left_out) = context.peer_lines.unlisted.take(Instant::now()) {
            tracing::warn!(
                left_out,
                "a certificate that is not on the list of administrators was refused"
            );
        }
        return refuse(stream, &context, ErrorCode::Forbidden(Nothing {})).await;
    };
    tracing::info!(admin = %admin.name(), "an administrator has connected");
    let session = AdminSession::new(admin);
    let mailbox = Arc::clone(session.mailbox());
    let mut connection = Connection::new(stream, place, context, drain, session);
    tokio::select! {
        () = connection.run() => {}
        () = end_when_revoked(&gate, &certificate, &mailbox) => {}
    }
}

/// Ends the session once the certificate does not stand on the list any more. Never returns: the
/// connection says why it ends.
async fn end_when_revoked(
    gate: &AdminGate,
    certificate: &CertificateDer<'static>,
    mailbox: &Mailbox,
) {
    let mut again = interval(ADMIT_AGAIN_EVERY);
    loop {
        again.tick().await;
        if gate.admit(certificate.clone()).await.is_none() {
            mailbox.end(Ending::CertificateRevoked);
            return std::future::pending().await;
        }
    }
}

/// Tells somebody who is not let in, and closes.
async fn refuse<S>(mut stream: S, context: &Context, code: ErrorCode)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut outbox = Outbox::new(context.frames_out.clone());
    outbox.push(&envelope::error(None, &reply(code)));
    if outbox.write(&mut stream).await.is_ok() {
        let _ = timeout(CLOSE_WITHIN, linger(&mut stream)).await;
    }
}
