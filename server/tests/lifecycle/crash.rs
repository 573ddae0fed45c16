//! A server that is killed loses nothing that it confirmed, and a retry gets the same answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use auboutique_client::Client;
use auboutique_protocol::accounts::LoggedIn;
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::{Buy, Confirmation, MyPurchases, MySales, OwnProductState};
use tokio::sync::mpsc;

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, sell, usd};
use crate::process::Process;

fn buy(product: ProductId) -> Buy {
    Buy {
        key: Key::now(),
        price: usd(1250),
        product,
    }
}

/// Asks until the seller sees the product as sold: then the purchase is committed.
async fn wait_until_sold(seller: &Client, product: ProductId) {
    for _ in 0..100_000 {
        let page = seller.call(&MySales::default()).await.unwrap();
        let own = page.products.iter().find(|own| own.id == product).unwrap();
        if matches!(own.state, OwnProductState::Sold(_)) {
            return;
        }
    }
    panic!("the product is never sold");
}

/// Sends a purchase and returns the encoded confirmation.
async fn confirmed(client: &mut RawClient, request: &Buy) -> Vec<u8> {
    client.request(1, request).await;
    let answer = client.receive().await;
    let Received::Ok { id: 1, reply } = answer else {
        panic!("{answer:?}")
    };
    reply
}

#[tokio::test]
async fn a_purchase_committed_and_not_answered_is_confirmed_to_the_retry_with_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start(&data_dir);
    let mona = server.user("mona").await;
    server.user("omar").await;
    let product = sell(&mona, "Calculus", 1250).await;
    let request = buy(product);
    let mut omar = server.raw().await;
    omar.log_in("omar").await;
    omar.request(1, &request).await;
    wait_until_sold(&mona, product).await;
    // Killed with the answer on its way or unsent; nobody has read it.
    server.kill();
    drop(omar);

    let mut answers = BTreeSet::new();
    for _ in 0..2 {
        let server = Process::start(&data_dir);
        let mut omar = server.raw().await;
        omar.log_in("omar").await;
        for _ in 0..2 {
            answers.insert(confirmed(&mut omar, &request).await);
        }
        server.kill();
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    let confirmation: Confirmation = codec::decode(answers.first().unwrap()).unwrap();
    assert_eq!(confirmation.purchase, request.key);
    assert_eq!(confirmation.product, product);

    let server = Process::start(&data_dir);
    let omar = server.login("omar").await;
    let purchases = omar.call(&MyPurchases::default()).await.unwrap().purchases;
    assert_eq!(purchases.len(), 1);
    assert_eq!(purchases[0].confirmation, confirmation);
    server.stop();
}

/// Buys these products one after the other until the server is gone. Reports each confirmation and
/// returns the purchase of which nobody knows what became of it.
async fn buy_until_cut_off(
    client: Client,
    products: Vec<ProductId>,
    confirmations: mpsc::Sender<(Buy, Vec<u8>)>,
) -> Option<Buy> {
    for product in products {
        let request = buy(product);
        match client.call_raw(&request).await {
            Ok(reply) => confirmations.send((request, reply)).await.unwrap(),
            Err(_) => return Some(request),
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_a_stream_of_purchases_has_lost_none_that_it_confirmed() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let mut server = Process::start(&data_dir);
    server.user("mona").await;
    server.user("omar").await;
    let mut kept: Vec<(Buy, Vec<u8>)> = Vec::new();
    for kill_after in [3, 11, 28] {
        let mona = server.login("mona").await;
        let mut products = Vec::new();
        for number in 0..50 {
            products.push(sell(&mona, &format!("Book {number}"), 1250).await);
        }
        let (send, mut confirmations) = mpsc::channel(products.len());
        let omar = server.login("omar").await;
        let buying = tokio::spawn(buy_until_cut_off(omar, products, send));
        for _ in 0..kill_after {
            kept.push(confirmations.recv().await.unwrap());
        }
        // While the next purchases are being made.
        server.kill();
        let unknown = buying.await.unwrap();
        while let Some(confirmation) = confirmations.recv().await {
            kept.push(confirmation);
        }

        server = Process::start(&data_dir);
        let omar = server.login("omar").await;
        if let Some(request) = unknown {
            let reply = omar.call_raw(&request).await.unwrap();
            kept.push((request, reply));
        }
        for (request, reply) in &kept {
            assert_eq!(&omar.call_raw(request).await.unwrap(), reply);
        }
        assert_eq!(purchases_of(&omar).await, keys(&kept));
    }
    server.stop();
}

fn keys(purchases: &[(Buy, Vec<u8>)]) -> BTreeSet<Key> {
    purchases.iter().map(|(request, _)| request.key).collect()
}

async fn purchases_of(client: &Client) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let mut request = MyPurchases::default();
    loop {
        let page = client.call(&request).await.unwrap();
        for purchase in &page.purchases {
            assert!(keys.insert(purchase.confirmation.purchase), "listed twice");
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return keys,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[tokio::test]
async fn no_secret_is_logged_however_much_is_logged() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start_with(&data_dir, &[], &[("RUST_LOG", "trace")]);
    let mona = server.user("mona").await;
    let omar = server.user("omar").await;
    let request = buy(sell(&mona, "Calculus", 1250).await);
    omar.call(&request).await.unwrap();
    omar.call(&request).await.unwrap();
    let LoggedIn { token, .. } = server
        .anonymous()
        .await
        .login("mona", PASSWORD.into())
        .await
        .unwrap();
    server
        .anonymous()
        .await
        .resume(token.clone())
        .await
        .unwrap();
    let wrong = "wrong-lantern-orbit-marker";
    let anonymous = server.anonymous().await;
    assert!(anonymous.login("mona", wrong.into()).await.is_err());
    let mut server = server;
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    let log = server.log();
    assert!(
        log.contains("TRACE") && log.contains("logged in"),
        "it is a full log"
    );
    for (what, secret) in [
        ("a password", PASSWORD.to_owned()),
        ("a wrong password", wrong.to_owned()),
        ("a token", hex(&token.0)),
        ("a token as numbers", format!("{:?}", token.0)),
        ("a key", request.key.to_string()),
        ("a key in hexadecimal", hex(&request.key.0)),
        ("a key as numbers", format!("{:?}", request.key.0)),
    ] {
        assert!(!log.contains(&secret), "{what} stands in the log");
    }
}
