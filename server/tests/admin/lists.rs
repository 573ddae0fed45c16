//! What administrators look at.

use auboutique_client::Client;
use auboutique_protocol::admin::{
    Audit, ProductStateName, Products, Sales, Series, SessionSort, Sessions, Statistics, User,
    UserSort, UserState, Users,
};
use auboutique_protocol::error::{ErrorCode, InvalidField};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::purchases::Buy;

use crate::common::{TestServer, refusal, sell, usd};
use crate::harness::{admin, ask};

pub(crate) async fn buy(buyer: &Client, product: ProductId, minor: u64) {
    let request = Buy {
        key: Key::now(),
        price: usd(minor),
        product,
    };
    buyer.call(&request).await.unwrap();
}

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}

#[tokio::test]
async fn users_and_sessions_show_who_is_there() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mona = server.user("mona").await;
    let omar = server.user("omar").await;
    let second = server.login("mona").await;
    omar.close().await;
    let page = ops.call(&Users::default()).await.unwrap();
    let shown: Vec<_> = page
        .users
        .iter()
        .map(|user| (user.username.as_str(), user.sessions))
        .collect();
    assert_eq!(shown, [("mona", 2), ("omar", 1)]);
    assert!(page.users[0].online);
    let sessions = ops.call(&Sessions::default()).await.unwrap();
    let monas: Vec<_> = sessions
        .connections
        .iter()
        .filter(|connection| connection.username == "mona")
        .collect();
    assert_eq!(monas.len(), 2);
    assert_ne!(monas[0].session, monas[1].session);
    assert!(monas[0].connection > monas[1].connection, "newest first");
    for connection in &monas {
        assert!(connection.agent.starts_with("auboutique-client/"));
        assert_eq!(connection.address, "127.0.0.1");
        assert!(connection.bytes_in > 0 && connection.bytes_out > 0);
        assert!(connection.requests > 0 && connection.session.0 < 1 << 53);
        assert!(connection.last_activity >= connection.since);
    }
    let first = ops
        .call(&Sessions {
            sort: Some(SessionSort::Oldest),
            limit: Some(1),
            username: Some("MONA".into()),
            cursor: None,
        })
        .await
        .unwrap();
    assert_eq!(first.connections[0].connection, monas[1].connection);
    let rest = ops
        .call(&Sessions {
            sort: Some(SessionSort::Oldest),
            limit: Some(1),
            username: Some("mona".into()),
            cursor: first.next,
        })
        .await
        .unwrap();
    assert_eq!(rest.connections[0].connection, monas[0].connection);
    assert_eq!(rest.next, None);
    let detail = ask(
        &ops,
        User {
            username: "Mona".into(),
        },
    );
    let detail = detail.await.unwrap();
    assert_eq!((detail.connections, detail.sessions), (2, 2));
    assert!(matches!(detail.state, UserState::Active(_)));
    drop((mona, second));
    server.stop().await;
}

#[tokio::test]
async fn sales_and_products_are_shown_with_totals() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let mut products = Vec::new();
    for price in [100, 200, 300] {
        products.push(sell(&mona, "Calculus", price).await);
    }
    buy(&omar, products[0], 100).await;
    buy(&omar, products[1], 200).await;
    let first = Sales {
        limit: Some(1),
        seller: Some("mona".into()),
        ..Sales::default()
    };
    let page = ops.call(&first).await.unwrap();
    let totals = page.totals.unwrap();
    assert_eq!((totals.count, totals.sum), (2, usd(300)));
    assert_eq!(page.sales[0].product, products[1]);
    assert_eq!(page.sales[0].buyer, "omar");
    assert_eq!(page.sales[0].place, "AUB Post Office");
    let second = Sales {
        cursor: page.next,
        ..first
    };
    let page = ops.call(&second).await.unwrap();
    assert_eq!(page.sales[0].product, products[0]);
    assert_eq!((page.next, page.totals), (None, None));
    let for_sale = Products {
        state: Some(ProductStateName::ForSale),
        ..Products::default()
    };
    let page = ops.call(&for_sale).await.unwrap();
    assert_eq!(page.products.len(), 1);
    assert_eq!(page.products[0].id, products[2]);
    server.stop().await;
}

#[tokio::test]
async fn statistics_count_what_happened_and_series_have_no_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = TestServer::start_on(&data_dir).await;
    let ops = admin(&server, "ops").await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let product = sell(&mona, "Calculus", 700).await;
    let other = sell(&mona, "Analysis", 800).await;
    buy(&omar, product, 700).await;
    let statistics = |series| Statistics { series };
    let report = ops.call(&statistics(None)).await.unwrap();
    let now = report.now;
    assert!(report.points.is_empty());
    assert_eq!((now.users, now.online, now.connections), (2, 2, 2));
    assert_eq!((now.sales_today, now.revenue_today), (1, usd(700)));
    assert_eq!((now.products_for_sale, now.faults), (1, 0));
    assert!(now.requests >= 7 && now.latency_p99_us >= now.latency_p50_us);
    assert!(now.database_bytes > 0 && now.log_bytes > 0);
    assert!(now.disk_free_bytes.is_some());
    assert!(now.certificate_expires_at > now.at);
    for (series, points) in [(Series::Hour, 48), (Series::Day, 60)] {
        let report = ops.call(&statistics(Some(series))).await.unwrap();
        assert_eq!(report.points.len(), points);
        let last = report.points.last().unwrap();
        assert_eq!((last.sales, last.revenue), (1, usd(700)), "{series}");
        assert!(last.at <= now.at && last.requests.is_none());
        assert!(report.points.windows(2).all(|pair| pair[0].at < pair[1].at));
    }
    let report = ops.call(&statistics(Some(Series::Minute))).await.unwrap();
    let sales: u64 = report.points.iter().map(|point| point.sales).sum();
    assert_eq!(sales, 1);
    // A start counts what was sold before it.
    for client in [mona, omar] {
        client.close().await;
    }
    ops.close().await;
    server.stop().await;
    let server = TestServer::start_on(&data_dir).await;
    let ops = admin(&server, "ops").await;
    let now = ops.call(&statistics(None)).await.unwrap().now;
    assert_eq!((now.sales_today, now.users), (1, 2));
    assert_eq!(now.products_for_sale, 1, "{other}");
    server.stop().await;
}

#[tokio::test]
async fn absurd_questions_get_clear_answers() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let reversed = Sales {
        from: Some(UnixMillis(5)),
        to: Some(UnixMillis(5)),
        ..Sales::default()
    };
    let refused = refusal(ops.call(&reversed).await);
    assert_eq!(refused, invalid("to", "out_of_range"));
    for limit in [0, 101, u32::MAX] {
        let users = Users {
            limit: Some(limit),
            ..Users::default()
        };
        let refused = refusal(ops.call(&users).await);
        assert_eq!(refused, invalid("limit", "out_of_range"));
    }
    let page = ask(
        &ops,
        Users {
            sort: Some(UserSort::Newest),
            cursor: Some(auboutique_protocol::page::Cursor::new(vec![1, 2])),
            ..Users::default()
        },
    );
    assert_eq!(refusal(page.await), invalid("cursor", "malformed"));
    let nobody = ask(
        &ops,
        User {
            username: "nobody".into(),
        },
    );
    assert_eq!(refusal(nobody.await).name(), "not_found");
    let audit = ask(
        &ops,
        Audit {
            actor: Some("Not A Name".into()),
            ..Audit::default()
        },
    );
    assert_eq!(refusal(audit.await), invalid("actor", "malformed"));
    let empty = ops.call(&Audit::default()).await.unwrap();
    assert!(empty.entries.is_empty());
    server.stop().await;
}
