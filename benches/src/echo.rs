//! The least that a server on our transport can do: TLS, frames, the strict scan, the typed request, and an
//! answer that is made beforehand. It is the limit of what a server can answer in a second; and told to
//! flush each answer by itself, it is what gathering answers is compared with.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use auboutique_certs::{
    ALPN_MEMBER, SERVER_CERTIFICATE, SERVER_KEY, ServerIdentity, server_config,
};
use auboutique_protocol::call::MemberCall;
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::frame;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use futures_util::FutureExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// Written at the latest when so much has gathered, as the server does.
const GATHERED_BYTES_MAX: usize = 64 * 1024;

/// Encoded replies by the name of the request.
pub type Replies = HashMap<&'static str, Vec<u8>>;

/// When answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Each by itself, and flushed.
    Each,
    /// All that are ready together.
    Gathered,
}

/// See the module's description. Threads of their own, as many as there are cores; they end when it is
/// dropped.
#[derive(Debug)]
pub struct Echo {
    /// Where it serves.
    pub address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Echo {
    /// Serves with the certificate in this folder.
    ///
    /// # Errors
    /// There is no certificate, no thread or no port.
    pub fn start(tls: &Path, writes: Writes, replies: Replies) -> io::Result<Self> {
        let identity =
            ServerIdentity::from_files(&tls.join(SERVER_CERTIFICATE), &tls.join(SERVER_KEY));
        let config = server_config(&identity.map_err(io::Error::other)?, ALPN_MEMBER);
        let (config, _) = config.map_err(io::Error::other)?;
        let runtime = Runtime::new()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (acceptor, replies) = (TlsAcceptor::from(config), Arc::new(replies));
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("it was made not to block");
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, replies) = (acceptor.clone(), Arc::clone(&replies));
                // A peer that leaves is the end of its connection, and no error.
                tokio::spawn(async move { serve(stream, acceptor, writes, &replies).await });
            }
        });
        Ok(Self {
            address,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It is dropped on a thread of another runtime, which must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    writes: Writes,
    replies: &Replies,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let (mut reader, mut out) = (FrameReader::default(), Vec::new());
    loop {
        let ready = reader.next(&mut stream, FRAME_BYTES_MAX).now_or_never();
        let next = match ready {
            Some(next) => next,
            None => {
                write(&mut stream, &mut out).await?;
                reader.next(&mut stream, FRAME_BYTES_MAX).await
            }
        };
        let Some(body) = next.map_err(io::Error::other)? else {
            return write(&mut stream, &mut out).await;
        };
        let answer = match ClientFrame::parse(&body) {
            // It speaks the version that it is asked for; what it says of itself nobody reads.
            Ok(ClientFrame::Hello(hello)) => [b"\xa1\x65hello", hello].concat(),
            Ok(ClientFrame::Call { id, call }) => {
                MemberCall::decode(call.name, call.body).map_err(io::Error::other)?;
                let reply = replies.get(call.name).map_or(&b"\xa0"[..], Vec::as_slice);
                envelope::ok(id, reply)
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        frame::encode_into(&answer, &mut out);
        if writes == Writes::Each || out.len() >= GATHERED_BYTES_MAX {
            write(&mut stream, &mut out).await?;
        }
    }
}

async fn write<S: tokio::io::AsyncWrite + Unpin>(
    stream: &mut S,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    if out.is_empty() {
        return Ok(());
    }
    stream.write_all(out).await?;
    out.clear();
    stream.flush().await
}
