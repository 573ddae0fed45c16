//! What administrators do, and what it does to members.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use auboutique_client::Client;
use auboutique_protocol::accounts::{ChangePassword, Login, Logout, Ping, Resume, WhoAmI};
use auboutique_protocol::admin::{
    Announce, Audit, AuditAction, Disconnect, Reinstate, RemoveProduct, ResetPassword,
    SessionNumber, Sessions, Suspend,
};
use auboutique_protocol::catalog::{ListProducts, ShowProduct};
use auboutique_protocol::error::{ErrorCode, Nothing, Suspended};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, TestServer, refusal, sell, usd};
use crate::harness::{admin, announcement, ask, farewell};

fn disconnect(username: &str) -> Disconnect {
    Disconnect {
        why: Some("found logged in".into()),
        session: None,
        username: Some(username.into()),
    }
}

fn suspend(username: &str) -> Suspend {
    Suspend {
        reason: "fraud".into(),
        username: username.into(),
    }
}

async fn listed(client: &Client) -> Vec<ProductId> {
    let page = client.call(&ListProducts::default()).await.unwrap();
    page.products
        .into_iter()
        .map(|product| product.id)
        .collect()
}

#[tokio::test]
async fn a_disconnected_user_is_told_why_and_has_to_log_in_again() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mona = server.user("mona").await;
    let other = server.anonymous().await;
    let token = other.login("mona", PASSWORD.into()).await.unwrap().token;
    let mut events = mona.events();
    let begun = Instant::now();
    let ended = ops.call(&disconnect("mona")).await.unwrap();
    assert_eq!((ended.sessions, ended.connections), (2, 2));
    let reason = farewell(&mut events).await;
    assert!(reason.contains("found logged in"), "{reason}");
    assert!(begun.elapsed() < Duration::from_secs(1));
    let resumed = server.anonymous().await.call(&Resume { token }).await;
    assert_eq!(refusal(resumed), ErrorCode::AuthFailed(Nothing {}));
    server.login("mona").await;
    server.stop().await;
}

#[tokio::test]
async fn one_session_is_disconnected_by_its_number() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mona = server.user("mona").await;
    let mut events = mona.events();
    let kept = server.login("mona").await;
    let sessions = ops.call(&Sessions::default()).await.unwrap();
    let first = sessions.connections.last().unwrap().session;
    let by_number = |session| Disconnect {
        why: None,
        session: Some(session),
        username: None,
    };
    let ended = ops.call(&by_number(first)).await.unwrap();
    assert_eq!((ended.sessions, ended.connections), (1, 1));
    assert!(farewell(&mut events).await.contains("operator"));
    kept.call(&WhoAmI {}).await.unwrap();
    let gone = ops.call(&by_number(SessionNumber(1))).await;
    assert_eq!(refusal(gone), ErrorCode::NotFound(Nothing {}));
    let both = Disconnect {
        username: Some("mona".into()),
        ..by_number(first)
    };
    assert_eq!(refusal(ops.call(&both).await).name(), "invalid_field");
    let entries = ops.call(&Audit::default()).await.unwrap().entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].session, Some(first));
    server.stop().await;
}

#[tokio::test]
async fn a_suspended_user_is_out_within_a_second_and_only_the_right_password_learns_why() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let product = sell(&mona, "Calculus", 500).await;
    let mut events = mona.events();
    let begun = Instant::now();
    let suspended = ops.call(&suspend("Mona")).await.unwrap();
    assert_eq!((suspended.connections, suspended.products_hidden), (1, 1));
    assert!(farewell(&mut events).await.contains("fraud"));
    assert!(begun.elapsed() < Duration::from_secs(1));
    let right = server
        .anonymous()
        .await
        .login("mona", PASSWORD.into())
        .await;
    let reason = "fraud".to_owned();
    assert_eq!(refusal(right), ErrorCode::Suspended(Suspended { reason }));
    assert!(listed(&omar).await.is_empty());
    let buy = Buy {
        key: Key::now(),
        price: usd(500),
        product,
    };
    assert_eq!(
        refusal(omar.call(&buy).await),
        ErrorCode::Withdrawn(Nothing {})
    );
    let twice = refusal(ops.call(&suspend("mona")).await);
    assert_eq!(twice.name(), "invalid_field");
    let reinstated = ask(
        &ops,
        Reinstate {
            why: None,
            username: "mona".into(),
        },
    );
    assert_eq!(reinstated.await.unwrap().products_shown, 1);
    assert_eq!(listed(&omar).await, [product]);
    server.login("mona").await;
    omar.call(&buy).await.unwrap();
    ops.call(&suspend("mona")).await.unwrap();
    let wrong = server.anonymous().await.login("mona", "wrong".into()).await;
    assert_eq!(refusal(wrong), ErrorCode::AuthFailed(Nothing {}));
    server.stop().await;
}

#[tokio::test]
async fn a_one_time_password_serves_to_choose_another_and_for_nothing_else() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mona = server.user("mona").await;
    let mut events = mona.events();
    let reset = ask(
        &ops,
        ResetPassword {
            why: Some("forgotten".into()),
            username: "mona".into(),
        },
    );
    let once = reset.await.unwrap().password;
    assert!(farewell(&mut events).await.contains("new password"));
    let client = server.anonymous().await;
    let token = client.login("mona", once.clone()).await.unwrap().token;
    let must_change = ErrorCode::MustChangePassword(Nothing {});
    assert_eq!(refusal(client.call(&WhoAmI {}).await), must_change);
    client.call(&Ping {}).await.unwrap();
    let other = server.anonymous().await;
    other.resume(token).await.unwrap();
    let listed = other.call(&ListProducts::default()).await;
    assert_eq!(refusal(listed), must_change);
    let change = ChangePassword {
        new: "willow-copper-lantern-tide".into(),
        old: once,
    };
    client.call(&change).await.unwrap();
    client.call(&WhoAmI {}).await.unwrap();
    client.call(&Logout {}).await.unwrap();
    let old = server
        .anonymous()
        .await
        .login("mona", PASSWORD.into())
        .await;
    assert_eq!(refusal(old), ErrorCode::AuthFailed(Nothing {}));
    server.stop().await;
}

#[tokio::test]
async fn a_one_time_password_lets_in_whoever_was_guessed_at_all_day() {
    let settings = "[limits.login]\nfailures_per_day_max = 10\n";
    let server = TestServer::start_configured(settings).await;
    let ops = admin(&server, "ops").await;
    server.user("mona").await;
    // Somebody with many addresses.
    for source in 2..12 {
        assert_eq!(try_from(&server, source, "wrong").await, "auth_failed");
    }
    assert_eq!(try_from(&server, 20, PASSWORD).await, "rate_limited");
    // Where she has logged in before she is known.
    server.login("mona").await;
    let reset = ResetPassword {
        why: None,
        username: "mona".into(),
    };
    let once = ask(&ops, reset).await.unwrap().password;
    assert_eq!(try_from(&server, 21, "wrong").await, "auth_failed");
    assert_eq!(try_from(&server, 22, &once.0).await, "ok");
    server.stop().await;
}

/// What comes of a login of mona from 127.0.0.`source`.
async fn try_from(server: &TestServer, source: u8, password: &str) -> String {
    let source = Ipv4Addr::new(127, 0, 0, source);
    let mut client = RawClient::silent_from(server, source).await.unwrap();
    client.greet().await;
    let login = Login {
        password: password.into(),
        username: "mona".into(),
    };
    client.request(1, &login).await;
    let answer = client.receive().await;
    if let Received::Error { code, .. } = answer {
        return code;
    }
    assert!(matches!(answer, Received::Ok { .. }), "{answer:?}");
    "ok".into()
}

#[tokio::test]
async fn the_owner_of_a_removed_product_is_told_at_once_or_at_the_next_login() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let mona = server.user("mona").await;
    let (first, second) = (
        sell(&mona, "Calculus", 500).await,
        sell(&mona, "Analysis", 600).await,
    );
    let mut events = mona.events();
    let remove = |product| RemoveProduct {
        reason: "not allowed here".into(),
        product,
    };
    ops.call(&remove(first)).await.unwrap();
    let told = announcement(&mut events).await;
    assert!(
        told.contains("Calculus") && told.contains("not allowed here"),
        "{told}"
    );
    let again = refusal(ops.call(&remove(first)).await);
    assert_eq!(again, ErrorCode::Withdrawn(Nothing {}));
    mona.call(&Logout {}).await.unwrap();
    ops.call(&remove(second)).await.unwrap();
    let back = server.anonymous().await;
    let mut events = back.events();
    back.login("mona", PASSWORD.into()).await.unwrap();
    assert!(announcement(&mut events).await.contains("Analysis"));
    let shown = back.call(&ShowProduct { id: second }).await.unwrap();
    assert!(format!("{:?}", shown.state).contains("Withdrawn"));
    server.stop().await;
}

#[tokio::test]
async fn an_announcement_reaches_everybody_online_and_everything_is_in_the_audit() {
    let server = TestServer::start().await;
    let ops = admin(&server, "ops").await;
    let second = admin(&server, "second").await;
    let (mona, omar) = (server.user("mona").await, server.user("omar").await);
    let mut heard = [mona.events(), omar.events()];
    let announced = ask(
        &second,
        Announce {
            text: "Closed on Friday.".into(),
        },
    );
    assert_eq!(announced.await.unwrap().connections, 2);
    for events in &mut heard {
        assert_eq!(announcement(events).await, "Closed on Friday.");
    }
    ops.call(&disconnect("omar")).await.unwrap();
    ops.call(&suspend("mona")).await.unwrap();
    let entries = ops.call(&Audit::default()).await.unwrap().entries;
    let short: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.actor.as_str(),
                entry.action,
                entry.username.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("ops", AuditAction::Suspend, Some("mona")),
            ("ops", AuditAction::Disconnect, Some("omar")),
            ("second", AuditAction::Announce, None),
        ]
    );
    assert_eq!(entries[1].why.as_deref(), Some("found logged in"));
    assert_eq!(entries[2].text.as_deref(), Some("Closed on Friday."));
    let of_second = Audit {
        actor: Some("second".into()),
        ..Audit::default()
    };
    assert_eq!(ops.call(&of_second).await.unwrap().entries.len(), 1);
    server.stop().await;
}
