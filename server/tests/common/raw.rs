//! A TLS connection without manners: for sending what no client of ours would.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{ALPN_ADMIN, ALPN_MEMBER, Trust, admin_client_config, client_config};
use auboutique_protocol::accounts::{Login, Ping};
use auboutique_protocol::call::Call;
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::frame;
use auboutique_protocol::hello::ClientHello;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{PASSWORD, TestServer};

/// Nothing in a test takes this long; a server that hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    Hello,
    Ok {
        id: u64,
        reply: Vec<u8>,
    },
    Error {
        id: Option<u64>,
        code: String,
    },
    Event {
        seq: u64,
        name: String,
    },
    /// The server closed the connection in order (close_notify).
    Closed,
    /// The connection ended without close_notify.
    CutOff,
}

/// See the module's description.
pub struct RawClient {
    pub stream: TlsStream<TcpStream>,
    reader: FrameReader,
}

impl RawClient {
    /// Connects and shakes hands, and sends nothing yet.
    pub async fn silent(server: &TestServer) -> Self {
        Self::silent_at(server.port(), server.ca_file()).await
    }

    /// As [`RawClient::silent`], to any server of this machine.
    pub async fn silent_at(port: u16, ca_file: PathBuf) -> Self {
        let config = client_config(&Trust::Authority(ca_file), ALPN_MEMBER).unwrap();
        Self::shake_hands(port, config).await
    }

    /// Connects to the admin listener with the certificate in this folder, and exchanges hellos.
    pub async fn admin(server: &TestServer, identity: &Path) -> Self {
        let config = admin_client_config(identity, ALPN_ADMIN).unwrap();
        let mut client = Self::shake_hands(server.admin_port(), config).await;
        client.greet().await;
        client
    }

    /// As [`RawClient::silent`], from this address of the loopback network.
    ///
    /// # Errors
    /// The server does not take the connection.
    pub async fn silent_from(server: &TestServer, source: Ipv4Addr) -> io::Result<Self> {
        let config = client_config(&Trust::Authority(server.ca_file()), ALPN_MEMBER).unwrap();
        let socket = TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        let tcp = socket
            .connect(([127, 0, 0, 1], server.port()).into())
            .await?;
        Self::shake_hands_over(tcp, config).await
    }

    async fn shake_hands(port: u16, config: Arc<ClientConfig>) -> Self {
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        Self::shake_hands_over(tcp, config).await.unwrap()
    }

    async fn shake_hands_over(tcp: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(config).connect(name, tcp).await?;
        Ok(Self::over(stream))
    }

    /// Connects and exchanges hellos.
    pub async fn connect(server: &TestServer) -> Self {
        let mut client = Self::silent(server).await;
        client.greet().await;
        client
    }

    /// Connects and logs an existing user in.
    pub async fn login(server: &TestServer, username: &str) -> Self {
        let mut client = Self::connect(server).await;
        client.log_in(username).await;
        client
    }

    /// Exchanges hellos.
    pub async fn greet(&mut self) {
        self.send(&hello(1, 1)).await;
        assert_eq!(self.receive().await, Received::Hello);
    }

    /// Logs an existing user in.
    pub async fn log_in(&mut self, username: &str) {
        let login = Login {
            password: PASSWORD.into(),
            username: username.into(),
        };
        self.request(0, &login).await;
        let answer = self.receive().await;
        assert!(matches!(answer, Received::Ok { id: 0, .. }), "{answer:?}");
    }

    /// Sends a frame with this body.
    pub async fn send(&mut self, body: &[u8]) {
        self.send_bytes(&framed(body)).await;
    }

    /// Sends a request of the protocol.
    pub async fn request<C: Call>(&mut self, id: u64, request: &C) {
        self.send(&envelope::call(id, request)).await;
    }

    /// Sends a request by its name and encoded body.
    pub async fn call(&mut self, id: u64, name: &str, body: &[u8]) {
        self.send(&envelope::call_encoded(id, name, body)).await;
    }

    /// Sends bytes as they are. A server that has closed already is no failure here: what it said
    /// is still to be read.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Goes on over a TLS connection that was made elsewhere.
    pub fn over(stream: TlsStream<TcpStream>) -> Self {
        Self {
            stream,
            reader: FrameReader::default(),
        }
    }

    /// The body of the next frame as it came.
    ///
    /// # Errors
    /// The connection ended, and this is how.
    pub async fn frame(&mut self) -> Result<Vec<u8>, Received> {
        let next = self.reader.next(&mut self.stream, FRAME_BYTES_MAX);
        let frame = timeout(PATIENCE, next)
            .await
            .expect("the server hangs")
            .expect("a frame or an end");
        if let Some(frame) = frame {
            return Ok(frame);
        }
        // The reader takes both ends for one; the stream itself tells them apart.
        Err(match self.stream.read(&mut [0]).await {
            Ok(_) => Received::Closed,
            Err(_) => Received::CutOff,
        })
    }

    /// The next frame, or the end.
    pub async fn receive(&mut self) -> Received {
        let frame = match self.frame().await {
            Ok(frame) => frame,
            Err(end) => return end,
        };
        match ServerFrame::parse(&frame).expect("the server's frames are strict") {
            ServerFrame::Hello(body) => {
                codec::decode::<auboutique_protocol::hello::ServerHello>(body).unwrap();
                Received::Hello
            }
            ServerFrame::Ok { id, reply } => Received::Ok {
                id,
                reply: reply.to_vec(),
            },
            ServerFrame::Error { id, code, message } => {
                assert!(!message.is_empty());
                Received::Error {
                    id,
                    code: code.name.into(),
                }
            }
            ServerFrame::Event { seq, event } => Received::Event {
                seq,
                name: event.name.into(),
            },
            ServerFrame::Malformed => panic!("a malformed envelope from the server"),
        }
    }

    /// Expects this request, and not the connection, to be refused.
    pub async fn expect_error(&mut self, id: u64, code: &str) {
        assert_eq!(
            self.receive().await,
            Received::Error {
                id: Some(id),
                code: code.into()
            }
        );
    }

    /// Sends a ping and expects its answer: the connection goes on.
    pub async fn expect_alive(&mut self) {
        self.request(u64::MAX, &Ping {}).await;
        let answer = self.receive().await;
        assert!(
            matches!(answer, Received::Ok { id: u64::MAX, .. }),
            "{answer:?}"
        );
    }

    /// Expects a refusal of the whole connection, then its end.
    pub async fn expect_refusal(&mut self, code: &str) {
        assert_eq!(
            self.receive().await,
            Received::Error {
                id: None,
                code: code.into()
            }
        );
        assert_eq!(self.receive().await, Received::Closed);
    }

    /// Reads until the server closes, whatever comes; fails if it does not.
    pub async fn drain(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut rest))
            .await
            .expect("the server hangs");
    }
}

/// Bytes written in hexadecimal; spaces are for reading.
pub fn unhex(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// A frame with this body.
pub fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::encode_into(body, &mut bytes);
    bytes
}

/// The frame body of a client's hello.
pub fn hello(version_min: u32, version_max: u32) -> Vec<u8> {
    envelope::client_hello(&ClientHello {
        agent: "raw/1".into(),
        version_max,
        version_min,
    })
}
