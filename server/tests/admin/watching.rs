//! What administrators hear of, as it happens.

use auboutique_protocol::accounts::WhoAmI;
use auboutique_protocol::admin::{
    AdminEvent, Announce, AuditAction, RemoveProduct, Suspend, Topic, UserState,
};

use crate::common::{TestServer, sell, usd};
use crate::harness::{admin, ask, heard};
use crate::lists::buy;

const EVERYTHING: [Topic; 6] = [
    Topic::Sessions,
    Topic::Sales,
    Topic::Products,
    Topic::Users,
    Topic::Audit,
    Topic::Statistics,
];

#[tokio::test]
async fn whoever_watches_hears_of_everything_with_its_details() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mut events = ops.events();
    ops.watch(&EVERYTHING).await.unwrap();
    let mona = server.user("mona").await;
    let registered = heard(&mut events, |event| match event {
        AdminEvent::UserRegistered(told) => Some(told.users),
        _ => None,
    });
    assert_eq!(registered.await[0].username, "mona");
    let opened = heard(&mut events, |event| match event {
        AdminEvent::SessionOpened(told) => Some(told.connections),
        _ => None,
    });
    let opened = opened.await;
    assert_eq!(opened[0].username, "mona");
    let product = sell(&mona, "Calculus", 500).await;
    let listed = heard(&mut events, |event| match event {
        AdminEvent::ProductListed(told) => Some(told.products),
        _ => None,
    });
    let listed = listed.await;
    assert_eq!((listed[0].id, listed[0].owner.as_str()), (product, "mona"));
    let omar = server.user("omar").await;
    buy(&omar, product, 500).await;
    let sales = heard(&mut events, |event| match event {
        AdminEvent::Sale(told) => Some(told.sales),
        _ => None,
    });
    let sales = sales.await;
    assert_eq!((sales[0].product, sales[0].price), (product, usd(500)));
    assert_eq!(
        (sales[0].seller.as_str(), sales[0].buyer.as_str()),
        ("mona", "omar")
    );
    let statistics = heard(&mut events, |event| match event {
        AdminEvent::Statistics(now) if now.sales_today == 1 => Some(now),
        _ => None,
    });
    assert_eq!(statistics.await.online, 2);
    mona.call(&WhoAmI {}).await.unwrap();
    let connection = opened[0].connection;
    let active = heard(&mut events, |event| match event {
        AdminEvent::SessionActive(told) => told
            .connections
            .into_iter()
            .find(|active| active.connection == connection),
        _ => None,
    });
    assert!(active.await.requests > opened[0].requests);
    mona.close().await;
    let closed = heard(&mut events, |event| match event {
        AdminEvent::SessionClosed(told) => Some(told.connections),
        _ => None,
    });
    assert_eq!(closed.await, [connection]);
    server.stop().await;
}

#[tokio::test]
async fn what_one_administrator_does_others_hear_of() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let second = admin(&server, "second").await;
    let mona = server.user("mona").await;
    let product = sell(&mona, "Calculus", 500).await;
    let other = sell(&mona, "Analysis", 500).await;
    let mut events = second.events();
    second
        .watch(&[Topic::Audit, Topic::Users, Topic::Products])
        .await
        .unwrap();
    let removed = ask(
        &ops,
        RemoveProduct {
            reason: "no".into(),
            product,
        },
    );
    removed.await.unwrap();
    let gone = heard(&mut events, |event| match event {
        AdminEvent::ProductRemoved(told) => Some(told.products),
        _ => None,
    });
    assert_eq!(gone.await, [product]);
    let entry = heard(&mut events, |event| match event {
        AdminEvent::AuditEntry(told) => Some(told.entries),
        _ => None,
    });
    assert_eq!(entry.await[0].action, AuditAction::RemoveProduct);
    let suspended = ask(
        &ops,
        Suspend {
            reason: "fraud".into(),
            username: "mona".into(),
        },
    );
    suspended.await.unwrap();
    let hidden = heard(&mut events, |event| match event {
        AdminEvent::ProductRemoved(told) => Some(told.products),
        _ => None,
    });
    assert_eq!(hidden.await, [other]);
    let changed = heard(&mut events, |event| match event {
        AdminEvent::UserChanged(told) => Some(told.users),
        _ => None,
    });
    assert!(matches!(changed.await[0].state, UserState::Suspended(_)));
    server.stop().await;
}

#[tokio::test]
async fn who_watches_nothing_hears_nothing() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mut events = ops.events();
    ops.watch(&EVERYTHING).await.unwrap();
    ops.watch(&[Topic::Audit]).await.unwrap();
    ops.watch(&[]).await.unwrap();
    server.user("mona").await;
    let said = ask(
        &ops,
        Announce {
            text: "Closed.".into(),
        },
    );
    said.await.unwrap();
    // One word that would come after all the others.
    ops.watch(&[Topic::Audit]).await.unwrap();
    let said = ask(
        &ops,
        Announce {
            text: "Open again.".into(),
        },
    );
    said.await.unwrap();
    let entries = heard(&mut events, |event| match event {
        AdminEvent::AuditEntry(told) => Some(told.entries),
        AdminEvent::UserRegistered(_) | AdminEvent::SessionOpened(_) => panic!("{event:?}"),
        _ => None,
    });
    let entries = entries.await;
    assert_eq!(entries[0].text.as_deref(), Some("Open again."));
    server.stop().await;
}
