//! Leaving: a changed password, a deleted account, and data that is taken along.

use std::sync::Arc;

use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::purchases::OwnProductState;
use auboutique_protocol::text::Username;

use super::Market;
use super::market::{NOW, new_product};
use crate::auth::token::TokenDigest;
use crate::store::UserId;
use crate::store::accounts::{DELETED_EMAIL, DELETED_NAME, DeleteOutcome};
use crate::store::catalog::{SellOutcome, SellerUsage};
use crate::store::purchases::PurchaseOutcome;

/// A day after every collection of these tests.
const AFTERWARDS: &str = "2026-03-03";

fn token(number: u8) -> TokenDigest {
    TokenDigest::from_bytes([number; 32])
}

async fn log_in(market: &Market, user: UserId, password: &str, number: u8) -> bool {
    let opened = market
        .store
        .open_session(user, password, token(number), NOW);
    opened.await.unwrap()
}

async fn resumes(market: &Market, number: u8) -> bool {
    let found = market.store.resume_session(token(number), NOW).await;
    found.unwrap().is_some()
}

async fn delete(market: &Market, user: UserId, username: &str, today: &str) -> DeleteOutcome {
    let password = format!("PHC of {username}");
    let deleted = market.store.delete_user(user, &password, today, NOW);
    deleted.await.unwrap()
}

async fn is_known(market: &Market, username: &str) -> bool {
    let username = Username::parse(username).unwrap();
    let found = market.store.credentials(&username).await;
    found.unwrap().is_some()
}

pub(crate) async fn a_changed_password_ends_all_sessions_but_the_kept_one(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for (user, password, number) in [
        (mona, "PHC of mona", 1),
        (mona, "PHC of mona", 2),
        (omar, "PHC of omar", 3),
    ] {
        assert!(log_in(&market, user, password, number).await);
    }
    let change = |verified, new: &str, keep| {
        market
            .store
            .change_password(mona, verified, new.to_owned(), token(keep))
    };
    assert!(!change("another PHC", "stolen", 2).await.unwrap());
    assert!(resumes(&market, 1).await, "a refusal ends nothing");
    assert!(change("PHC of mona", "new PHC", 2).await.unwrap());
    let alive = [1, 2, 3].map(|number| resumes(&market, number));
    let [first, second, third] = alive;
    assert_eq!(
        [first.await, second.await, third.await],
        [false, true, true]
    );
    assert!(!change("PHC of mona", "late PHC", 1).await.unwrap());
    // Who verified the old password just before comes too late with it.
    assert!(!log_in(&market, mona, "PHC of mona", 4).await);
    assert!(!resumes(&market, 4).await);
    assert!(log_in(&market, mona, "new PHC", 4).await);
}

pub(crate) async fn a_deleted_account_leaves_no_trace_of_the_person(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let [sold, unsold] = [market.sell(mona, 500).await, market.sell(mona, 700).await];
    let kept = market.sell(omar, 900).await;
    market.buy(market.purchase(omar, sold, 500)).await;
    assert!(log_in(&market, mona, "PHC of mona", 1).await);

    let deleted = delete(&market, mona, "mona", AFTERWARDS).await;
    assert_eq!(deleted, DeleteOutcome::Deleted);
    assert!(!resumes(&market, 1).await);
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [kept], "withdrawn before the answer");
    market.reopen().await;
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [kept], "and after a restart");

    let alias = format!("deleted-{}", mona.0);
    for username in ["mona", &alias] {
        assert!(!is_known(&market, username).await, "{username}");
    }
    let product = market.store.product(unsold).await.unwrap().unwrap();
    assert_eq!(
        (product.owner_username.as_str(), product.owner_name.as_str()),
        (alias.as_str(), DELETED_NAME)
    );
    let purchases = market.store.purchases(omar, None, 10).await.unwrap();
    assert_eq!(purchases.items[0].seller, alias);
    assert!(!DELETED_EMAIL.contains("mona"));
    // The name is free; its new owner inherits nothing.
    let successor = market.user("mona").await;
    assert_ne!(successor, mona);
    let own = market.store.sales(successor, None, 10).await.unwrap();
    assert_eq!(own.items, []);
    assert!(!log_in(&market, mona, "PHC of mona", 2).await);
}

pub(crate) async fn a_seller_sees_that_the_buyer_has_left(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    market.buy(market.purchase(omar, product, 500)).await;
    assert_eq!(
        delete(&market, omar, "omar", AFTERWARDS).await,
        DeleteOutcome::Deleted
    );
    let sales = market.store.sales(mona, None, 10).await.unwrap();
    let OwnProductState::Sold(sold) = &sales.items[0].state else {
        panic!("{sales:?}");
    };
    assert_eq!(sold.buyer, format!("deleted-{}", omar.0));
    assert_eq!(sold.buyer_name, DELETED_NAME);
}

pub(crate) async fn an_account_stays_while_a_sale_awaits_its_collection(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let for_sale = market.sell(mona, 700).await;
    market.buy(market.purchase(omar, product, 500)).await;
    // The collection is on 2 March.
    let pending = DeleteOutcome::CollectionPending("2026-03-02".into());
    for today in ["2026-02-27", "2026-03-02"] {
        assert_eq!(delete(&market, mona, "mona", today).await, pending);
        assert_eq!(delete(&market, omar, "omar", today).await, pending);
    }
    assert!(
        market.catalog.contains(for_sale),
        "a refusal changes nothing"
    );
    assert!(is_known(&market, "mona").await);
    for (user, username) in [(mona, "mona"), (omar, "omar")] {
        let deleted = delete(&market, user, username, AFTERWARDS).await;
        assert_eq!(deleted, DeleteOutcome::Deleted);
    }
}

pub(crate) async fn an_account_is_deleted_once_and_by_its_password_of_now(market: Market) {
    let mona = market.user("mona").await;
    let outdated = market
        .store
        .delete_user(mona, "another PHC", AFTERWARDS, NOW);
    assert_eq!(outdated.await.unwrap(), DeleteOutcome::Outdated);
    assert!(is_known(&market, "mona").await);
    for expected in [DeleteOutcome::Deleted, DeleteOutcome::Outdated] {
        assert_eq!(delete(&market, mona, "mona", AFTERWARDS).await, expected);
    }
    let empty = market.store.delete_user(mona, "", AFTERWARDS, NOW).await;
    assert!(!matches!(empty, Ok(DeleteOutcome::Deleted)), "{empty:?}");
}

pub(crate) async fn who_has_left_neither_sells_nor_buys(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(omar, 500).await;
    assert_eq!(
        delete(&market, mona, "mona", AFTERWARDS).await,
        DeleteOutcome::Deleted
    );
    // As a connection does whose request was under way.
    let sold = market.store.sell(new_product(mona, 700)).await.unwrap();
    assert_eq!(sold, SellOutcome::OwnerGone);
    let purchase = market.purchase(mona, product, 500);
    assert_eq!(market.refused(&purchase).await, PurchaseOutcome::BuyerGone);
    let shown: Vec<_> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [product]);
}

pub(crate) async fn a_name_like_that_of_a_deleted_account_stays_its_owners(market: Market) {
    let mona = market.user("mona").await;
    let squatter = market.user(&format!("deleted-{}", mona.0)).await;
    let product = market.sell(mona, 500).await;
    assert_eq!(
        delete(&market, mona, "mona", AFTERWARDS).await,
        DeleteOutcome::Deleted
    );
    let record = market.store.product(product).await.unwrap().unwrap();
    assert_eq!(record.owner_username, format!("deleted-{}_", mona.0));
    assert_ne!(squatter, mona);
}

pub(crate) async fn a_purchase_and_a_deletion_at_once_leave_one_of_both(market: Market) {
    let market = Arc::new(market);
    let buyer = market.user("karim").await;
    let mut stood = [0; 2];
    for round in 0..40 {
        let username = format!("seller{round}");
        let seller = market.user(&username).await;
        let product = market.sell(seller, 500).await;
        let purchase = market.purchase(buyer, product, 500);
        let (one, other) = (Arc::clone(&market), Arc::clone(&market));
        let buying = tokio::spawn(async move { one.store.buy(purchase).await.unwrap() });
        let deleting =
            tokio::spawn(async move { delete(&other, seller, &username, "2026-02-27").await });
        let (bought, deleted) = (buying.await.unwrap(), deleting.await.unwrap());
        match (&bought, &deleted) {
            (PurchaseOutcome::Confirmed(_), DeleteOutcome::CollectionPending(_)) => stood[0] += 1,
            (PurchaseOutcome::Withdrawn, DeleteOutcome::Deleted) => stood[1] += 1,
            both => panic!("{both:?}"),
        }
        assert!(!market.catalog.contains(product));
    }
    assert_eq!(stood[0] + stood[1], 40);
}

pub(crate) async fn an_export_has_every_own_product_with_all_its_fields(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut products = Vec::new();
    for price in 1..=5 {
        products.push(market.sell(mona, price).await);
    }
    market.sell(omar, 9).await;
    market.buy(market.purchase(omar, products[2], 3)).await;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = market.store.own_products(mona, after, 2).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids: Vec<ProductId> = found.iter().rev().map(|product| product.id).collect();
    assert_eq!(ids, products);
    assert!(matches!(&found[2].state, OwnProductState::Sold(sold) if sold.buyer == "omar"));
    assert_eq!(found[0].description, "Read twice.");
    assert_eq!((&*found[0].category, found[0].picture), ("textbooks", None));
    assert_eq!(found[0].listed_at, UnixMillis(NOW.0));
    let usage = market.store.seller_usage(mona).await.unwrap();
    let expected = SellerUsage {
        products: 4,
        picture_bytes: 0,
    };
    assert_eq!(usage, expected);
}
