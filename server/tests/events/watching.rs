//! What happens in the market, to those who watch it.

use std::sync::Arc;
use std::time::Duration;

use auboutique_client::{Client, Mirror, Notice};
use auboutique_protocol::accounts::{Logout, Ping};
use auboutique_protocol::catalog::{EditProduct, ListProducts, ProductSummary, WithdrawProduct};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::event::{Event, PresenceChanged, Topic};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;
use auboutique_server::config::Config;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::common::{PASSWORD, TestServer, registration, sell, usd};

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

async fn next(events: &mut auboutique_client::Events) -> Event {
    match timeout(PATIENCE, events.next()).await.unwrap() {
        Some(Notice::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn buy(product: ProductId, minor: u64) -> Buy {
    Buy {
        key: Key::now(),
        price: usd(minor),
        product,
    }
}

fn reprice(product: ProductId, minor: u64) -> EditProduct {
    EditProduct {
        id: product,
        name: None,
        price: Some(usd(minor)),
        category: None,
        description: None,
    }
}

async fn for_sale(client: &Client) -> Vec<ProductSummary> {
    let mut all = Vec::new();
    let mut request = ListProducts {
        sort: Some(auboutique_protocol::catalog::Sort::Oldest),
        limit: Some(100),
        ..ListProducts::default()
    };
    loop {
        let page = client.call(&request).await.unwrap();
        all.extend(page.products);
        request.cursor = page.next;
        if request.cursor.is_none() {
            return all;
        }
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

/// Two hundred buyers race for a hundred products, while others are listed and change their price,
/// and three hundred connections watch. Every watcher ends with what is truly for sale.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_watchers_of_a_race_end_with_the_true_catalog() {
    const WATCHERS: usize = 300;
    const BUYERS: usize = 200;
    const RACED: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::new(directory.path());
    config.names = vec!["localhost".into()];
    config.connections_per_user_max = WATCHERS;
    let server = TestServer::start_with(config).await;
    let mona = server.user("mona").await;
    let mut raced = Vec::new();
    for number in 0..RACED {
        raced.push(sell(&mona, &format!("Item {number}"), 100).await);
    }
    let kept = sell(&mona, "Kept", 100).await;
    let (raced, barrier) = (Arc::new(raced), Arc::new(Barrier::new(BUYERS + 1)));

    let mut mirrors = Vec::new();
    for client in connections(&server, "watcher", WATCHERS).await {
        mirrors.push(Mirror::start(client).await.unwrap());
    }
    let mut buyers = JoinSet::new();
    for client in connections(&server, "buyer", BUYERS).await {
        let (raced, barrier) = (Arc::clone(&raced), Arc::clone(&barrier));
        buyers.spawn(async move { race(&client, &raced, &barrier).await });
    }
    barrier.wait().await;
    for number in 0..20 {
        sell(&mona, &format!("New {number}"), 300).await;
        mona.call(&reprice(kept, 101 + number)).await.unwrap();
    }
    let mut confirmed: Vec<ProductId> = buyers.join_all().await.into_iter().flatten().collect();
    confirmed.sort_unstable();
    assert_eq!(confirmed, *raced);

    let truth = Arc::new(for_sale(&mona).await);
    assert_eq!(truth.len(), 21);
    let mut watchers = JoinSet::new();
    for mut mirror in mirrors {
        let truth = Arc::clone(&truth);
        watchers.spawn(async move {
            while !mirror.products().values().eq(truth.iter()) {
                mirror.next().await.unwrap().unwrap();
            }
        });
    }
    timeout(PATIENCE, watchers.join_all()).await.unwrap();
}

/// Connections of one user, logged in.
async fn connections(server: &TestServer, username: &str, count: usize) -> Vec<Client> {
    let first = server.anonymous().await;
    first.call(&registration(username)).await.unwrap();
    let token = first.login(username, PASSWORD.into()).await.unwrap().token;
    let mut clients = vec![first];
    for _ in 1..count {
        let client = server.anonymous().await;
        client.resume(token.clone()).await.unwrap();
        clients.push(client);
    }
    clients
}

/// Tries to buy every product and returns those whose purchase was confirmed.
async fn race(client: &Client, products: &[ProductId], barrier: &Barrier) -> Vec<ProductId> {
    let mut won = Vec::new();
    barrier.wait().await;
    for product in products {
        match client.call(&buy(*product, 100)).await {
            Ok(confirmation) => won.push(confirmation.product),
            Err(error) => assert!(matches!(error.code(), Some(ErrorCode::AlreadySold(_)))),
        }
    }
    won
}
