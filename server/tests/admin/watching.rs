//! What administrators hear of, as it happens.

use auboutique_protocol::accounts::WhoAmI;
use auboutique_protocol::admin::{
    Activity, AdminEvent, Announce, AuditAction, RemoveProduct, Suspend, Topic, UserState,
};

use crate::common::{TestServer, sell, usd};
use crate::harness::{admin, ask, hear, heard};
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
    let registered = hear!(events, AdminEvent::UserRegistered(told) => told.users);
    assert_eq!(registered.await[0].username, "mona");
    let opened = hear!(events, AdminEvent::SessionOpened(told) => told.connections);
    let opened = opened.await;
    assert_eq!(opened[0].username, "mona");
    let product = sell(&mona, "Calculus", 500).await;
    let listed = hear!(events, AdminEvent::ProductListed(told) => told.products);
    let listed = listed.await;
    assert_eq!((listed[0].id, listed[0].owner.as_str()), (product, "mona"));
    let omar = server.user("omar").await;
    buy(&omar, product, 500).await;
    let sales = hear!(events, AdminEvent::Sale(told) => told.sales);
    let sales = sales.await;
    assert_eq!((sales[0].product, sales[0].price), (product, usd(500)));
    assert_eq!(
        (sales[0].seller.as_str(), sales[0].buyer.as_str()),
        ("mona", "omar")
    );
    while hear!(events, AdminEvent::Statistics(now) => now.sales_today).await == 0 {}
    let now = hear!(events, AdminEvent::Statistics(now) => now).await;
    assert_eq!((now.online, now.sales_today), (2, 1));
    mona.call(&WhoAmI {}).await.unwrap();
    let connection = opened[0].connection;
    loop {
        let told = hear!(events, AdminEvent::SessionActive(told) => told.connections).await;
        let is_monas = |active: &&Activity| active.connection == connection;
        let monas = told.iter().find(is_monas);
        if monas.is_some_and(|active| active.requests > opened[0].requests) {
            break;
        }
    }
    mona.close().await;
    let closed = hear!(events, AdminEvent::SessionClosed(told) => told.connections);
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
    let gone = hear!(events, AdminEvent::ProductRemoved(told) => told.products);
    assert_eq!(gone.await, [product]);
    let entry = hear!(events, AdminEvent::AuditEntry(told) => told.entries);
    assert_eq!(entry.await[0].action, AuditAction::RemoveProduct);
    let suspended = ask(
        &ops,
        Suspend {
            reason: "fraud".into(),
            username: "mona".into(),
        },
    );
    suspended.await.unwrap();
    let hidden = hear!(events, AdminEvent::ProductRemoved(told) => told.products);
    assert_eq!(hidden.await, [other]);
    let changed = hear!(events, AdminEvent::UserChanged(told) => told.users);
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
    let entries = heard(&mut events, |event| {
        let is_of_before = matches!(
            event,
            AdminEvent::UserRegistered(_) | AdminEvent::SessionOpened(_)
        );
        assert!(!is_of_before, "{event:?}");
        if let AdminEvent::AuditEntry(told) = event {
            Some(told.entries)
        } else {
            None
        }
    });
    let entries = entries.await;
    assert_eq!(entries[0].text.as_deref(), Some("Open again."));
    server.stop().await;
}
