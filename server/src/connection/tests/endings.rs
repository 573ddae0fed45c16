//! How a connection ends when the server stops, when its session ends, and when the peer leaves.

use super::*;
use crate::presence::Ending;

/// More than a client may have in flight; all of it waits in the pipe.
const FLOOD: u64 = 1_000;

async fn flood(peer: &mut Peer) {
    let pings: Vec<u8> = (1..=FLOOD).flat_map(|id| framed(&ping(id))).collect();
    peer.send_bytes(&pings).await;
}

#[tokio::test(start_paused = true)]
async fn a_stopping_server_tells_a_peer_that_has_not_said_hello() {
    for sent in [&b""[..], &framed(&hello())[..7]] {
        let mut peer = Peer::new().await;
        peer.send_bytes(sent).await;
        peer.drain.cancel();
        peer.expect_end(connection_error("draining")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopping_server_tells_an_anonymous_peer_and_a_member() {
    for peer in [Peer::anonymous().await, Peer::member().await] {
        peer.drain.cancel();
        peer.expect_end(event("draining")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopping_server_does_not_wait_for_the_rest_of_a_frame() {
    let mut peer = Peer::member().await;
    peer.send_bytes(&framed(&ping(1))[..6]).await;
    sleep(Duration::from_secs(1)).await;
    peer.drain.cancel();
    let since = Instant::now();
    peer.expect_end(event("draining")).await;
    assert!(since.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_when_the_server_stops_are_refused_as_draining() {
    let mut peer = Peer::member().await;
    for id in 1..=3 {
        peer.ping(id).await;
    }
    peer.drain.cancel();
    assert_eq!(peer.receive().await, event("draining"));
    for id in 1..=3 {
        let refused = Said::Error(Some(id), "draining".into());
        assert_eq!(peer.receive().await, refused);
    }
    peer.expect_end(Said::Closed).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_stops_asking_does_not_keep_a_server_from_stopping() {
    let mut peer = Peer::member().await;
    flood(&mut peer).await;
    assert_eq!(peer.receive().await, Said::Ok(1));
    peer.drain.cancel();
    let mut answered = 1;
    let refused = loop {
        match peer.receive().await {
            Said::Ok(_) => answered += 1,
            Said::Event(name) => assert_eq!(name, "draining"),
            Said::Error(Some(id), code) => {
                assert_eq!((id, code.as_str()), (answered + 1, "draining"));
                break 1;
            }
            other @ (Said::Hello | Said::Error(None, _) | Said::Closed) => panic!("{other:?}"),
        }
    };
    assert!(answered + refused < FLOOD);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_elsewhere_ends_its_connection() {
    let peer = Peer::member().await;
    peer.context
        .presence
        .end_session(USER, token(), &Ending::LoggedOut);
    peer.expect_end(event("disconnected")).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_stops_asking_does_not_outlive_its_session() {
    let mut peer = Peer::member().await;
    flood(&mut peer).await;
    peer.context
        .presence
        .end_session(USER, token(), &Ending::LoggedOut);
    peer.expect_end(event("disconnected")).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_is_closed_and_leaves_its_place() {
    for sent in [0, 2, 6] {
        let mut peer = Peer::member().await;
        peer.send_bytes(&framed(&ping(1))[..sent]).await;
        peer.stream.shutdown().await.unwrap();
        assert_eq!(peer.receive().await, Said::Closed);
        peer.connection.await.unwrap();
        let place = peer.context.presence.join(USER, &username(), token());
        assert!(place.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_vanishes_ends_its_connection() {
    for sent in [&b""[..], &framed(&ping(1))[..6], &framed(&ping(1))] {
        let mut peer = Peer::member().await;
        peer.send_bytes(sent).await;
        drop(peer.stream);
        peer.connection.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_in_flight_twice_ends_the_connection() {
    let mut peer = Peer::member().await;
    peer.send_bytes(&[framed(&ping(5)), framed(&ping(5))].concat())
        .await;
    assert_eq!(peer.receive().await, Said::Ok(5));
    peer.expect_end(connection_error("bad_request")).await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_came_before_the_end_are_answered() {
    let requests = [framed(&ping(1)), framed(&ping(2))].concat();
    let mut leaving = Peer::member().await;
    leaving.send_bytes(&requests).await;
    leaving.stream.shutdown().await.unwrap();
    let mut breaking = Peer::member().await;
    breaking
        .send_bytes(&[&requests[..], &[0; 4]].concat())
        .await;
    for (peer, end) in [
        (leaving, Said::Closed),
        (breaking, connection_error("frame_too_large")),
    ] {
        let mut peer = peer;
        assert_eq!(peer.receive().await, Said::Ok(1));
        assert_eq!(peer.receive().await, Said::Ok(2));
        peer.expect_end(end).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_falls_silent_must_log_in_all_the_same() {
    let mut peer = Peer::anonymous().await;
    let since = Instant::now();
    let mut id = 0;
    let end = loop {
        id += 1;
        peer.ping(id).await;
        let said = peer.receive().await;
        if said != Said::Ok(id) {
            break said;
        }
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(end, connection_error("timeout"));
    assert!(
        since.elapsed() < Duration::from_secs(21),
        "{:?}",
        since.elapsed()
    );
}
