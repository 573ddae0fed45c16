//! Whoever is silent, or slow, for too long is told so and closed; nobody else is.

use auboutique_protocol::accounts::Login;
use auboutique_protocol::codec::head;
use tokio::io::AsyncReadExt as _;

use super::super::clock::{Clock, Due};
use super::*;

/// A request with this many bytes in a field that it does not have.
fn request_of(bytes: usize) -> Vec<u8> {
    let mut body = Vec::new();
    head::map(1, &mut body);
    head::text("x", &mut body);
    let around = envelope::call_encoded(7, "ping", &body).len() + 5;
    head::bytes(&vec![0; bytes - around], &mut body);
    let request = envelope::call_encoded(7, "ping", &body);
    assert_eq!(request.len(), bytes);
    request
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_hello_ends_after_5_s() {
    let mut peer = Peer::new().await;
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 5);
    peer.expect_end(Said::Closed).await;
}

#[tokio::test(start_paused = true)]
async fn a_hello_that_trickles_in_has_5_s_for_all_of_it() {
    let mut peer = Peer::new().await;
    for byte in &framed(&hello())[..4] {
        peer.send_bytes(&[*byte]).await;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_login_has_20_s() {
    let mut peer = Peer::anonymous().await;
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 20);
    peer.expect_end(Said::Closed).await;
}

#[tokio::test(start_paused = true)]
async fn other_requests_do_not_prolong_the_time_for_a_login() {
    let mut peer = Peer::anonymous().await;
    for second in [4, 8, 12, 16, 19] {
        peer.until_second(second).await;
        peer.ping(second).await;
        assert_eq!(peer.receive().await, Said::Ok(second));
    }
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_login_takes_the_server_does_not_count() {
    let mut peer = Peer::anonymous().await;
    peer.until_second(15).await;
    let stillness = Stillness::begin();
    let login = Login {
        password: "wrong".into(),
        username: "nobody".into(),
    };
    peer.send(&envelope::call(1, &login)).await;
    tokio::task::yield_now().await;
    time::advance(Duration::from_secs(15)).await;
    let answer = peer.receive().await;
    assert_eq!(answer, Said::Error(Some(1), "auth_failed".into()));
    drop(stillness);
    assert_eq!(peer.seconds(), 30);
    peer.until_second(49).await;
    peer.ping(2).await;
    assert_eq!(peer.receive().await, Said::Ok(2));
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_anonymous_frame_has_10_s_however_it_drips() {
    let mut peer = Peer::anonymous().await;
    peer.until_second(3).await;
    for byte in &framed(&ping(1))[..9] {
        peer.send_bytes(&[*byte]).await;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 13);
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_frame_does_not_prolong_the_time_for_a_login() {
    let mut peer = Peer::anonymous().await;
    peer.until_second(15).await;
    peer.send_bytes(&[0, 0]).await;
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_small_frame_of_a_member_has_10_s() {
    let mut peer = Peer::member().await;
    peer.until_second(29).await;
    peer.send_bytes(&framed(&ping(1))[..5]).await;
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 39);
}

#[tokio::test(start_paused = true)]
async fn a_large_frame_of_a_member_has_a_second_more_for_every_8_kib() {
    let mut peer = Peer::member().await;
    let request = framed(&request_of(FRAME_BYTES_MAX));
    for chunk in request.chunks(8 * 1024) {
        peer.send_bytes(chunk).await;
        sleep(Duration::from_secs(1)).await;
    }
    let answer = Said::Error(Some(7), "bad_request".into());
    assert_eq!(peer.receive().await, answer);
    assert_eq!(
        peer.seconds(),
        129,
        "one chunk more than 128 for the header"
    );

    peer.send_bytes(&request[..request.len() - 1]).await;
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 129 + 10 + 128);
}

#[tokio::test(start_paused = true)]
async fn a_member_is_pinged_after_30_s_of_silence_and_closed_after_90() {
    let mut peer = Peer::member().await;
    for second in [30, 60] {
        assert_eq!(peer.receive().await, event("ping"));
        assert_eq!(peer.seconds(), second);
    }
    assert_eq!(peer.receive().await, connection_error("timeout"));
    assert_eq!(peer.seconds(), 90);
    peer.expect_end(Said::Closed).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_that_answers_pings_stays() {
    let mut peer = Peer::member().await;
    for round in 1..=20 {
        assert_eq!(peer.receive().await, event("ping"));
        assert_eq!(peer.seconds(), 30 * round);
        peer.ping(round).await;
        assert_eq!(peer.receive().await, Said::Ok(round));
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_asks_now_and_then_is_left_in_peace() {
    let mut peer = Peer::member().await;
    for round in 1..=20 {
        peer.until_second(20 * round).await;
        peer.ping(round).await;
        assert_eq!(peer.receive().await, Said::Ok(round));
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_came_whole_leaves_no_deadline_behind() {
    let mut peer = Peer::member().await;
    peer.until_second(1).await;
    // The second frame is finished 9 s later, and so must not count from the first.
    let second = framed(&ping(2));
    peer.send_bytes(&[&framed(&ping(1))[..], &second[..3]].concat())
        .await;
    assert_eq!(peer.receive().await, Said::Ok(1));
    peer.until_second(10).await;
    let third = framed(&ping(3));
    peer.send_bytes(&[&second[3..], &third[..3]].concat()).await;
    assert_eq!(peer.receive().await, Said::Ok(2));
    peer.until_second(19).await;
    peer.send_bytes(&third[3..]).await;
    assert_eq!(peer.receive().await, Said::Ok(3));
    assert_eq!(peer.receive().await, event("ping"));
    assert_eq!(peer.seconds(), 49);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_for_10_s_is_gone() {
    let mut peer = Peer::member_over(64).await;
    let writing = async {
        // More answers than the pipe holds; the writes end in an error when the server leaves.
        for id in 0.. {
            if peer.stream.write_all(&framed(&ping(id))).await.is_err() {
                break;
            }
        }
    };
    writing.await;
    let seconds = peer.since.elapsed().as_secs();
    assert!((10..=11).contains(&seconds), "{seconds}");
    peer.connection.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_its_answers_slowly_gets_all_of_them() {
    let mut peer = Peer::member_over(16).await;
    peer.ping(1).await;
    let mut answer = Vec::new();
    // A pipe's worth every 9 s.
    let length = loop {
        sleep(Duration::from_secs(9)).await;
        let mut part = [0; 16];
        let count = peer.stream.read(&mut part).await.unwrap();
        answer.extend_from_slice(&part[..count]);
        let length = 4 + u32::from_be_bytes(answer[..4].try_into().unwrap()) as usize;
        if answer.len() >= length {
            break length;
        }
    };
    assert_eq!(answer.len(), length);
    assert!(peer.seconds() >= 18, "it takes more than one pipe");
    assert!(matches!(
        ServerFrame::parse(&answer[4..]),
        Ok(ServerFrame::Ok { id: 1, .. })
    ));
}

/// What has happened on a connection before the next deadline is asked for, with the second.
enum Step {
    Begun(u64),
    Complete(u64),
    Answered(u64, bool),
    Pinged(u64),
}
use Step::{Answered, Begun, Complete, Pinged};

#[tokio::test(start_paused = true)]
async fn the_clock_names_the_next_deadline_in_every_state() {
    const KIB: usize = 1024;
    let peer = Peer::anonymous().await;
    let (anonymous, member) = (Session::Anonymous, member(&peer.context));
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    for (session, steps, announced, expected) in [
        (&anonymous, &[][..], None, (20, Due::Close)),
        (&anonymous, &[Begun(3)], None, (13, Due::Close)),
        (&anonymous, &[Begun(3)], Some(4 * KIB), (13, Due::Close)),
        (&anonymous, &[Begun(3), Begun(8)], None, (13, Due::Close)),
        (&anonymous, &[Begun(15)], None, (20, Due::Close)),
        (&anonymous, &[Begun(3), Complete(4)], None, (20, Due::Close)),
        (&anonymous, &[Answered(5, false)], None, (20, Due::Close)),
        (&anonymous, &[Answered(5, true)], None, (25, Due::Close)),
        (&member, &[], None, (30, Due::Ping)),
        (&member, &[Complete(7)], None, (37, Due::Ping)),
        (&member, &[Answered(9, true)], None, (39, Due::Ping)),
        (&member, &[Pinged(30)], None, (60, Due::Ping)),
        (&member, &[Pinged(30), Pinged(60)], None, (90, Due::Close)),
        (&member, &[Pinged(30), Complete(31)], None, (61, Due::Ping)),
        (&member, &[Begun(2)], None, (12, Due::Close)),
        (&member, &[Begun(2)], Some(8 * KIB - 1), (12, Due::Close)),
        (&member, &[Begun(2)], Some(8 * KIB), (13, Due::Close)),
        (&member, &[Begun(2)], Some(1024 * KIB), (140, Due::Close)),
        (&member, &[Begun(85)], Some(KIB), (95, Due::Close)),
    ] {
        let mut clock = Clock::start(start);
        for step in steps {
            match *step {
                Begun(second) => clock.frame_begun(at(second)),
                Complete(second) => clock.frame_complete(at(second)),
                Answered(second, restarts) => clock.answered(at(second), restarts),
                Pinged(second) => clock.pinged(at(second)),
            }
        }
        let (instant, due) = clock.next(announced, matches!(session, Session::Anonymous));
        assert_eq!(((instant - start).as_secs(), due), expected);
    }
}
