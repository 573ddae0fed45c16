//! The bare connection: every byte is its caller's, and so is every loss.

use auboutique_client::{Connection, Error, Incoming};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::Sell;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::event::{Announcement, Event};
use auboutique_protocol::ids::{Key, UnixMillis};
use auboutique_protocol::money::{Currency, Money};

use crate::peer::{Peer, pong};

fn announcement() -> Event {
    Event::Announcement(Announcement {
        at: UnixMillis(1),
        text: "The market closes early.".into(),
    })
}

#[tokio::test]
async fn answers_and_events_come_as_they_are_sent() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let first = connection.expect("ping").await;
        let second = connection.expect("ping").await;
        connection.event(&announcement()).await;
        connection.ok(second.id, &pong(2)).await;
        connection
            .refuse(Some(first.id), ErrorCode::Forbidden(Nothing {}))
            .await;
        assert_eq!(connection.next().await, None, "a goodbye");
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    assert_eq!(connection.server().agent, "peer");
    assert!(
        connection.tls().starts_with("TLS 1.3, X25519MLKEM768"),
        "{}",
        connection.tls()
    );
    let first = connection.send(&Ping {}).await.unwrap();
    let second = connection.send(&Ping {}).await.unwrap();
    assert_eq!(
        connection.receive().await.unwrap(),
        Incoming::Event(announcement())
    );
    let answered = connection.receive().await.unwrap();
    assert!(
        matches!(&answered, Incoming::Answer { id, outcome: Ok(_) } if *id == second),
        "{answered:?}"
    );
    let refused = connection.receive().await.unwrap();
    assert!(
        matches!(&refused, Incoming::Answer { id, outcome: Err(_) } if *id == first),
        "{refused:?}"
    );
    connection.close().await;
}

#[tokio::test]
async fn a_call_waits_for_its_own_answer() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let asked = connection.expect("ping").await;
        connection.event(&announcement()).await;
        connection.ok(asked.id, &pong(7)).await;
        connection.next().await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    assert_eq!(connection.call(&Ping {}).await.unwrap().time, UnixMillis(7));
}

#[tokio::test]
async fn a_server_that_asks_for_a_sign_of_life_gets_one_while_its_answer_is_awaited() {
    let peer = Peer::start(|connection, _| async move {
        let mut connection = connection.hello().await;
        let asked = connection.expect("ping").await;
        connection.event(&Event::Ping(Nothing {})).await;
        let sign = connection.expect("ping").await;
        assert_ne!(sign.id, asked.id);
        connection.ok(sign.id, &pong(1)).await;
        connection.ok(asked.id, &pong(2)).await;
        connection.next().await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    let time = connection.call(&Ping {}).await.unwrap().time;
    assert_eq!(
        time,
        UnixMillis(2),
        "the answer to the sign of life is nobody's"
    );
}

#[tokio::test]
async fn nothing_is_tried_twice() {
    let peer = Peer::start(|connection, _| async move {
        // The peer goes away without an answer.
        connection.hello().await.expect("ping").await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    let lost = connection.call(&Ping {}).await.unwrap_err();
    assert!(matches!(lost, Error::ConnectionLost { .. }), "{lost:?}");
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn nonsense_and_refusals_of_the_connection_are_told_apart_from_a_loss() {
    let peer = Peer::start(|connection, number| async move {
        let mut connection = connection.hello().await;
        connection.expect("ping").await;
        if number == 0 {
            connection.bytes(b"\x00\x00\x00\x03\xff\xff\xff").await;
        } else {
            let code = ErrorCode::SlowConsumer(Nothing {});
            connection.refuse(None, code).await;
        }
        connection.next().await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    let nonsense = connection.call(&Ping {}).await.unwrap_err();
    assert!(matches!(nonsense, Error::Protocol(_)), "{nonsense:?}");
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    let refused = connection.call(&Ping {}).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SlowConsumer(Nothing {})));
}

#[tokio::test]
async fn a_request_that_no_frame_holds_is_not_sent() {
    let peer = Peer::start(|connection, _| async move {
        let connection = connection.hello().await;
        connection.answer_pings().await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    let request = Sell {
        key: Key::now(),
        name: "A very large picture".into(),
        price: Money {
            minor: 1,
            currency: Currency::Usd,
        },
        picture: Some(ByteString(vec![0; 2 * 1024 * 1024])),
        category: "other".into(),
        description: String::new(),
    };
    let error = connection.send(&request).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    connection
        .call(&Ping {})
        .await
        .expect("the connection is as good as before");
}

#[tokio::test]
async fn receiving_can_be_given_up_and_taken_up_again() {
    let peer = Peer::start(|connection, _| async move {
        connection.hello().await.answer_pings().await;
    })
    .await;
    let mut connection = Connection::open(&peer.options()).await.unwrap();
    for _ in 0..20 {
        let id = connection.send(&Ping {}).await.unwrap();
        // Given up at once, and perhaps in the middle of a frame.
        tokio::select! {
            biased;
            incoming = connection.receive() => {
                assert!(matches!(incoming, Ok(Incoming::Answer { id: answered, .. }) if answered == id));
                continue;
            }
            () = tokio::task::yield_now() => {}
        }
        let incoming = connection.receive().await;
        assert!(matches!(incoming, Ok(Incoming::Answer { id: answered, .. }) if answered == id));
    }
}
