//! Pages of purchases and of own products: complete, in order, and steady while others write.

use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::purchases::{OwnProduct, OwnProductState, Purchase, SoldTo};

use super::Market;
use super::market::{NOW, usd};
use crate::store::UserId;
use crate::store::purchases::{NewPurchase, PurchaseOutcome, PurchasePosition};

/// Sells a product to a buyer at a moment.
async fn sold(market: &Market, seller: UserId, buyer: UserId, moment: u64) -> NewPurchase {
    let product = market.sell(seller, 500).await;
    let purchase = NewPurchase {
        sold_at: UnixMillis(moment),
        ..market.purchase(buyer, product, 500)
    };
    let outcome = market.buy(purchase.clone()).await;
    assert_eq!(outcome, PurchaseOutcome::Confirmed(purchase.confirmation()));
    purchase
}

fn product(purchase: &Purchase) -> ProductId {
    purchase.confirmation.product
}

/// The products of all pages of purchases, with something done between two pages.
async fn walk_purchases(
    market: &Market,
    buyer: UserId,
    limit: usize,
    mut between: impl AsyncFnMut(),
) -> Vec<ProductId> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = market.store.purchases(buyer, after, limit).await.unwrap();
        seen.extend(page.items.iter().map(product));
        let Some(next) = page.next else { return seen };
        assert_eq!(page.items.len(), limit, "only the last page is short");
        after = Some(next);
        between().await;
    }
}

/// As [`walk_purchases`], for a user's own products.
async fn walk_sales(
    market: &Market,
    owner: UserId,
    limit: usize,
    mut between: impl AsyncFnMut(),
) -> Vec<ProductId> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = market.store.sales(owner, after, limit).await.unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        let Some(next) = page.next else { return seen };
        assert_eq!(page.items.len(), limit, "only the last page is short");
        after = Some(next);
        between().await;
    }
}

pub(crate) async fn purchases_are_shown_last_first_with_their_confirmations(mut market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let mut purchases = vec![
        sold(&market, mona, omar, NOW.0).await,
        sold(&market, rima, omar, NOW.0 + 2).await,
        // Queued with a delay, so that an earlier moment is committed later.
        sold(&market, mona, omar, NOW.0 + 1).await,
    ];
    purchases.sort_by_key(|purchase| std::cmp::Reverse(purchase.sold_at));
    for _ in 0..2 {
        let page = market.store.purchases(omar, None, 10).await.unwrap();
        assert_eq!(page.next, None);
        assert_eq!(page.items.len(), 3);
        for ((item, purchase), seller) in page
            .items
            .iter()
            .zip(&purchases)
            .zip(["rima", "mona", "mona"])
        {
            assert_eq!(item.confirmation, purchase.confirmation());
            assert_eq!((&*item.name, &*item.seller), ("Book for 500", seller));
        }
        market.reopen().await;
    }
}

pub(crate) async fn purchases_of_one_moment_are_divided_between_pages(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut products = Vec::new();
    for _ in 0..7 {
        products.push(sold(&market, mona, omar, NOW.0).await.product);
    }
    products.reverse();
    for limit in 1..=8 {
        let seen = walk_purchases(&market, omar, limit, async || ()).await;
        assert_eq!(seen, products, "{limit}");
    }
}

pub(crate) async fn a_page_of_purchases_holds_its_limit_and_names_the_next(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let purchases = [
        sold(&market, mona, omar, NOW.0).await,
        sold(&market, mona, omar, NOW.0 + 1).await,
    ];
    let [first, last] = purchases.map(|purchase| PurchasePosition {
        sold_at: purchase.sold_at,
        product: purchase.product,
    });
    let end = PurchasePosition {
        sold_at: UnixMillis(0),
        product: ProductId(0),
    };
    let beginning = PurchasePosition {
        sold_at: UnixMillis(u64::MAX),
        product: ProductId(u64::MAX),
    };
    for (after, limit, items, next) in [
        (None, 1, 1, Some(last)),
        (None, 2, 2, None),
        (None, 3, 2, None),
        (Some(beginning), 1, 1, Some(last)),
        (Some(last), 1, 1, None),
        (Some(first), 1, 0, None),
        (Some(end), 1, 0, None),
    ] {
        let page = market.store.purchases(omar, after, limit).await.unwrap();
        assert_eq!((page.items.len(), page.next), (items, next), "{after:?}");
    }
}

pub(crate) async fn no_purchase_is_lost_or_doubled_while_others_are_made(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let mut expected = Vec::new();
    for moment in 0..9 {
        let purchase = sold(&market, mona, omar, NOW.0 + moment).await;
        expected.push(purchase.product);
    }
    expected.reverse();
    let mut moment = NOW.0 + 9;
    let seen = walk_purchases(&market, omar, 2, async || {
        sold(&market, mona, omar, moment).await;
        sold(&market, mona, rima, moment).await;
        moment += 1;
    })
    .await;
    assert_eq!(seen, expected);
    let all = walk_purchases(&market, omar, 50, async || ()).await;
    assert_eq!(all.len(), 9 + 4);
}

pub(crate) async fn own_products_are_shown_last_first_with_their_buyers(mut market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let for_sale = market.sell(mona, 300).await;
    let withdrawn = market.sell(mona, 400).await;
    let purchase = sold(&market, mona, omar, NOW.0 + 5).await;
    market.withdraw(withdrawn).await;
    let own = |id, price, state| OwnProduct {
        id,
        name: format!("Book for {price}"),
        price: usd(price),
        state,
        listed_at: NOW,
    };
    let to_omar = SoldTo {
        buyer: "omar".into(),
        sold_at: purchase.sold_at,
        buyer_name: "Name of omar".into(),
        collect_on: purchase.collect_on.clone(),
    };
    let expected = [
        own(purchase.product, 500, OwnProductState::Sold(to_omar)),
        own(withdrawn, 400, OwnProductState::Withdrawn(Nothing {})),
        own(for_sale, 300, OwnProductState::ForSale(Nothing {})),
    ];
    let page = market.store.sales(mona, None, 3).await.unwrap();
    assert_eq!((&page.items[..], page.next), (&expected[..], None));
}

pub(crate) async fn a_page_of_own_products_holds_its_limit_and_names_the_next(market: Market) {
    let mona = market.user("mona").await;
    let first = market.sell(mona, 300).await;
    let last = market.sell(mona, 400).await;
    for (after, limit, items, next) in [
        (None, 1, 1, Some(last)),
        (None, 2, 2, None),
        (None, 3, 2, None),
        (Some(ProductId(u64::MAX)), 1, 1, Some(last)),
        (Some(last), 1, 1, None),
        (Some(first), 1, 0, None),
        (Some(ProductId(0)), 1, 0, None),
    ] {
        let page = market.store.sales(mona, after, limit).await.unwrap();
        assert_eq!((page.items.len(), page.next), (items, next), "{after:?}");
    }
}

pub(crate) async fn no_own_product_is_lost_or_doubled_while_others_buy(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let mut expected = Vec::new();
    for _ in 0..9 {
        expected.push(market.sell(mona, 500).await);
    }
    let mut wanted = expected.clone().into_iter();
    expected.reverse();
    let seen = walk_sales(&market, mona, 2, async || {
        let product = wanted.next().expect("there are fewer pages than products");
        market.buy(market.purchase(omar, product, 500)).await;
        market.sell(mona, 500).await;
    })
    .await;
    assert_eq!(seen, expected);
    let all = walk_sales(&market, mona, 50, async || ()).await;
    assert_eq!(all.len(), 9 + 4);
}

pub(crate) async fn everybody_sees_what_is_theirs_alone(market: Market) {
    let [mona, omar, rima] = market.users(["mona", "omar", "rima"]).await;
    let of_omar = sold(&market, mona, omar, NOW.0).await.product;
    let of_rima = sold(&market, mona, rima, NOW.0).await.product;
    for (user, bought, sold) in [
        (mona, vec![], vec![of_rima, of_omar]),
        (omar, vec![of_omar], vec![]),
        (rima, vec![of_rima], vec![]),
        (UserId(99), vec![], vec![]),
    ] {
        let purchases = walk_purchases(&market, user, 1, async || ()).await;
        let sales = walk_sales(&market, user, 1, async || ()).await;
        assert_eq!((purchases, sales), (bought, sold), "{user:?}");
    }
}
