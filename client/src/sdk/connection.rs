//! One bare connection: no task, no queue, no second attempt.
//!
//! A [`Client`](crate::Client) hides how a request travels; tools that measure or test a server must
//! not. A [`Connection`] belongs to one caller, who sends, receives, and learns of every loss. It
//! costs no more than its stream, so thousands fit into one process.

use std::fmt;

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::call::Call;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::event::Event;
use auboutique_protocol::hello::ServerHello;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use auboutique_protocol::{codec, frame};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::sdk::connect::{closed_by_server, establish, lost, protocol, read_error, refusal};
use crate::sdk::error::{Error, Refusal};
use crate::sdk::options::ConnectOptions;

/// A connection that has exchanged hellos. Dropping it closes it without a word; see
/// [`Connection::close`].
///
/// Nothing here waits for a limited time: the caller decides how long is too long. Every method is
/// cancel safe: what was not written yet goes out with the next call.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    reader: FrameReader,
    server: ServerHello,
    id_next: u64,
    /// Frames to write, and how much of it was.
    out: Vec<u8>,
    out_written: usize,
    /// Our own answers to the server's pings, whose replies interest nobody.
    pings: Vec<u64>,
}

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// The answer to a request.
    Answer {
        /// The request's number, from [`Connection::send`].
        id: u64,
        /// The encoded reply, or why there is none.
        outcome: Result<Vec<u8>, Refusal>,
    },
    /// Something that nobody asked for.
    Event(Event),
}

impl Connection {
    /// Connects and exchanges hellos.
    ///
    /// # Errors
    /// The server cannot be found, reached or trusted, or refuses the connection.
    pub async fn open(options: &ConnectOptions) -> Result<Self, Error> {
        let (stream, server) = establish(options).await?;
        Ok(Self {
            stream,
            reader: FrameReader::default(),
            server,
            id_next: 1,
            out: Vec::new(),
            out_written: 0,
            pings: Vec::new(),
        })
    }

    /// What the server said in its hello.
    #[must_use]
    pub fn server(&self) -> &ServerHello {
        &self.server
    }

    /// The TLS version and the key exchange, for people.
    #[must_use]
    pub fn tls(&self) -> String {
        let session = self.stream.get_ref().1;
        let version = session
            .protocol_version()
            .and_then(|version| version.as_str());
        let group = session.negotiated_key_exchange_group();
        let group = group.map_or_else(|| "unknown".into(), |group| format!("{:?}", group.name()));
        format!(
            "{}, {group}",
            version.unwrap_or("unknown").replace("TLSv1_", "TLS 1.")
        )
    }

    /// Writes a request to the socket and returns its number. When it returns, the operating system
    /// has the last byte.
    ///
    /// # Errors
    /// The request is too large, or the connection is lost: whether the server acts on the request
    /// is then unknown.
    pub async fn send<C: Call>(&mut self, request: &C) -> Result<u64, Error> {
        let id = self.enqueue(request)?;
        self.flush().await?;
        Ok(id)
    }

    /// Waits for the next frame. Pings of the server are answered on the way.
    ///
    /// # Errors
    /// The connection is lost, or the server says something that this protocol does not have.
    pub async fn receive(&mut self) -> Result<Incoming, Error> {
        loop {
            self.flush().await?;
            let next = self.reader.next(&mut self.stream, FRAME_BYTES_MAX).await;
            let frame = next.map_err(read_error)?;
            let frame = frame.ok_or_else(|| closed_by_server(None))?;
            if let Some(incoming) = self.read(frame)? {
                return Ok(incoming);
            }
        }
    }

    /// Sends a request and waits for its answer; events that come before it are dropped.
    ///
    /// # Errors
    /// As [`Connection::send`] and [`Connection::receive`], and the refusals of the server.
    pub async fn call<C: Call>(&mut self, request: &C) -> Result<C::Reply, Error> {
        let asked = self.send(request).await?;
        loop {
            match self.receive().await? {
                Incoming::Answer { id, outcome } if id == asked => {
                    let reply = outcome.map_err(Error::Refused)?;
                    return codec::decode(&reply).map_err(protocol);
                }
                Incoming::Answer { .. } | Incoming::Event(_) => {}
            }
        }
    }

    /// Says goodbye: TLS close_notify. A server that is gone need not hear it.
    pub async fn close(mut self) {
        // There is nothing to be done about a failure here.
        let _ = self.stream.shutdown().await;
    }

    fn enqueue<C: Call>(&mut self, request: &C) -> Result<u64, Error> {
        let id = self.id_next;
        let call = envelope::call_encoded(id, C::NAME, &codec::encode(request));
        let announced = usize::try_from(self.server.limits.frame_bytes_max).unwrap_or(usize::MAX);
        let max = announced.min(FRAME_BYTES_MAX);
        if call.len() > max {
            let bytes = call.len();
            return Err(Error::TooLarge { bytes, max });
        }
        self.id_next += 1;
        frame::encode_into(&call, &mut self.out);
        Ok(id)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.out.is_empty() {
            return Ok(());
        }
        while self.out_written < self.out.len() {
            let written = self.stream.write(&self.out[self.out_written..]).await;
            self.out_written += written.map_err(|error| lost(&error))?;
        }
        self.stream.flush().await.map_err(|error| lost(&error))?;
        self.out.clear();
        self.out_written = 0;
        Ok(())
    }

    /// What a frame says to the caller, if anything.
    fn read(&mut self, frame: Vec<u8>) -> Result<Option<Incoming>, Error> {
        let frame = match envelope::into_success(frame) {
            Ok((id, reply)) => return Ok(self.answered(id, Ok(reply))),
            Err(frame) => frame,
        };
        match ServerFrame::parse(&frame).map_err(protocol)? {
            ServerFrame::Ok { id, reply } => Ok(self.answered(id, Ok(reply.to_vec()))),
            ServerFrame::Error { id, code, message } => {
                let refusal = refusal(code.name, code.body, message)?;
                match id {
                    Some(id) => Ok(self.answered(id, Err(refusal))),
                    None => Err(Error::Refused(refusal)),
                }
            }
            ServerFrame::Event { event, .. } => self.take(event.name, event.body),
            ServerFrame::Hello(_) | ServerFrame::Malformed => {
                Err(protocol("a frame that is no answer and no event"))
            }
        }
    }

    /// An answer; one to a ping of our own is nobody else's business.
    fn answered(&mut self, id: u64, outcome: Result<Vec<u8>, Refusal>) -> Option<Incoming> {
        match self.pings.iter().position(|ping| *ping == id) {
            Some(position) => {
                self.pings.swap_remove(position);
                None
            }
            None => Some(Incoming::Answer { id, outcome }),
        }
    }

    /// An event; one of a later version of the protocol is passed over.
    fn take(&mut self, name: &str, body: &[u8]) -> Result<Option<Incoming>, Error> {
        match Event::decode(name, body).map_err(protocol)? {
            Some(Event::Ping(_)) => {
                let id = self.enqueue(&Ping {})?;
                self.pings.push(id);
                Ok(None)
            }
            event => Ok(event.map(Incoming::Event)),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("server", &self.server)
            .field("id_next", &self.id_next)
            .finish_non_exhaustive()
    }
}
