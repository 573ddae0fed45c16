//! A client's connection that costs as little as possible, so that what is measured is the server: requests
//! are appended to a buffer, answers are counted by their lengths and looked at, not decoded.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use auboutique_protocol::accounts::Resume;
use auboutique_protocol::call::Call;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::frame::{self, HEADER_BYTES};
use auboutique_protocol::hello::ClientHello;
use auboutique_protocol::ids::Token;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Read at once.
const READ_BYTES: usize = 64 * 1024;

/// How an event begins, such as the server's ping to those who are silent: nobody asked for it.
const EVENT: &[u8] = b"\xa2\x63seq";

/// Appends one request under this number to what will be written; `false` when there is nothing more to ask.
pub type Ask = Box<dyn FnMut(u64, &mut Vec<u8>) -> bool + Send>;

/// See the module's description.
#[derive(Debug)]
pub struct Line {
    stream: TlsStream<TcpStream>,
    out: Vec<u8>,
    received: Vec<u8>,
    next: u64,
}

/// What came of asking for a while.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answers.
    pub answered: u64,
    /// Of these, those that were no success.
    pub refused: u64,
}

impl Line {
    /// Connects, exchanges hellos, and logs in by a token.
    ///
    /// # Errors
    /// The connection fails, or the server refuses.
    pub async fn open(
        address: SocketAddr,
        tls: Arc<ClientConfig>,
        token: Token,
    ) -> io::Result<Self> {
        let mut line = Self::greet(address, tls).await?;
        line.call(&Resume { token }).await?;
        Ok(line)
    }

    /// Connects and exchanges hellos.
    ///
    /// # Errors
    /// The connection fails, or the server refuses.
    pub async fn greet(address: SocketAddr, tls: Arc<ClientConfig>) -> io::Result<Self> {
        let mut line = Self {
            stream: connect(address, tls).await?,
            out: Vec::new(),
            received: Vec::new(),
            next: 0,
        };
        let hello = ClientHello {
            agent: "bench/1".into(),
            version_max: 1,
            version_min: 1,
        };
        frame::encode_into(&envelope::client_hello(&hello), &mut line.out);
        line.answer().await?;
        Ok(line)
    }

    /// Whether the keys come from an earlier handshake.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        let (_, session) = self.stream.get_ref();
        session.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Says goodbye, and waits until the server has closed, too.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn close(mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        // It has closed when there is nothing more; how does not matter.
        let _ = self.stream.read(&mut [0; 64]).await;
        Ok(())
    }

    /// Keeps `in_flight` requests on their way until then, waits for the last answer, and shows each to
    /// `look`, which says whether it is a success.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn ask(
        &mut self,
        in_flight: u64,
        until: Instant,
        ask: &mut Ask,
        look: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> io::Result<Tally> {
        let mut tally = Tally::default();
        let mut waiting = 0;
        let mut is_over = false;
        loop {
            while !is_over && waiting < in_flight {
                // As numbers repeat only after a thousand, none is in flight twice.
                self.next = (self.next + 1) % 1_000;
                is_over = !ask(self.next, &mut self.out);
                waiting += u64::from(!is_over);
            }
            if waiting == 0 {
                return Ok(tally);
            }
            self.flush().await?;
            self.read().await?;
            let before = tally.answered;
            self.take(&mut |frame| {
                if !frame.starts_with(EVENT) {
                    tally.answered += 1;
                    tally.refused += u64::from(!look(frame));
                }
            });
            waiting -= tally.answered - before;
            is_over |= Instant::now() >= until;
        }
    }

    /// Asks once; the encoded reply.
    ///
    /// # Errors
    /// The connection fails, or the server refuses.
    pub async fn call<C: Call>(&mut self, request: &C) -> io::Result<Vec<u8>> {
        self.send(&envelope::call(0, request)).await
    }

    /// As [`Self::call`], with a request that is encoded already.
    ///
    /// # Errors
    /// The connection fails, or the server refuses.
    pub async fn send(&mut self, call: &[u8]) -> io::Result<Vec<u8>> {
        frame::encode_into(call, &mut self.out);
        self.answer().await
    }

    /// Waits for one frame; what it holds, if it is a hello or a success.
    async fn answer(&mut self) -> io::Result<Vec<u8>> {
        self.flush().await?;
        let mut answer = None;
        loop {
            self.read().await?;
            self.take(&mut |frame| match ServerFrame::parse(frame) {
                Ok(ServerFrame::Event { .. }) => {}
                Ok(ServerFrame::Ok { reply: body, .. } | ServerFrame::Hello(body)) => {
                    answer = Some(Ok(body.to_vec()));
                }
                other => {
                    answer = Some(Err(io::Error::other(format!("the server says {other:?}"))));
                }
            });
            if let Some(answer) = answer {
                return answer;
            }
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.out.is_empty() {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await?;
            self.out.clear();
        }
        Ok(())
    }

    async fn read(&mut self) -> io::Result<()> {
        self.received.reserve(READ_BYTES / 4);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Hands out the bodies of the frames that are complete.
    fn take(&mut self, body: &mut dyn FnMut(&[u8])) {
        let mut rest = self.received.as_slice();
        while let Some((header, after)) = rest.split_first_chunk::<HEADER_BYTES>() {
            let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
            let Some((frame, next)) = after.split_at_checked(length) else {
                break;
            };
            body(frame);
            rest = next;
        }
        let taken = self.received.len() - rest.len();
        self.received.drain(..taken);
    }
}

/// A TLS connection to a server on this machine.
///
/// # Errors
/// It cannot be made.
pub async fn connect(
    address: SocketAddr,
    tls: Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::from(address.ip());
    TlsConnector::from(tls).connect(name, stream).await
}

/// Whether a frame is an answer `{id, ok}`, by its first bytes alone.
#[must_use]
pub fn is_ok(frame: &[u8]) -> bool {
    // A map of two; numbers up to a thousand take one byte or three.
    let place = match frame {
        [0xa2, 0x62, b'i', b'd', 0x19, ..] => 7,
        [0xa2, 0x62, b'i', b'd', 0x18, ..] => 6,
        [0xa2, 0x62, b'i', b'd', ..] => 5,
        _ => return false,
    };
    frame[place..].starts_with(b"\x62ok")
}

/// Has connections ask at once until then: how many answers a second came in all, and what they were.
///
/// # Errors
/// A connection fails. All are lost then.
pub async fn ask_all(
    lines: &mut Vec<Line>,
    in_flight: u64,
    until: Instant,
    mut ask: impl FnMut(usize) -> Ask,
) -> io::Result<(f64, Tally)> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, mut line) in lines.drain(..).enumerate() {
        let mut ask = ask(number);
        tasks.spawn(async move {
            let tally = line.ask(in_flight, until, &mut ask, &mut is_ok).await?;
            io::Result::Ok((line, tally))
        });
    }
    let mut all = Tally::default();
    while let Some(ended) = tasks.join_next().await {
        let (line, tally) = ended.map_err(io::Error::other)??;
        lines.push(line);
        all.answered += tally.answered;
        all.refused += tally.refused;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let rate = all.answered as f64 / begun.elapsed().as_secs_f64();
    Ok((rate, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_is_told_by_its_first_bytes_whatever_its_number() {
        let refusal = auboutique_protocol::error::ErrorReply {
            code: auboutique_protocol::error::ErrorCode::Draining(
                auboutique_protocol::error::Nothing {},
            ),
            message: "".into(),
        };
        for id in [0, 23, 24, 255, 256, 1_000] {
            assert!(is_ok(&envelope::ok(id, &[0xa0])), "{id}");
            assert!(!is_ok(&envelope::error(Some(id), &refusal)), "{id}");
        }
        assert!(!is_ok(&[]) && !is_ok(&envelope::error(None, &refusal)));
    }
}
