//! A connection over a pipe, under a clock that jumps to the next deadline when nothing happens.
//!
//! Nothing here waits for real: time is paused. While databases or hashing threads work,
//! [`Stillness`] keeps the clock from jumping.

mod deadlines;
mod endings;
mod events;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::frame;
use auboutique_protocol::hello::ClientHello;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use auboutique_protocol::text::Username;
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{self, Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::auth::token::TokenDigest;
use crate::config::Config;
use crate::context::Context;
use crate::limits::Place;
use crate::session::Session;
use crate::store::UserId;
use crate::store::accounts::UserRecord;

/// Room for everything that a test sends or receives, unless it says otherwise.
const WIDE_PIPE_BYTES: usize = 4 * 1024 * 1024;
const USER: UserId = UserId(1);

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Hello,
    Ok(u64),
    Error(Option<u64>, String),
    Event(String),
    Closed,
}

fn connection_error(code: &str) -> Said {
    Said::Error(None, code.into())
}

fn event(name: &str) -> Said {
    Said::Event(name.into())
}

/// The other end of a connection.
struct Peer {
    stream: DuplexStream,
    reader: FrameReader,
    connection: JoinHandle<()>,
    drain: CancellationToken,
    context: Arc<Context>,
    since: Instant,
    _directory: tempfile::TempDir,
}

impl Peer {
    /// A connection from its very beginning.
    async fn new() -> Self {
        Self::start(WIDE_PIPE_BYTES, |stream, context, drain| {
            tokio::spawn(super::serve(stream, place(&context), context, drain))
        })
        .await
    }

    /// A connection on which hellos were exchanged.
    async fn anonymous() -> Self {
        let mut peer = Self::new().await;
        peer.send(&hello()).await;
        assert_eq!(peer.receive().await, Said::Hello);
        peer
    }

    /// A connection that is logged in.
    async fn member() -> Self {
        Self::member_over(WIDE_PIPE_BYTES).await
    }

    /// A connection that is logged in, over a pipe that holds so many bytes.
    async fn member_over(pipe_bytes: usize) -> Self {
        Self::start(pipe_bytes, |stream, context, drain| {
            let session = member(&context);
            let place = place(&context);
            tokio::spawn(super::serve_greeted(stream, place, context, drain, session))
        })
        .await
    }

    async fn start(
        pipe_bytes: usize,
        serve: impl FnOnce(DuplexStream, Arc<Context>, CancellationToken) -> JoinHandle<()>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stillness = Stillness::begin();
        let context = Arc::new(Context::open(&Config::new(directory.path())).await.unwrap());
        drop(stillness);
        let (near, far) = duplex(pipe_bytes);
        let drain = CancellationToken::new();
        Self {
            stream: near,
            reader: FrameReader::default(),
            connection: serve(far, Arc::clone(&context), drain.clone()),
            drain,
            context,
            since: Instant::now(),
            _directory: directory,
        }
    }

    async fn send(&mut self, body: &[u8]) {
        self.send_bytes(&framed(body)).await;
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn ping(&mut self, id: u64) {
        self.send(&ping(id)).await;
    }

    async fn receive(&mut self) -> Said {
        let next = self.reader.next(&mut self.stream, FRAME_BYTES_MAX).await;
        let Some(frame) = next.unwrap() else {
            return Said::Closed;
        };
        match ServerFrame::parse(&frame).unwrap() {
            ServerFrame::Hello(_) => Said::Hello,
            ServerFrame::Ok { id, .. } => Said::Ok(id),
            ServerFrame::Error { id, code, .. } => Said::Error(id, code.name.into()),
            ServerFrame::Event { event, .. } => Said::Event(event.name.into()),
            ServerFrame::Malformed => panic!("malformed: {frame:?}"),
        }
    }

    /// Expects the connection to say this, close, and end.
    async fn expect_end(mut self, last: Said) {
        assert_eq!(self.receive().await, last);
        assert_eq!(self.receive().await, Said::Closed);
        drop(self.stream);
        self.connection.await.unwrap();
    }

    /// Waits until so many seconds have passed since the connection began.
    async fn until_second(&self, second: u64) {
        time::sleep_until(self.since + Duration::from_secs(second)).await;
    }

    /// Whole seconds since the connection began.
    fn seconds(&self) -> u64 {
        self.since.elapsed().as_secs()
    }
}

/// Keeps the paused clock from jumping: tokio leaves it alone while blocking work is under way.
struct Stillness {
    _release: mpsc::Sender<()>,
}

impl Stillness {
    fn begin() -> Self {
        let (release, released) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || released.recv());
        Self { _release: release }
    }
}

fn place(context: &Context) -> Place {
    let here = Ipv4Addr::LOCALHOST.into();
    context
        .admission
        .admit(here, u32::MAX, Instant::now())
        .unwrap()
}

fn username() -> Username {
    Username::parse("mona").unwrap()
}

fn token() -> TokenDigest {
    TokenDigest::from_bytes([7; 32])
}

/// A session of a user whom the database does not know: these tests ask for nothing that does.
fn member(context: &Context) -> Session {
    let record = UserRecord {
        id: USER,
        username: Username::parse("mona").unwrap(),
        name: "Mona".into(),
        email: "mona@mail.example.org".into(),
        created_at: UnixMillis(0),
        must_change_password: false,
    };
    let mut session = Session::Anonymous;
    session.log_in(&record, token(), context).unwrap();
    session
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::encode_into(body, &mut bytes);
    bytes
}

fn hello() -> Vec<u8> {
    envelope::client_hello(&ClientHello {
        agent: "pipe/1".into(),
        version_max: 1,
        version_min: 1,
    })
}

fn ping(id: u64) -> Vec<u8> {
    envelope::call(id, &Ping {})
}
