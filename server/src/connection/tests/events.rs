//! How events reach a client, and what becomes of one that does not take them.

use std::sync::Arc;

use auboutique_protocol::codec;
use auboutique_protocol::event::{Announcement, Event, Topic, Watch};
use auboutique_protocol::ids::ProductId;

use super::*;
use crate::feed::ProductNews;

/// An event of about a thousand bytes, so that few of them fill a narrow pipe.
fn leave(peer: &Peer, count: usize) {
    let event = Event::Announcement(Announcement {
        at: UnixMillis(0),
        text: "x".repeat(1_000),
    });
    let event: Arc<[u8]> = codec::encode(&event).into();
    for _ in 0..count {
        peer.context.presence.tell(&username(), None, &event);
    }
}

/// Everything that the server says until it closes, as name and count.
async fn rest(peer: &mut Peer) -> Vec<(Said, usize)> {
    let mut all: Vec<(Said, usize)> = Vec::new();
    loop {
        let said = peer.receive().await;
        match all.last_mut() {
            Some((last, count)) if *last == said => *count += 1,
            _ => all.push((said.clone(), 1)),
        }
        if said == Said::Closed {
            return all;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn events_reach_a_client_that_asks_for_nothing() {
    let mut peer = Peer::member().await;
    leave(&peer, 3);
    for _ in 0..3 {
        assert_eq!(peer.receive().await, event("announcement"));
    }
}

#[tokio::test(start_paused = true)]
async fn events_reach_a_client_that_never_stops_asking() {
    let mut peer = Peer::member().await;
    let pings: Vec<u8> = (1..=1_000).flat_map(|id| framed(&ping(id))).collect();
    peer.send_bytes(&pings).await;
    assert_eq!(peer.receive().await, Said::Ok(1));
    leave(&peer, 1);
    let mut answered = 1;
    while peer.receive().await != event("announcement") {
        answered += 1;
    }
    assert!(answered < 1_000, "{answered}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_late_is_told_to_read_again_and_stays() {
    let mut peer = Peer::member_over(4 * 1024).await;
    // One fills the pipe and what is gathered; the rest overflows the queue once.
    leave(&peer, 100);
    sleep(Duration::from_millis(1)).await;
    leave(&peer, 300);
    let mut resyncs = 0;
    peer.ping(1).await;
    loop {
        match peer.receive().await {
            Said::Ok(1) => break,
            Said::Event(name) if name == "resync" => resyncs += 1,
            Said::Event(name) => assert_eq!(name, "announcement"),
            other @ (Said::Hello | Said::Ok(_) | Said::Error(..) | Said::Closed) => {
                panic!("{other:?}")
            }
        }
    }
    assert_eq!(resyncs, 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_while_ten_thousand_events_pass_is_cut_off() {
    let mut peer = Peer::member_over(4 * 1024).await;
    let other = peer
        .context
        .presence
        .join(USER, &username(), token())
        .unwrap();
    for _ in 0..100 {
        leave(&peer, 100);
        // Whoever takes them misses nothing.
        let taken = std::iter::from_fn(|| other.mailbox().take()).count();
        assert_eq!(taken, 100);
        sleep(Duration::from_millis(1)).await;
    }
    // What was on its way when the pipe was full, then that something is missing, then why it ends.
    let said = rest(&mut peer).await;
    let [(announcement, written), rest @ ..] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(announcement, &event("announcement"));
    assert!((1..=100).contains(written), "{written} of the first 100");
    let expected = [
        (event("resync"), 1),
        (connection_error("slow_consumer"), 1),
        (Said::Closed, 1),
    ];
    assert_eq!(rest, expected);
    drop(peer.stream);
    peer.connection.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_watched_comes_ten_times_a_second() {
    let mut peer = Peer::member().await;
    let watch = |topics: &[Topic]| Watch {
        topics: topics.to_vec(),
    };
    peer.send(&envelope::call(1, &watch(&[Topic::Products])))
        .await;
    assert_eq!(peer.receive().await, Said::Ok(1));
    let since = Instant::now();
    for number in 1..=5 {
        let sold = [(ProductId(number), ProductNews::Sold)];
        peer.context.feed.products(sold);
        assert_eq!(peer.receive().await, event("product_sold"));
    }
    assert_eq!(since.elapsed().as_millis(), 400);
    peer.context.feed.resync();
    assert_eq!(peer.receive().await, event("resync"));

    peer.send(&envelope::call(2, &watch(&[]))).await;
    assert_eq!(peer.receive().await, Said::Ok(2));
    peer.context
        .feed
        .products([(ProductId(9), ProductNews::Sold)]);
    sleep(Duration::from_secs(1)).await;
    peer.ping(3).await;
    assert_eq!(peer.receive().await, Said::Ok(3));
}

#[tokio::test(start_paused = true)]
async fn only_who_is_logged_in_can_watch() {
    let mut peer = Peer::anonymous().await;
    let topics = vec![Topic::Products];
    peer.send(&envelope::call(1, &Watch { topics })).await;
    let refused = Said::Error(Some(1), "unauthenticated".into());
    assert_eq!(peer.receive().await, refused);
    assert!(!peer.context.feed.is_watched());
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_connection_are_numbered_without_a_gap() {
    let mut peer = Peer::member_over(4 * 1024).await;
    leave(&peer, 400);
    let mut expected = 0;
    while expected < 20 {
        let next = peer.reader.next(&mut peer.stream, FRAME_BYTES_MAX).await;
        let frame = next.unwrap().unwrap();
        if let ServerFrame::Event { seq, .. } = ServerFrame::parse(&frame).unwrap() {
            expected += 1;
            assert_eq!(seq, expected);
        }
    }
}
