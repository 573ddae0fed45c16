//! What administrators look at and do: effect and audit come together, and others see it at once.

use auboutique_protocol::admin::{
    AuditAction, AuditEntry, ProductState, ProductStateName, SessionNumber, UserSort, UserState,
    UserStateName,
};
use auboutique_protocol::catalog;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::{AnnouncementText, Reason, SearchText, Username};

use super::Market;
use super::market::{NOW, edit, new_product, usd};
use crate::auth::token::TokenDigest;
use crate::store::UserId;
use crate::store::admin::{
    Act, AuditFilter, Impossible, Irremovable, ProductFilter, SaleFilter, SessionTarget, Span,
    UserQuery,
};
use crate::store::catalog::{Immutable, SellOutcome};
use crate::store::purchases::{NewPurchase, PurchaseOutcome};

fn name(username: &str) -> Username {
    Username::parse(username).unwrap()
}

fn reason(text: &str) -> Reason {
    Reason::parse(text).unwrap()
}

fn act() -> Act {
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

async fn audit(market: &Market) -> Vec<AuditEntry> {
    let filter = AuditFilter::default();
    let page = market.store.audit(&filter, None, 100).await.unwrap();
    page.items
}

async fn suspend(market: &Market, username: &str) {
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
    assert_eq!(audit(&market).await, [done.entry.clone()]);
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
            other => panic!("{other:?}"),
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

pub(crate) async fn users_are_listed_by_state_text_and_order_in_pages(market: Market) {
    let names = ["mona", "omar", "rima", "sami", "tala"];
    let [_, omar, ..] = market.users(names).await;
    suspend(&market, "rima").await;
    let product = market.sell(omar, 500).await;
    let query = |sort| UserQuery {
        text: None,
        state: None,
        sort,
        after: None,
        limit: 2,
    };
    for (sort, expected) in [
        (UserSort::Username, ["mona", "omar", "rima", "sami", "tala"]),
        (UserSort::Oldest, ["mona", "omar", "rima", "sami", "tala"]),
        (UserSort::Newest, ["tala", "sami", "rima", "omar", "mona"]),
    ] {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let query = UserQuery {
                after,
                ..query(sort)
            };
            let page = market.store.users(query).await.unwrap();
            assert!(page.items.len() <= 2);
            all.extend(page.items.into_iter().map(|user| user.username));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(all, expected);
    }
    let found = async |text: &str, state| {
        let query = UserQuery {
            text: Some(SearchText::parse(text).unwrap()),
            state,
            limit: 10,
            ..query(UserSort::Username)
        };
        let page = market.store.users(query).await.unwrap();
        let names = page.items.into_iter().map(|user| user.username);
        names.collect::<Vec<_>>()
    };
    assert_eq!(found("MA", None).await, ["omar", "rima"]);
    assert_eq!(found("of tala", None).await, ["tala"]);
    assert_eq!(found("sami@", None).await, ["sami"]);
    assert!(found("%", None).await.is_empty() && found("_", None).await.is_empty());
    let suspended = Some(UserStateName::Suspended);
    assert_eq!(found("i", suspended).await, ["rima"]);
    let detail = market.store.user_detail(&name("omar")).await.unwrap();
    let detail = detail.unwrap();
    assert_eq!((detail.products_for_sale, detail.products_sold), (1, 0));
    let rima = market.store.user_detail(&name("rima")).await.unwrap();
    assert!(matches!(rima.unwrap().state, UserState::Suspended(_)));
    let tala = market.user("other").await;
    market.buy(market.purchase(tala, product, 500)).await;
    let omar = market.store.user_detail(&name("omar")).await.unwrap();
    let omar = omar.unwrap();
    assert_eq!((omar.products_for_sale, omar.products_sold), (0, 1));
    assert_eq!((omar.revenue, omar.spent), (usd(500), usd(0)));
    let buyer = market.store.user_detail(&name("other")).await.unwrap();
    let buyer = buyer.unwrap();
    assert_eq!((buyer.purchases, buyer.spent), (1, usd(500)));
    assert_eq!(
        market.store.user_detail(&name("nobody")).await.unwrap(),
        None
    );
}

pub(crate) async fn sales_are_listed_by_every_filter_with_their_totals(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let mut products = Vec::new();
    for (at, seller, buyer, price) in [
        (1, mona, omar, 100),
        (2, mona, rima, 200),
        (2, omar, rima, 400),
        (3, rima, omar, 800),
    ] {
        let product = market.sell(seller, price).await;
        let purchase = NewPurchase {
            sold_at: UnixMillis(at),
            ..market.purchase(buyer, product, price)
        };
        market.buy(purchase).await;
        products.push(product);
    }
    let listed = async |filter: SaleFilter| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = market.store.all_sales(&filter, after, 1).await.unwrap();
            all.extend(page.items.iter().map(|sale| sale.price.minor));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let totals = market.store.sales_totals(&filter).await.unwrap();
        assert_eq!(totals.count, all.len() as u64);
        assert_eq!(totals.sum, usd(all.iter().sum()));
        all
    };
    let none = SaleFilter::default;
    assert_eq!(listed(none()).await, [800, 400, 200, 100]);
    let (from, to) = (Some(UnixMillis(2)), Some(UnixMillis(3)));
    assert_eq!(listed(SaleFilter { from, to, ..none() }).await, [400, 200]);
    let (seller, buyer) = (Some(name("mona")), Some(name("rima")));
    let both = SaleFilter {
        seller: seller.clone(),
        buyer: buyer.clone(),
        ..none()
    };
    assert_eq!(listed(SaleFilter { seller, ..none() }).await, [200, 100]);
    assert_eq!(listed(SaleFilter { buyer, ..none() }).await, [400, 200]);
    assert_eq!(listed(both).await, [200]);
    let product = Some(products[3]);
    assert_eq!(listed(SaleFilter { product, ..none() }).await, [800]);
    let seller = Some(name("nobody"));
    assert!(listed(SaleFilter { seller, ..none() }).await.is_empty());
    let sales = market.store.sales_of(&products[..2]).await.unwrap();
    assert_eq!(
        (sales[0].buyer.as_str(), sales[1].seller.as_str()),
        ("omar", "mona")
    );
    let span = |from, to| Span {
        from: UnixMillis(from),
        to: UnixMillis(to),
    };
    let spans = [span(0, 2), span(2, 4), span(4, 9)];
    let sums = market.store.sales_in(&spans);
    assert_eq!(
        sums.await.unwrap(),
        [(1, usd(100)), (3, usd(1400)), (0, usd(0))]
    );
    let tally = market.store.tally(UnixMillis(2)).await.unwrap();
    assert_eq!(
        (tally.users, tally.sales, tally.revenue_minor),
        (3, 3, 1400)
    );
}

pub(crate) async fn products_are_listed_in_every_state(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let mut products = Vec::new();
    for owner in [mona, mona, mona, omar, rima] {
        let price = 500 + products.len() as u64;
        products.push(market.sell(owner, price).await);
    }
    market.buy(market.purchase(omar, products[0], 500)).await;
    market
        .store
        .withdraw(mona, products[1], NOW)
        .await
        .unwrap()
        .unwrap();
    let removed = market
        .store
        .remove_product(act(), products[2], reason("no"));
    removed.await.unwrap().unwrap();
    suspend(&market, "omar").await;
    let listed = async |filter: ProductFilter| {
        let page = market.store.all_products(&filter, None, 100).await.unwrap();
        page.items
    };
    let all = listed(ProductFilter::default()).await;
    let expected: Vec<ProductId> = products.iter().rev().copied().collect();
    assert_eq!(
        all.iter().map(|product| product.id).collect::<Vec<_>>(),
        expected
    );
    assert!(matches!(&all[2].state, ProductState::Removed(removed) if removed.reason == "no"));
    assert!(matches!(&all[4].state, ProductState::Sold(sold) if sold.buyer == "omar"));
    for (state, id) in [
        (ProductStateName::ForSale, products[4]),
        (ProductStateName::Hidden, products[3]),
        (ProductStateName::Removed, products[2]),
        (ProductStateName::Withdrawn, products[1]),
        (ProductStateName::Sold, products[0]),
    ] {
        let filter = ProductFilter {
            state: Some(state),
            ..ProductFilter::default()
        };
        let found: Vec<_> = listed(filter)
            .await
            .iter()
            .map(|product| product.id)
            .collect();
        assert_eq!(found, [id], "{state}");
    }
    let filter = ProductFilter {
        text: Some(SearchText::parse("for 501").unwrap()),
        owner: Some(name("mona")),
        state: None,
    };
    assert_eq!(listed(filter.clone()).await[0].id, products[1]);
    let filter = ProductFilter {
        text: None,
        ..filter
    };
    let page = market.store.all_products(&filter, Some(products[2]), 1);
    let page = page.await.unwrap();
    assert_eq!(
        (page.items[0].id, page.next),
        (products[1], Some(products[1]))
    );
}

pub(crate) async fn the_audit_is_listed_by_who_and_to_whom(market: Market) {
    market.users(["mona", "omar"]).await;
    suspend(&market, "mona").await;
    let other = Act {
        actor: "second".into(),
        why: None,
        ..act()
    };
    let text = AnnouncementText::parse("Closed on Friday.").unwrap();
    let entry = market.store.announce(other, &text).await.unwrap();
    suspend(&market, "omar").await;
    let numbers = async |filter: AuditFilter, before| {
        let page = market.store.audit(&filter, before, 2).await.unwrap();
        let numbers = page.items.iter().map(|entry| entry.number);
        (numbers.collect::<Vec<_>>(), page.next)
    };
    let none = AuditFilter::default;
    assert_eq!(numbers(none(), None).await, (vec![3, 2], Some(2)));
    assert_eq!(numbers(none(), Some(2)).await, (vec![1], None));
    let actor = Some("second".to_owned());
    assert_eq!(numbers(AuditFilter { actor, ..none() }, None).await.0, [2]);
    let username = Some(name("omar"));
    assert_eq!(
        numbers(AuditFilter { username, ..none() }, None).await.0,
        [3]
    );
    assert_eq!(entry.text.as_deref(), Some("Closed on Friday."));
    assert_eq!(audit(&market).await[1], entry);
}
