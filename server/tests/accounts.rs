//! Accounts over real TLS: registering, logging in, staying logged in, logging out, leaving.

mod common;

use std::time::Duration;

use auboutique_client::{Client, Error, Notice};
use auboutique_protocol::accounts::{
    ChangePassword, DeleteAccount, ExportAccount, Logout, MyQuota, Password, Register, WhoAmI,
};
use auboutique_protocol::catalog::{ListProducts, ShowProduct};
use auboutique_protocol::error::{ErrorCode, InvalidField, Nothing};
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::purchases::{Buy, Confirmation, OwnProductState};
use common::{PASSWORD, TestServer, refusal, registration};
use tokio::time::timeout;

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}

#[tokio::test]
async fn a_new_user_logs_in_and_is_known() {
    let server = TestServer::start().await;
    let client = server.anonymous().await;
    let registered = client.call(&registration("Mona.K")).await.unwrap();
    assert_eq!(registered.username, "mona.k");
    let logged_in = client.login("MONA.K", PASSWORD.into()).await.unwrap();
    let profile = client.call(&WhoAmI {}).await.unwrap();
    assert_eq!(profile, logged_in.profile);
    assert_eq!(profile.username, "mona.k");
    assert_eq!(profile.email, "Mona.K@mail.example.org");
    server.stop().await;
}

#[tokio::test]
async fn a_taken_username_is_refused_in_any_case() {
    let server = TestServer::start().await;
    let client = server.anonymous().await;
    client.call(&registration("mona")).await.unwrap();
    let again = client.call(&registration("MONA")).await;
    assert_eq!(refusal(again), ErrorCode::NameTaken(Nothing {}));
}

#[tokio::test]
async fn two_at_once_cannot_both_have_a_username() {
    let server = TestServer::start().await;
    let (first, second) = (server.anonymous().await, server.anonymous().await);
    let request = registration("mona");
    let (first, second) = tokio::join!(first.call(&request), second.call(&request));
    assert_eq!(
        u8::from(first.is_ok()) + u8::from(second.is_ok()),
        1,
        "{first:?} {second:?}"
    );
}

#[tokio::test]
async fn every_field_of_a_registration_is_checked() {
    let server = TestServer::start().await;
    let client = server.anonymous().await;
    let good = registration("mona");
    let with = |change: &dyn Fn(&mut Register)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for (request, field, reason) in [
        (
            with(&|request| request.username = "mo".into()),
            "username",
            "too_short",
        ),
        (
            with(&|request| request.username = "m".repeat(33)),
            "username",
            "too_long",
        ),
        (
            with(&|request| request.username = "mo na".into()),
            "username",
            "forbidden_character",
        ),
        (with(&|request| request.name = "  ".into()), "name", "empty"),
        (
            with(&|request| request.name = "n".repeat(101)),
            "name",
            "too_long",
        ),
        (
            with(&|request| request.name = "a\u{202e}b".into()),
            "name",
            "forbidden_character",
        ),
        (
            with(&|request| request.name = "a\u{1b}[2Jb".into()),
            "name",
            "forbidden_character",
        ),
        (
            with(&|request| request.name = "a\u{200b}b".into()),
            "name",
            "forbidden_character",
        ),
        (
            with(&|request| request.email = "mona".into()),
            "email",
            "malformed",
        ),
        (
            with(&|request| request.email = String::new()),
            "email",
            "empty",
        ),
        (
            with(&|request| request.password = "short".into()),
            "password",
            "too_short",
        ),
        (
            with(&|request| request.password = Password::from(&*"ab1!".repeat(33))),
            "password",
            "too_long",
        ),
        (
            with(&|request| request.password = "aaaaaaaaaaaaaaaaaaaa".into()),
            "password",
            "too_weak",
        ),
        (
            with(&|request| request.password = "cedar-lantern\u{0}orbit-violet".into()),
            "password",
            "forbidden_character",
        ),
    ] {
        assert_eq!(
            refusal(client.call(&request).await),
            invalid(field, reason),
            "{request:?}"
        );
    }
    client.call(&good).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let client = server.anonymous().await;
    let wrong = client.login("mona", "not the password at all".into()).await;
    let unknown = client
        .login("nobody", "not the password at all".into())
        .await;
    let impossible = client
        .login("no such name!", "not the password at all".into())
        .await;
    assert_eq!(refusal(wrong), ErrorCode::AuthFailed(Nothing {}));
    assert_eq!(refusal(unknown), ErrorCode::AuthFailed(Nothing {}));
    assert_eq!(refusal(impossible), ErrorCode::AuthFailed(Nothing {}));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_token_still_works() {
    let server = TestServer::start().await;
    let mona = server.anonymous().await;
    mona.call(&registration("mona")).await.unwrap();
    let token = mona.login("mona", PASSWORD.into()).await.unwrap().token;
    let guesser = server.anonymous().await;
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(refusal(
            guesser
                .login("mona", "not the password at all".into())
                .await,
        ));
    }
    assert!(
        codes
            .iter()
            .any(|code| matches!(code, ErrorCode::RateLimited(_))),
        "{codes:?}"
    );
    server.anonymous().await.resume(token).await.unwrap();
}

#[tokio::test]
async fn requests_of_members_need_a_login() {
    let server = TestServer::start().await;
    let client = server.anonymous().await;
    let unauthenticated = ErrorCode::Unauthenticated(Nothing {});
    assert_eq!(
        refusal(client.call(&ListProducts::default()).await),
        unauthenticated
    );
    assert_eq!(refusal(client.call(&WhoAmI {}).await), unauthenticated);
    assert_eq!(refusal(client.call(&Logout {}).await), unauthenticated);
}

#[tokio::test]
async fn a_connection_has_one_login_at_a_time() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let forbidden = ErrorCode::Forbidden(Nothing {});
    assert_eq!(
        refusal(mona.login("mona", PASSWORD.into()).await),
        forbidden
    );
    assert_eq!(refusal(mona.call(&registration("omar")).await), forbidden);
}

#[tokio::test]
async fn a_token_outlives_the_connection_and_the_server_but_not_the_logout() {
    let directory = tempfile::tempdir().unwrap();
    let server = TestServer::start_on(directory.path()).await;
    let mona = server.anonymous().await;
    mona.call(&registration("mona")).await.unwrap();
    let token = mona.login("mona", PASSWORD.into()).await.unwrap().token;
    mona.close().await;
    server.stop().await;

    let server = TestServer::start_on(directory.path()).await;
    let mona = server.anonymous().await;
    assert_eq!(mona.resume(token.clone()).await.unwrap().username, "mona");
    mona.call(&Logout {}).await.unwrap();
    let unauthenticated = ErrorCode::Unauthenticated(Nothing {});
    assert_eq!(refusal(mona.call(&WhoAmI {}).await), unauthenticated);
    let dead = server.anonymous().await.resume(token).await;
    assert_eq!(refusal(dead), ErrorCode::AuthFailed(Nothing {}));
    let made_up = server.anonymous().await.resume(Token([7; 32])).await;
    assert_eq!(refusal(made_up), ErrorCode::AuthFailed(Nothing {}));
}

#[tokio::test]
async fn a_logout_ends_the_other_connections_of_the_session_only() {
    let server = TestServer::start().await;
    let first = server.anonymous().await;
    first.call(&registration("mona")).await.unwrap();
    let token = first.login("mona", PASSWORD.into()).await.unwrap().token;
    let second = server.anonymous().await;
    second.resume(token).await.unwrap();
    let other_session = server.login("mona").await;
    let mut events = second.events();
    first.logout().await.unwrap();
    loop {
        let notice = timeout(Duration::from_secs(30), events.next())
            .await
            .expect("it is told");
        if let Some(Notice::Event(Event::Disconnected(_))) = notice {
            break;
        }
    }
    // It comes back by itself, but its token is void.
    let unauthenticated = ErrorCode::Unauthenticated(Nothing {});
    assert_eq!(refusal(second.call(&WhoAmI {}).await), unauthenticated);
    other_session.call(&WhoAmI {}).await.unwrap();
}

#[tokio::test]
async fn a_user_has_at_most_eight_connections() {
    let server = TestServer::start().await;
    let mut clients = vec![server.user("mona").await];
    for _ in 1..8 {
        clients.push(server.login("mona").await);
    }
    let ninth = server
        .anonymous()
        .await
        .login("mona", PASSWORD.into())
        .await;
    assert!(matches!(refusal(ninth), ErrorCode::Quota(quota) if quota.limit == 8));
}

async fn until_disconnected(mut events: auboutique_client::Events) -> String {
    loop {
        let notice = timeout(Duration::from_secs(30), events.next()).await;
        if let Some(Notice::Event(Event::Disconnected(ended))) = notice.expect("it is told") {
            return ended.reason.into_owned();
        }
    }
}

const NEW_PASSWORD: &str = "marble-window-tunnel-saffron";

fn change(new: &str, old: &str) -> ChangePassword {
    ChangePassword {
        new: new.into(),
        old: old.into(),
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_within_a_second() {
    let server = TestServer::start().await;
    let first = server.anonymous().await;
    first.call(&registration("mona")).await.unwrap();
    let token = first.login("mona", PASSWORD.into()).await.unwrap().token;
    let same_session = server.anonymous().await;
    same_session.resume(token.clone()).await.unwrap();
    let other = server.anonymous().await;
    let other_token = other.login("mona", PASSWORD.into()).await.unwrap().token;
    let events = other.events();
    let changed = std::time::Instant::now();
    first.call(&change(NEW_PASSWORD, PASSWORD)).await.unwrap();
    assert!(until_disconnected(events).await.contains("password"));
    assert!(changed.elapsed() < Duration::from_secs(3));

    first.call(&WhoAmI {}).await.unwrap();
    same_session.call(&WhoAmI {}).await.unwrap();
    let resumed = server.anonymous().await.resume(token).await;
    assert_eq!(resumed.unwrap().username, "mona");
    let auth_failed = ErrorCode::AuthFailed(Nothing {});
    let dead = server.anonymous().await.resume(other_token).await;
    assert_eq!(refusal(dead), auth_failed);
    let new = server.anonymous().await;
    new.login("mona", NEW_PASSWORD.into()).await.unwrap();
    let old = server.anonymous().await;
    let refused = old.login("mona", PASSWORD.into()).await;
    assert_eq!(refusal(refused), auth_failed);
    server.stop().await;
}

#[tokio::test]
async fn a_new_password_follows_the_rules_and_the_old_one_must_be_right() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    for (new, reason) in [
        ("short", "too_short"),
        (&*"ab1!".repeat(33), "too_long"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_weak"),
        ("mona of the tests", "too_weak"),
        ("cedar-lantern\u{0}orbit-violet", "forbidden_character"),
    ] {
        let refused = mona.call(&change(new, PASSWORD)).await;
        assert_eq!(refusal(refused), invalid("new", reason), "{new}");
    }
    let wrong = mona.call(&change(NEW_PASSWORD, "not the password")).await;
    assert_eq!(refusal(wrong), ErrorCode::AuthFailed(Nothing {}));
    let request = change("new secret words", "old secret words");
    let shown = format!("{request:?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(mona.call(&WhoAmI {}).await.unwrap().username, "mona");
}

#[tokio::test]
async fn guessing_by_change_and_deletion_is_slowed_down_like_logins() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let wrong = "not the password at all";
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(refusal(mona.call(&change(NEW_PASSWORD, wrong)).await));
        let password = wrong.into();
        codes.push(refusal(mona.call(&DeleteAccount { password }).await));
    }
    assert_eq!(codes[0], ErrorCode::AuthFailed(Nothing {}));
    assert!(
        codes[1..]
            .iter()
            .any(|code| matches!(code, ErrorCode::RateLimited(_))),
        "{codes:?}"
    );
    // It is the pair that waits, whichever request it asks with.
    let login = server.anonymous().await;
    let login = login.login("mona", wrong.into()).await;
    assert!(matches!(refusal(login), ErrorCode::RateLimited(_)));
}

#[tokio::test]
async fn quotas_are_told_with_what_is_used() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let second = server.login("mona").await;
    common::sell(&mona, "Atlas", 500).await;
    let quotas = second.call(&MyQuota {}).await.unwrap();
    assert_eq!((quotas.connections.used, quotas.connections.limit), (2, 8));
    let products = quotas.products_for_sale;
    assert_eq!((products.used, products.limit), (1, 200));
    let bytes = quotas.picture_bytes;
    assert_eq!((bytes.used, bytes.limit), (0, 64 * 1024 * 1024));
}

/// Buys at the price in cents.
async fn buy(buyer: &Client, product: ProductId, minor: u64) -> Result<Confirmation, Error> {
    let request = Buy {
        key: Key::now(),
        price: common::usd(minor),
        product,
    };
    buyer.call(&request).await
}

#[tokio::test]
async fn an_export_holds_everything_over_all_pages() {
    let server = TestServer::start().await;
    let (mona, karim) = (server.user("mona").await, server.user("karim").await);
    let mut products = Vec::new();
    // More than a page holds, each with the longest description: a page must fit a frame.
    for number in 0..60 {
        let mut request = common::book(&format!("Book {number}"), 500);
        request.description = "\u{20000}".repeat(4_000);
        products.push(mona.call(&request).await.unwrap().product);
    }
    buy(&karim, products[7], 500).await.unwrap();
    let other = common::sell(&karim, "Pen", 200).await;
    let bought = buy(&mona, other, 200).await.unwrap();

    let (mut pages, mut request) = (Vec::new(), ExportAccount::default());
    loop {
        let page = mona.call(&request).await.unwrap();
        assert!(page.products.len() + page.purchases.len() <= 50);
        request.cursor = page.next.clone();
        pages.push(page);
        if request.cursor.is_none() {
            break;
        }
    }
    let profiles: Vec<_> = pages.iter().map(|page| page.profile.is_some()).collect();
    assert!(profiles[0] && profiles[1..].iter().all(|has| !has));
    let exported: Vec<_> = pages.iter().flat_map(|page| &page.products).collect();
    let ids: Vec<_> = exported.iter().rev().map(|product| product.id).collect();
    assert_eq!(ids, products);
    let sold = exported.iter().find(|product| product.id == products[7]);
    assert!(matches!(&sold.unwrap().state, OwnProductState::Sold(sold) if sold.buyer == "karim"));
    assert_eq!(exported[0].description.chars().count(), 4_000);
    let purchases: Vec<_> = pages.iter().flat_map(|page| &page.purchases).collect();
    assert_eq!(purchases.len(), 1);
    assert_eq!(purchases[0].confirmation, bought);

    let cursor = Some(Cursor::new(vec![1, 2, 3]));
    let malformed = mona.call(&ExportAccount { cursor }).await;
    assert_eq!(refusal(malformed), invalid("cursor", "malformed"));
}

#[tokio::test]
async fn a_wrong_password_deletes_nothing() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let password = "not the password at all".into();
    let refused = mona.call(&DeleteAccount { password }).await;
    assert_eq!(refusal(refused), ErrorCode::AuthFailed(Nothing {}));
    mona.call(&WhoAmI {}).await.unwrap();
}

#[tokio::test]
async fn a_deleted_account_is_gone_from_everywhere_at_once() {
    let server = TestServer::start().await;
    let (mona, karim) = (server.user("mona").await, server.user("karim").await);
    let other = server.anonymous().await;
    let token = other.login("mona", PASSWORD.into()).await.unwrap().token;
    let product = common::sell(&mona, "Atlas", 500).await;
    let events = other.events();
    let request = DeleteAccount {
        password: PASSWORD.into(),
    };
    assert!(!format!("{request:?}").contains(PASSWORD));
    mona.call(&request).await.unwrap();
    assert!(until_disconnected(events).await.contains("deleted"));
    let unauthenticated = ErrorCode::Unauthenticated(Nothing {});
    assert_eq!(refusal(mona.call(&WhoAmI {}).await), unauthenticated);
    let auth_failed = ErrorCode::AuthFailed(Nothing {});
    let resumed = server.anonymous().await.resume(token).await;
    assert_eq!(refusal(resumed), auth_failed);
    let login = server.anonymous().await;
    let login = login.login("mona", PASSWORD.into()).await;
    assert_eq!(refusal(login), auth_failed);

    let page = karim.call(&ListProducts::default()).await.unwrap();
    assert_eq!(page.products, []);
    let refused = buy(&karim, product, 500).await;
    assert_eq!(refusal(refused), ErrorCode::Withdrawn(Nothing {}));
    let detail = karim.call(&ShowProduct { id: product }).await.unwrap();
    assert!(detail.owner.starts_with("deleted-"), "{detail:?}");
    assert_eq!(detail.owner_name, "Deleted account");
    // Nobody logs in as the alias or takes it, and the name is free.
    let anonymous = server.anonymous().await;
    let login = anonymous.login(&detail.owner, PASSWORD.into()).await;
    assert_eq!(refusal(login), auth_failed);
    let taken = anonymous.call(&registration("Deleted-99")).await;
    assert_eq!(refusal(taken), invalid("username", "reserved"));
    let successor = anonymous.call(&registration("mona")).await;
    assert_eq!(successor.unwrap().username, "mona");
    server.stop().await;
}

#[tokio::test]
async fn an_account_with_a_sale_to_collect_cannot_be_deleted_by_either_side() {
    let server = TestServer::start().await;
    let (mona, karim) = (server.user("mona").await, server.user("karim").await);
    let product = common::sell(&mona, "Atlas", 500).await;
    let for_sale = common::sell(&mona, "Globe", 700).await;
    let confirmation = buy(&karim, product, 500).await.unwrap();
    for person in [&mona, &karim] {
        let password = PASSWORD.into();
        let refused = refusal(person.call(&DeleteAccount { password }).await);
        let ErrorCode::CollectionPending(pending) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(pending.collect_on, confirmation.collect_on);
        person.call(&WhoAmI {}).await.unwrap();
    }
    buy(&karim, for_sale, 700).await.unwrap();
}

#[tokio::test]
async fn a_generated_passphrase_is_accepted() {
    let server = TestServer::start().await;
    let client = server.anonymous().await;
    let least = client.server().limits.password_characters_min;
    let mut request = registration("mona");
    request.password = auboutique_client::generate_passphrase(least).unwrap();
    client.call(&request).await.unwrap();
    client.login("mona", request.password).await.unwrap();
}
