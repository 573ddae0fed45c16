//! Lists: filters, orders, pages, and what is refused.

use auboutique_client::Client;
use auboutique_protocol::catalog::{ListProducts, ProductState, Sell, ShowProduct, Sort};
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::EXCERPT_CHARACTERS_MAX;
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::page::Cursor;

use crate::common::{TestServer, book, refusal, usd};
use crate::invalid;

async fn names(client: &Client, request: &ListProducts) -> Vec<String> {
    let page = client.call(request).await.unwrap();
    assert!(page.next.is_none(), "{page:?}");
    page.products.into_iter().map(|item| item.name).collect()
}

/// Three products of Mona's and one of Omar's, in this order.
async fn market(server: &TestServer) -> (Client, Client) {
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    for (seller, name, minor, category) in [
        (&mona, "Algebra", 900, "textbooks"),
        (&mona, "Basket", 2_500, "craftwork"),
        (&omar, "Calculus", 1_250, "textbooks"),
        (&mona, "Desk lamp", 900, "electronics"),
    ] {
        let offer = Sell {
            category: category.into(),
            ..book(name, minor)
        };
        seller.call(&offer).await.unwrap();
    }
    (mona, omar)
}

#[tokio::test]
async fn every_filter_leaves_what_it_names() {
    let server = TestServer::start().await;
    let (mona, _) = market(&server).await;
    let all = ListProducts {
        sort: Some(Sort::Oldest),
        ..ListProducts::default()
    };
    let owner = |name: &str| ListProducts {
        owner: Some(name.into()),
        ..all.clone()
    };
    let category = |name: &str| ListProducts {
        category: Some(name.into()),
        ..all.clone()
    };
    let prices = |min: Option<u64>, max: Option<u64>| ListProducts {
        price_min: min.map(usd),
        price_max: max.map(usd),
        ..all.clone()
    };
    for (request, expected) in [
        (
            all.clone(),
            &["Algebra", "Basket", "Calculus", "Desk lamp"][..],
        ),
        (owner("mona"), &["Algebra", "Basket", "Desk lamp"]),
        (owner("OMAR"), &["Calculus"]),
        (owner("nobody"), &[]),
        (category("textbooks"), &["Algebra", "Calculus"]),
        (category("clothing"), &[]),
        (prices(Some(1_250), None), &["Basket", "Calculus"]),
        (prices(None, Some(1_249)), &["Algebra", "Desk lamp"]),
        (
            prices(Some(900), Some(1_250)),
            &["Algebra", "Calculus", "Desk lamp"],
        ),
        (prices(Some(2_501), None), &[]),
        (prices(Some(2_000), Some(1_000)), &[]),
        (
            ListProducts {
                owner: Some("mona".into()),
                category: Some("textbooks".into()),
                ..prices(None, Some(900))
            },
            &["Algebra"],
        ),
    ] {
        assert_eq!(names(&mona, &request).await, expected, "{request:?}");
    }
}

#[tokio::test]
async fn every_order_is_kept_and_newest_is_the_one_without_asking() {
    let server = TestServer::start().await;
    let (mona, _) = market(&server).await;
    for (sort, expected) in [
        (None, ["Desk lamp", "Calculus", "Basket", "Algebra"]),
        (
            Some(Sort::Newest),
            ["Desk lamp", "Calculus", "Basket", "Algebra"],
        ),
        (
            Some(Sort::Oldest),
            ["Algebra", "Basket", "Calculus", "Desk lamp"],
        ),
    ] {
        let request = ListProducts {
            sort,
            ..ListProducts::default()
        };
        assert_eq!(names(&mona, &request).await, expected, "{sort:?}");
    }
    for (sort, expected) in [
        (Sort::Cheapest, [900, 900, 1_250, 2_500]),
        (Sort::Dearest, [2_500, 1_250, 900, 900]),
    ] {
        let request = ListProducts {
            sort: Some(sort),
            ..ListProducts::default()
        };
        let page = mona.call(&request).await.unwrap();
        let prices: Vec<_> = page.products.iter().map(|item| item.price.minor).collect();
        assert_eq!(prices, expected, "{sort}");
    }
}

#[tokio::test]
async fn cursors_lead_over_every_product_once_in_every_order() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for number in 0..11 {
        // Prices repeat: the order among equals must hold across pages.
        mona.call(&book(&format!("Book {number}"), 100 + number % 3))
            .await
            .unwrap();
    }
    for sort in [Sort::Newest, Sort::Oldest, Sort::Cheapest, Sort::Dearest] {
        let mut request = ListProducts {
            sort: Some(sort),
            ..ListProducts::default()
        };
        let whole = mona.call(&request).await.unwrap();
        assert_eq!((whole.products.len(), &whole.next), (11, &None));
        let mut paged = Vec::new();
        request.limit = Some(4);
        loop {
            let page = mona.call(&request).await.unwrap();
            assert!(page.products.len() <= 4);
            paged.extend(page.products);
            assert!(paged.len() <= 11, "a page is repeated");
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, whole.products, "{sort}");
    }
}

#[tokio::test]
async fn a_page_holds_fifty_products_unless_asked_otherwise() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for number in 0..101 {
        mona.call(&book(&format!("Book {number}"), 100))
            .await
            .unwrap();
    }
    for (limit, expected) in [(None, 50), (Some(1), 1), (Some(100), 100)] {
        let request = ListProducts {
            limit,
            ..ListProducts::default()
        };
        let page = mona.call(&request).await.unwrap();
        assert_eq!(page.products.len(), expected);
        assert!(page.next.is_some());
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_refused_by_its_field() {
    let server = TestServer::start().await;
    let (mona, _) = market(&server).await;
    let first = ListProducts {
        limit: Some(1),
        ..ListProducts::default()
    };
    let cursor_by_time = mona.call(&first).await.unwrap().next;
    let euros = Money {
        minor: 900,
        currency: Currency::Eur,
    };
    let plain = ListProducts::default;
    let cursor = |bytes: &[u8]| ListProducts {
        cursor: Some(Cursor::new(bytes.to_vec())),
        ..plain()
    };
    let of = |owner: &str| ListProducts {
        owner: Some(owner.into()),
        ..plain()
    };
    let category = |category: &str| ListProducts {
        category: Some(category.into()),
        ..plain()
    };
    let limit = |limit| ListProducts {
        limit: Some(limit),
        ..plain()
    };
    for (request, field, reason) in [
        (limit(0), "limit", "out_of_range"),
        (limit(101), "limit", "out_of_range"),
        (limit(u32::MAX), "limit", "out_of_range"),
        (cursor(b""), "cursor", "malformed"),
        (cursor(b"t123"), "cursor", "malformed"),
        (cursor(&[0xff; 64]), "cursor", "malformed"),
        (
            ListProducts {
                sort: Some(Sort::Cheapest),
                cursor: cursor_by_time,
                ..plain()
            },
            "cursor",
            "malformed",
        ),
        (of("mo"), "owner", "too_short"),
        (of("mona khoury"), "owner", "forbidden_character"),
        (of(&"m".repeat(33)), "owner", "too_long"),
        (category("weapons"), "category", "unknown_value"),
        (
            ListProducts {
                price_min: Some(euros),
                ..plain()
            },
            "price_min",
            "unknown_value",
        ),
        (
            ListProducts {
                price_max: Some(euros),
                ..plain()
            },
            "price_max",
            "unknown_value",
        ),
    ] {
        let refused = refusal(mona.call(&request).await);
        assert_eq!(refused, invalid(field, reason), "{request:?}");
    }
}

#[tokio::test]
async fn a_list_shows_the_beginning_of_a_description_and_a_product_all_of_it() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let description = "Ein schönes Buch. ".repeat(200).trim().to_owned();
    let offer = Sell {
        description: description.clone(),
        ..book("Wörterbuch", 1250)
    };
    let listed = mona.call(&offer).await.unwrap();
    let page = mona.call(&ListProducts::default()).await.unwrap();
    let item = &page.products[0];
    assert!(item.description.chars().count() <= EXCERPT_CHARACTERS_MAX);
    let beginning = item.description.trim_end_matches('…').trim_end();
    assert!(beginning.chars().count() > EXCERPT_CHARACTERS_MAX / 2);
    assert!(description.starts_with(beginning), "{beginning}");

    let detail = mona
        .call(&ShowProduct { id: listed.product })
        .await
        .unwrap();
    assert_eq!(detail.description, description);
    assert_eq!(
        (&*detail.name, &*detail.owner, &*detail.owner_name),
        ("Wörterbuch", "mona", "mona of the tests")
    );
    assert_eq!((detail.price, &*detail.category), (usd(1250), "textbooks"));
    assert_eq!(detail.listed_at, listed.listed_at);
    assert_eq!(detail.state, ProductState::ForSale(Nothing {}));
    assert_eq!(
        (item.id, &item.name, &item.owner, item.price, item.listed_at),
        (
            detail.id,
            &detail.name,
            &detail.owner,
            detail.price,
            detail.listed_at
        )
    );
}

#[tokio::test]
async fn a_product_that_does_not_exist_is_not_found() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for id in [0, 1, 999_999, (1 << 63) - 1, 1 << 63, u64::MAX] {
        let refused = mona.call(&ShowProduct { id: ProductId(id) }).await;
        assert_eq!(refusal(refused), ErrorCode::NotFound(Nothing {}), "{id}");
    }
}
