//! Listing products: once per key, within the quota, and into the catalog.

use auboutique_protocol::catalog::{ProductState, ProductSummary, SoldAt};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{PictureHash, ProductId, UnixMillis};
use auboutique_protocol::text::{Category, Description, ProductName};

use super::Market;
use super::market::{AMPLE, NOW, at_once, listed, new_product, usd};
use crate::store::catalog::{NewPicture, NewProduct, ProductRecord, SellOutcome, SellerQuota};
use crate::store::purchases::PurchaseOutcome;
use crate::store::{StoreError, UserId};

const PICTURE: NewPicture = NewPicture {
    hash: PictureHash([3; 32]),
    bytes: 100,
};

/// A product with a quota that has room for these many products.
fn within(owner: UserId, products: u64) -> NewProduct {
    NewProduct {
        quota: SellerQuota { products, ..AMPLE },
        ..new_product(owner, 500)
    }
}

/// A product with a picture of these many bytes, with a quota of 100.
fn pictured(owner: UserId, bytes: u64) -> NewProduct {
    NewProduct {
        picture: (bytes > 0).then_some(NewPicture { bytes, ..PICTURE }),
        quota: SellerQuota {
            picture_bytes: 100,
            ..AMPLE
        },
        ..new_product(owner, 500)
    }
}

pub(crate) async fn a_listed_product_is_in_the_catalog_with_all_its_fields(mut market: Market) {
    let mona = market.user("mona").await;
    let product = NewProduct {
        name: ProductName::parse("Φυσική 'I' \"; --").unwrap(),
        description: Description::parse("Line one.\nLine two.").unwrap(),
        category: Category::parse("other").unwrap(),
        picture: Some(PICTURE),
        ..new_product(mona, 1_000_000_000)
    };
    let outcome = market.store.sell(product.clone()).await.unwrap();
    let reply = listed(&outcome);
    assert_eq!(reply.listed_at, NOW);
    let shown = ProductSummary {
        id: reply.product,
        name: product.name.clone().into(),
        owner: "mona".into(),
        price: product.price,
        picture: Some(PICTURE.hash),
        category: "other".into(),
        listed_at: NOW,
        description: "Line one. Line two.".into(),
    };
    assert_eq!(market.for_sale(), std::slice::from_ref(&shown));
    market.reopen().await;
    assert_eq!(market.for_sale(), [shown]);
    let record = market.store.product(reply.product).await.unwrap();
    assert_eq!(
        record,
        Some(ProductRecord {
            id: reply.product,
            owner_username: "mona".into(),
            owner_name: "Name of mona".into(),
            name: product.name.into(),
            description: "Line one.\nLine two.".into(),
            category: "other".into(),
            price: usd(1_000_000_000),
            picture: Some(PICTURE.hash),
            listed_at: NOW,
            state: ProductState::ForSale(Nothing {}),
        })
    );
}

pub(crate) async fn a_repeated_key_gives_the_first_reply_and_lists_nothing(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = new_product(mona, 500);
    let repetition = NewProduct {
        listed_at: UnixMillis(NOW.0 + 60_000),
        ..product.clone()
    };
    let first = market.store.sell(product).await.unwrap();
    let id = listed(&first).product;
    let second = market.store.sell(repetition.clone()).await.unwrap();
    assert_eq!(second, first);
    assert_eq!(market.for_sale().len(), 1);

    // Whatever becomes of the product, the reply stays.
    market.buy(market.purchase(omar, id, 500)).await;
    let sold = market.store.sell(repetition.clone()).await.unwrap();
    assert_eq!(sold, first);
    assert!(!market.catalog.contains(id), "a repetition lists it again");
    market.reopen().await;
    assert_eq!(market.store.sell(repetition).await.unwrap(), first);
    assert_eq!(market.for_sale(), []);
}

pub(crate) async fn a_repeated_key_is_answered_even_when_the_quota_is_full(market: Market) {
    let mona = market.user("mona").await;
    let product = within(mona, 1);
    let first = market.store.sell(product.clone()).await.unwrap();
    assert_eq!(market.store.sell(product).await.unwrap(), first);
    let fresh = market.store.sell(within(mona, 1)).await.unwrap();
    assert_eq!(fresh, SellOutcome::TooManyProducts);
}

pub(crate) async fn a_key_with_another_body_is_a_conflict(mut market: Market) {
    let mona = market.user("mona").await;
    let product = new_product(mona, 500);
    let other = NewProduct {
        digest: [8; 32],
        ..product.clone()
    };
    let first = market.store.sell(product.clone()).await.unwrap();
    for _ in 0..2 {
        let conflict = market.store.sell(other.clone()).await.unwrap();
        assert_eq!(conflict, SellOutcome::KeyConflict);
        assert_eq!(market.store.sell(product.clone()).await.unwrap(), first);
        assert_eq!(market.for_sale().len(), 1);
        market.reopen().await;
    }
}

pub(crate) async fn a_key_belongs_to_its_user(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let of_mona = new_product(mona, 500);
    let of_omar = NewProduct {
        owner: omar,
        digest: [8; 32],
        ..of_mona.clone()
    };
    let first = listed(&market.store.sell(of_mona).await.unwrap());
    let second = listed(&market.store.sell(of_omar).await.unwrap());
    assert_ne!(first.product, second.product);
    let owners: Vec<_> = market
        .for_sale()
        .into_iter()
        .map(|item| item.owner)
        .collect();
    assert_eq!(owners, ["mona", "omar"]);
}

pub(crate) async fn the_quota_of_products_counts_what_is_for_sale(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let none = market.store.sell(within(mona, 0)).await.unwrap();
    assert_eq!(none, SellOutcome::TooManyProducts);
    let first = listed(&market.store.sell(within(mona, 2)).await.unwrap()).product;
    let second = listed(&market.store.sell(within(mona, 2)).await.unwrap()).product;
    let refused = within(mona, 2);
    let full = market.store.sell(refused.clone()).await.unwrap();
    assert_eq!(full, SellOutcome::TooManyProducts);
    assert_eq!(market.for_sale().len(), 2);
    // Others have a quota of their own.
    listed(&market.store.sell(within(omar, 1)).await.unwrap());

    // A sale makes room, and a refused key made nothing and can be used again.
    market.buy(market.purchase(omar, first, 500)).await;
    listed(&market.store.sell(refused).await.unwrap());
    let full = market.store.sell(within(mona, 2)).await.unwrap();
    assert_eq!(full, SellOutcome::TooManyProducts);
    market.withdraw(second).await;
    listed(&market.store.sell(within(mona, 2)).await.unwrap());
}

pub(crate) async fn the_quota_of_picture_bytes_is_filled_to_the_last_byte(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let large = market.store.sell(pictured(mona, 101)).await.unwrap();
    assert_eq!(large, SellOutcome::TooManyPictureBytes);
    let first = listed(&market.store.sell(pictured(mona, 60)).await.unwrap()).product;
    let second = market.store.sell(pictured(mona, 41)).await.unwrap();
    assert_eq!(second, SellOutcome::TooManyPictureBytes);
    listed(&market.store.sell(pictured(mona, 40)).await.unwrap());
    let third = market.store.sell(pictured(mona, 1)).await.unwrap();
    assert_eq!(third, SellOutcome::TooManyPictureBytes);
    // Without a picture there is nothing to count, and others have a quota of their own.
    listed(&market.store.sell(pictured(mona, 0)).await.unwrap());
    listed(&market.store.sell(pictured(omar, 100)).await.unwrap());

    market.buy(market.purchase(omar, first, 500)).await;
    let too_much = market.store.sell(pictured(mona, 61)).await.unwrap();
    assert_eq!(too_much, SellOutcome::TooManyPictureBytes);
    listed(&market.store.sell(pictured(mona, 60)).await.unwrap());
}

pub(crate) async fn the_quota_is_kept_by_many_at_once(market: Market) {
    let mona = market.user("mona").await;
    let asked = (0..20)
        .map(|_| market.store.sell(within(mona, 7)))
        .collect();
    let outcomes = at_once(asked).await;
    let listed = |outcome: &&Result<SellOutcome, StoreError>| {
        matches!(outcome, Ok(SellOutcome::Listed { .. }))
    };
    assert_eq!(outcomes.iter().filter(listed).count(), 7);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(market.for_sale().len(), 7);
}

pub(crate) async fn a_product_is_shown_in_each_of_its_states(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let for_sale = market.sell(mona, 500).await;
    let sold = market.sell(mona, 500).await;
    let withdrawn = market.sell(mona, 500).await;
    let bought = market.buy(market.purchase(omar, sold, 500)).await;
    assert!(
        matches!(bought, PurchaseOutcome::Confirmed(_)),
        "{bought:?}"
    );
    market.withdraw(withdrawn).await;
    for (id, state) in [
        (for_sale, ProductState::ForSale(Nothing {})),
        (sold, ProductState::Sold(SoldAt { sold_at: NOW })),
        (withdrawn, ProductState::Withdrawn(Nothing {})),
    ] {
        let record = market.store.product(id).await.unwrap().unwrap();
        assert_eq!((record.id, record.state), (id, state));
    }
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [for_sale]);
}

pub(crate) async fn a_product_that_never_was_is_none(market: Market) {
    let mona = market.user("mona").await;
    let last = market.sell(mona, 500).await.0;
    for id in [0, last + 1, i64::MAX as u64, 1 << 63, u64::MAX] {
        let found = market.store.product(ProductId(id)).await.unwrap();
        assert_eq!(found, None, "{id}");
    }
}

pub(crate) async fn a_product_without_an_owner_is_not_listed(mut market: Market) {
    let mona = market.user("mona").await;
    let orphan = market.store.sell(new_product(UserId(99), 500)).await;
    assert!(matches!(orphan, Err(StoreError::Failed(_))), "{orphan:?}");
    assert_eq!(market.for_sale(), []);
    let product = market.sell(mona, 500).await;
    market.reopen().await;
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [product]);
}
