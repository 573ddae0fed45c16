//! Who gets in, and how somebody who was let in is sent away.

use std::path::Path;
use std::time::Instant;

use auboutique_certs::{
    ADMIN_AUTHORITY, ADMIN_CERTIFICATE, ADMIN_KEY, ADMIN_LIST, HandshakeFailure, Trust,
};
use auboutique_client::{AdminClient, Client, ConnectOptions, Error, Notice, RetryPolicy};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::admin::{AdminEvent, Topic, Users};
use auboutique_protocol::error::{ErrorCode, Nothing};
use jiff::{SignedDuration, Timestamp};

use crate::common::TestServer;
use crate::harness::{admin, failure, hear, heard, identity, options, soon, tls};

async fn trust_failure(server: &TestServer, folder: &Path) -> HandshakeFailure {
    let refused = failure(AdminClient::connect(options(server, folder)).await);
    let Error::Trust { failure, .. } = refused else {
        panic!("{refused:?}");
    };
    failure
}

#[tokio::test]
async fn an_administrator_gets_in_and_everybody_else_is_refused_in_the_handshake() {
    let server = TestServer::start().await;
    let admin = admin(&server, "ops").await;
    admin.call(&Ping {}).await.unwrap();

    // The server's own certificate.
    let stolen = server.data_dir().join("stolen");
    std::fs::create_dir(&stolen).unwrap();
    for (from, to) in [
        ("server.pem", ADMIN_CERTIFICATE),
        ("server.key", ADMIN_KEY),
        ("ca.pem", ADMIN_AUTHORITY),
    ] {
        std::fs::copy(server.data_dir().join("tls").join(from), stolen.join(to)).unwrap();
    }
    let refused = trust_failure(&server, &stolen).await;
    assert_eq!(refused, HandshakeFailure::ClientCertificate);

    // One of another market's authority.
    let other = TestServer::start().await;
    let foreign = identity(&other, "ops");
    std::fs::copy(server.ca_file(), foreign.join(ADMIN_AUTHORITY)).unwrap();
    let refused = trust_failure(&server, &foreign).await;
    assert_eq!(refused, HandshakeFailure::ClientCertificate);

    // One that has ended.
    let old = server.data_dir().join("old");
    let long_ago = Timestamp::now() - SignedDuration::from_hours(100 * 24);
    tls(&server)
        .issue_admin(&"old".parse().unwrap(), &old, long_ago)
        .unwrap();
    let refused = trust_failure(&server, &old).await;
    assert_eq!(refused, HandshakeFailure::ClientCertificate);
    server.stop().await;
}

#[tokio::test]
async fn members_are_refused_on_the_admin_port_and_administrators_on_the_members() {
    let server = TestServer::start().await;
    let folder = identity(&server, "ops");
    let trust = Trust::Authority(server.ca_file());
    let address = crate::harness::address(server.admin_port());
    let member = ConnectOptions::new(address, &trust).unwrap();
    let outcome = Client::connect(member.retry(RetryPolicy::NONE)).await;
    assert!(
        matches!(
            outcome,
            Err(Error::Trust {
                failure: HandshakeFailure::NoAlpn,
                ..
            })
        ),
        "{outcome:?}"
    );
    let address = crate::harness::address(server.port());
    let admin = ConnectOptions::admin(address, &folder).unwrap();
    let outcome = AdminClient::connect(admin.retry(RetryPolicy::NONE)).await;
    assert!(
        matches!(
            outcome,
            Err(Error::Trust {
                failure: HandshakeFailure::NoAlpn,
                ..
            })
        ),
        "{outcome:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_leaves_the_list_ends_its_connections_within_two_seconds() {
    let server = TestServer::start().await;
    let folder = identity(&server, "ops");
    let ops = AdminClient::connect(options(&server, &folder))
        .await
        .unwrap();
    let second = admin(&server, "second").await;
    let mut events = ops.events();
    ops.watch(&[Topic::Audit]).await.unwrap();
    let revoked = Instant::now();
    assert!(tls(&server).revoke_admin(&"ops".parse().unwrap()).unwrap());
    let reason = hear!(events, AdminEvent::Disconnected(event) => event.reason);
    assert!(reason.await.contains("no longer on the list"));
    assert!(revoked.elapsed().as_secs() < 2, "{:?}", revoked.elapsed());
    // Coming again is refused, and the events end.
    let last = soon(events.next()).await;
    assert!(matches!(last, Some(Notice::Lost { .. })), "{last:?}");
    assert_eq!(soon(events.next()).await, None);
    let outcome = AdminClient::connect(options(&server, &folder)).await;
    let refused = failure(outcome);
    assert_eq!(refused.code(), Some(&ErrorCode::Forbidden(Nothing {})));
    second.call(&Users::default()).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_damaged_list_lets_nobody_in() {
    let server = TestServer::start().await;
    let folder = identity(&server, "ops");
    let list = server.data_dir().join("tls").join(ADMIN_LIST);
    std::fs::write(&list, "ops let me in\n").unwrap();
    let refused = failure(AdminClient::connect(options(&server, &folder)).await);
    assert_eq!(refused.code(), Some(&ErrorCode::Forbidden(Nothing {})));
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_tells_its_administrators() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mut events = ops.events();
    server.drain();
    heard(&mut events, |event| {
        matches!(event, AdminEvent::Draining(_)).then_some(())
    })
    .await;
    server.stop().await;
}
