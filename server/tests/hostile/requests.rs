//! Every request in the wrong shape or without a login, and too much of what may be asked.

use std::path::Path;

use auboutique_protocol::accounts::{Logout, Ping, WhoAmI};
use auboutique_protocol::call::{Access, MemberCall};
use auboutique_protocol::catalog::{ListProducts, ProductPage};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame};
use tokio::io::AsyncWriteExt as _;

use crate::common::raw::{RawClient, Received, framed, unhex};
use crate::common::{TestServer, sell};
use crate::expect_unharmed;

#[tokio::test]
async fn no_request_takes_an_array_or_an_unknown_field() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut client = RawClient::login(&server, "mona").await;
    for row in MemberCall::TABLE {
        for body in [
            "80",
            "81 a0",
            "a1 69 6e6f7468696e674f6b 00",
            "00",
            "60",
            "f4",
        ] {
            client.call(3, row.name, &unhex(body)).await;
            client.expect_error(3, "bad_request").await;
        }
    }
    client.expect_alive().await;
    expect_unharmed(server).await;
}

/// The body of a valid request of this name, from the protocol's golden vectors: there is one for
/// every row of the table.
fn valid_body(name: &str) -> Vec<u8> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors");
    let files = std::fs::read_dir(vectors).unwrap();
    let mut bodies = files.filter_map(|file| {
        let frame = std::fs::read(file.unwrap().path()).unwrap();
        match ClientFrame::parse(&frame) {
            // Administrators have a request or two of the same name.
            Ok(ClientFrame::Call { call, .. })
                if call.name == name && MemberCall::decode(name, call.body).is_ok() =>
            {
                Some(call.body.to_vec())
            }
            _ => None,
        }
    });
    bodies
        .next()
        .unwrap_or_else(|| panic!("no vector of {name}"))
}

#[tokio::test]
async fn every_request_of_members_is_refused_before_login_and_after_logout() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut logged_out = RawClient::login(&server, "mona").await;
    logged_out.request(1, &Logout {}).await;
    assert!(matches!(
        logged_out.receive().await,
        Received::Ok { id: 1, .. }
    ));
    let members = MemberCall::TABLE
        .iter()
        .filter(|row| row.access == Access::Member);
    for mut client in [RawClient::connect(&server).await, logged_out] {
        let mut refused = 0;
        for row in members.clone() {
            let body = valid_body(row.name);
            assert!(MemberCall::decode(row.name, &body).is_ok(), "{}", row.name);
            client.call(2, row.name, &body).await;
            client.expect_error(2, "unauthenticated").await;
            refused += 1;
        }
        assert!(refused >= 9, "{refused}");
        client.expect_alive().await;
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn the_id_of_an_answered_request_is_free_again() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..3 {
        client.request(5, &Ping {}).await;
        assert!(matches!(client.receive().await, Received::Ok { id: 5, .. }));
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_thousand_pings_in_one_write_are_answered_in_order() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut client = RawClient::login(&server, "mona").await;
    let ids = (0..1_000).map(|id| id * 7 % 1_000);
    let pings: Vec<u8> = ids
        .clone()
        .flat_map(|id| framed(&envelope::call(id, &Ping {})))
        .collect();
    client.send_bytes(&pings).await;
    for expected in ids {
        let answer = client.receive().await;
        assert!(
            matches!(answer, Received::Ok { id, .. } if id == expected),
            "{expected}: {answer:?}"
        );
    }
    client.expect_alive().await;
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_thousand_lists_to_a_client_that_reads_late_are_answered_in_order() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for number in 0..40 {
        sell(
            &mona,
            &format!("{number} {}", "long name ".repeat(10)),
            1250,
        )
        .await;
    }
    let mut client = RawClient::login(&server, "mona").await;
    let list = ListProducts::default();
    let requests: Vec<u8> = (1..=1_000)
        .flat_map(|id| framed(&envelope::call(id, &list)))
        .collect();
    // All are on their way before the first answer is taken. Together the answers have several
    // megabytes, more than the system keeps, so the server has to wait for the reader.
    client.send_bytes(&requests).await;
    let mut bytes = 0;
    for expected in 1..=1_000 {
        let answer = client.receive().await;
        let Received::Ok { id, reply } = answer else {
            panic!("{expected}: {answer:?}")
        };
        assert_eq!(id, expected);
        bytes += reply.len();
        if id == 1_000 {
            let page: ProductPage = codec::decode(&reply).unwrap();
            assert_eq!(page.products.len(), 40);
        }
    }
    assert!(bytes > 8_000_000, "{bytes}");
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_client_that_vanishes_with_requests_in_flight_harms_nobody() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for _ in 0..7 {
        let mut client = RawClient::login(&server, "mona").await;
        let requests: Vec<u8> = (0..50)
            .flat_map(|id| framed(&envelope::call(id, &WhoAmI {})))
            .collect();
        client.send_bytes(&requests).await;
        client.send_bytes(&[0, 0, 0, 9, 0xa2]).await;
        client.stream.get_mut().0.shutdown().await.unwrap();
    }
    mona.call(&WhoAmI {}).await.unwrap();
    expect_unharmed(server).await;
}
