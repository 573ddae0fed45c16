//! Below the protocol: what is no TLS, no TLS of ours, or no frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auboutique_certs::{ALPN_ADMIN, ALPN_MEMBER, HandshakeFailure, Trust, client_config};
use auboutique_protocol::limits::{FRAME_BYTES_MAX, FRAME_BYTES_MAX_ANONYMOUS};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::common::TestServer;
use crate::common::raw::{RawClient, Received, framed, hello, unhex};
use crate::{bloated_ping, expect_unharmed};

/// A server that hangs fails the test.
const PATIENCE: Duration = Duration::from_secs(30);
/// The alert `protocol_version` (RFC 8446 §6).
const PROTOCOL_VERSION: u8 = 70;

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

/// Sends bytes in place of a handshake and returns what comes back.
async fn answer_to(server: &TestServer, bytes: &[u8]) -> Vec<u8> {
    let mut stream = tcp(server).await;
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

/// The description of a fatal alert that is all of an answer.
fn fatal_alert(answer: &[u8]) -> Option<u8> {
    match answer {
        [21, 3, _, 0, 2, 2, description] => Some(*description),
        _ => None,
    }
}

/// A ClientHello as of TLS 1.2: without `supported_versions`, with suites of its time.
fn client_hello_of_tls_1_2() -> Vec<u8> {
    let extensions = [
        unhex("000a 0004 0002 0017"),      // supported_groups: secp256r1
        unhex("000b 0002 01 00"),          // ec_point_formats: uncompressed
        unhex("000d 0006 0004 0403 0401"), // signature_algorithms
        unhex("0010 000f 000d 0c"),        // ALPN, one name of 12 bytes:
        ALPN_MEMBER.to_vec(),
    ]
    .concat();
    let mut hello = unhex("0303"); // legacy_version
    hello.extend_from_slice(&[0x42; 32]); // random
    hello.extend(unhex("00 0004 c02b c02f 01 00")); // session, suites, compression
    hello.extend_from_slice(&u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    let length = u16::try_from(hello.len()).unwrap();
    let mut record = unhex("16 0301");
    record.extend_from_slice(&(length + 4).to_be_bytes());
    record.extend(unhex("01 00"));
    record.extend_from_slice(&length.to_be_bytes());
    record.extend(hello);
    record
}

#[tokio::test]
async fn what_is_no_tls_is_answered_with_an_alert_or_a_close() {
    let server = TestServer::start().await;
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: market.example.org\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.9\r\n",
        &[0; 600],
        &[0xff; 600],
        &framed(&hello(1, 1)),
        // A record that promises a handshake and holds none.
        &unhex("16 0301 0004 ffffffff"),
    ] {
        let answer = answer_to(&server, bytes).await;
        assert!(
            answer.is_empty() || fatal_alert(&answer).is_some(),
            "{bytes:02x?}: {answer:02x?}"
        );
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn tls_1_2_is_refused_by_name() {
    let server = TestServer::start().await;
    let answer = answer_to(&server, &client_hello_of_tls_1_2()).await;
    assert_eq!(
        fatal_alert(&answer),
        Some(PROTOCOL_VERSION),
        "{answer:02x?}"
    );
    expect_unharmed(server).await;
}

#[tokio::test]
async fn half_a_client_hello_is_closed_with_its_client_or_after_5_s() {
    let server = TestServer::start().await;
    let half = &client_hello_of_tls_1_2()[..40];
    let mut leaving = tcp(&server).await;
    leaving.write_all(half).await.unwrap();
    leaving.shutdown().await.unwrap();
    assert!(rest(&mut leaving).await.len() <= 7, "an alert at most");

    let since = Instant::now();
    let mut waiting = tcp(&server).await;
    waiting.write_all(half).await.unwrap();
    assert_eq!(rest(&mut waiting).await, b"");
    let waited = since.elapsed().as_secs_f32();
    assert!((4.9..10.0).contains(&waited), "{waited}");
    expect_unharmed(server).await;
}

#[tokio::test]
async fn another_application_protocol_or_none_is_refused_in_the_handshake() {
    let server = TestServer::start().await;
    for (names, failure) in [
        (vec![b"h2".to_vec()], Some(HandshakeFailure::NoAlpn)),
        (vec![ALPN_ADMIN.to_vec()], Some(HandshakeFailure::NoAlpn)),
        (Vec::new(), None),
    ] {
        let trust = Trust::Authority(server.ca_file());
        let mut config = (*client_config(&trust, ALPN_MEMBER).unwrap()).clone();
        config.alpn_protocols = names;
        let name = ServerName::try_from("localhost").unwrap();
        let outcome = TlsConnector::from(Arc::new(config))
            .connect(name, tcp(&server).await)
            .await;
        let error = outcome.expect_err("the handshake must fail");
        let found = HandshakeFailure::from(&error);
        match failure {
            Some(failure) => assert_eq!(found, failure),
            None => assert!(error.to_string().contains("alert"), "{error}"),
        }
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn garbage_under_an_established_tls_ends_it_with_an_alert_or_a_close() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
    let (tcp, _) = client.stream.get_mut();
    tcp.write_all(&[0x17, 3, 3, 0, 32]).await.unwrap();
    tcp.write_all(&[0x5a; 32]).await.unwrap();
    client.drain().await;
    expect_unharmed(server).await;
}

#[tokio::test]
async fn garbage_in_place_of_a_hello_is_refused() {
    let server = TestServer::start().await;
    for (bytes, code) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "frame_too_large"),
        (&[0xff; 64], "frame_too_large"),
        (&framed(&[0xff; 64]), "bad_request"),
        (&framed(b"GET / HTTP/1.1\r\n\r\n"), "bad_request"),
        (&framed(&[0]), "bad_request"),
    ] {
        let mut client = RawClient::silent(&server).await;
        client.send_bytes(bytes).await;
        client.expect_refusal(code).await;
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_length_of_zero_is_refused_at_every_stage() {
    let server = TestServer::start().await;
    server.user("mona").await;
    for mut client in [
        RawClient::silent(&server).await,
        RawClient::connect(&server).await,
        RawClient::login(&server, "mona").await,
    ] {
        client.send_bytes(&[0; 4]).await;
        client.expect_refusal("frame_too_large").await;
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_frame_may_be_as_long_as_allowed_and_no_longer() {
    let server = TestServer::start().await;
    server.user("mona").await;
    for (mut client, max) in [
        (RawClient::connect(&server).await, FRAME_BYTES_MAX_ANONYMOUS),
        (RawClient::login(&server, "mona").await, FRAME_BYTES_MAX),
    ] {
        client.send(&bloated_ping(1, max)).await;
        client.expect_error(1, "bad_request").await;
        client.expect_alive().await;
        // The length alone is enough to refuse.
        let length = u32::try_from(max + 1).unwrap();
        client.send_bytes(&length.to_be_bytes()).await;
        client.expect_refusal("frame_too_large").await;
    }
    let mut client = RawClient::connect(&server).await;
    client.send(&bloated_ping(1, FRAME_BYTES_MAX)).await;
    client.expect_refusal("frame_too_large").await;
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_frame_that_is_cut_off_by_the_end_is_not_acted_on() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let logout = framed(&auboutique_protocol::envelope::call(
        1,
        &auboutique_protocol::accounts::Logout {},
    ));
    for length in [2, 4, logout.len() - 1] {
        let mut client = RawClient::login(&server, "mona").await;
        client.send_bytes(&logout[..length]).await;
        client.stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let end = timeout(PATIENCE, client.stream.read_to_end(&mut rest));
        // With close_notify: without it the end would be an error.
        end.await
            .expect("the server hangs")
            .expect("a close in order");
        assert_eq!(rest, b"");
    }
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
