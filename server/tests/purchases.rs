//! Purchases over real TLS: once, safely repeated, and seen by both sides afterwards.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use auboutique_client::Client;
use auboutique_protocol::catalog::{ListProducts, ProductState, ShowProduct};
use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::{Buy, MyPurchases, MySales, OwnProductState};
use common::{PASSWORD, TestServer, refusal, registration, sell, usd};
use tokio::sync::Barrier;

fn buy(product: ProductId, minor: u64) -> Buy {
    Buy {
        key: Key::now(),
        price: usd(minor),
        product,
    }
}

#[tokio::test]
async fn a_purchase_is_confirmed_and_both_sides_see_it() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let product = sell(&mona, "Calculus", 1250).await;
    let request = buy(product, 1250);
    let confirmation = omar.call(&request).await.unwrap();
    assert_eq!(confirmation.purchase, request.key);
    assert_eq!(
        (confirmation.product, confirmation.price),
        (product, usd(1250))
    );
    assert_eq!(confirmation.collect_at, "AUB Post Office");
    assert_eq!(confirmation.code.len(), 8);

    let purchases = omar.call(&MyPurchases::default()).await.unwrap().purchases;
    assert_eq!(purchases.len(), 1);
    assert_eq!(
        (&*purchases[0].name, &*purchases[0].seller),
        ("Calculus", "mona")
    );
    assert_eq!(purchases[0].confirmation, confirmation);

    let sales = mona.call(&MySales::default()).await.unwrap().products;
    let OwnProductState::Sold(sold) = &sales[0].state else {
        panic!("{sales:?}")
    };
    assert_eq!(
        (&*sold.buyer, &*sold.buyer_name),
        ("omar", "omar of the tests")
    );
    assert_eq!(sold.collect_on, confirmation.collect_on);

    assert!(
        omar.call(&ListProducts::default())
            .await
            .unwrap()
            .products
            .is_empty()
    );
    let shown = omar.call(&ShowProduct { id: product }).await.unwrap();
    assert!(matches!(shown.state, ProductState::Sold(_)), "{shown:?}");
}

#[tokio::test]
async fn every_refusal_says_why() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let rima = server.user("rima").await;
    let sold = sell(&mona, "Sold", 500).await;
    let other = sell(&mona, "Other", 700).await;
    let request = buy(sold, 500);
    omar.call(&request).await.unwrap();

    let of = async |client: &Client, request: Buy| refusal(client.call(&request).await);
    assert_eq!(
        of(&rima, buy(sold, 500)).await,
        ErrorCode::AlreadySold(AlreadySold { yours: false })
    );
    assert_eq!(
        of(&omar, buy(sold, 500)).await,
        ErrorCode::AlreadySold(AlreadySold { yours: true })
    );
    assert_eq!(
        of(&mona, buy(other, 700)).await,
        ErrorCode::OwnProduct(Nothing {})
    );
    assert_eq!(
        of(&mona, buy(sold, 500)).await,
        ErrorCode::OwnProduct(Nothing {})
    );
    assert_eq!(
        of(&rima, buy(ProductId(999), 5)).await,
        ErrorCode::NotFound(Nothing {})
    );
    assert_eq!(
        of(&rima, buy(ProductId(u64::MAX), 5)).await,
        ErrorCode::NotFound(Nothing {})
    );
    let changed = ErrorCode::PriceChanged(PriceChanged { price: usd(700) });
    assert_eq!(of(&rima, buy(other, 699)).await, changed);
    let elsewhere = Buy {
        product: other,
        price: usd(700),
        ..request.clone()
    };
    assert_eq!(
        of(&omar, elsewhere).await,
        ErrorCode::KeyConflict(Nothing {})
    );
    let dearer = Buy {
        price: usd(501),
        ..request.clone()
    };
    assert_eq!(of(&omar, dearer).await, ErrorCode::KeyConflict(Nothing {}));
    for (minor, currency) in [
        (0, Currency::Usd),
        (u64::MAX, Currency::Usd),
        (700, Currency::Lbp),
    ] {
        let request = Buy {
            price: Money { minor, currency },
            ..buy(other, 700)
        };
        assert!(
            matches!(of(&rima, request).await, ErrorCode::InvalidField(_)),
            "{minor}"
        );
    }
    // Another buyer's key is nobody else's business.
    rima.call(&Buy {
        product: other,
        price: usd(700),
        ..request
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_repeated_purchase_gives_the_same_bytes_even_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let request = buy(sell(&mona, "Calculus", 1250).await, 1250);
    let first = omar.call_raw(&request).await.unwrap();
    assert_eq!(omar.call_raw(&request).await.unwrap(), first);
    server.stop().await;

    let server = TestServer::start_on(directory.path()).await;
    let omar = server.login("omar").await;
    assert_eq!(omar.call_raw(&request).await.unwrap(), first);
}

#[tokio::test]
async fn a_refused_key_can_be_used_again() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let request = buy(sell(&mona, "Calculus", 1250).await, 1000);
    assert!(matches!(
        refusal(omar.call(&request).await),
        ErrorCode::PriceChanged(_)
    ));
    omar.call(&Buy {
        price: usd(1250),
        ..request
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn pages_of_purchases_and_sales_hold_everything_once() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    for number in 0..7 {
        let product = sell(&mona, &format!("Book {number}"), 100).await;
        omar.call(&buy(product, 100)).await.unwrap();
    }
    let mut request = MyPurchases {
        limit: Some(3),
        cursor: None,
    };
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    loop {
        let page = omar.call(&request).await.unwrap();
        sizes.push(page.purchases.len());
        names.extend(page.purchases.into_iter().map(|purchase| purchase.name));
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(
        names,
        (0..7)
            .rev()
            .map(|number| format!("Book {number}"))
            .collect::<Vec<_>>()
    );

    let first = mona
        .call(&MySales {
            limit: Some(4),
            cursor: None,
        })
        .await
        .unwrap();
    let second = mona
        .call(&MySales {
            limit: Some(4),
            cursor: first.next,
        })
        .await
        .unwrap();
    assert_eq!(
        (first.products.len(), second.products.len(), second.next),
        (4, 3, None)
    );
}

/// Two hundred buyers, each on a connection of its own, race for a hundred products.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_racing_for_a_hundred_products_make_a_hundred_sales() {
    const BUYERS: usize = 200;
    const PRODUCTS: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let mona = server.user("mona").await;
    let mut products = Vec::new();
    for number in 0..PRODUCTS {
        products.push(sell(&mona, &format!("Item {number}"), 100).await);
    }
    let products = Arc::new(products);
    // A user may have eight connections: twenty-five users with eight each.
    let barrier = Arc::new(Barrier::new(BUYERS));
    let mut racers = tokio::task::JoinSet::new();
    for user in 0..BUYERS / 8 {
        let name = format!("buyer-{user}");
        let first = server.anonymous().await;
        first.call(&registration(&name)).await.unwrap();
        let token = first.login(&name, PASSWORD.into()).await.unwrap().token;
        let mut clients = vec![first];
        for _ in 1..8 {
            let client = server.anonymous().await;
            client.resume(token.clone()).await.unwrap();
            clients.push(client);
        }
        for client in clients {
            let (products, barrier) = (Arc::clone(&products), Arc::clone(&barrier));
            racers.spawn(async move { race(&client, &products, &barrier).await });
        }
    }
    let mut confirmed = Vec::new();
    while let Some(won) = racers.join_next().await {
        confirmed.extend(won.unwrap());
    }
    let distinct: BTreeSet<ProductId> = confirmed.iter().copied().collect();
    assert_eq!((confirmed.len(), distinct.len()), (PRODUCTS, PRODUCTS));
    assert!(
        mona.call(&ListProducts::default())
            .await
            .unwrap()
            .products
            .is_empty()
    );
    server.stop().await;

    // The database agrees, read by a server that knows nothing of the race.
    let server = TestServer::start_on(directory.path()).await;
    let mona = server.login("mona").await;
    let sales = mona
        .call(&MySales {
            limit: Some(100),
            cursor: None,
        })
        .await
        .unwrap();
    assert!(sales.next.is_none());
    let sold = |product: &auboutique_protocol::purchases::OwnProduct| {
        matches!(product.state, OwnProductState::Sold(_))
    };
    assert_eq!(
        sales
            .products
            .iter()
            .filter(|product| sold(product))
            .count(),
        PRODUCTS
    );
}

/// Tries to buy every product and returns those whose purchase was confirmed.
async fn race(client: &Client, products: &[ProductId], barrier: &Barrier) -> Vec<ProductId> {
    let mut won = Vec::new();
    barrier.wait().await;
    for product in products {
        match client.call(&buy(*product, 100)).await {
            Ok(confirmation) => won.push(confirmation.product),
            Err(error) => {
                let code = error.code().unwrap_or_else(|| panic!("{error:?}"));
                assert!(matches!(code, ErrorCode::AlreadySold(_)), "{code:?}");
            }
        }
    }
    won
}
