//! Accounts over real TLS: registering, logging in, staying logged in, logging out.

mod common;

use std::time::Duration;

use auboutique_client::Notice;
use auboutique_protocol::accounts::Password;
use auboutique_protocol::accounts::{Logout, Register, WhoAmI};
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::error::{ErrorCode, InvalidField, Nothing};
use auboutique_protocol::event::Event;
use auboutique_protocol::ids::Token;
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
