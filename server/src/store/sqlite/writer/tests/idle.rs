//! The idle writer: what is gone gets closed, and nothing else.

use std::time::{Duration, Instant};

use sqlx::{Row as _, SqliteConnection};

use super::super::super::catalog::{close as close_products, gone};
use super::*;

/// Far longer than closing takes, so that a writer that never tidies up fails the test.
const CLOSED_WITHIN: Duration = Duration::from_secs(20);

async fn numbers(connection: &mut SqliteConnection, query: &'static str) -> Vec<ProductId> {
    let rows = sqlx::query(query).fetch_all(connection).await.unwrap();
    rows.iter()
        .map(|row| ProductId(row.get::<i64, _>(0).unsigned_abs()))
        .collect()
}

const OPEN: &str = "SELECT id FROM products WHERE closed = 0 ORDER BY id";
const FOUND: &str =
    "SELECT rowid FROM product_texts WHERE product_texts MATCH 'book' ORDER BY rowid";

/// Polls the database until nothing that is gone is open. The writer needs no push, only peace.
async fn wait_until_closed(connection: &mut SqliteConnection) {
    let started = Instant::now();
    while !gone(connection, 1).await.unwrap().is_empty() {
        assert!(started.elapsed() < CLOSED_WITHIN, "nothing is closed");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_idle_writer_closes_what_was_sold_before_and_after_its_start() {
    let mut directory = Directory::create();
    let (market, _) = directory.market().await;
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut products = Vec::new();
    for _ in 0..5 {
        products.push(market.sell(mona, 500).await);
    }
    for product in &products[..2] {
        market.buy(market.purchase(omar, *product, 500)).await;
    }
    let mut beside = directory.connection().await;
    // The writers of tests wait for a day before they tidy up.
    assert_eq!(gone(&mut beside, 9).await.unwrap(), products[..2]);
    assert_eq!(numbers(&mut beside, FOUND).await, products);

    market.store.close().await;
    directory.idle = Duration::ZERO;
    let (idle, _) = directory.market().await;
    wait_until_closed(&mut beside).await;
    assert_eq!(numbers(&mut beside, OPEN).await, products[2..]);
    assert_eq!(numbers(&mut beside, FOUND).await, products[2..]);

    idle.buy(idle.purchase(omar, products[4], 500)).await;
    wait_until_closed(&mut beside).await;
    assert_eq!(numbers(&mut beside, OPEN).await, products[2..4]);
    assert_eq!(numbers(&mut beside, FOUND).await, products[2..4]);
    let shown: Vec<_> = idle.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, products[2..4]);
}

#[tokio::test]
async fn closing_changes_nothing_that_is_for_sale_and_nothing_that_members_see() {
    let bench = Bench::open().await;
    let [sold, stays] = bench.wanted().await;
    bench.market.buy(sold.clone()).await;
    let before = bench.market.store.product(sold.product).await.unwrap();
    let mut beside = bench.directory.connection().await;
    let everything = [sold.product, stays.product, ProductId(99)];
    for _ in 0..2 {
        close_products(&mut beside, &everything).await.unwrap();
        assert_eq!(numbers(&mut beside, OPEN).await, [stays.product]);
        assert_eq!(numbers(&mut beside, FOUND).await, [stays.product]);
    }
    let after = bench.market.store.product(sold.product).await.unwrap();
    assert_eq!(after, before);
    let again = bench.market.refused(&sold).await;
    assert_eq!(again, PurchaseOutcome::Confirmed(sold.confirmation()));
    assert_eq!(buy(&bench.store, &stays).await, Answer::Bought);
    bench.assert_catalog_is_the_databases().await;
}
