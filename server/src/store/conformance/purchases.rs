//! Buying, one at a time: every outcome, and which comes first.

use std::sync::Arc;

use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Confirmation;

use super::Market;
use super::market::{NOW, again, usd};
use crate::store::StoreError;
use crate::store::purchases::{NewPurchase, PurchaseOutcome};

fn confirmed(confirmation: &Confirmation) -> PurchaseOutcome {
    PurchaseOutcome::Confirmed(confirmation.clone())
}

pub(crate) async fn a_collection_place_keeps_its_number(mut market: Market) {
    let place = Arc::clone(&market.place);
    assert_eq!((&*place.name, &*place.hours), ("West Gate", "8-16"));
    let other = market.store.collection_place("West Gate", "9-12").await;
    let other = other.unwrap();
    assert_ne!(other.id, place.id);
    market.reopen().await;
    for expected in [place, other] {
        let found = market
            .store
            .collection_place(&expected.name, &expected.hours)
            .await;
        assert_eq!(found.unwrap(), expected);
    }
}

pub(crate) async fn a_purchase_is_confirmed_with_what_it_proposed(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let purchase = market.purchase(omar, product, 500);
    assert_eq!(market.store.refusal(&purchase).await.unwrap(), None);
    assert!(market.catalog.contains(product), "asking is not buying");

    let outcome = market.buy(purchase.clone()).await;
    let expected = Confirmation {
        code: purchase.code.as_str().into(),
        price: usd(500),
        product,
        sold_at: NOW,
        purchase: purchase.key,
        collect_at: "West Gate".into(),
        collect_on: "2026-03-02".into(),
        collect_hours: "8-16".into(),
    };
    assert_eq!(outcome, PurchaseOutcome::Confirmed(expected));
}

pub(crate) async fn a_repetition_is_confirmed_as_the_first_time(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let purchase = market.purchase(omar, product, 500);
    let first = market.buy(purchase.clone()).await;
    assert_eq!(first, confirmed(&purchase.confirmation()));
    assert_eq!(market.refused(&again(&purchase)).await, first);

    // Not even new hours of the place change what was promised.
    market.reopen().await;
    let moved = market.store.collection_place("East Gate", "9-12").await;
    let repetition = NewPurchase {
        place: moved.unwrap(),
        ..again(&purchase)
    };
    assert_eq!(market.refused(&repetition).await, first);
    assert_eq!(market.refused(&purchase).await, first);
}

pub(crate) async fn a_repetition_is_told_every_letter_and_every_byte(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let name = "\"West\" Gate \\ {[,]} \n \u{0} بوّابة 🏺";
    let place = market.store.collection_place(name, "8–16, 'Mo'").await;
    let place = place.unwrap();
    for key in [Key([0; 16]), Key([0xff; 16]), Key([b'"'; 16])] {
        let product = market.sell(mona, 500).await;
        let purchase = NewPurchase {
            key,
            place: Arc::clone(&place),
            ..market.purchase(omar, product, 500)
        };
        let expected = confirmed(&purchase.confirmation());
        assert_eq!(market.buy(purchase.clone()).await, expected);
        assert_eq!(market.refused(&again(&purchase)).await, expected);
        assert_eq!(market.buy(again(&purchase)).await, expected);
    }
}

pub(crate) async fn a_key_that_bought_something_else_is_a_conflict(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let other = market.sell(mona, 500).await;
    let own = market.sell(omar, 500).await;
    let purchase = market.purchase(omar, product, 500);
    let first = market.buy(purchase.clone()).await;
    // The key is looked at before everything else, even before whether there is such a product.
    for product in [other, own, ProductId(99)] {
        let conflict = NewPurchase {
            product,
            ..again(&purchase)
        };
        assert_eq!(
            market.refused(&conflict).await,
            PurchaseOutcome::KeyConflict
        );
    }
    let other_price = NewPurchase {
        price: usd(501),
        ..again(&purchase)
    };
    let outcome = market.refused(&other_price).await;
    assert_eq!(outcome, PurchaseOutcome::KeyConflict);
    assert!(market.catalog.contains(other) && market.catalog.contains(own));
    assert_eq!(market.refused(&again(&purchase)).await, first);
}

pub(crate) async fn a_key_belongs_to_its_buyer(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let products = [market.sell(mona, 500).await, market.sell(mona, 600).await];
    let of_omar = market.purchase(omar, products[0], 500);
    market.buy(of_omar.clone()).await;
    let theirs = NewPurchase {
        buyer: rima,
        ..of_omar.clone()
    };
    let outcome = market.refused(&theirs).await;
    assert_eq!(outcome, PurchaseOutcome::AlreadySold { yours: false });
    let of_rima = NewPurchase {
        key: of_omar.key,
        ..market.purchase(rima, products[1], 600)
    };
    let outcome = market.buy(of_rima.clone()).await;
    assert_eq!(outcome, confirmed(&of_rima.confirmation()));
    for purchase in [of_omar, of_rima] {
        let outcome = market.refused(&again(&purchase)).await;
        assert_eq!(outcome, confirmed(&purchase.confirmation()));
    }
}

pub(crate) async fn a_key_that_was_refused_can_be_used_again(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let hasty = market.purchase(omar, product, 400);
    let outcome = market.refused(&hasty).await;
    assert_eq!(outcome, PurchaseOutcome::PriceChanged(usd(500)));
    let informed = NewPurchase {
        price: usd(500),
        ..again(&hasty)
    };
    let outcome = market.buy(informed.clone()).await;
    assert_eq!(outcome, confirmed(&informed.confirmation()));
}

pub(crate) async fn the_second_buyer_of_a_product_is_refused(mut market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let product = market.sell(mona, 500).await;
    let purchase = market.purchase(omar, product, 500);
    market.buy(purchase.clone()).await;
    for _ in 0..2 {
        for (buyer, yours) in [(omar, true), (rima, false)] {
            let second = market.purchase(buyer, product, 500);
            let outcome = market.refused(&second).await;
            assert_eq!(outcome, PurchaseOutcome::AlreadySold { yours });
        }
        let outcome = market.refused(&again(&purchase)).await;
        assert_eq!(outcome, confirmed(&purchase.confirmation()));
        market.reopen().await;
    }
}

pub(crate) async fn a_product_that_never_was_is_not_found(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let last = market.sell(mona, 500).await.0;
    for id in [0, last + 1] {
        let purchase = market.purchase(omar, ProductId(id), 500);
        assert_eq!(market.refused(&purchase).await, PurchaseOutcome::NotFound);
    }
}

pub(crate) async fn a_withdrawn_product_is_not_sold(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    market.withdraw(product).await;
    let purchase = market.purchase(omar, product, 500);
    for _ in 0..2 {
        assert_eq!(market.refused(&purchase).await, PurchaseOutcome::Withdrawn);
    }
}

pub(crate) async fn the_owner_cannot_buy(market: Market) {
    let mona = market.user("mona").await;
    let product = market.sell(mona, 500).await;
    let purchase = market.purchase(mona, product, 500);
    assert_eq!(market.refused(&purchase).await, PurchaseOutcome::OwnProduct);
    assert!(market.catalog.contains(product));
}

pub(crate) async fn a_price_that_has_changed_is_named_and_nothing_is_sold(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    for price in [0, 499, 501, u64::MAX] {
        let purchase = market.purchase(omar, product, price);
        let outcome = market.refused(&purchase).await;
        assert_eq!(outcome, PurchaseOutcome::PriceChanged(usd(500)));
        assert!(market.catalog.contains(product));
    }
    let none = market.store.purchases(omar, None, 10).await.unwrap();
    assert_eq!((none.items, none.next), (vec![], None));
}

pub(crate) async fn a_refusal_names_what_cannot_change_before_what_can(mut market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let sold = market.sell(mona, 500).await;
    let withdrawn = market.sell(mona, 500).await;
    market.buy(market.purchase(omar, sold, 500)).await;
    market.withdraw(withdrawn).await;
    market.withdraw(sold).await;

    let own = PurchaseOutcome::OwnProduct;
    let sold_to = |yours| PurchaseOutcome::AlreadySold { yours };
    for (buyer, product, price, expected) in [
        // Sold, withdrawn, and at another price: own comes first, then sold, then withdrawn.
        (mona, sold, 499, own.clone()),
        (mona, withdrawn, 499, own),
        (omar, sold, 499, sold_to(true)),
        (rima, sold, 499, sold_to(false)),
        (rima, withdrawn, 499, PurchaseOutcome::Withdrawn),
    ] {
        let purchase = market.purchase(buyer, product, price);
        assert_eq!(market.refused(&purchase).await, expected);
    }
}

pub(crate) async fn the_largest_numbers_are_refused_as_any_other(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    for id in [u64::MAX, u64::MAX - 1, 1 << 63, i64::MAX as u64, 1 << 53] {
        let purchase = market.purchase(omar, ProductId(id), u64::MAX);
        assert_eq!(market.refused(&purchase).await, PurchaseOutcome::NotFound);
    }
    for key in [[0; 16], [0xff; 16]] {
        let product = market.sell(mona, 500).await;
        let purchase = NewPurchase {
            key: Key(key),
            ..market.purchase(omar, product, 500)
        };
        let outcome = market.buy(purchase.clone()).await;
        assert_eq!(outcome, confirmed(&purchase.confirmation()));
        assert_eq!(market.refused(&again(&purchase)).await, outcome);
    }
    // A buyer who does not exist cannot buy, and spoils nothing.
    let nobody = market.purchase(crate::store::UserId(i64::MAX), product, 500);
    let outcome = market.store.buy(nobody).await;
    assert!(matches!(outcome, Err(StoreError::Failed(_))), "{outcome:?}");
    assert!(market.catalog.contains(product));
}
