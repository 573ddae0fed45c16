//! How much of the server one peer, one source or one user may take, over real TLS.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::net::Ipv4Addr;

use auboutique_protocol::accounts::Ping;
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use common::raw::{RawClient, Received};
use common::{PASSWORD, TestServer, book, configured, refusal, registration};

/// A connection from 127.0.0.`source`, after the hellos.
async fn greeted(server: &TestServer, source: u8) -> RawClient {
    let source = Ipv4Addr::new(127, 0, 0, source);
    let mut client = RawClient::silent_from(server, source).await.unwrap();
    client.greet().await;
    client
}

#[tokio::test]
async fn a_source_has_so_many_connections_and_other_sources_have_theirs() {
    let server = TestServer::start_configured("[limits.connections]\nper_source_max = 2\n").await;
    let first = greeted(&server, 2).await;
    let mut second = greeted(&server, 2).await;
    let third = RawClient::silent_from(&server, Ipv4Addr::new(127, 0, 0, 2)).await;
    assert!(third.is_err());
    greeted(&server, 3).await.expect_alive().await;
    second.expect_alive().await;

    // Its place is free again as soon as the server has seen that it is gone.
    drop(first);
    while RawClient::silent_from(&server, Ipv4Addr::new(127, 0, 0, 2))
        .await
        .is_err()
    {}
    server.stop().await;
}

#[tokio::test]
async fn those_without_a_login_have_fewer_places_and_whoever_logs_in_gives_one_back() {
    let settings = "[limits.connections]\nunauthenticated_per_source_max = 1\n";
    let server = TestServer::start_configured(settings).await;
    let mut mona = greeted(&server, 2).await;
    mona.request(0, &registration("mona")).await;
    assert!(matches!(mona.receive().await, Received::Ok { .. }));
    let source = Ipv4Addr::new(127, 0, 0, 2);
    assert!(RawClient::silent_from(&server, source).await.is_err());
    mona.log_in("mona").await;
    greeted(&server, 2).await.expect_alive().await;
    server.stop().await;
}

#[tokio::test]
async fn new_connections_of_a_source_come_at_a_rate() {
    let settings =
        "[limits.connections]\nnew_per_source_burst = 3\nnew_per_source_and_second = 1\n";
    let server = TestServer::start_configured(settings).await;
    let mut taken = 0;
    while RawClient::silent_from(&server, Ipv4Addr::new(127, 0, 0, 2))
        .await
        .is_ok()
    {
        taken += 1;
        // One comes back each second, and a handshake takes milliseconds.
        assert!(taken < 100);
    }
    assert!(taken >= 3);
    greeted(&server, 3).await.expect_alive().await;
    server.stop().await;
}

#[tokio::test]
async fn who_has_not_logged_in_asks_a_hundred_times_and_then_ten_times_a_second() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
    for id in 0..100 {
        client.request(id, &Ping {}).await;
        assert!(matches!(client.receive().await, Received::Ok { .. }));
    }
    let mut id = 100;
    loop {
        client.request(id, &Ping {}).await;
        let answer = client.receive().await;
        if !matches!(answer, Received::Ok { .. }) {
            let code = "rate_limited".into();
            assert_eq!(answer, Received::Error { id: Some(id), code });
            break;
        }
        id += 1;
        assert!(id < 1_000, "never refused");
    }
    // Somebody else, and the same one a little later, is served.
    RawClient::connect(&server).await.expect_alive().await;
    loop {
        id += 1;
        client.request(id, &Ping {}).await;
        if matches!(client.receive().await, Received::Ok { .. }) {
            break;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn all_connections_of_a_user_share_one_pace() {
    let settings = "[limits.requests]\nper_user_burst = 20\nper_user_and_second = 1\n";
    let server = TestServer::start_configured(settings).await;
    let clients = server.connections("mona", 2).await;
    let omar = server.user("omar").await;
    let mut refused = None;
    for turn in 0..100 {
        if let Err(error) = clients[turn % 2].call(&Ping {}).await {
            refused = error.code().cloned();
            break;
        }
    }
    assert!(
        matches!(refused, Some(ErrorCode::RateLimited(_))),
        "{refused:?}"
    );
    omar.call(&Ping {}).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn accounts_are_made_at_a_rate_and_what_was_refused_costs_none() {
    let settings = "[limits.registration]\nsource_burst = 2\nsource_refill_seconds = 3600\n";
    let server = TestServer::start_configured(settings).await;
    let client = server.anonymous().await;
    for _ in 0..3 {
        let mut weak = registration("mona");
        weak.password = "too short".into();
        let refused = refusal(client.call(&weak).await);
        assert!(matches!(refused, ErrorCode::InvalidField(_)), "{refused:?}");
    }
    for username in ["mona", "omar"] {
        client.call(&registration(username)).await.unwrap();
    }
    let refused = refusal(client.call(&registration("rana")).await);
    assert!(
        matches!(&refused, ErrorCode::RateLimited(after) if after.after_ms > 3_000_000),
        "{refused:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_restart_pardons_nobody_who_guessed() {
    let settings = "[limits.login]\nback_off_first_seconds = 60\n";
    let directory = tempfile::tempdir().unwrap();
    let config = || configured(settings, directory.path());
    let server = TestServer::start_with(config()).await;
    server.user("mona").await;
    let wrong = server.anonymous().await.login("mona", "wrong".into()).await;
    assert_eq!(refusal(wrong), ErrorCode::AuthFailed(Nothing {}));
    server.stop().await;

    let server = TestServer::start_with(config()).await;
    let client = server.anonymous().await;
    let right = client.login("mona", PASSWORD.into()).await;
    assert!(matches!(
        refusal(right),
        ErrorCode::RateLimited(after) if after.after_ms > 30_000
    ));
    server.stop().await;
}

#[tokio::test]
async fn a_large_frame_waits_until_there_is_room_for_it() {
    let settings = "[limits]\nlarge_frame_bytes_max = 2_097_152\n";
    let server = TestServer::start_configured(settings).await;
    server.user("mona").await;
    let length = u32::try_from(FRAME_BYTES_MAX).unwrap().to_be_bytes();
    let mut holding = Vec::new();
    for _ in 0..2 {
        let mut client = RawClient::login(&server, "mona").await;
        client.send_bytes(&length).await;
        client.send_bytes(&[0; 16]).await;
        holding.push(client);
    }
    let mut waiting = RawClient::login(&server, "mona").await;
    let mut large = book("Calculus", 1_250);
    large.picture = Some(ByteString(vec![0; 200_000]));
    waiting.request(7, &large).await;
    // Small ones need no room.
    RawClient::login(&server, "mona").await.expect_alive().await;
    drop(holding);
    waiting.expect_error(7, "invalid_field").await;
    server.stop().await;
}
