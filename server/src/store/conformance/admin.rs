//! What administrators do: effect and audit come together, and others see it at once.

use auboutique_protocol::admin::{AuditAction, AuditEntry, SessionNumber};
use auboutique_protocol::catalog;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::{Reason, Username};

use super::Market;
use super::market::{NOW, edit, new_product};
use crate::auth::token::TokenDigest;
use crate::store::UserId;
use crate::store::admin::{Act, AuditFilter, Impossible, Irremovable, SessionTarget};
use crate::store::catalog::{Immutable, SellOutcome};
use crate::store::purchases::{NewPurchase, PurchaseOutcome};

pub(super) fn name(username: &str) -> Username {
    Username::parse(username).unwrap()
}

pub(super) fn reason(text: &str) -> Reason {
    Reason::parse(text).unwrap()
}

pub(super) fn act() -> Act {
    Act {
        actor: "ops".into(),
        at: NOW,
        why: Some(reason("because")),
    }
}

fn token(first: u8) -> TokenDigest {
    TokenDigest::from_bytes([first; 32])
}

async fn log_in(market: &Market, user: UserId, username: &str, first: u8) -> bool {
    let verified = format!("PHC of {username}");
    let opened = market
        .store
        .open_session(user, &verified, token(first), NOW);
    opened.await.unwrap()
}

async fn is_logged_in(market: &Market, first: u8) -> bool {
    let resumed = market.store.resume_session(token(first), NOW).await;
    resumed.unwrap().is_some()
}

pub(super) async fn audit(market: &Market) -> Vec<AuditEntry> {
    let filter = AuditFilter::default();
    let page = market.store.audit(&filter, None, 100).await.unwrap();
    page.items
}

pub(super) async fn suspend(market: &Market, username: &str) {
    let done = market
        .store
        .suspend(act(), &name(username), reason("fraud"))
        .await;
    done.unwrap().unwrap();
}

pub(crate) async fn a_suspension_ends_sessions_hides_products_and_is_noted(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    market.sell(mona, 500).await;
    let other = market.sell(omar, 500).await;
    assert!(log_in(&market, mona, "mona", 1).await && log_in(&market, omar, "omar", 2).await);
    let done = market
        .store
        .suspend(act(), &name("mona"), reason("fraud"))
        .await;
    let done = done.unwrap().unwrap();
    assert_eq!((done.sessions, done.products, done.user), (1, 1, mona));
    assert!(!is_logged_in(&market, 1).await && is_logged_in(&market, 2).await);
    assert!(
        !log_in(&market, mona, "mona", 3).await,
        "not while suspended"
    );
    let credentials = market.store.credentials(&name("mona")).await.unwrap();
    assert_eq!(credentials.unwrap().suspended.as_deref(), Some("fraud"));
    let shown: Vec<ProductId> = market.for_sale().iter().map(|item| item.id).collect();
    assert_eq!(shown, [other]);
    assert_eq!(audit(&market).await, std::slice::from_ref(&done.entry));
    assert_eq!(done.entry.action, AuditAction::Suspend);
    assert_eq!(done.entry.why.as_deref(), Some("fraud"));
    assert_eq!(done.entry.username.as_deref(), Some("mona"));
}

pub(crate) async fn who_is_suspended_neither_sells_nor_buys_nor_changes(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let hidden = market.sell(mona, 500).await;
    let other = market.sell(omar, 700).await;
    suspend(&market, "mona").await;
    let refused = market.refused(&market.purchase(omar, hidden, 500)).await;
    assert_eq!(refused, PurchaseOutcome::Withdrawn);
    let purchase = market.purchase(mona, other, 700);
    assert_eq!(market.buy(purchase).await, PurchaseOutcome::BuyerGone);
    let sold = market.store.sell(new_product(mona, 5)).await.unwrap();
    assert_eq!(sold, SellOutcome::OwnerGone);
    let edited = market.store.edit(edit(mona, hidden)).await.unwrap();
    assert_eq!(edited, Err(Immutable::Withdrawn));
    let record = market.store.product(hidden).await.unwrap().unwrap();
    assert!(matches!(record.state, catalog::ProductState::Withdrawn(_)));
    // A start does not bring it back.
    market.reopen().await;
    assert_eq!(market.for_sale().len(), 1);
}

pub(crate) async fn a_reinstated_user_has_everything_back(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let before = market.for_sale();
    suspend(&market, "mona").await;
    assert!(market.for_sale().is_empty());
    let done = market.store.reinstate(act(), &name("mona")).await;
    let done = done.unwrap().unwrap();
    assert_eq!(done.products, 1);
    assert_eq!(market.for_sale(), before);
    assert!(log_in(&market, mona, "mona", 1).await);
    let bought = market.buy(market.purchase(omar, product, 500)).await;
    assert!(matches!(bought, PurchaseOutcome::Confirmed(_)));
    let actions: Vec<_> = audit(&market)
        .await
        .iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, [AuditAction::Reinstate, AuditAction::Suspend]);
}

pub(crate) async fn a_purchase_and_a_suspension_at_once_leave_one_of_both(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    for round in 0..20 {
        let product = market.sell(mona, 500).await;
        let purchase: NewPurchase = market.purchase(omar, product, 500);
        let mona = name("mona");
        let (bought, suspended) = tokio::join!(
            market.store.buy(purchase),
            market.store.suspend(act(), &mona, reason("fraud")),
        );
        let hidden = suspended.unwrap().unwrap().products;
        match bought.unwrap() {
            PurchaseOutcome::Confirmed(_) => assert_eq!(hidden, 0, "{round}"),
            PurchaseOutcome::Withdrawn => assert_eq!(hidden, 1, "{round}"),
            outcome @ (PurchaseOutcome::KeyConflict
            | PurchaseOutcome::NotFound
            | PurchaseOutcome::OwnProduct
            | PurchaseOutcome::AlreadySold { .. }
            | PurchaseOutcome::PriceChanged(_)
            | PurchaseOutcome::BuyerGone) => panic!("{outcome:?}"),
        }
        assert!(!market.catalog.contains(product));
        market.store.reinstate(act(), &mona).await.unwrap().unwrap();
        if market.catalog.contains(product) {
            let withdrawn = market.store.withdraw(UserId(1), product, NOW).await;
            withdrawn.unwrap().unwrap();
        }
    }
}

pub(crate) async fn what_cannot_be_done_is_refused_and_not_noted(market: Market) {
    let [mona] = market.users(["mona"]).await;
    let nobody = name("nobody");
    let (store, fraud) = (&market.store, reason("fraud"));
    let done = store.suspend(act(), &nobody, fraud.clone()).await.unwrap();
    assert_eq!(done.unwrap_err(), Impossible::NotFound);
    let done = store.reinstate(act(), &name("mona")).await.unwrap();
    assert_eq!(done.unwrap_err(), Impossible::NotSuspended);
    let removed = store
        .remove_product(act(), ProductId(9), fraud.clone())
        .await;
    assert_eq!(removed.unwrap().unwrap_err(), Irremovable::NotFound);
    assert!(audit(&market).await.is_empty());
    suspend(&market, "mona").await;
    let again = store.suspend(act(), &name("mona"), fraud).await.unwrap();
    assert_eq!(again.unwrap_err(), Impossible::AlreadySuspended);
    store
        .reinstate(act(), &name("mona"))
        .await
        .unwrap()
        .unwrap();
    let gone = store.delete_user(mona, "PHC of mona", "2026-01-01", NOW);
    gone.await.unwrap();
    let deleted = Username::parse("deleted-1").unwrap();
    let done = store.end_sessions(act(), &deleted).await.unwrap();
    assert_eq!(done.unwrap_err(), Impossible::Deleted);
    assert_eq!(audit(&market).await.len(), 2);
    // The audit keeps the number, and shows the name of now.
    assert_eq!(
        audit(&market).await[0].username.as_deref(),
        Some("deleted-1")
    );
}

pub(crate) async fn a_one_time_password_must_be_changed(market: Market) {
    let [mona] = market.users(["mona"]).await;
    log_in(&market, mona, "mona", 1).await;
    let done = market
        .store
        .reset_password(act(), &name("mona"), "PHC of once".into())
        .await;
    assert_eq!(done.unwrap().unwrap().sessions, 1);
    let credentials = market.store.credentials(&name("mona")).await.unwrap();
    let credentials = credentials.unwrap();
    assert_eq!(credentials.password, "PHC of once");
    assert!(credentials.user.must_change_password);
    assert!(log_in(&market, mona, "once", 2).await);
    let resumed = market.store.resume_session(token(2), NOW).await.unwrap();
    assert!(resumed.unwrap().must_change_password);
    let changed = market
        .store
        .change_password(mona, "PHC of once", "PHC of new".into(), token(2));
    assert!(changed.await.unwrap());
    let resumed = market.store.resume_session(token(2), NOW).await.unwrap();
    assert!(!resumed.unwrap().must_change_password);
}

pub(crate) async fn a_removed_product_is_gone_and_its_owner_is_told_once(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let (product, sold) = (market.sell(mona, 500).await, market.sell(mona, 600).await);
    market.buy(market.purchase(omar, sold, 600)).await;
    let removed = market
        .store
        .remove_product(act(), product, reason("no"))
        .await;
    let removed = removed.unwrap().unwrap();
    assert_eq!(removed.owner, name("mona"));
    assert_eq!(removed.entry.product, Some(product));
    assert!(!market.catalog.contains(product));
    let refused = market.refused(&market.purchase(omar, product, 500)).await;
    assert_eq!(refused, PurchaseOutcome::Withdrawn);
    for (id, refusal) in [(product, Irremovable::Withdrawn), (sold, Irremovable::Sold)] {
        let again = market.store.remove_product(act(), id, reason("no")).await;
        assert_eq!(again.unwrap().unwrap_err(), refusal);
    }
    let untold = market.store.untold_removals(mona, 10).await.unwrap();
    assert_eq!(untold, [removed.removal]);
    assert!(
        market
            .store
            .untold_removals(omar, 10)
            .await
            .unwrap()
            .is_empty()
    );
    market
        .store
        .mark_removals_told(vec![product])
        .await
        .unwrap();
    assert!(
        market
            .store
            .untold_removals(mona, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn sessions_are_ended_one_or_all(market: Market) {
    let [mona] = market.users(["mona"]).await;
    for first in [1, 2, 3] {
        log_in(&market, mona, "mona", first).await;
    }
    let target = SessionTarget {
        user: mona,
        token: token(2),
        number: SessionNumber(22),
    };
    let done = market.store.end_session(act(), target).await.unwrap();
    assert_eq!(
        (done.sessions, done.entry.session),
        (1, Some(SessionNumber(22)))
    );
    assert!(is_logged_in(&market, 1).await && !is_logged_in(&market, 2).await);
    let done = market.store.end_sessions(act(), &name("mona")).await;
    assert_eq!(done.unwrap().unwrap().sessions, 2);
    assert!(!is_logged_in(&market, 1).await);
    let sessions: Vec<_> = audit(&market)
        .await
        .iter()
        .map(|entry| entry.session)
        .collect();
    assert_eq!(sessions, [None, Some(SessionNumber(22))]);
}
