//! What happens in the market, to those who watch it.

use auboutique_client::{Mirror, Notice};
use auboutique_protocol::accounts::{Logout, Ping};
use auboutique_protocol::catalog::WithdrawProduct;
use auboutique_protocol::event::{Event, PresenceChanged, Topic};
use tokio::time::timeout;

use crate::common::{TestServer, sell, usd};
use crate::{PATIENCE, buy, for_sale, reprice};

async fn next(events: &mut auboutique_client::Events) -> Event {
    match timeout(PATIENCE, events.next()).await.unwrap() {
        Some(Notice::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_watches_products_sees_what_becomes_of_them() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let watcher = server.user("rima").await;
    let mut events = watcher.events();
    watcher.watch(&[Topic::Products]).await.unwrap();

    let [book, lamp] = [
        sell(&mona, "Book", 500).await,
        sell(&mona, "Lamp", 700).await,
    ];
    let mut listed = Vec::new();
    while listed.len() < 2 {
        let Event::ProductListed(event) = next(&mut events).await else {
            panic!("not listed");
        };
        listed.extend(event.products);
    }
    assert_eq!(listed, for_sale(&omar).await);

    mona.call(&reprice(book, 450)).await.unwrap();
    let Event::ProductChanged(event) = next(&mut events).await else {
        panic!("not changed");
    };
    assert_eq!(
        (event.products[0].id, event.products[0].price),
        (book, usd(450))
    );
    omar.call(&buy(book, 450)).await.unwrap();
    let Event::ProductSold(event) = next(&mut events).await else {
        panic!("not sold");
    };
    assert_eq!(event.products, [book]);
    mona.call(&WithdrawProduct { id: lamp }).await.unwrap();
    let Event::ProductRemoved(event) = next(&mut events).await else {
        panic!("not removed");
    };
    assert_eq!(event.products, [lamp]);
}

#[tokio::test]
async fn whoever_watches_presence_sees_people_come_and_go() {
    let server = TestServer::start().await;
    let watcher = server.user("rima").await;
    let mut events = watcher.events();
    watcher.watch(&[Topic::Presence]).await.unwrap();
    let mona = server.user("mona").await;
    let second = server.login("mona").await;
    let changed = |online: &[&str], offline: &[&str]| {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Event::Presence(PresenceChanged {
            online: names(online),
            offline: names(offline),
        })
    };
    assert_eq!(next(&mut events).await, changed(&["mona"], &[]));
    mona.call(&Logout {}).await.unwrap();
    second.call(&Logout {}).await.unwrap();
    assert_eq!(next(&mut events).await, changed(&[], &["mona"]));
}

#[tokio::test]
async fn a_later_watch_replaces_the_earlier_and_an_empty_one_ends_it() {
    let server = TestServer::start().await;
    let (mona, watcher) = (server.user("mona").await, server.user("rima").await);
    let mut events = watcher.events();
    watcher.watch(&[Topic::Products]).await.unwrap();
    watcher.watch(&[Topic::Products]).await.unwrap();
    sell(&mona, "Book", 500).await;
    assert!(
        matches!(next(&mut events).await, Event::ProductListed(event) if event.products.len() == 1)
    );
    watcher.watch(&[Topic::Presence]).await.unwrap();
    sell(&mona, "Lamp", 500).await;
    mona.call(&Logout {}).await.unwrap();
    assert!(matches!(next(&mut events).await, Event::Presence(_)));
    watcher.watch(&[]).await.unwrap();
    let mona = server.login("mona").await;
    sell(&mona, "Oud", 500).await;
    watcher.call(&Ping {}).await.unwrap();
    assert_eq!(events.try_next(), None);
}

#[tokio::test]
async fn a_listener_survives_a_restart_and_is_told_that_it_missed_something() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let port = server.port();
    let mona = server.user("mona").await;
    mona.close().await;
    let watcher = server.user("rima").await;
    let mut mirror = Mirror::start(watcher.clone()).await.unwrap();
    server.stop().await;

    let server = TestServer::start_at(directory.path(), port).await;
    let mona = server.login("mona").await;
    let book = sell(&mona, "Book", 500).await;
    let told = timeout(PATIENCE, async {
        while !mirror.products().contains_key(&book) {
            mirror.next().await.unwrap().unwrap();
        }
        let lamp = sell(&mona, "Lamp", 500).await;
        while !mirror.products().contains_key(&lamp) {
            mirror.next().await.unwrap().unwrap();
        }
    });
    told.await.unwrap();
}
