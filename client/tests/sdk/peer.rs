//! A server that says what a test tells it to say, over real TLS on a port of the system's choice.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auboutique_certs::{
    ALPN_MEMBER, ServerAddress, ServerIdentity, Trust, ensure_server_identity, server_config,
};
use auboutique_client::{ConnectOptions, RetryPolicy};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::error::{ErrorCode, ErrorReply};
use auboutique_protocol::event::Event;
use auboutique_protocol::frame;
use auboutique_protocol::hello::{Limits, Market, ServerHello};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits;
use auboutique_protocol::money::Currency;
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A request as the peer got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
}

/// A running peer.
pub(crate) struct Peer {
    pub(crate) address: ServerAddress,
    pub(crate) identity: ServerIdentity,
    connections: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// Starts a peer that plays `script` on each connection; the script gets the number of the
    /// connection, counted from 0. When it returns, the connection is cut without a goodbye.
    pub(crate) async fn start<F, R>(script: F) -> Self
    where
        F: Fn(Connection, usize) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let folder = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let tls = folder.path().join("tls");
        let identity = ensure_server_identity(&tls, &names, jiff::Timestamp::now()).unwrap();
        let (config, _) = server_config(&identity, ALPN_MEMBER).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let failures = Arc::new(Mutex::new(Vec::new()));
        let counter = Arc::clone(&connections);
        let noted = Arc::clone(&failures);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let Ok(stream) = TlsAcceptor::from(Arc::clone(&config)).accept(tcp).await else {
                    continue;
                };
                let playing = tokio::spawn(script(Connection::new(stream), number));
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    if let Err(panicked) = playing.await {
                        noted.lock().unwrap().push(panicked.to_string());
                    }
                });
            }
        });
        let address = ServerAddress {
            host: "localhost".into(),
            port,
        };
        Self {
            address,
            identity,
            connections,
            failures,
            _folder: folder,
        }
    }

    /// Options that trust this peer and are impatient enough for a test.
    pub(crate) fn options(&self) -> ConnectOptions {
        let pin = self.identity.ca_fingerprint.unwrap();
        ConnectOptions::new(self.address.clone(), &Trust::Pinned(pin))
            .unwrap()
            .connect_timeout(Duration::from_secs(5))
            .hello_timeout(Duration::from_secs(5))
    }

    /// As [`Peer::options`], and nothing is tried twice.
    pub(crate) fn options_once(&self) -> ConnectOptions {
        self.options().retry(RetryPolicy::NONE)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let failures = self.failures.lock().unwrap();
        if !std::thread::panicking() {
            assert!(failures.is_empty(), "the script failed: {failures:?}");
        }
    }
}

/// One connection, seen from the peer.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    reader: FrameReader,
    events: u64,
}

impl Connection {
    fn new(stream: TlsStream<TcpStream>) -> Self {
        Self {
            stream,
            reader: FrameReader::default(),
            events: 0,
        }
    }

    /// Exchanges hellos as a good server does.
    pub(crate) async fn hello(mut self) -> Self {
        self.take_hello().await;
        self.raw(&envelope::server_hello(&good_hello())).await;
        self
    }

    /// Reads the client's hello.
    pub(crate) async fn take_hello(&mut self) {
        let frame = self.frame().await.expect("a client begins with its hello");
        assert!(matches!(
            ClientFrame::parse(&frame),
            Ok(ClientFrame::Hello(_))
        ));
    }

    async fn frame(&mut self) -> Option<Vec<u8>> {
        let next = self.reader.next(&mut self.stream, limits::FRAME_BYTES_MAX);
        next.await.ok().flatten()
    }

    /// The next request; `None` when the client has gone.
    pub(crate) async fn next(&mut self) -> Option<Got> {
        let frame = self.frame().await?;
        let ClientFrame::Call { id, call } = ClientFrame::parse(&frame).unwrap() else {
            panic!("not a request: {frame:?}");
        };
        Some(Got {
            id,
            name: call.name.to_owned(),
            body: call.body.to_vec(),
        })
    }

    /// The next request, which must come.
    pub(crate) async fn expect(&mut self, name: &str) -> Got {
        let got = self.next().await.expect("the client sends a request");
        assert_eq!(got.name, name);
        got
    }

    pub(crate) async fn ok<R: Serialize>(&mut self, id: u64, reply: &R) {
        self.raw(&envelope::ok(id, &codec::encode(reply))).await;
    }

    pub(crate) async fn refuse(&mut self, id: Option<u64>, code: ErrorCode) {
        let message = "as scripted".into();
        self.raw(&envelope::error(id, &ErrorReply { code, message }))
            .await;
    }

    pub(crate) async fn event(&mut self, event: &Event) {
        self.events += 1;
        self.raw(&envelope::event(self.events, event)).await;
    }

    /// Sends any frame body.
    pub(crate) async fn raw(&mut self, body: &[u8]) {
        let mut out = Vec::new();
        frame::encode_into(body, &mut out);
        self.bytes(&out).await;
    }

    /// Sends any bytes; a client that has gone is the test's to notice.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Answers every `ping` until the client goes.
    pub(crate) async fn answer_pings(mut self) {
        while let Some(got) = self.next().await {
            assert_eq!(got.name, "ping");
            self.ok(got.id, &pong(got.id)).await;
        }
    }
}

/// A pong whose time names the request it answers.
pub(crate) fn pong(id: u64) -> auboutique_protocol::accounts::Pong {
    auboutique_protocol::accounts::Pong {
        time: UnixMillis(id),
    }
}

/// The hello of a good server.
pub(crate) fn good_hello() -> ServerHello {
    ServerHello {
        time: UnixMillis(1_700_000_000_000),
        agent: "peer".into(),
        limits: Limits {
            frame_bytes_max: 1024 * 1024,
            price_minor_max: limits::PRICE_MINOR_MAX,
            picture_bytes_max: 768 * 1024,
            in_flight_requests_max: 16,
            password_characters_min: 15,
        },
        market: Market {
            currency: Currency::Usd,
            categories: vec!["other".into()],
        },
        version: 1,
    }
}
