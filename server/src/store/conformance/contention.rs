//! Buying all at once: one winner each, everybody answered, and the catalog never behind.

use std::collections::HashMap;
use std::sync::Arc;

use auboutique_protocol::purchases::OwnProductState;
use tokio::sync::Barrier;

use super::Market;
use super::market::{again, at_once};
use crate::store::purchases::{NewPurchase, PurchaseOutcome};

/// Makes all purchases from tasks of their own, which start together.
async fn buy_together(market: &Arc<Market>, purchases: &[NewPurchase]) -> Vec<PurchaseOutcome> {
    let start = Arc::new(Barrier::new(purchases.len()));
    let buy = |purchase: &NewPurchase| {
        let (market, start, purchase) = (Arc::clone(market), Arc::clone(&start), purchase.clone());
        tokio::spawn(async move {
            start.wait().await;
            // This compares the catalog with the answer at the moment of the answer.
            market.buy(purchase).await
        })
    };
    let tasks: Vec<_> = purchases.iter().map(buy).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Asserts one winner per product and that all others were refused as too late; afterwards every
/// repetition is answered as the first time.
async fn assert_one_winner_each(
    market: &Market,
    purchases: &[NewPurchase],
    outcomes: &[PurchaseOutcome],
) {
    let mut winners = HashMap::new();
    for (purchase, outcome) in purchases.iter().zip(outcomes) {
        if let PurchaseOutcome::Confirmed(confirmation) = outcome {
            assert_eq!(*confirmation, purchase.confirmation());
            let earlier = winners.insert(purchase.product, purchase.buyer);
            assert_eq!(earlier, None, "{} was sold twice", purchase.product);
        }
    }
    for (purchase, outcome) in purchases.iter().zip(outcomes) {
        let winner = *winners.get(&purchase.product).expect("somebody wins");
        if !matches!(outcome, PurchaseOutcome::Confirmed(_)) {
            let yours = winner == purchase.buyer;
            assert_eq!(*outcome, PurchaseOutcome::AlreadySold { yours });
        }
        assert_eq!(market.refused(&again(purchase)).await, *outcome);
    }
}

pub(crate) async fn of_many_buyers_of_one_product_one_wins(mut market: Market) {
    let mona = market.user("mona").await;
    let product = market.sell(mona, 500).await;
    let mut purchases = Vec::new();
    for number in 0..64 {
        let buyer = market.user(&format!("buyer-{number}")).await;
        purchases.push(market.purchase(buyer, product, 500));
    }
    let shared = Arc::new(market);
    let outcomes = buy_together(&shared, &purchases).await;
    market = Arc::into_inner(shared).expect("all tasks are over");
    assert_one_winner_each(&market, &purchases, &outcomes).await;
    market.reopen().await;
    assert_one_winner_each(&market, &purchases, &outcomes).await;
}

pub(crate) async fn many_purchases_of_many_products_have_one_winner_each(market: Market) {
    let mona = market.user("mona").await;
    let buyers = market.users(["omar", "rima", "sami", "tala"]).await;
    let mut products = Vec::new();
    for _ in 0..50 {
        products.push(market.sell(mona, 500).await);
    }
    // Neighbours want different products, and each product is wanted four times.
    let purchases: Vec<_> = (0..200)
        .map(|number| market.purchase(buyers[number / 50], products[number % 50], 500))
        .collect();
    let market = Arc::new(market);
    let outcomes = buy_together(&market, &purchases).await;
    assert_one_winner_each(&market, &purchases, &outcomes).await;
    assert_eq!(market.for_sale(), []);
}

pub(crate) async fn the_same_request_twice_in_flight_buys_once(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for _ in 0..20 {
        let product = market.sell(mona, 500).await;
        let purchase = market.purchase(omar, product, 500);
        let repetition = again(&purchase);
        let proposed = [purchase.confirmation(), repetition.confirmation()];
        let answers = at_once(vec![
            market.store.buy(purchase),
            market.store.buy(repetition),
        ])
        .await;
        let confirmations = answers.into_iter().map(|answer| match answer {
            Ok(PurchaseOutcome::Confirmed(confirmation)) => confirmation,
            other => panic!("not confirmed: {other:?}"),
        });
        let confirmations: Vec<_> = confirmations.collect();
        assert_eq!(confirmations[0], confirmations[1]);
        assert!(proposed.contains(&confirmations[0]));
        assert!(!market.catalog.contains(product));
    }
    let bought = market.store.purchases(omar, None, 100).await.unwrap();
    assert_eq!(bought.items.len(), 20);
}

pub(crate) async fn one_key_for_two_products_in_flight_buys_one(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let products = [market.sell(mona, 500).await, market.sell(mona, 500).await];
    let purchases = products.map(|product| market.purchase(omar, product, 500));
    let second = NewPurchase {
        key: purchases[0].key,
        ..purchases[1].clone()
    };
    let answers = at_once(vec![
        market.store.buy(purchases[0].clone()),
        market.store.buy(second),
    ])
    .await;
    let outcomes: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let confirmed = |outcome: &PurchaseOutcome| matches!(outcome, PurchaseOutcome::Confirmed(_));
    let winner = outcomes.iter().position(confirmed).expect("one wins");
    assert_eq!(outcomes[1 - winner], PurchaseOutcome::KeyConflict);
    let for_sale = products.map(|product| market.catalog.contains(product));
    assert_eq!((for_sale[winner], for_sale[1 - winner]), (false, true));
}

pub(crate) async fn pages_and_catalog_never_show_a_sold_product_for_sale(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut purchases = Vec::new();
    for _ in 0..40 {
        let product = market.sell(mona, 500).await;
        purchases.push(market.purchase(omar, product, 500));
    }
    let market = Arc::new(market);
    let reader = {
        let market = Arc::clone(&market);
        tokio::spawn(async move {
            loop {
                let sales = market.store.sales(mona, None, 100).await.unwrap().items;
                let sold = |state: &OwnProductState| matches!(state, OwnProductState::Sold(_));
                let sold: Vec<_> = sales.iter().filter(|item| sold(&item.state)).collect();
                for item in &sold {
                    assert!(!market.catalog.contains(item.id), "{} is sold", item.id);
                }
                if sold.len() == 40 {
                    return;
                }
            }
        })
    };
    for chunk in purchases.chunks(5) {
        buy_together(&market, chunk).await;
    }
    reader.await.unwrap();
    let bought = market.store.purchases(omar, None, 100).await.unwrap();
    assert_eq!(bought.items.len(), 40);
    assert_eq!(market.for_sale(), []);
}
