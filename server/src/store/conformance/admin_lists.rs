//! What administrators look at, by every filter and in pages.

use auboutique_protocol::admin::{
    ProductState, ProductStateName, UserSort, UserState, UserStateName,
};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::{AnnouncementText, SearchText};

use super::Market;
use super::admin::{act, audit, name, reason, suspend};
use super::market::{NOW, usd};
use crate::store::admin::{Act, AuditFilter, ProductFilter, SaleFilter, Span, UserQuery};
use crate::store::purchases::NewPurchase;

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
