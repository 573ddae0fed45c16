//! Many requests at once, large requests, and the end of a connection.

use std::collections::HashSet;

use auboutique_client::Client;
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{Listed, Sell};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use tokio::task::JoinSet;

use crate::peer::{Peer, pong};

#[tokio::test]
async fn a_hundred_callers_share_a_connection_with_sixteen_requests_in_flight() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let mut answered = 0;
        while answered < 100 {
            // Nothing is answered until as many have come as may be in flight.
            let expected = 16.min(100 - answered);
            let mut ids = Vec::new();
            for _ in 0..expected {
                ids.push(connection.expect("ping").await.id);
            }
            if expected == 16 {
                let next = connection.next();
                let more = tokio::time::timeout(std::time::Duration::from_millis(20), next).await;
                assert!(more.is_err(), "a seventeenth request: {more:?}");
            }
            for id in ids {
                connection.ok(id, &pong(id)).await;
                answered += 1;
            }
        }
        assert_eq!(connection.next().await, None);
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        callers.spawn(async move { client.call(&Ping {}).await.unwrap().time });
    }
    let times: HashSet<UnixMillis> = callers.join_all().await.into_iter().collect();
    assert_eq!(
        times.len(),
        100,
        "each caller got the answer to its own request"
    );
    client.close().await;
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_no_harm_to_the_next() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let first = connection.expect("ping").await;
        let second = connection.expect("ping").await;
        connection.ok(first.id, &pong(first.id)).await;
        connection.ok(second.id, &pong(second.id)).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let given_up = {
        let client = client.clone();
        tokio::spawn(async move { client.call(&Ping {}).await })
    };
    tokio::task::yield_now().await;
    let second = {
        let client = client.clone();
        tokio::spawn(async move { client.call(&Ping {}).await })
    };
    tokio::task::yield_now().await;
    given_up.abort();
    // Either may have been sent first; whichever was not given up is answered.
    let answered = tokio::select! {
        outcome = second => outcome.unwrap().is_ok(),
        () = async { client.call(&Ping {}).await.unwrap(); std::future::pending().await } => false,
    };
    assert!(answered);
}

#[tokio::test]
async fn the_server_s_question_for_a_sign_of_life_is_answered() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        connection.event(&Event::Ping(Nothing {})).await;
        // The question and the caller's request may cross.
        let mut names = Vec::new();
        while names.len() < 2 {
            names.push(connection.next().await.expect("two requests come").name);
        }
        names.sort();
        assert_eq!(names, ["ping", "whoami"]);
    })
    .await;
    let client = Client::connect(peer.options_once()).await.unwrap();
    let mut events = client.events();
    let outcome = client.call(&auboutique_protocol::accounts::WhoAmI {}).await;
    // The script ends here; that it got this far without a failure is the point.
    assert!(outcome.is_err());
    drop(client);
    assert_eq!(
        events.next().await,
        None,
        "the question is not for the listeners"
    );
}

#[tokio::test]
async fn a_large_request_reports_its_progress() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("sell").await;
        let listed = Listed {
            product: ProductId(1),
            listed_at: UnixMillis(1),
        };
        connection.ok(got.id, &listed).await;
        assert_eq!(connection.next().await, None);
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let request = Sell {
        key: Key::now(),
        name: "Atlas".into(),
        price: Money {
            minor: 100,
            currency: Currency::Usd,
        },
        picture: Some(ByteString(vec![7; 700 * 1024])),
        category: "other".into(),
        description: String::new(),
    };
    let mut reports = Vec::new();
    let outcome = client.call_with_progress(&request, |written, total| {
        reports.push((written, total));
    });
    outcome.await.unwrap();
    assert!(reports.is_sorted(), "{reports:?}");
    let (written, total) = *reports.last().expect("progress was reported");
    assert_eq!(written, total);
    assert!(total > 700 * 1024);
    client.close().await;
}

#[tokio::test]
async fn requests_and_answers_that_fill_every_buffer_do_not_block_each_other() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        while let Some(got) = connection.next().await {
            // Reads nothing more until this large answer was taken.
            let data = auboutique_protocol::catalog::PictureData {
                data: ByteString(vec![1; 700 * 1024]),
                width: 1,
                height: 1,
                media_type: got.name.clone(),
            };
            connection.ok(got.id, &data).await;
        }
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..32 {
        let client = client.clone();
        callers.spawn(async move {
            let request = Sell {
                key: Key::now(),
                name: "Atlas".into(),
                price: Money {
                    minor: 100,
                    currency: Currency::Usd,
                },
                picture: Some(ByteString(vec![7; 700 * 1024])),
                category: "other".into(),
                description: String::new(),
            };
            client.call_raw(&request).await.unwrap().len()
        });
    }
    for length in callers.join_all().await {
        assert!(length > 700 * 1024);
    }
    client.close().await;
}
