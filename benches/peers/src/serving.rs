//! What every peer does around its protocol: TLS 1.3 on a loopback port, until it is told to stop.

use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Connections that the kernel keeps until they are taken.
const BACKLOG: u32 = 1_024;

/// Why a peer does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificate or its key cannot be read.
    #[error("cannot read the certificate or its key: {0}")]
    Pem(#[from] pem::Error),
    /// They do not fit.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] rustls::Error),
    /// The system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database cannot be used.
    #[error("cannot use the database: {0}")]
    Database(#[from] sqlx::Error),
}

/// How a peer ends as a program: without a word, or with what went wrong.
#[must_use]
pub fn end(outcome: Result<(), ServeError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// TLS 1.3 with this certificate and key and the provider of AUBoutique, for one application protocol.
///
/// # Errors
/// The files cannot be read or used.
pub fn acceptor(cert: &Path, key: &Path, protocol: &[u8]) -> Result<TlsAcceptor, ServeError> {
    let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes connections on a free loopback port, which is told on standard output, until SIGTERM or the end of
/// standard input.
///
/// # Errors
/// The system has no port, or lets nobody watch for signals.
pub async fn serve<F, W>(acceptor: TlsAcceptor, connection: F) -> Result<(), ServeError>
where
    F: Fn(TlsStream<TcpStream>) -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let parent = parent_gone()?;
    println!("listening on {}", listener.local_addr()?);
    io::stdout().flush()?;
    tokio::select! {
        () = accept(listener, acceptor, connection) => {}
        _ = terminate.recv() => {}
        _ = parent => {}
    }
    Ok(())
}

async fn accept<F, W>(listener: TcpListener, acceptor: TlsAcceptor, connection: F)
where
    F: Fn(TlsStream<TcpStream>) -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Such as no descriptors: others may become free.
            tokio::task::yield_now().await;
            continue;
        };
        let (acceptor, connection) = (acceptor.clone(), connection.clone());
        tokio::spawn(async move {
            if stream.set_nodelay(true).is_ok()
                && let Ok(stream) = acceptor.accept(stream).await
            {
                connection(stream).await;
            }
        });
    }
}

/// Resolves at the end of standard input, on which nothing is ever written: whoever started this process
/// is gone.
fn parent_gone() -> io::Result<oneshot::Receiver<()>> {
    let (gone, told) = oneshot::channel();
    // A thread of our own: one of the runtime would keep the process from ending.
    thread::Builder::new()
        .name("parent".into())
        .spawn(move || {
            let mut byte = [0];
            while matches!(io::stdin().read(&mut byte), Ok(1..)) {}
            let _ = gone.send(());
        })?;
    Ok(told)
}
