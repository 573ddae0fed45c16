//! Both ends of a handshake over a pipe in memory.
//!
//! The client queues a secret *before* the handshake begins, as an eager program might. The
//! server end is driven by hand, so that every byte of plaintext that ever came out of the
//! TLS layer is seen, also when the handshake then failed.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use auboutique_certs::{
    ALPN_MEMBER, Authority, CertificateFacts, CertificateSwitch, HandshakeFailure, Leaf,
    ServerIdentity, Trust, client_config, server_config,
};
use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::TlsConnector;

const PIPE_BYTES: usize = 64 * 1024;

/// What the client wants to tell the right server, and nobody else.
pub(crate) const SECRET: &[u8] = b"my password";

/// What the server end saw.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) plaintext: Vec<u8>,
    pub(crate) complete: bool,
    pub(crate) failure: Option<rustls::Error>,
}

/// What the client end saw of a completed handshake.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) leaf: CertificateDer<'static>,
    pub(crate) kind: HandshakeKind,
    pub(crate) group: rustls::NamedGroup,
    pub(crate) version: rustls::ProtocolVersion,
}

/// One attempt to connect.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) client: Result<Connected, HandshakeFailure>,
    pub(crate) served: Served,
}

impl Attempt {
    /// Expects success, and that the secret arrived.
    #[track_caller]
    pub(crate) fn accepted(self) -> Connected {
        let connected = self.client.expect("the client accepts the server");
        assert_eq!(self.served.plaintext, SECRET);
        assert!(self.served.complete);
        connected
    }

    /// Expects a refusal by either side, and that no byte of the client's arrived.
    #[track_caller]
    pub(crate) fn refused(self) -> HandshakeFailure {
        let failure = self.client.expect_err("the handshake fails");
        assert_eq!(self.served.plaintext, b"", "the client's bytes leaked");
        assert!(
            !self.served.complete,
            "the server took the handshake as complete"
        );
        failure
    }
}

/// Lets a client connect to a server as `name`, over a pipe.
pub(crate) async fn attempt(
    server: &Arc<ServerConfig>,
    client: &Arc<ClientConfig>,
    name: &str,
) -> Attempt {
    let (near, far) = duplex(PIPE_BYTES);
    let served = tokio::spawn(serve(Arc::clone(server), far));
    let client = connect(client, name, near).await;
    Attempt {
        client,
        served: served.await.unwrap(),
    }
}

async fn connect(
    config: &Arc<ClientConfig>,
    name: &str,
    pipe: DuplexStream,
) -> Result<Connected, HandshakeFailure> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let eager = |connection: &mut ClientConnection| {
        connection.writer().write_all(SECRET).unwrap();
    };
    let mut stream = TlsConnector::from(Arc::clone(config))
        .connect_with(name, pipe, eager)
        .await
        .map_err(|error| HandshakeFailure::from(&error))?;
    // Session tickets come after the handshake; they are taken in by reading to the end. So does the
    // server's verdict about the certificate of the client.
    let converse = async {
        stream.flush().await?;
        stream.shutdown().await?;
        stream.read_to_end(&mut Vec::new()).await
    };
    let read = converse.await;
    read.map_err(|error| HandshakeFailure::from(&error))?;
    let (_, connection) = stream.get_ref();
    Ok(Connected {
        leaf: connection.peer_certificates().unwrap()[0].clone(),
        kind: connection.handshake_kind().unwrap(),
        group: connection.negotiated_key_exchange_group().unwrap().name(),
        version: connection.protocol_version().unwrap(),
    })
}

/// The server end, until the client closes its side.
pub(crate) async fn serve(config: Arc<ServerConfig>, mut pipe: DuplexStream) -> Served {
    let mut connection = ServerConnection::new(config).unwrap();
    let mut served = Served {
        plaintext: Vec::new(),
        complete: false,
        failure: None,
    };
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        if served.failure.is_none() {
            served.take(&mut connection, &buffer[..count]);
        }
        let mut out = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut out).unwrap();
        }
        // A client that refused has gone, and its end of the pipe with it.
        let _ = pipe.write_all(&out).await;
        if served.failure.is_some() {
            pipe.shutdown().await.unwrap();
        }
    }
    connection.send_close_notify();
    let mut out = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut out).unwrap();
    }
    let _ = pipe.write_all(&out).await;
    served
}

impl Served {
    fn take(&mut self, connection: &mut ServerConnection, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.failure.is_none() {
            connection.read_tls(&mut bytes).unwrap();
            self.failure = connection.process_new_packets().err();
            // It ends with "would block" while the connection is open.
            let _ = connection.reader().read_to_end(&mut self.plaintext);
        }
        self.complete = !connection.is_handshaking();
    }
}

/// An authority with its certificate in a file, as `--ca` takes it.
pub(crate) struct Site {
    pub(crate) authority: Authority,
    pub(crate) folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let authority = Authority::create(Timestamp::now()).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        Self { authority, folder }
    }

    /// The two ways in which a client can trust this authority.
    pub(crate) fn trusts(&self) -> [Trust; 2] {
        [
            Trust::Authority(self.folder.path().join("ca.pem")),
            Trust::Pinned(self.authority.fingerprint()),
        ]
    }

    pub(crate) fn pinned(&self) -> Arc<ClientConfig> {
        client(&Trust::Pinned(self.authority.fingerprint()))
    }

    pub(crate) fn issue(&self, at: Timestamp) -> Leaf {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        self.authority.issue_server(&names, at).unwrap()
    }

    /// A good server of this site.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        self.server_with(&self.issue(Timestamp::now()))
    }

    pub(crate) fn server_with(&self, leaf: &Leaf) -> Arc<ServerConfig> {
        server(&self.identity(leaf)).0
    }

    pub(crate) fn identity(&self, leaf: &Leaf) -> ServerIdentity {
        let chain = [leaf.certificate(), self.authority.certificate()];
        identity(&chain, &leaf.key_pem())
    }
}

/// A chain and a key as an identity; they must belong together.
pub(crate) fn identity(chain: &[&CertificateDer<'static>], key_pem: &str) -> ServerIdentity {
    let facts = CertificateFacts::of(chain[0]).unwrap();
    let chain = chain.iter().map(|&certificate| certificate.clone());
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).unwrap();
    let provider = aws_lc_rs::default_provider();
    ServerIdentity {
        certified: Arc::new(CertifiedKey::from_der(chain.collect(), key, &provider).unwrap()),
        ca_fingerprint: None,
        not_after: facts.not_after,
        names: facts.names,
    }
}

pub(crate) fn server(identity: &ServerIdentity) -> (Arc<ServerConfig>, Arc<CertificateSwitch>) {
    server_config(identity, ALPN_MEMBER).unwrap()
}

pub(crate) fn client(trust: &Trust) -> Arc<ClientConfig> {
    client_config(trust, ALPN_MEMBER).unwrap()
}
