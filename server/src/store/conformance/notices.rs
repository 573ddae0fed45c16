//! What sellers are told of their sales, once.

use std::collections::BTreeSet;

use auboutique_protocol::event::YourProductSold;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

use super::Market;
use super::market::{NOW, usd};
use crate::store::UserId;
use crate::store::notices::SaleNotice;

async fn untold(market: &Market, seller: UserId, limit: usize) -> Vec<ProductId> {
    let untold = market.store.untold_sales(seller, limit).await.unwrap();
    untold
        .into_iter()
        .map(|notice| notice.sold.product)
        .collect()
}

async fn sold(market: &Market, seller: UserId, buyer: UserId, count: usize) -> Vec<ProductId> {
    let mut products = Vec::new();
    for _ in 0..count {
        let product = market.sell(seller, 500).await;
        market.buy(market.purchase(buyer, product, 500)).await;
        products.push(product);
    }
    products
}

pub(crate) async fn a_sale_is_untold_until_it_is_marked(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    assert!(untold(&market, mona, 10).await.is_empty(), "not sold yet");
    market.buy(market.purchase(omar, product, 500)).await;
    let notice = SaleNotice {
        seller: Username::parse("mona").unwrap(),
        sold: YourProductSold {
            name: market.store.product(product).await.unwrap().unwrap().name,
            buyer: "omar".into(),
            price: usd(500),
            product,
            sold_at: NOW,
            collect_on: "2026-03-02".into(),
        },
    };
    let told = market.store.untold_sales(mona, 10).await.unwrap();
    assert_eq!(told, [notice]);
    assert_eq!(market.store.sale_notices(&[product]).await.unwrap(), told);
    market.reopen().await;
    assert_eq!(untold(&market, mona, 10).await, [product]);
    market.store.mark_told(vec![product]).await.unwrap();
    assert!(untold(&market, mona, 10).await.is_empty());
    market.reopen().await;
    assert!(untold(&market, mona, 10).await.is_empty());
    // Whoever asks by the product is told all the same.
    assert_eq!(market.store.sale_notices(&[product]).await.unwrap(), told);
}

pub(crate) async fn sellers_are_told_of_their_own_sales_alone(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let of_mona = sold(&market, mona, omar, 2).await;
    let of_rima = sold(&market, rima, omar, 1).await;
    assert_eq!(untold(&market, mona, 10).await, of_mona);
    assert_eq!(untold(&market, rima, 10).await, of_rima);
    assert!(untold(&market, omar, 10).await.is_empty());
    market.store.mark_told(of_mona).await.unwrap();
    assert_eq!(untold(&market, rima, 10).await, of_rima);
}

pub(crate) async fn untold_sales_come_in_parts_until_all_are_told(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let expected: BTreeSet<ProductId> = sold(&market, mona, omar, 5).await.into_iter().collect();
    let mut told = BTreeSet::new();
    for size in [2, 2, 1, 0] {
        let part = untold(&market, mona, 2).await;
        assert_eq!(part.len(), size);
        told.extend(part.iter().copied());
        market.store.mark_told(part).await.unwrap();
    }
    assert_eq!(told, expected);
}

pub(crate) async fn what_was_not_sold_has_no_notice(market: Market) {
    let mona = market.user("mona").await;
    let product = market.sell(mona, 500).await;
    let asked = [product, ProductId(4_000)];
    assert!(market.store.sale_notices(&asked).await.unwrap().is_empty());
    assert!(market.store.sale_notices(&[]).await.unwrap().is_empty());
    market
        .store
        .mark_told(vec![ProductId(4_000)])
        .await
        .unwrap();
}
