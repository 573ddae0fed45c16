//! Below the protocol: connections that stop, break off, or come in the smallest parts.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::TestServer;
use crate::common::raw::{RawClient, Received, framed, hello};
use crate::expect_unharmed;
use crate::table::tls::client_hello_of_tls_1_2;

/// A server that hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

async fn tcp(server: &TestServer) -> TcpStream {
    TcpStream::connect(("127.0.0.1", server.port()))
        .await
        .unwrap()
}

/// Everything that the server says until it closes. A reset counts as a close: it is what the
/// system makes of a close while input waits.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the server hangs");
    answer
}

#[tokio::test]
async fn half_a_client_hello_is_closed_after_5_s() {
    let server = TestServer::start().await;
    let since = Instant::now();
    let mut waiting = tcp(&server).await;
    waiting
        .write_all(&client_hello_of_tls_1_2()[..40])
        .await
        .unwrap();
    assert_eq!(rest(&mut waiting).await, b"");
    let waited = since.elapsed().as_secs_f32();
    assert!((4.9..10.0).contains(&waited), "{waited}");
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_whole_session_that_comes_byte_by_byte_is_served() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut client = RawClient::silent(&server).await;
    client.stream.get_ref().0.set_nodelay(true).unwrap();
    let login = auboutique_protocol::accounts::Login {
        password: crate::common::PASSWORD.into(),
        username: "mona".into(),
    };
    let whoami = auboutique_protocol::accounts::WhoAmI {};
    for body in [
        hello(1, 1),
        auboutique_protocol::envelope::call(1, &login),
        auboutique_protocol::envelope::call(2, &whoami),
    ] {
        for byte in framed(&body) {
            client.send_bytes(&[byte]).await;
        }
    }
    assert_eq!(client.receive().await, Received::Hello);
    for expected in [1, 2] {
        let answer = client.receive().await;
        assert!(
            matches!(answer, Received::Ok { id, .. } if id == expected),
            "{answer:?}"
        );
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn connections_that_break_off_at_any_stage_leave_nothing_behind() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let half = &client_hello_of_tls_1_2()[..60];
    for round in 0..200 {
        let mut stream = tcp(&server).await;
        stream.write_all(&half[..round % 60]).await.unwrap();
        if round % 2 == 0 {
            // The close is a reset.
            stream.set_zero_linger().unwrap();
        }
    }
    for round in 0..30 {
        let mut client = match round % 3 {
            0 => RawClient::silent(&server).await,
            1 => RawClient::connect(&server).await,
            // A user has eight places: only those that are given back suffice for ten.
            _ => login_when_there_is_room(&server).await,
        };
        let list = auboutique_protocol::catalog::ListProducts::default();
        client.request(1, &list).await;
        client.send_bytes(&[0, 0, 1]).await;
        client.stream.get_ref().0.set_zero_linger().unwrap();
    }
    expect_unharmed(server).await;
}

/// The server learns of a broken connection a moment after its client: until then its place is
/// taken, and the login is refused by the quota.
async fn login_when_there_is_room(server: &TestServer) -> RawClient {
    let login = auboutique_protocol::accounts::Login {
        password: crate::common::PASSWORD.into(),
        username: "mona".into(),
    };
    for id in 0..100 {
        let mut client = RawClient::connect(server).await;
        client.request(id, &login).await;
        let answer = client.receive().await;
        if matches!(answer, Received::Ok { .. }) {
            return client;
        }
        let full = Received::Error {
            id: Some(id),
            code: "quota".into(),
        };
        assert_eq!(answer, full);
    }
    panic!("the places of broken connections are not given back");
}
