//! What concerns a user, on all of that user's connections: sales, now or at the next login.

use std::time::Duration;

use auboutique_client::{Client, Events, Notice};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::event::{Event, YourProductSold};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;
use tokio::time::timeout;

use crate::common::{PASSWORD, TestServer, sell, usd};

const PATIENCE: Duration = Duration::from_secs(60);

async fn next_sale(events: &mut Events) -> YourProductSold {
    match timeout(PATIENCE, events.next()).await.unwrap() {
        Some(Notice::Event(Event::YourProductSold(sale))) => sale,
        other => panic!("{other:?}"),
    }
}

async fn buy(buyer: &Client, product: ProductId) {
    let request = Buy {
        key: Key::now(),
        price: usd(500),
        product,
    };
    buyer.call(&request).await.unwrap();
}

/// A client that listens from before its login.
async fn listening(server: &TestServer, username: &str) -> (Client, Events) {
    let client = server.anonymous().await;
    let events = client.events();
    client.login(username, PASSWORD.into()).await.unwrap();
    (client, events)
}

/// What was pushed until now: events that went out before an answer have come before it.
async fn pushed(client: &Client, events: &mut Events) -> Vec<Notice> {
    client.call(&Ping {}).await.unwrap();
    std::iter::from_fn(|| events.try_next()).collect()
}

#[tokio::test]
async fn a_seller_who_is_online_is_told_on_every_connection_and_nobody_else() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let book = sell(&mona, "Book", 500).await;
    let (_second, mut second_events) = listening(&server, "mona").await;
    let (mut first_events, mut buyers_events) = (mona.events(), omar.events());
    buy(&omar, book).await;
    for events in [&mut first_events, &mut second_events] {
        let sale = next_sale(events).await;
        assert_eq!((sale.product, sale.name.as_str()), (book, "Book"));
        assert_eq!((sale.buyer.as_str(), sale.price), ("omar", usd(500)));
    }
    assert_eq!(pushed(&omar, &mut buyers_events).await, []);
}

#[tokio::test]
async fn a_seller_who_was_away_is_told_at_the_next_login_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let [book, lamp] = [
        sell(&mona, "Book", 500).await,
        sell(&mona, "Lamp", 500).await,
    ];
    mona.close().await;
    buy(&omar, book).await;
    buy(&omar, lamp).await;
    let (mona, mut events) = listening(&server, "mona").await;
    assert_eq!(next_sale(&mut events).await.product, book);
    assert_eq!(next_sale(&mut events).await.product, lamp);
    assert_eq!(pushed(&mona, &mut events).await, []);
    // Stopping in order notes down what was told.
    server.stop().await;
    let server = TestServer::start_on(directory.path()).await;
    let (mona, mut events) = listening(&server, "mona").await;
    assert_eq!(pushed(&mona, &mut events).await, []);
}

#[tokio::test]
async fn a_sale_that_was_told_at_once_is_not_told_again() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let book = sell(&mona, "Book", 500).await;
    let mut events = mona.events();
    buy(&omar, book).await;
    next_sale(&mut events).await;
    server.stop().await;
    let server = TestServer::start_on(directory.path()).await;
    let (mona, mut events) = listening(&server, "mona").await;
    assert_eq!(pushed(&mona, &mut events).await, []);
}
