//! Search: with every filter, in pages, and with whatever people type.

use auboutique_client::Client;
use auboutique_protocol::catalog::{EditProduct, ListProducts, Sell, Sort, WithdrawProduct};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::SEARCH_CHARACTERS_MAX;
use auboutique_protocol::purchases::Buy;

use crate::common::{TestServer, book, refusal, sell, usd};
use crate::invalid;

fn search(text: &str) -> ListProducts {
    ListProducts {
        text: Some(text.into()),
        ..ListProducts::default()
    }
}

async fn names(client: &Client, request: &ListProducts) -> Vec<String> {
    let page = client.call(request).await.unwrap();
    assert!(page.next.is_none(), "{page:?}");
    page.products.into_iter().map(|item| item.name).collect()
}

#[tokio::test]
async fn a_search_goes_together_with_every_filter() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    for (seller, name, minor, category) in [
        (&mona, "Red lamp", 900, "electronics"),
        (&mona, "Red vase", 2_500, "craftwork"),
        (&omar, "Red book", 1_250, "textbooks"),
        (&mona, "Green lamp", 900, "electronics"),
    ] {
        let offer = Sell {
            category: category.into(),
            ..book(name, minor)
        };
        seller.call(&offer).await.unwrap();
    }
    for (request, expected) in [
        (search("red"), &["Red book", "Red vase", "Red lamp"][..]),
        (
            search("hardly used"),
            &["Green lamp", "Red book", "Red vase", "Red lamp"],
        ),
        (search("RED la"), &["Red lamp"]),
        (search("blue"), &[]),
        (
            ListProducts {
                owner: Some("MONA".into()),
                sort: Some(Sort::Newest),
                ..search("red")
            },
            &["Red vase", "Red lamp"],
        ),
        (
            ListProducts {
                category: Some("electronics".into()),
                ..search("red")
            },
            &["Red lamp"],
        ),
        (
            ListProducts {
                price_min: Some(usd(1_000)),
                price_max: Some(usd(2_000)),
                ..search("red")
            },
            &["Red book"],
        ),
        (
            ListProducts {
                owner: Some("nobody".into()),
                ..search("red")
            },
            &[],
        ),
    ] {
        assert_eq!(names(&mona, &request).await, expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_search_follows_what_is_edited_sold_and_withdrawn() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let [edited, sold, withdrawn] = [
        sell(&mona, "Lamp one", 500).await,
        sell(&mona, "Lamp two", 500).await,
        sell(&mona, "Lamp three", 500).await,
    ];
    let edit = EditProduct {
        id: edited,
        name: Some("Vase".into()),
        price: None,
        category: None,
        description: None,
    };
    mona.call(&edit).await.unwrap();
    assert_eq!(
        names(&omar, &search("lamp")).await,
        ["Lamp three", "Lamp two"]
    );
    let purchase = Buy {
        key: Key::now(),
        price: usd(500),
        product: sold,
    };
    omar.call(&purchase).await.unwrap();
    assert_eq!(names(&omar, &search("lamp")).await, ["Lamp three"]);
    mona.call(&WithdrawProduct { id: withdrawn }).await.unwrap();
    assert_eq!(names(&omar, &search("lamp")).await, [""; 0]);
    assert_eq!(names(&omar, &search("vase")).await, ["Vase"]);
}

#[tokio::test]
async fn pages_of_a_search_hold_everything_once_newest_first() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let mut lamps: Vec<ProductId> = Vec::new();
    for number in 0..9 {
        sell(&mona, &format!("Vase {number}"), 500).await;
        lamps.push(sell(&mona, &format!("Lamp {number}"), 500).await);
    }
    lamps.reverse();
    let mut request = ListProducts {
        limit: Some(4),
        ..search("lamp")
    };
    let mut found = Vec::new();
    loop {
        let page = mona.call(&request).await.unwrap();
        assert!(page.products.len() <= 4);
        found.extend(page.products.iter().map(|item| item.id));
        assert!(found.len() <= lamps.len(), "a page is repeated");
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(found, lamps);
}

#[tokio::test]
async fn whatever_is_typed_is_words_or_refused_by_its_field() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    sell(&mona, "Cats and dogs", 500).await;
    for text in [
        "\"cats\"",
        "cats AND dogs",
        "cats%",
        "(dogs) c",
        "dogs -cats",
    ] {
        assert_eq!(names(&mona, &search(text)).await.len(), 1, "{text}");
    }
    let longest = "é".repeat(SEARCH_CHARACTERS_MAX);
    for text in [
        "%",
        "_",
        "*",
        "\"",
        "'",
        "(",
        "cats OR x",
        "name:cats",
        "NEAR(cats x)",
        &longest,
    ] {
        assert_eq!(names(&mona, &search(text)).await.len(), 0, "{text}");
    }
    for (request, field, reason) in [
        (search(""), "text", "empty"),
        (search(" \u{3000}"), "text", "empty"),
        (search(&format!("{longest}é")), "text", "too_long"),
        (search("cats\u{1b}[2J"), "text", "forbidden_character"),
        (search("cats\ndogs"), "text", "forbidden_character"),
        (search("cats\0"), "text", "forbidden_character"),
        (
            ListProducts {
                sort: Some(Sort::Oldest),
                ..search("cats")
            },
            "sort",
            "unsupported",
        ),
        (
            ListProducts {
                sort: Some(Sort::Cheapest),
                ..search("cats")
            },
            "sort",
            "unsupported",
        ),
        (
            ListProducts {
                limit: Some(0),
                ..search("cats")
            },
            "limit",
            "out_of_range",
        ),
    ] {
        let refused = refusal(mona.call(&request).await);
        assert_eq!(refused, invalid(field, reason), "{request:?}");
    }
}
