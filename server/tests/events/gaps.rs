//! Gaps, forced: more at once than events can tell, and listeners that do not listen.

use auboutique_client::{Mirror, Notice};
use auboutique_protocol::accounts::{DeleteAccount, Ping};
use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::Key;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::common::{PASSWORD, TestServer, sell};
use crate::{PATIENCE, for_sale};

/// More products than all events of one interval name.
const MORE_THAN_EVENTS_NAME: usize = 257;
/// More than the server keeps of what happened last.
const MORE_THAN_THE_RING_HOLDS: usize = 4_200;
/// More notices than the SDK keeps for a listener.
const MORE_THAN_A_LISTENER_KEEPS: usize = 300;
/// Connections over which one person lists a great number of products.
const HANDS: usize = 8;

/// An account with so many products leaves, and all of them go with it in one commit.
async fn assert_so_many_at_once_are_a_gap(count: usize) {
    let server = TestServer::start_configured("[limits]\nproducts_per_user_max = 5000\n").await;
    let mona = server.user("mona").await;
    for name in ["Book", "Lamp", "Oud"] {
        sell(&mona, name, 500).await;
    }
    let hands = server.connections("leila", HANDS).await;
    let listing = hands.iter().enumerate().map(async |(hand, client)| {
        for number in (hand..count).step_by(HANDS) {
            sell(client, &format!("Thing {number}"), 100).await;
        }
    });
    join_all(listing).await;
    let mirrors = server.connections("rima", 5).await.into_iter();
    let mirrors = join_all(mirrors.map(Mirror::start)).await;
    // Nobody asks the mirrors for anything meanwhile.
    let leaving = DeleteAccount {
        password: PASSWORD.into(),
    };
    hands[0].call(&leaving).await.unwrap();
    let truth = for_sale(&mona).await;
    assert_eq!(truth.len(), 3);
    for mirror in mirrors {
        let mut mirror = mirror.unwrap();
        assert_eq!(mirror.products().len(), 3 + count);
        let told = timeout(PATIENCE, mirror.next()).await.unwrap().unwrap();
        assert_eq!(told, Some(Notice::Missed));
        assert!(mirror.products().values().eq(truth.iter()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_reads_again_when_more_happens_at_once_than_events_name() {
    assert_so_many_at_once_are_a_gap(MORE_THAN_EVENTS_NAME).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_reads_again_when_more_happens_at_once_than_the_server_keeps() {
    assert_so_many_at_once_are_a_gap(MORE_THAN_THE_RING_HOLDS).await;
}

#[tokio::test]
async fn a_listener_that_does_not_take_its_notices_is_told_of_the_gap_and_a_mirror_reads_again() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let rima = server.user("rima").await;
    let mut mirror = Mirror::start(rima.clone()).await.unwrap();
    let (mut idle, mut listening) = (rima.events(), rima.events());
    let book = sell(&mona, "Book", 500).await;
    // The mirror has been told, and has not looked.
    let told = timeout(PATIENCE, listening.next()).await.unwrap();
    assert!(matches!(told, Some(Notice::Event(Event::ProductListed(_)))));
    drop(listening);
    for number in 0..MORE_THAN_A_LISTENER_KEEPS {
        omar.call(&message("rima", number)).await.unwrap();
        if number % 50 == 0 {
            // What went out before an answer has come before it, so the server drops nothing.
            rima.call(&Ping {}).await.unwrap();
        }
    }
    rima.call(&Ping {}).await.unwrap();
    assert_eq!(idle.try_next(), Some(Notice::Missed));
    let told = mirror.next().await.unwrap();
    assert_eq!(told, Some(Notice::Missed));
    assert!(mirror.products().contains_key(&book));
    // And goes on from there.
    sell(&mona, "Lamp", 700).await;
    let truth = for_sale(&mona).await;
    let caught_up = async {
        while !mirror.products().values().eq(truth.iter()) {
            mirror.next().await.unwrap().unwrap();
        }
    };
    timeout(PATIENCE, caught_up).await.unwrap();
}

fn message(to: &str, number: usize) -> SendMessage {
    SendMessage {
        to: to.into(),
        key: Key::now(),
        text: format!("Message {number}"),
        about: None,
        if_offline: IfOffline::Refuse,
    }
}
