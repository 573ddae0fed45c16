//! Sound CBOR that is no request, or none that may be made now; and too much of what may be.

use std::path::Path;

use auboutique_protocol::accounts::{Logout, Ping, WhoAmI};
use auboutique_protocol::call::{Access, MemberCall};
use auboutique_protocol::catalog::{ListProducts, ProductPage};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::hello::ClientHello;
use tokio::io::AsyncWriteExt as _;

use crate::common::raw::{RawClient, Received, framed, hello, unhex};
use crate::common::{TestServer, sell};
use crate::expect_unharmed;

/// A hello of this client, whatever it may say.
fn hello_of(agent: &str) -> Vec<u8> {
    envelope::client_hello(&ClientHello {
        agent: agent.into(),
        version_max: 1,
        version_min: 1,
    })
}

#[tokio::test]
async fn what_comes_first_must_be_a_hello() {
    let server = TestServer::start().await;
    let hello_with = |body: &str| [unhex("a1 65 68656c6c6f"), unhex(body)].concat();
    for first in [
        envelope::call(1, &Ping {}),
        hello_with("a0"),
        hello_with("80"),
        hello_with("01"),
        // An array in the place of the struct; a field too many.
        hello_with("83 6172 01 01"),
        hello_with(
            "a4 6178 00 656167656e74 6172 6b76657273696f6e5f6d6178 01 6b76657273696f6e5f6d696e 01",
        ),
        unhex("a0"),
        unhex("80"),
        hello_of(""),
        hello_of(&"x".repeat(65)),
        hello_of("two\nlines"),
        hello_of("\u{1b}[31m"),
        hello_of("\u{202e}right to left"),
    ] {
        let mut client = RawClient::silent(&server).await;
        client.send(&first).await;
        client.expect_refusal("bad_request").await;
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_second_hello_ends_the_connection() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
    client.send(&hello(1, 1)).await;
    client.expect_refusal("bad_request").await;
    expect_unharmed(server).await;
}

#[tokio::test]
async fn versions_without_one_in_common_are_refused_as_such() {
    let server = TestServer::start().await;
    for (min, max) in [(2, 9), (0, 0), (9, 1), (u32::MAX, u32::MAX)] {
        let mut client = RawClient::silent(&server).await;
        client.send(&hello(min, max)).await;
        client.expect_refusal("unsupported_version").await;
    }
    let mut client = RawClient::silent(&server).await;
    client.send(&hello(0, 9)).await;
    assert_eq!(client.receive().await, Received::Hello);
    expect_unharmed(server).await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_its_id_and_the_connection_goes_on() {
    let server = TestServer::start().await;
    server.user("mona").await;
    for mut client in [
        RawClient::connect(&server).await,
        RawClient::login(&server, "mona").await,
    ] {
        for (name, body) in [
            ("buy_all", "a0"),
            ("", "a0"),
            ("Ping", "a0"),
            // A field too many, too few, of another type; the fields without their names.
            ("ping", "a1 6178 00"),
            ("show_product", "a0"),
            ("show_product", "a1 626964 6131"),
            ("show_product", "a1 626964 20"),
            ("show_product", "81 01"),
            ("login", "a1 68757365726e616d65 646d6f6e61"),
            ("resume", "a1 65746f6b656e 4101"),
            ("resume", "a1 65746f6b656e 8100"),
            ("list_products", "a1 64736f7274 63616e79"),
            ("picture", "a2 626964 01 6473697a65 6468756765"),
        ] {
            client.call(1, name, &unhex(body)).await;
            client.expect_error(1, "bad_request").await;
        }
        // Envelopes of which only the id can be read.
        for frame in [
            "a1 626964 07",
            "a2 626964 07 6463616c6c a0",
            "a2 626964 07 6463616c6c 01",
            "a2 626964 07 6463616c6c a2 6161 a0 6162 a0",
            "a3 626964 07 6463616c6c a1 6470696e67 a0 657a7a7a7a7a 01",
            "a2 626964 07 626f6b a0",
        ] {
            client.send(&unhex(frame)).await;
            client.expect_error(7, "bad_request").await;
        }
        client.expect_alive().await;
    }
    expect_unharmed(server).await;
}

#[tokio::test]
async fn an_envelope_without_a_readable_id_ends_the_connection() {
    let server = TestServer::start().await;
    for frame in [
        "a0",
        "80",
        "01",
        "a1 6463616c6c a1 6470696e67 a0",
        "a2 626964 20 6463616c6c a1 6470696e67 a0",
        "a2 626964 6131 6463616c6c a1 6470696e67 a0",
        "a1 626f6b a0",
    ] {
        let mut client = RawClient::connect(&server).await;
        client.send(&unhex(frame)).await;
        client.expect_refusal("bad_request").await;
    }
    expect_unharmed(server).await;
}

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
async fn an_id_twice_in_flight_ends_the_connection_and_an_answered_one_is_free_again() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..3 {
        client.request(5, &Ping {}).await;
        assert!(matches!(client.receive().await, Received::Ok { id: 5, .. }));
    }
    let ping = framed(&envelope::call(5, &Ping {}));
    client.send_bytes(&[&ping[..], &ping[..]].concat()).await;
    assert!(matches!(client.receive().await, Received::Ok { id: 5, .. }));
    client.expect_refusal("bad_request").await;
    expect_unharmed(server).await;
}

#[tokio::test]
async fn a_thousand_pings_in_one_write_are_answered_in_order() {
    let server = TestServer::start().await;
    let mut client = RawClient::connect(&server).await;
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
