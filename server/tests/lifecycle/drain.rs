//! Stopping in order, and one server for one data directory.

use std::time::{Duration, Instant};

use auboutique_client::protocol::accounts::Ping;
use auboutique_server::config::Config;
use auboutique_server::{DataDirError, Listeners, ServeError, serve};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::common::raw::{RawClient, Received};
use crate::common::{TestServer, registration};

#[tokio::test]
async fn idle_clients_are_told_and_closed_and_the_listener_is_gone() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let port = server.port();
    let mut silent = RawClient::silent(&server).await;
    let mut anonymous = RawClient::connect(&server).await;
    let mut member = RawClient::login(&server, "mona").await;
    server.drain();
    silent.expect_refusal("draining").await;
    for client in [&mut anonymous, &mut member] {
        let draining = Received::Event {
            seq: 1,
            name: "draining".into(),
        };
        assert_eq!(client.receive().await, draining);
        assert_eq!(client.receive().await, Received::Closed);
    }
    server.stop().await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn clients_that_do_not_listen_do_not_keep_a_server_from_stopping() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut silent = TcpStream::connect(("127.0.0.1", server.port()))
        .await
        .unwrap();
    let deaf = [
        RawClient::silent(&server).await,
        RawClient::connect(&server).await,
        RawClient::login(&server, "mona").await,
    ];
    let since = Instant::now();
    server.stop().await;
    assert!(since.elapsed() < Duration::from_secs(5));
    drop(deaf);
    // Closed or reset, with nothing said: the handshake never began.
    if let Ok(count) = silent.read(&mut [0]).await {
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn every_request_in_flight_gets_one_answer_and_the_answer_is_true() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = TestServer::start_on(&data_dir).await;
    let mut clients = Vec::new();
    for number in 0..6 {
        let mut client = RawClient::connect(&server).await;
        client
            .request(7, &registration(&format!("user{number}")))
            .await;
        clients.push(client);
    }
    // Once the first is answered, the others wait for the threads that hash passwords.
    assert!(matches!(
        clients[0].receive().await,
        Received::Ok { id: 7, .. }
    ));
    server.drain();
    let mut registered = vec![true];
    for client in &mut clients[1..] {
        let mut answers = Vec::new();
        loop {
            match client.receive().await {
                Received::Ok { id: 7, .. } => answers.push(true),
                Received::Error { id: Some(7), code } => {
                    assert_eq!(code, "draining");
                    answers.push(false);
                }
                Received::Event { name, .. } => assert_eq!(name, "draining"),
                Received::Closed => break,
                other @ (Received::Hello
                | Received::Ok { .. }
                | Received::Error { .. }
                | Received::CutOff) => panic!("{other:?}"),
            }
        }
        assert_eq!(answers.len(), 1);
        registered.extend(answers);
    }
    server.stop().await;

    let server = TestServer::start_on(&data_dir).await;
    let client = server.anonymous().await;
    for (number, was_registered) in registered.into_iter().enumerate() {
        let again = client.call(&registration(&format!("user{number}"))).await;
        assert_eq!(again.is_err(), was_registered, "user{number}: {again:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_a_data_directory_is_refused_and_told_whose_it_is() {
    let server = TestServer::start().await;
    let member = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = serve(
        Config::new(server.data_dir()),
        Listeners {
            member,
            admin: None,
            metrics: None,
        },
        CancellationToken::new(),
        |_| panic!("it must not come to serve"),
    )
    .await;
    let error = second.expect_err("the directory is in use");
    assert!(error.hint().unwrap().contains("--data-dir"));
    let pid = std::process::id().to_string();
    assert!(error.to_string().contains(&pid), "{error}");
    assert!(matches!(
        error,
        ServeError::DataDir(DataDirError::InUse { pid: holder, .. }) if holder == pid
    ));
    server.anonymous().await.call(&Ping {}).await.unwrap();
}
