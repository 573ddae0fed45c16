//! A race that many watch: who buys, who watches, and what the database says afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use auboutique_client::{Client, Mirror};
use auboutique_protocol::error::{AlreadySold, ErrorCode};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::purchases::{MyPurchases, MySales, OwnProductState};
use futures_util::future::join_all;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::common::{TestServer, sell};
use crate::{PATIENCE, buy, for_sale, reprice};

const WATCHERS: usize = 300;
const BUYERS: usize = 200;
const RACED: usize = 100;
/// As many as one user may have.
const CONNECTIONS_EACH: usize = 8;
/// All come from one address, from which the throttle lets thirty try at once.
const LOGINS_AT_ONCE: usize = 10;

/// Two hundred buyers, twenty-five people with eight connections each, race for a hundred products,
/// while others are listed and change their price, and three hundred connections of thirty-eight
/// people watch. Every product goes to one buyer, everybody is told so, and every watcher ends with
/// what is truly for sale.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_watchers_of_a_race_of_two_hundred_end_with_the_true_catalog() {
    // All of them come from one address.
    let settings = "[limits.registration]\nsource_burst = 100\n";
    let server = TestServer::start_configured(settings).await;
    let mona = server.user("mona").await;
    let mut raced = Vec::new();
    for number in 0..RACED {
        raced.push(sell(&mona, &format!("Item {number}"), 100).await);
    }
    let kept = sell(&mona, "Kept", 100).await;
    let watchers = crowd(&server, "watcher", WATCHERS).await;
    let mirrors = join_all(
        watchers
            .into_iter()
            .map(|(_, client)| Mirror::start(client)),
    )
    .await;

    let (raced, barrier) = (Arc::new(raced), Arc::new(Barrier::new(BUYERS + 1)));
    let mut buyers = JoinSet::new();
    for (username, client) in crowd(&server, "buyer", BUYERS).await {
        let (raced, barrier) = (Arc::clone(&raced), Arc::clone(&barrier));
        buyers.spawn(async move { race(username, client, &raced, &barrier).await });
    }
    barrier.wait().await;
    for number in 0..20 {
        sell(&mona, &format!("New {number}"), 300).await;
        mona.call(&reprice(kept, 101 + number)).await.unwrap();
    }
    let buyers = buyers.join_all().await;
    let winners = winners(&buyers);
    assert!(winners.keys().eq(raced.iter()), "each product once");
    assert_losers_were_told_the_truth(&buyers, &winners);
    assert_eq!(sold(&mona).await, winners);
    for (username, client) in one_of_each(&buyers) {
        let bought = purchases(client).await;
        let won = winners.iter().filter(|(_, winner)| *winner == username);
        assert_eq!(bought, won.map(|(product, _)| *product).collect::<Vec<_>>());
    }

    let truth = Arc::new(for_sale(&mona).await);
    assert_eq!(truth.len(), 21);
    let mut watching = JoinSet::new();
    for mirror in mirrors {
        let (mut mirror, truth) = (mirror.unwrap(), Arc::clone(&truth));
        watching.spawn(async move {
            while !mirror.products().values().eq(truth.iter()) {
                mirror.next().await.unwrap().unwrap();
            }
        });
    }
    timeout(PATIENCE, watching.join_all()).await.unwrap();
}

/// So many connections, of as few people as may have them, each with its user's name.
async fn crowd(server: &TestServer, name: &str, connections: usize) -> Vec<(String, Client)> {
    let join = async |number: usize| {
        let username = format!("{name}-{number}");
        let count = CONNECTIONS_EACH.min(connections - number * CONNECTIONS_EACH);
        let clients = server.connections(&username, count).await.into_iter();
        let named = clients.map(|client| (username.clone(), client));
        named.collect::<Vec<_>>()
    };
    let people: Vec<_> = (0..connections.div_ceil(CONNECTIONS_EACH)).collect();
    let mut crowd = Vec::new();
    for together in people.chunks(LOGINS_AT_ONCE) {
        let joined = join_all(together.iter().map(|number| join(*number))).await;
        crowd.extend(joined.into_iter().flatten());
    }
    crowd
}

/// What a buyer was told of each product.
struct Raced {
    username: String,
    client: Client,
    won: Vec<ProductId>,
    lost: Vec<(ProductId, AlreadySold)>,
}

/// Tries to buy every product.
async fn race(
    username: String,
    client: Client,
    products: &[ProductId],
    barrier: &Barrier,
) -> Raced {
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    barrier.wait().await;
    for product in products {
        match client.call(&buy(*product, 100)).await {
            Ok(confirmation) => won.push(confirmation.product),
            Err(error) => match error.code() {
                Some(ErrorCode::AlreadySold(refusal)) => lost.push((*product, refusal.clone())),
                _ => panic!("{error:?}"),
            },
        }
    }
    Raced {
        username,
        client,
        won,
        lost,
    }
}

/// Who was told to have bought what; nobody was told so of what another was.
fn winners(buyers: &[Raced]) -> BTreeMap<ProductId, String> {
    let mut winners = BTreeMap::new();
    for buyer in buyers {
        for product in &buyer.won {
            let earlier = winners.insert(*product, buyer.username.clone());
            assert_eq!(earlier, None, "{product} was sold twice");
        }
    }
    winners
}

/// Whoever was refused was told whether the product is theirs, by another of their connections.
fn assert_losers_were_told_the_truth(buyers: &[Raced], winners: &BTreeMap<ProductId, String>) {
    let mut to_others = 0;
    for buyer in buyers {
        for (product, AlreadySold { yours }) in &buyer.lost {
            assert_eq!(*yours, winners[product] == buyer.username, "{product}");
            to_others += usize::from(!yours);
        }
    }
    // All people but one lose each product on all of their connections.
    assert_eq!(to_others, RACED * (BUYERS - CONNECTIONS_EACH));
}

/// One connection of each person.
fn one_of_each(buyers: &[Raced]) -> BTreeMap<&str, &Client> {
    let clients = buyers.iter();
    clients
        .map(|buyer| (&*buyer.username, &buyer.client))
        .collect()
}

/// Who bought what, as the database tells the seller.
async fn sold(seller: &Client) -> BTreeMap<ProductId, String> {
    let mut sold = BTreeMap::new();
    let mut request = MySales::default();
    loop {
        let page = seller.call(&request).await.unwrap();
        for product in page.products {
            if let OwnProductState::Sold(sale) = product.state {
                sold.insert(product.id, sale.buyer);
            }
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            return sold;
        }
    }
}

/// What the database tells a buyer, by id.
async fn purchases(buyer: &Client) -> Vec<ProductId> {
    let request = MyPurchases {
        limit: Some(100),
        cursor: None,
    };
    let page = buyer.call(&request).await.unwrap();
    assert_eq!(page.next, None, "nobody buys more than there is");
    let products = page.purchases.into_iter();
    let mut products: Vec<_> = products
        .map(|purchase| purchase.confirmation.product)
        .collect();
    products.sort_unstable();
    products
}
