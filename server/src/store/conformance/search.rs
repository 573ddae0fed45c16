//! Searching: what is found, that nothing typed is an operator, and that it follows every change.

use auboutique_protocol::catalog::Sort;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::{Description, ProductName, SearchText};

use super::Market;
use super::market::{NOW, edit, listed, new_product};
use crate::catalog::{EncodedPage, Position, Query};
use crate::store::UserId;
use crate::store::accounts::DeleteOutcome;
use crate::store::catalog::{NewProduct, ProductEdit};

async fn offer(market: &Market, owner: UserId, name: &str, description: &str) -> ProductId {
    let product = NewProduct {
        name: ProductName::parse(name).unwrap(),
        description: Description::parse(description).unwrap(),
        ..new_product(owner, 500)
    };
    listed(&market.store.sell(product).await.unwrap()).product
}

async fn found(market: &Market, text: &str) -> Vec<ProductId> {
    let text = SearchText::parse(text).unwrap();
    market.store.search(&text, None, 1_000).await.unwrap()
}

/// A page of what is found, as a list shows it.
async fn page(market: &Market, text: &str, after: Option<Position>, limit: usize) -> EncodedPage {
    let before = match after {
        Some(Position::Time(id)) => Some(id),
        Some(Position::Price(..)) | None => None,
    };
    let text = SearchText::parse(text).unwrap();
    let found = market.store.search(&text, before, 1_000).await.unwrap();
    let query = Query {
        owner: None,
        category: None,
        prices: 0..=u64::MAX,
        sort: Sort::Newest,
        after,
        limit,
    };
    market.catalog.page_of(&found, &query)
}

pub(crate) async fn words_are_found_in_names_and_descriptions_in_any_case(market: Market) {
    let mona = market.user("mona").await;
    let calculus = offer(&market, mona, "Calculus", "By Stewart.\nHardly used.").await;
    let cafe = offer(&market, mona, "Café table", "For two").await;
    let arabic = offer(&market, mona, "مقدمة ابن خلدون", "كتاب").await;
    for (text, expected) in [
        ("calculus", calculus),
        ("CALCULUS", calculus),
        ("hardly used", calculus),
        ("stewart calculus", calculus),
        ("CAFE", cafe),
        ("cafe\u{301} two", cafe),
        ("خلدون", arabic),
        ("كتاب مقدمة", arabic),
    ] {
        assert_eq!(found(&market, text).await, [expected], "{text}");
    }
    assert_eq!(found(&market, "weapons").await, []);
}

pub(crate) async fn the_last_word_may_be_a_beginning_and_no_other(market: Market) {
    let mona = market.user("mona").await;
    let atlas = offer(&market, mona, "Atlas of anatomy", "").await;
    for text in ["a", "at", "atl", "atlas", "atlas a", "anatomy atl"] {
        assert_eq!(found(&market, text).await, [atlas], "{text}");
    }
    for text in ["tlas", "atl anatomy", "atlases", "ana atlas"] {
        assert_eq!(found(&market, text).await, [], "{text}");
    }
}

pub(crate) async fn every_word_must_occur(market: Market) {
    let mona = market.user("mona").await;
    let both = offer(&market, mona, "Red lamp", "Bright").await;
    let one = offer(&market, mona, "Red vase", "").await;
    assert_eq!(found(&market, "red").await, [one, both]);
    assert_eq!(found(&market, "red bright").await, [both]);
    assert_eq!(found(&market, "red green").await, []);
}

pub(crate) async fn what_looks_like_an_operator_is_a_word(market: Market) {
    let mona = market.user("mona").await;
    let cats = offer(&market, mona, "Cats and dogs", "50% cotton, size L/XL").await;
    for text in [
        "cats AND dogs",
        "50%",
        "(cats)",
        "\"cats\"",
        "cats^",
        "l/xl",
        "-cats",
        "+cats",
    ] {
        assert_eq!(found(&market, text).await, [cats], "{text}");
    }
    for text in [
        "cats OR weapons",
        "cats NOT dogs",
        "cats NEAR dogs",
        "name : cats",
        "NEAR(cats dogs, 5)",
        "d*gs",
        "%",
        "_",
        "*",
        "\"",
        "\"\" OR \"\"",
        "'; DROP TABLE products; --",
        "{name description} : cats",
        "rowid:1",
        &"\" ".repeat(100),
        &"(".repeat(200),
        &"a ".repeat(100),
        &"\"*".repeat(100),
    ] {
        let nothing = found(&market, text).await;
        assert_eq!(nothing, [], "{text}");
    }
}

pub(crate) async fn a_search_follows_edits_and_withdrawals(mut market: Market) {
    let mona = market.user("mona").await;
    let product = offer(&market, mona, "Lamp", "Bright").await;
    let change = ProductEdit {
        name: Some(ProductName::parse("Vase").unwrap()),
        ..edit(mona, product)
    };
    market.store.edit(change).await.unwrap().unwrap();
    assert_eq!(found(&market, "lamp").await, []);
    assert_eq!(found(&market, "vase bright").await, [product]);
    let change = ProductEdit {
        description: Some(Description::parse("Blue").unwrap()),
        ..edit(mona, product)
    };
    market.store.edit(change).await.unwrap().unwrap();
    assert_eq!(found(&market, "bright").await, []);
    market.reopen().await;
    assert_eq!(found(&market, "vase blue").await, [product]);
    let withdrawn = market.store.withdraw(mona, product, NOW).await.unwrap();
    assert_eq!(withdrawn, Ok(()));
    assert_eq!(found(&market, "vase").await, []);
}

pub(crate) async fn what_a_deleted_account_had_for_sale_is_not_found(market: Market) {
    let mona = market.user("mona").await;
    offer(&market, mona, "Lamp", "Bright").await;
    let deleted = market
        .store
        .delete_user(mona, "PHC of mona", "2026-03-03", NOW);
    assert_eq!(deleted.await.unwrap(), DeleteOutcome::Deleted);
    assert_eq!(found(&market, "lamp").await, []);
}

pub(crate) async fn sold_products_are_never_shown_among_what_is_found(market: Market) {
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let lamps = [
        offer(&market, mona, "Lamp one", "").await,
        offer(&market, mona, "Lamp two", "").await,
        offer(&market, mona, "Lamp three", "").await,
    ];
    assert_eq!(page(&market, "lamp", None, 10).await.count, 3);
    market.buy(market.purchase(omar, lamps[1], 500)).await;
    let shown = page(&market, "lamp", None, 10).await;
    assert_eq!((shown.count, shown.next), (2, None));
    // The sold one takes no place on a page.
    let first = page(&market, "lamp", None, 2).await;
    assert_eq!(first.count, 2);
}

pub(crate) async fn what_is_found_comes_last_listed_first_in_pages(market: Market) {
    let mona = market.user("mona").await;
    let mut lamps = Vec::new();
    for number in 0..7 {
        offer(&market, mona, "Vase", "").await;
        lamps.push(offer(&market, mona, &format!("Lamp {number}"), "").await);
    }
    lamps.reverse();
    assert_eq!(found(&market, "lamp").await, lamps);
    let text = SearchText::parse("lamp").unwrap();
    let rest = market.store.search(&text, Some(lamps[2]), 3).await.unwrap();
    assert_eq!(rest, lamps[3..6]);
    let (mut count, mut after) = (0, None);
    loop {
        let page = page(&market, "lamp", after, 3).await;
        count += page.count;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(count, 7);
}
