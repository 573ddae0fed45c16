//! Servers that do not keep to the protocol, or say something this version does not know.

use std::time::Duration;

use auboutique_client::{Client, Error, Notice, RefusalCode};
use auboutique_protocol::accounts::{Ping, WhoAmI};
use auboutique_protocol::envelope;
use auboutique_protocol::error::{After, ErrorCode, Nothing, Retry};
use auboutique_protocol::event::{Draining, Event};

use crate::peer::{Connection, Peer, good_hello, pong};

/// What a first `ping` ends with when the peer answers with these bytes.
async fn after_bytes(bytes: &'static [u8]) -> Error {
    let peer = Peer::start(move |connection, _| async move {
        let mut connection = connection.hello().await;
        connection.expect("ping").await;
        connection.bytes(bytes).await;
        // Held open: the client must not wait for the end of the connection.
        let gone = connection.next().await;
        assert_eq!(gone, None, "the client drops the connection");
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let error = client.call(&Ping {}).await.unwrap_err();
    assert_eq!(peer.connections(), 1, "nonsense is no reason to try again");
    error
}

#[tokio::test]
async fn nonsense_from_the_server_ends_the_connection() {
    let nonsense: [&[u8]; 7] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x10\x00\x01",
        b"\x00\x00\x00\x03\xff\xff\xff",
        b"\x00\x00\x00\x01\xa0",
        // {"id": 1, "ok": {}} with an id that is not in its shortest form
        b"\x00\x00\x00\x0a\xa2\x62id\x18\x01\x62ok\xa0",
    ];
    for bytes in nonsense {
        let error = after_bytes(bytes).await;
        assert!(matches!(error, Error::Protocol(_)), "{bytes:?}: {error:?}");
        assert_eq!(error.retry(), Retry::Never);
    }
}

#[tokio::test]
async fn an_answer_to_nobody_is_nonsense() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("ping").await;
        connection.ok(got.id + 1, &pong(1)).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let error = client.call(&Ping {}).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
}

#[tokio::test]
async fn a_reply_of_the_wrong_shape_is_nonsense() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("whoami").await;
        connection.ok(got.id, &pong(1)).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let error = client.call(&WhoAmI {}).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
}

#[tokio::test]
async fn a_version_that_was_not_offered_is_refused() {
    let peer = Peer::start(|mut connection, _| async move {
        connection.take_hello().await;
        let mut hello = good_hello();
        hello.version = 9;
        connection.raw(&envelope::server_hello(&hello)).await;
        connection.next().await;
    })
    .await;
    let error = Client::connect(peer.options()).await.unwrap_err();
    assert!(error.to_string().contains("version 9"), "{error}");
}

async fn refused_at_hello(code: ErrorCode) -> Error {
    let peer = Peer::start(move |mut connection: Connection, _| {
        let code = code.clone();
        async move {
            connection.take_hello().await;
            connection.refuse(None, code).await;
            connection.next().await;
        }
    })
    .await;
    Client::connect(peer.options_once()).await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_instead_of_a_hello_is_reported_as_the_refusal() {
    let error = refused_at_hello(ErrorCode::UnsupportedVersion(Nothing {})).await;
    let expected = ErrorCode::UnsupportedVersion(Nothing {});
    assert_eq!(error.code(), Some(&expected), "{error:?}");
    let error = refused_at_hello(ErrorCode::Busy(After { after_ms: 1 })).await;
    assert_eq!(error.retry(), Retry::After, "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_busy_at_the_hello_is_waited_for() {
    let peer = Peer::start(|mut connection, number| async move {
        if number > 0 {
            return connection.hello().await.answer_pings().await;
        }
        connection.take_hello().await;
        let busy = ErrorCode::Busy(After { after_ms: 1 });
        connection.refuse(None, busy).await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    client.call(&Ping {}).await.unwrap();
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_code_of_a_later_version_is_recognised_as_such() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        connection.expect("ping").await;
        // {"id": 1, "error": {"code": {"on_holiday": {}}, "message": "back\x1b[2J soon"}}
        connection
            .raw(b"\xa2\x62id\x01\x65error\xa2\x64code\xa1\x6aon_holiday\xa0\x67message\x6dback\x1b[2J soon")
            .await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let error = client.call(&Ping {}).await.unwrap_err();
    let Error::Refused(refusal) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.code, RefusalCode::Unknown("on_holiday".into()));
    assert_eq!(error.retry(), Retry::Never);
    assert!(!error.to_string().contains('\x1b'), "{error}");
}

#[tokio::test]
async fn an_event_of_a_later_version_is_passed_over_and_others_are_handed_on() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let got = connection.expect("ping").await;
        // {"seq": 1, "event": {"party": {"at": 9}}}
        connection
            .raw(b"\xa2\x63seq\x01\x65event\xa1\x65party\xa1\x62at\x09")
            .await;
        // The second event was lost on the way.
        let draining = Event::Draining(Draining {
            reconnect_after_ms: 5,
        });
        connection.raw(&envelope::event(3, &draining)).await;
        connection.ok(got.id, &pong(got.id)).await;
        connection.next().await;
    })
    .await;
    let client = Client::connect(peer.options()).await.unwrap();
    let mut events = client.events();
    client.call(&Ping {}).await.unwrap();
    assert_eq!(events.next().await, Some(Notice::Missed));
    let draining = Event::Draining(Draining {
        reconnect_after_ms: 5,
    });
    assert_eq!(events.next().await, Some(Notice::Event(draining)));
}

#[tokio::test]
async fn a_server_that_never_says_hello_is_given_up() {
    let peer = Peer::start(|mut connection, _| async move {
        connection.take_hello().await;
        connection.next().await;
    })
    .await;
    let options = peer
        .options_once()
        .hello_timeout(Duration::from_millis(100));
    let error = Client::connect(options).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
}
