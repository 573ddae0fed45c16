//! Making a connection: every address of the name, TLS, and the first frame each way.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{
    ALPN_MEMBER, Fingerprint, HandshakeFailure, ServerAddress, probe_config, require_protocol,
};
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::frame;
use auboutique_protocol::hello::{ClientHello, ServerHello};
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::{FRAME_BYTES_MAX, VERSION_MAX, VERSION_MIN};
use auboutique_protocol::{codec, error::ErrorCode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::sdk::error::{Error, Refusal, RefusalCode};
use crate::sdk::options::ConnectOptions;

/// How long [`probe`] waits for the name and for each address.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects and exchanges hellos.
pub(crate) async fn establish(
    options: &ConnectOptions,
) -> Result<(TlsStream<TcpStream>, ServerHello), Error> {
    let mut stream = connect(&options.address, &options.tls, options.connect_timeout).await?;
    require_protocol(stream.get_ref().1, options.alpn)
        .map_err(|failure| trust(&options.address, failure))?;
    let hello = match timeout(options.hello_timeout, greet(&mut stream, options)).await {
        Ok(hello) => hello?,
        Err(_) => return Err(timed_out("hello from the server", options.hello_timeout)),
    };
    Ok((stream, hello))
}

/// Learns which certificate authority the server at `address` presents, without verifying it and
/// without sending anything: the first half of trust on first use. Show the fingerprint to a
/// person, and connect with [`Trust::Pinned`](auboutique_certs::Trust::Pinned) once confirmed.
///
/// # Errors
/// The server cannot be reached, or does not get as far as showing its certificates.
pub async fn probe(address: &ServerAddress) -> Result<Fingerprint, Error> {
    let (config, probe) = probe_config(ALPN_MEMBER);
    // The handshake is made to fail once the certificates were seen.
    let outcome = connect(address, &config, PROBE_TIMEOUT).await;
    match (probe.fingerprint(), outcome) {
        (Some(fingerprint), _) => Ok(fingerprint),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(Error::Protocol("no certificate was shown".into())),
    }
}

/// Tries one address after the other until TLS stands.
///
/// A failed verification outweighs an address that does not answer; a changed authority ends the
/// search at once.
async fn connect(
    address: &ServerAddress,
    config: &Arc<rustls::ClientConfig>,
    patience: Duration,
) -> Result<TlsStream<TcpStream>, Error> {
    let mut worst = None;
    for socket in resolve(address, patience).await? {
        let attempt = timeout(patience, connect_to(socket, address, config)).await;
        let error = match attempt {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error,
            Err(_) => unreachable_at(address, &format!("no answer from {socket}")),
        };
        tracing::debug!(%socket, %error, "an address of the server did not work");
        if is_changed_authority(&error) {
            return Err(error);
        }
        if worst.is_none() || matches!(error, Error::Trust { .. }) {
            worst = Some(error);
        }
    }
    Err(worst.unwrap_or_else(|| no_address(address, "the name has no address")))
}

fn is_changed_authority(error: &Error) -> bool {
    let failure = HandshakeFailure::PinMismatch;
    matches!(error, Error::Trust { failure: seen, .. } if *seen == failure)
}

async fn resolve(address: &ServerAddress, patience: Duration) -> Result<Vec<SocketAddr>, Error> {
    let lookup = tokio::net::lookup_host((address.host.as_str(), address.port));
    match timeout(patience, lookup).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => Err(no_address(address, &error.to_string())),
        Err(_) => Err(no_address(address, "no answer in time")),
    }
}

async fn connect_to(
    socket: SocketAddr,
    address: &ServerAddress,
    config: &Arc<rustls::ClientConfig>,
) -> Result<TlsStream<TcpStream>, Error> {
    let unreachable = |error: io::Error| unreachable_at(address, &error.to_string());
    let name = address
        .server_name()
        .map_err(|error| no_address(address, &error.to_string()))?;
    let tcp = TcpStream::connect(socket).await.map_err(unreachable)?;
    // Requests are small and awaited: waiting to fill a packet would only delay them.
    tcp.set_nodelay(true).map_err(unreachable)?;
    let handshake = TlsConnector::from(Arc::clone(config)).connect(name, tcp);
    handshake
        .await
        .map_err(|error| handshake_error(address, &error))
}

/// A connection that merely broke says nothing about trust and may be tried again.
fn handshake_error(address: &ServerAddress, error: &io::Error) -> Error {
    match tls_error(error) {
        Some(refused) => trust(address, HandshakeFailure::from(refused)),
        None => unreachable_at(address, &format!("the TLS handshake was cut off ({error})")),
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Sends our hello and takes the server's.
async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    options: &ConnectOptions,
) -> Result<ServerHello, Error> {
    let hello = envelope::client_hello(&ClientHello {
        agent: options.agent.as_str().to_owned(),
        version_max: VERSION_MAX,
        version_min: VERSION_MIN,
    });
    let mut out = Vec::new();
    frame::encode_into(&hello, &mut out);
    // A server judges the certificate of its client after the client's part of the handshake.
    let broken = |error: io::Error| match tls_error(&error) {
        Some(refused) => trust(&options.address, HandshakeFailure::from(refused)),
        None => lost(&error),
    };
    stream.write_all(&out).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let frame = FrameReader::default().next(stream, FRAME_BYTES_MAX).await;
    let frame = frame.map_err(|error| match error {
        ReadError::Io(error) => broken(error),
        ReadError::Frame(_) | ReadError::Truncated => read_error(error),
    })?;
    let frame = frame.ok_or_else(|| closed_by_server(None))?;
    parse_hello(&frame)
}

fn parse_hello(frame: &[u8]) -> Result<ServerHello, Error> {
    match ServerFrame::parse(frame).map_err(protocol)? {
        ServerFrame::Hello(body) => {
            let hello: ServerHello = codec::decode(body).map_err(protocol)?;
            if (VERSION_MIN..=VERSION_MAX).contains(&hello.version) {
                Ok(hello)
            } else {
                let version = hello.version;
                Err(Error::Protocol(format!(
                    "it chose version {version}, which was not offered"
                )))
            }
        }
        ServerFrame::Error { code, message, .. } => {
            Err(Error::Refused(refusal(code.name, code.body, message)?))
        }
        ServerFrame::Ok { .. } | ServerFrame::Event { .. } | ServerFrame::Malformed => {
            Err(Error::Protocol("its first frame is not a hello".into()))
        }
    }
}

/// Takes a refusal as it came, also with a code of a later version.
pub(crate) fn refusal(name: &str, detail: &[u8], message: &str) -> Result<Refusal, Error> {
    let code = match ErrorCode::decode(name, detail).map_err(protocol)? {
        Some(code) => RefusalCode::Known(code),
        None => RefusalCode::Unknown(name.to_owned()),
    };
    Ok(Refusal {
        code,
        message: message.to_owned(),
    })
}

pub(crate) fn protocol(reason: impl std::fmt::Display) -> Error {
    Error::Protocol(reason.to_string())
}

pub(crate) fn read_error(error: ReadError) -> Error {
    match error {
        ReadError::Frame(error) => protocol(error),
        ReadError::Truncated => Error::ConnectionLost {
            reason: "it ended in the middle of a frame".into(),
        },
        ReadError::Io(error) => lost(&error),
    }
}

pub(crate) fn lost(error: &io::Error) -> Error {
    Error::ConnectionLost {
        reason: error.to_string(),
    }
}

/// The server ended the connection in order; `reason` is what it said before, if anything.
pub(crate) fn closed_by_server(reason: Option<String>) -> Error {
    Error::ConnectionLost {
        reason: reason.unwrap_or_else(|| "the server closed it".into()),
    }
}

pub(crate) fn timed_out(awaited: &'static str, after: Duration) -> Error {
    Error::TimedOut {
        awaited,
        seconds: after.as_secs(),
    }
}

fn trust(address: &ServerAddress, failure: HandshakeFailure) -> Error {
    Error::Trust {
        address: address.clone(),
        failure,
    }
}

fn unreachable_at(address: &ServerAddress, reason: &str) -> Error {
    Error::Connect {
        address: address.clone(),
        reason: reason.to_owned(),
    }
}

fn no_address(address: &ServerAddress, reason: &str) -> Error {
    Error::Resolve {
        host: address.host.clone(),
        reason: reason.to_owned(),
    }
}
