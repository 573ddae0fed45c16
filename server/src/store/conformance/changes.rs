//! Editing and withdrawing: by the owner, of what is for sale, and never beside a purchase.

use auboutique_protocol::catalog::ProductState;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::{Category, Description, ProductName};

use super::Market;
use super::market::{AMPLE, NOW, edit, listed, new_product, usd};
use crate::store::catalog::{Immutable, NewProduct, ProductEdit, SellOutcome, SellerQuota};
use crate::store::purchases::PurchaseOutcome;

const LATER: UnixMillis = UnixMillis(NOW.0 + 60_000);

pub(crate) async fn an_edit_changes_what_it_names_and_the_catalog_follows(mut market: Market) {
    let mona = market.user("mona").await;
    let [first, second] = [market.sell(mona, 500).await, market.sell(mona, 700).await];
    let before = market.store.product(first).await.unwrap().unwrap();
    let mut expected = before.clone();
    for change in [
        ProductEdit {
            price: Some(usd(900)),
            ..edit(mona, first)
        },
        ProductEdit {
            name: Some(ProductName::parse("Vase 'V' \"; --").unwrap()),
            category: Some(Category::parse("craftwork").unwrap()),
            ..edit(mona, first)
        },
        ProductEdit {
            description: Some(Description::parse("").unwrap()),
            ..edit(mona, first)
        },
    ] {
        if let Some(name) = &change.name {
            expected.name = name.to_string();
        }
        if let Some(category) = &change.category {
            expected.category = category.to_string();
        }
        if let Some(description) = &change.description {
            expected.description = description.to_string();
        }
        expected.price = change.price.unwrap_or(expected.price);
        let edited = market.store.edit(change).await.unwrap();
        assert_eq!(edited.as_ref(), Ok(&expected));
        let stored = market.store.product(first).await.unwrap().unwrap();
        assert_eq!(stored, expected);
        let shown = &market.for_sale()[0];
        assert_eq!(
            (shown.id, &shown.name, &shown.category, shown.price),
            (first, &expected.name, &expected.category, expected.price)
        );
        assert_eq!(shown.description, expected.description);
        assert_eq!(shown.listed_at, before.listed_at);
    }
    let followed = market.for_sale();
    assert_eq!(followed[1].id, second);
    market.reopen().await;
    assert_eq!(market.for_sale(), followed);
}

pub(crate) async fn an_edit_once_more_changes_nothing_more(market: Market) {
    let mona = market.user("mona").await;
    let product = market.sell(mona, 500).await;
    let change = ProductEdit {
        price: Some(usd(900)),
        ..edit(mona, product)
    };
    let once = market.store.edit(change.clone()).await.unwrap();
    let shown = market.for_sale();
    assert_eq!(market.store.edit(change).await.unwrap(), once);
    assert_eq!(market.for_sale(), shown);
}

pub(crate) async fn a_withdrawn_product_is_off_the_market_and_can_be_withdrawn_again(
    mut market: Market,
) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let [gone, stays] = [market.sell(mona, 500).await, market.sell(mona, 700).await];
    for _ in 0..2 {
        let withdrawn = market.store.withdraw(mona, gone, LATER).await.unwrap();
        assert_eq!(withdrawn, Ok(()));
        assert!(!market.catalog.contains(gone));
        let stored = market.store.product(gone).await.unwrap().unwrap();
        assert_eq!(stored.state, ProductState::Withdrawn(Nothing {}));
        let refused = market.refused(&market.purchase(omar, gone, 500)).await;
        assert_eq!(refused, PurchaseOutcome::Withdrawn);
        let own = market.store.sales(mona, None, 10).await.unwrap().items;
        assert_eq!(own.len(), 2);
        market.reopen().await;
    }
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [stays]);
}

pub(crate) async fn what_is_not_ones_own_or_not_for_sale_cannot_be_changed(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let [sold, withdrawn, other] = [
        market.sell(mona, 500).await,
        market.sell(mona, 500).await,
        market.sell(omar, 500).await,
    ];
    market.buy(market.purchase(omar, sold, 500)).await;
    let done = market.store.withdraw(mona, withdrawn, NOW).await.unwrap();
    assert_eq!(done, Ok(()));
    let shown = market.for_sale();
    for (product, edited, taken) in [
        (sold, Immutable::Sold, Err(Immutable::Sold)),
        (withdrawn, Immutable::Withdrawn, Ok(())),
        (other, Immutable::NotYours, Err(Immutable::NotYours)),
        (ProductId(99), Immutable::NotFound, Err(Immutable::NotFound)),
        (ProductId(0), Immutable::NotFound, Err(Immutable::NotFound)),
        (
            ProductId(u64::MAX),
            Immutable::NotFound,
            Err(Immutable::NotFound),
        ),
    ] {
        let before = market.store.product(product).await.unwrap();
        let change = ProductEdit {
            price: Some(usd(900)),
            ..edit(mona, product)
        };
        let outcome = market.store.edit(change).await.unwrap();
        assert_eq!(outcome, Err(edited), "{product}");
        let outcome = market.store.withdraw(mona, product, LATER).await.unwrap();
        assert_eq!(outcome, taken, "{product}");
        assert_eq!(market.store.product(product).await.unwrap(), before);
    }
    assert_eq!(market.for_sale(), shown);
}

pub(crate) async fn a_purchase_at_the_old_price_and_an_edit_never_both_succeed(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for round in 0..60 {
        let product = market.sell(mona, 500).await;
        let purchase = market.purchase(omar, product, 500);
        let change = ProductEdit {
            price: Some(usd(900)),
            ..edit(mona, product)
        };
        // Now the one is asked for first, now the other.
        let (edited, bought) = if round % 2 == 0 {
            tokio::join!(
                market.store.edit(change),
                market.store.buy(purchase.clone())
            )
        } else {
            let (bought, edited) = tokio::join!(
                market.store.buy(purchase.clone()),
                market.store.edit(change)
            );
            (edited, bought)
        };
        let (edited, bought) = (edited.unwrap(), bought.unwrap());
        let price = match &edited {
            Ok(record) => {
                assert_eq!(bought, PurchaseOutcome::PriceChanged(usd(900)));
                record.price
            }
            Err(refusal) => {
                assert_eq!(*refusal, Immutable::Sold);
                assert_eq!(bought, PurchaseOutcome::Confirmed(purchase.confirmation()));
                usd(500)
            }
        };
        let stored = market.store.product(product).await.unwrap().unwrap();
        assert_eq!(stored.price, price);
        assert_eq!(market.catalog.contains(product), edited.is_ok());
    }
}

pub(crate) async fn of_a_purchase_and_a_withdrawal_one_succeeds(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for _ in 0..30 {
        let product = market.sell(mona, 500).await;
        let purchase = market.purchase(omar, product, 500);
        let (bought, withdrawn) = tokio::join!(
            market.store.buy(purchase.clone()),
            market.store.withdraw(mona, product, LATER)
        );
        match (bought.unwrap(), withdrawn.unwrap()) {
            (PurchaseOutcome::Withdrawn, Ok(())) => {}
            (PurchaseOutcome::Confirmed(_), Err(refusal)) => {
                assert_eq!(refusal, Immutable::Sold);
            }
            both => panic!("{both:?}"),
        }
        assert!(!market.catalog.contains(product));
    }
}

pub(crate) async fn withdrawing_makes_room_in_the_quota(market: Market) {
    let mona = market.user("mona").await;
    let one = || NewProduct {
        quota: SellerQuota {
            products: 1,
            ..AMPLE
        },
        ..new_product(mona, 500)
    };
    let first = listed(&market.store.sell(one()).await.unwrap()).product;
    let refused = market.store.sell(one()).await.unwrap();
    assert_eq!(refused, SellOutcome::TooManyProducts);
    let withdrawn = market.store.withdraw(mona, first, LATER).await.unwrap();
    assert_eq!(withdrawn, Ok(()));
    listed(&market.store.sell(one()).await.unwrap());
}
