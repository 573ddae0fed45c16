//! Whom the library talks to, and whom it does not.

use auboutique_certs::{Fingerprint, HandshakeFailure, Trust};
use auboutique_client::{Client, ConnectOptions, Error, probe};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::error::Retry;

use crate::peer::Peer;

async fn good_peer() -> Peer {
    Peer::start(|connection, _| async move { connection.hello().await.answer_pings().await }).await
}

#[tokio::test]
async fn a_probe_learns_the_authority_and_a_pin_of_it_connects() {
    let peer = good_peer().await;
    let seen = probe(&peer.address).await.unwrap();
    assert_eq!(Some(seen), peer.identity.ca_fingerprint);
    let options = ConnectOptions::new(peer.address.clone(), &Trust::Pinned(seen)).unwrap();
    let client = Client::connect(options).await.unwrap();
    client.call(&Ping {}).await.unwrap();
    client.close().await;
}

#[tokio::test]
async fn another_authority_than_the_pinned_one_is_a_hard_stop() {
    let peer = good_peer().await;
    let pin = Trust::Pinned(Fingerprint([9; 32]));
    let options = ConnectOptions::new(peer.address.clone(), &pin).unwrap();
    let error = Client::connect(options).await.unwrap_err();
    let Error::Trust { failure, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*failure, HandshakeFailure::PinMismatch);
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_trusted() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let error = probe(&address).await.unwrap_err();
    assert!(matches!(error, Error::Trust { .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_without_an_address_is_reported_as_such() {
    let address = "no-such-host.invalid:7443".parse().unwrap();
    let error = probe(&address).await.unwrap_err();
    assert!(matches!(error, Error::Resolve { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_reported_before_connecting() {
    let trust = Trust::Authority("/nonexistent/ca.pem".into());
    let error = ConnectOptions::new("localhost".parse().unwrap(), &trust).unwrap_err();
    assert!(error.to_string().contains("ca.pem"), "{error}");
}
