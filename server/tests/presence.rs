//! Presence over real TLS: who is online, and who has something for sale.

mod common;

use auboutique_protocol::accounts::Logout;
use auboutique_protocol::catalog::{ListSellers, Seller, ShowProduct};
use auboutique_protocol::error::{ErrorCode, InvalidField};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::presence::Presence;
use common::{TestServer, refusal, sell};

fn ask(names: &[&str]) -> Presence {
    Presence {
        names: names.iter().map(ToString::to_string).collect(),
    }
}

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}

#[tokio::test]
async fn a_user_is_online_from_the_login_to_the_last_logout() {
    let server = TestServer::start().await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let second = server.login("omar").await;
    let asked = ask(&["OMAR", "mona", "nobody"]);
    assert_eq!(mona.call(&asked).await.unwrap().online, ["omar", "mona"]);
    omar.call(&Logout {}).await.unwrap();
    assert_eq!(mona.call(&asked).await.unwrap().online, ["omar", "mona"]);
    second.call(&Logout {}).await.unwrap();
    assert_eq!(mona.call(&asked).await.unwrap().online, ["mona"]);
}

#[tokio::test]
async fn a_question_names_one_to_a_hundred_users() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let many = |count: usize| Presence {
        names: vec!["mona".into(); count],
    };
    assert_eq!(mona.call(&many(100)).await.unwrap().online.len(), 100);
    for refused in [many(0), many(101)] {
        assert_eq!(
            refusal(mona.call(&refused).await),
            invalid("names", "out_of_range")
        );
    }
    let impossible = ask(&["mona", "no such name"]);
    assert_eq!(
        refusal(mona.call(&impossible).await),
        invalid("names", "forbidden_character")
    );
}

#[tokio::test]
async fn sellers_are_listed_by_name_with_what_they_have_and_whether_they_are_online() {
    let server = TestServer::start().await;
    let (rima, mona) = (server.user("rima").await, server.user("mona").await);
    let omar = server.user("omar").await;
    let book = sell(&rima, "Book", 500).await;
    sell(&rima, "Lamp", 700).await;
    sell(&mona, "Oud", 900).await;
    let everybody = omar.call(&ListSellers::default()).await.unwrap();
    let seller = |online, products, username: &str| Seller {
        online,
        products,
        username: username.into(),
    };
    assert_eq!(
        everybody.sellers,
        [seller(true, 1, "mona"), seller(true, 2, "rima")]
    );
    assert_eq!(everybody.next, None);
    assert!(
        omar.call(&ShowProduct { id: book })
            .await
            .unwrap()
            .owner_online
    );

    rima.call(&Logout {}).await.unwrap();
    assert!(
        !omar
            .call(&ShowProduct { id: book })
            .await
            .unwrap()
            .owner_online
    );
    let first = ListSellers {
        limit: Some(1),
        cursor: None,
    };
    let first = omar.call(&first).await.unwrap();
    assert_eq!(first.sellers, [seller(true, 1, "mona")]);
    let second = omar
        .call(&ListSellers {
            limit: Some(1),
            cursor: first.next,
        })
        .await
        .unwrap();
    assert_eq!(
        (second.sellers, second.next),
        (vec![seller(false, 2, "rima")], None)
    );
}

#[tokio::test]
async fn a_page_of_sellers_refuses_limits_and_cursors_that_are_none() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for limit in [0, 101] {
        let request = ListSellers {
            limit: Some(limit),
            cursor: None,
        };
        assert_eq!(
            refusal(mona.call(&request).await),
            invalid("limit", "out_of_range")
        );
    }
    for cursor in [&b""[..], b"\xff\xff\xff", b"no such name"] {
        let request = ListSellers {
            limit: None,
            cursor: Some(Cursor::new(cursor.to_vec())),
        };
        assert_eq!(
            refusal(mona.call(&request).await),
            invalid("cursor", "malformed")
        );
    }
}
