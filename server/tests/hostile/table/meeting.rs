//! How a row is played: the connection is brought to its stage, the input is sent, and what comes
//! back is compared with what the row expects.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{
    ALPN_ADMIN, ALPN_MEMBER, HandshakeFailure, Trust, admin_client_config, client_config,
};
use auboutique_protocol::accounts::{Ping, Resume};
use auboutique_protocol::envelope::ServerFrame;
use auboutique_protocol::error::ErrorCode;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::world::World;
use super::{At, Handshake, Outcome, Row, Sent};
use crate::common::raw::{RawClient, Received};

/// A server that hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(30);
/// The id of the request that shows that a connection goes on.
const ALIVE: u64 = 1 << 40;

impl World {
    /// Plays a row.
    ///
    /// # Errors
    /// Something else came back than the row says.
    pub(super) async fn meet(&self, row: &Row) -> Result<(), String> {
        match (&row.sent, row.at) {
            (Sent::Handshake(handshake), _) => self.handshake(handshake, &row.outcome).await,
            (Sent::Bytes(bytes), At::Tcp) => self.instead_of_tls(bytes, false, &row.outcome).await,
            (Sent::Cut(bytes), At::Tcp) => self.instead_of_tls(bytes, true, &row.outcome).await,
            (Sent::Bytes(_) | Sent::Drawn(_) | Sent::Cut(_) | Sent::Beneath(_), _) => {
                let mut client = self.client(row.at).await;
                match &row.sent {
                    Sent::Bytes(bytes) => client.send_bytes(bytes).await,
                    Sent::Drawn(bytes) => client.send_bytes(&bytes(self)).await,
                    Sent::Cut(bytes) => {
                        client.send_bytes(bytes).await;
                        client.stream.shutdown().await.unwrap();
                    }
                    Sent::Beneath(bytes) => {
                        client.stream.get_mut().0.write_all(bytes).await.unwrap();
                    }
                    Sent::Handshake(_) => unreachable!("it has an arm of its own"),
                }
                let mut id = row.id;
                expect(&mut client, &mut id, &row.outcome).await?;
                if goes_on(&row.outcome) {
                    expect_alive(&mut client).await?;
                }
                Ok(())
            }
        }
    }

    /// A connection at its stage.
    async fn client(&self, at: At) -> RawClient {
        match at {
            At::Tcp => unreachable!("there is no TLS to speak over"),
            At::Tls => RawClient::silent(&self.server).await,
            At::Anonymous => RawClient::connect(&self.server).await,
            At::Administrator => RawClient::admin(&self.server, &self.folder("ops")).await,
            At::User(name) => {
                let mut client = RawClient::connect(&self.server).await;
                let token = self.token(name);
                client.request(0, &Resume { token }).await;
                let answer = client.receive().await;
                assert!(
                    matches!(answer, Received::Ok { id: 0, .. }),
                    "{name}: {answer:?}"
                );
                client
            }
        }
    }

    async fn instead_of_tls(
        &self,
        bytes: &[u8],
        cut: bool,
        outcome: &Outcome,
    ) -> Result<(), String> {
        let address = ("127.0.0.1", self.server.port());
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        if cut {
            stream.shutdown().await.unwrap();
        }
        let mut answer = Vec::new();
        // A reset counts as a close: it is what the system makes of a close while input waits.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("the server hangs");
        let found = match answer[..] {
            [] => None,
            [21, 3, _, 0, 2, 2, description] => Some(AlertDescription::from(description)),
            _ => return Err(format!("{answer:02x?}")),
        };
        match (outcome, found) {
            (Outcome::Close, None) => Ok(()),
            (Outcome::Alert(expected), Some(found)) if *expected == found => Ok(()),
            (_, found) => Err(format!("{found:?} in place of: {outcome}")),
        }
    }

    async fn handshake(&self, handshake: &Handshake, outcome: &Outcome) -> Result<(), String> {
        let member = |alpn| {
            let trust = Trust::Authority(self.server.ca_file());
            client_config(&trust, alpn).unwrap()
        };
        let (port, admin_port) = (self.server.port(), self.server.admin_port());
        let mut host = "localhost";
        let (port, config): (u16, Arc<ClientConfig>) = match handshake {
            Handshake::Protocols(names) => {
                let mut config = (*member(ALPN_MEMBER)).clone();
                config.alpn_protocols = names.iter().map(|name| name.to_vec()).collect();
                (port, Arc::new(config))
            }
            Handshake::Host(name) => {
                host = name;
                (port, member(ALPN_MEMBER))
            }
            Handshake::Certificate => {
                let config = admin_client_config(&self.folder("ops"), ALPN_MEMBER);
                (port, config.unwrap())
            }
            Handshake::Member => (admin_port, member(ALPN_MEMBER)),
            Handshake::Nobody => (admin_port, member(ALPN_ADMIN)),
            Handshake::Stranger(name) => {
                let config = admin_client_config(&self.folder(name), ALPN_ADMIN);
                (admin_port, config.unwrap())
            }
        };
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let name = ServerName::try_from(host).unwrap();
        let mut client = match TlsConnector::from(config).connect(name, stream).await {
            Ok(stream) => RawClient::over(stream),
            Err(error) => return expect_failure(&error, outcome),
        };
        if let Outcome::Alert(_) = outcome {
            // A client's certificate is judged when the client believes that the handshake is over.
            return expect_alert(&mut client, outcome).await;
        }
        client.send(&crate::common::raw::hello(1, 1)).await;
        expect(&mut client, &mut 0, outcome).await?;
        if goes_on(outcome) {
            expect_alive(&mut client).await?;
        }
        Ok(())
    }

    /// Whoever has behaved is served as if nothing had happened: the client that has been there all
    /// along, and one that comes anew.
    pub(super) async fn expect_unharmed(&mut self, row: &Row) {
        let known = expect_alive(&mut self.known).await;
        assert_eq!(known, Ok(()), "after {:?}", row.name);
        let mut anew = RawClient::connect(&self.server).await;
        let anew = expect_alive(&mut anew).await;
        assert_eq!(anew, Ok(()), "after {:?}", row.name);
    }
}

/// Whether the connection goes on after this.
fn goes_on(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Error(_) | Outcome::Served(..) | Outcome::Hello => true,
        Outcome::Close | Outcome::Alert(_) | Outcome::OtherName | Outcome::Refusal(_) => false,
        Outcome::InTurn(outcomes) => outcomes.last().is_some_and(goes_on),
    }
}

/// Compares what comes with what is expected. `id` is that of the next request to be answered.
async fn expect(client: &mut RawClient, id: &mut u64, outcome: &Outcome) -> Result<(), String> {
    match outcome {
        Outcome::InTurn(outcomes) => {
            for outcome in outcomes {
                Box::pin(expect(client, id, outcome)).await?;
            }
            return Ok(());
        }
        Outcome::Alert(_) => return expect_alert(client, outcome).await,
        Outcome::Close
        | Outcome::OtherName
        | Outcome::Hello
        | Outcome::Refusal(_)
        | Outcome::Error(_)
        | Outcome::Served(..) => {}
    }
    let frame = match frame(client).await {
        Ok(frame) => frame,
        Err(Received::Closed) if matches!(outcome, Outcome::Close) => return Ok(()),
        Err(end) => return Err(format!("{end:?} in place of: {outcome}")),
    };
    let parsed = ServerFrame::parse(&frame).expect("the server's frames are strict");
    let is_expected = match (&parsed, outcome) {
        (ServerFrame::Hello(_), Outcome::Hello) => true,
        (
            ServerFrame::Error {
                id: None,
                code,
                message,
            },
            Outcome::Refusal(expected),
        ) => {
            let found = ErrorCode::decode(code.name, code.body).unwrap();
            let end = client.receive().await;
            !message.is_empty() && found.as_ref() == Some(expected) && end == Received::Closed
        }
        (
            ServerFrame::Error {
                id: Some(found_id),
                code,
                message,
            },
            Outcome::Error(expected),
        ) => {
            let found = ErrorCode::decode(code.name, code.body).unwrap();
            !message.is_empty() && found_id == id && found.as_ref() == Some(expected)
        }
        (
            ServerFrame::Ok {
                id: found_id,
                reply,
            },
            Outcome::Served(_, check),
        ) => found_id == id && check(reply),
        (_, _) => false,
    };
    *id = id.wrapping_add(1);
    if is_expected {
        Ok(())
    } else {
        Err(format!("{} in place of: {outcome}", shown(&parsed)))
    }
}

/// What came, for the reader of a failed test.
fn shown(frame: &ServerFrame<'_>) -> String {
    if let ServerFrame::Error { id, code, .. } = frame {
        let detail = ErrorCode::decode(code.name, code.body);
        return format!("{id:?} {detail:?}");
    }
    let mut text = format!("{frame:02x?}");
    text.truncate(400);
    text
}

/// The next frame that is no event.
async fn frame(client: &mut RawClient) -> Result<Vec<u8>, Received> {
    loop {
        let frame = client.frame().await?;
        let parsed = ServerFrame::parse(&frame).expect("the server's frames are strict");
        if !matches!(parsed, ServerFrame::Event { .. }) {
            return Ok(frame);
        }
    }
}

async fn expect_alive(client: &mut RawClient) -> Result<(), String> {
    client.request(ALIVE, &Ping {}).await;
    let answer = frame(client).await;
    match answer.as_deref().map(ServerFrame::parse) {
        Ok(Ok(ServerFrame::Ok { id: ALIVE, .. })) => Ok(()),
        other => Err(format!("{other:02x?} in place of an answer to a ping")),
    }
}

/// Reads on a connection that is to end with an alert.
async fn expect_alert(client: &mut RawClient, outcome: &Outcome) -> Result<(), String> {
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, client.stream.read_to_end(&mut rest));
    match read.await.expect("the server hangs") {
        Ok(_) => Err(format!("{rest:02x?} and a close in place of: {outcome}")),
        Err(error) => expect_failure(&error, outcome),
    }
}

/// Compares why a client's TLS failed with what is expected.
fn expect_failure(error: &io::Error, outcome: &Outcome) -> Result<(), String> {
    let inside = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let is_expected = match (inside, outcome) {
        (Some(rustls::Error::AlertReceived(found)), Outcome::Alert(expected)) => found == expected,
        (_, Outcome::OtherName) => HandshakeFailure::from(error) == HandshakeFailure::WrongName,
        (_, _) => false,
    };
    if is_expected {
        Ok(())
    } else {
        Err(format!("{error:?} in place of: {outcome}"))
    }
}
