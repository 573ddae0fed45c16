//! Connections that break, servers that fall silent, and what is sent again afterwards.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auboutique_client::{Client, Error, RetryPolicy};
use auboutique_protocol::accounts::{LoggedIn, Ping, Profile, Register, WhoAmI};
use auboutique_protocol::error::{After, ErrorCode, Nothing, Retry};
use auboutique_protocol::ids::{Key, ProductId, Token, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::{Buy, Confirmation};
use auboutique_protocol::{codec, envelope};

use crate::peer::{Connection, Got, Peer, pong};

fn buy() -> Buy {
    Buy {
        key: Key::now(),
        price: price(),
        product: ProductId(7),
    }
}

fn price() -> Money {
    Money {
        minor: 1250,
        currency: Currency::Usd,
    }
}

fn confirmation(got: &Got) -> Confirmation {
    let buy: Buy = codec::decode(&got.body).unwrap();
    Confirmation {
        code: "K7P-3QX".into(),
        price: buy.price,
        product: buy.product,
        sold_at: UnixMillis(1),
        purchase: buy.key,
        collect_at: "AUB Post Office".into(),
        collect_on: "2026-01-05".into(),
        collect_hours: "08:00-16:00".into(),
    }
}

fn profile() -> Profile {
    Profile {
        name: "Mona".into(),
        email: "mona@example.org".into(),
        username: "mona".into(),
        member_since: UnixMillis(1),
    }
}

#[tokio::test]
async fn a_purchase_whose_answer_was_lost_is_asked_for_again_with_the_same_key() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&bodies);
    let peer = Peer::start(move |connection, number| {
        let noted = Arc::clone(&noted);
        async move {
            let mut connection = connection.hello().await;
            let got = connection.expect("buy").await;
            noted.lock().unwrap().push(got.body.clone());
            if number > 0 {
                connection.ok(got.id, &confirmation(&got)).await;
                connection.next().await;
            }
        }
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let request = buy();
    let confirmation = client.call(&request).await.unwrap();
    assert_eq!(confirmation.purchase, request.key);
    let bodies = bodies.lock().unwrap();
    assert_eq!(*bodies, vec![codec::encode(&request); 2]);
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_a_reply_is_asked_again() {
    let peer = Peer::start(|connection, number| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("ping").await;
        if number == 0 {
            return connection.bytes(b"\x00\x00\x00\x20\xa2\x62id").await;
        }
        connection.ok(got.id, &pong(got.id)).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    client.call(&Ping {}).await.unwrap();
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn what_may_not_be_repeated_ends_with_an_unknown_outcome() {
    let peer = Peer::start(|connection, _| async move {
        connection.hello().await.expect("register").await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let request = Register {
        name: "Mona".into(),
        email: "mona@example.org".into(),
        password: "a very long passphrase".into(),
        username: "mona".into(),
    };
    let error = client.call(&request).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::SameKey);
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_purchase_without_any_answer_ends_with_an_unknown_outcome() {
    let peer = Peer::start(|connection, _| async move {
        connection.hello().await.expect("buy").await;
    })
    .await;
    let policy = RetryPolicy {
        attempts_max: 3,
        ..RetryPolicy::default()
    };
    let client = Client::connect(peer.options().retry(policy)).await.unwrap();
    let error = client.call(&buy()).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(peer.connections(), 3);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        while connection.next().await.is_some() {}
    })
    .await;
    let options = peer
        .options_once()
        .answer_timeout(Duration::from_millis(200));
    let client = Client::connect(options).await.unwrap();
    let error = client.call(&Ping {}).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    let error = client.call(&buy()).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
}

#[tokio::test]
async fn busy_is_waited_for_and_rate_limited_is_not() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("ping").await;
        let busy = ErrorCode::Busy(After { after_ms: 20 });
        connection.refuse(Some(got.id), busy).await;
        let got = connection.expect("ping").await;
        connection.ok(got.id, &pong(got.id)).await;
        let got = connection.expect("ping").await;
        let limited = ErrorCode::RateLimited(After { after_ms: 20 });
        connection.refuse(Some(got.id), limited).await;
        assert_eq!(connection.next().await, None);
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let started = std::time::Instant::now();
    client.call(&Ping {}).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(20));
    let error = client.call(&Ping {}).await.unwrap_err();
    assert_eq!(error.retry(), Retry::After, "{error:?}");
    client.close().await;
}

#[tokio::test]
async fn a_draining_server_is_left_and_the_request_goes_to_the_next_connection() {
    let peer = Peer::start(|connection, number| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("register").await;
        if number == 0 {
            let draining = ErrorCode::Draining(Nothing {});
            connection.refuse(Some(got.id), draining).await;
            assert_eq!(connection.next().await, None, "the connection is left");
            return;
        }
        let username = "mona".to_owned();
        let registered = auboutique_protocol::accounts::Registered { username };
        connection.ok(got.id, &registered).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let request = Register {
        name: "Mona".into(),
        email: "mona@example.org".into(),
        password: "a very long passphrase".into(),
        username: "mona".into(),
    };
    client.call(&request).await.unwrap();
    assert_eq!(peer.connections(), 2);
}

async fn log_in(connection: &mut Connection) {
    let got = connection.expect("login").await;
    let reply = LoggedIn {
        token: Token([5; 32]),
        profile: profile(),
    };
    connection.ok(got.id, &reply).await;
}

#[tokio::test]
async fn a_reconnect_logs_in_again_with_the_token() {
    let peer = Peer::start(|connection, number| async move {
        let mut connection = connection.hello().await;
        if number == 0 {
            return log_in(&mut connection).await;
        }
        let got = connection.expect("resume").await;
        assert!(got.body.ends_with(&[5; 32]));
        connection.ok(got.id, &profile()).await;
        let got = connection.expect("whoami").await;
        connection.ok(got.id, &profile()).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    client
        .login("mona", "a very long passphrase".into())
        .await
        .unwrap();
    assert_eq!(client.call(&WhoAmI {}).await.unwrap(), profile());
}

#[tokio::test]
async fn a_void_token_is_forgotten_and_the_request_gets_its_own_answer() {
    for void in [
        ErrorCode::Unauthenticated(Nothing {}),
        ErrorCode::AuthFailed(Nothing {}),
    ] {
        let peer = Peer::start(move |connection, number| {
            let void = void.clone();
            async move {
                let mut connection = connection.hello().await;
                if number == 0 {
                    return log_in(&mut connection).await;
                }
                let got = connection.expect("resume").await;
                connection.refuse(Some(got.id), void).await;
                let got = connection.expect("whoami").await;
                let unauthenticated = ErrorCode::Unauthenticated(Nothing {});
                connection.refuse(Some(got.id), unauthenticated).await;
                connection.next().await;
            }
        })
        .await;
        let client = Client::connect(peer.options()).await.unwrap();
        let password = "a very long passphrase".into();
        client.login("mona", password).await.unwrap();
        let error = client.call(&WhoAmI {}).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated(Nothing {})));
        assert!(error.is_of_login());
    }
}

#[tokio::test]
async fn a_refusal_of_the_whole_connection_reaches_every_waiter() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        connection.expect("ping").await;
        connection.expect("ping").await;
        connection
            .refuse(None, ErrorCode::BadRequest(Nothing {}))
            .await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let (one, two) = tokio::join!(client.call(&Ping {}), client.call(&Ping {}));
    for outcome in [one, two] {
        let error = outcome.unwrap_err();
        assert_eq!(
            error.code(),
            Some(&ErrorCode::BadRequest(Nothing {})),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn nobody_listening_is_reported_at_once() {
    let peer = Peer::start(|_, _| async {}).await;
    let options = peer.options();
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let address = auboutique_certs::ServerAddress {
        host: options.address().host.clone(),
        port,
    };
    let trust = auboutique_certs::Trust::Pinned(peer.identity.ca_fingerprint.unwrap());
    let options = auboutique_client::ConnectOptions::new(address, &trust).unwrap();
    let error = Client::connect(options).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::NewConnection);
}

#[tokio::test]
async fn a_request_above_the_limit_of_the_server_is_not_sent() {
    let peer = Peer::start(|mut connection, _| async move {
        connection.take_hello().await;
        let mut hello = crate::peer::good_hello();
        hello.limits.frame_bytes_max = 64;
        connection.raw(&envelope::server_hello(&hello)).await;
        assert_eq!(connection.next().await, None);
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let request = auboutique_protocol::accounts::Login {
        username: "m".repeat(64),
        password: "a very long passphrase".into(),
    };
    let error = client.call(&request).await.unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { max: 64, .. }),
        "{error:?}"
    );
    client.close().await;
    assert!(matches!(client.call(&Ping {}).await, Err(Error::Closed)));
}
