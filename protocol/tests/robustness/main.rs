//! Hostile bytes: nothing panics, and whatever is accepted has exactly one encoding.
//!
//! Frames come from three sources: bytes at random, damaged vectors, and well-formed CBOR near the
//! shapes of the requests. The last test shows that enough of them get through to mean something.

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::call::{AdminCall, MemberCall};
use auboutique_protocol::envelope::{self, ClientFrame};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::event::Event;
use auboutique_protocol::strict;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

#[path = "../../../fuzz/checks/codec.rs"]
mod checks;
mod corpus;
mod requests;
mod sources;

use checks::{
    Outcome, agrees_with_a_general_decoder, canonical, receive_as_client, receive_as_server,
};

/// No file of past failures: a failing case goes into a named test instead.
fn config() -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(512)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes_at_random_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        receive_as_server(&bytes);
        receive_as_client(&bytes);
        agrees_with_a_general_decoder(&bytes);
        for row in MemberCall::TABLE {
            let _ = MemberCall::decode(row.name, &bytes);
        }
        for name in ErrorCode::NAMES {
            let _ = ErrorCode::decode(name, &bytes);
        }
        for name in Event::NAMES {
            let _ = Event::decode(name, &bytes);
        }
        for row in AdminCall::TABLE {
            let _ = AdminCall::decode(row.name, &bytes);
        }
        for name in AdminEvent::NAMES {
            let _ = AdminEvent::decode(name, &bytes);
        }
    }

    #[test]
    fn a_damaged_vector_is_refused_or_has_one_encoding(frame in sources::damaged_vector()) {
        receive_as_server(&frame);
        receive_as_client(&frame);
        agrees_with_a_general_decoder(&frame);
    }

    #[test]
    fn a_frame_near_a_request_is_refused_or_has_one_encoding(frame in sources::near_request()) {
        prop_assert_ne!(receive_as_server(&frame), Outcome::Refused);
        agrees_with_a_general_decoder(&frame);
    }

    #[test]
    fn every_item_of_the_subset_is_accepted(value in sources::item()) {
        let mut bytes = Vec::new();
        ciborium::into_writer(&canonical(value), &mut bytes).expect("a Vec takes all");
        prop_assert_eq!(strict::check(&bytes), Ok(()));
        agrees_with_a_general_decoder(&bytes);
        receive_as_server(&bytes);
        receive_as_client(&bytes);
    }

    #[test]
    fn every_request_comes_back_with_the_values_it_was_sent_with(
        id in any::<u64>(),
        request in requests::any_request(),
    ) {
        let name = request.row().name;
        let frame = envelope::call_encoded(id, name, &request.encode_body());
        let Ok(ClientFrame::Call { id: found, call }) = ClientFrame::parse(&frame) else {
            panic!("a request of ours is refused: {request:?}");
        };
        prop_assert_eq!((found, call.name), (id, name));
        prop_assert_eq!(MemberCall::decode(call.name, call.body), Ok(request));
    }
}

#[test]
fn the_sources_reach_the_decoder_often_and_reach_every_request() {
    let mut runner = TestRunner::deterministic();
    let mut outcomes = |source: BoxedStrategy<Vec<u8>>| -> Vec<(Vec<u8>, Outcome)> {
        let mut draw = || source.new_tree(&mut runner).expect("a sample").current();
        let frames = (0..3000).map(|_| draw());
        frames
            .map(|frame| {
                let outcome = receive_as_server(&frame);
                (frame, outcome)
            })
            .collect()
    };
    let share = |outcomes: &[(Vec<u8>, Outcome)], wanted: Outcome| {
        outcomes
            .iter()
            .filter(|(_, found)| *found == wanted)
            .count()
    };
    let near = outcomes(sources::near_request().boxed());
    assert!(share(&near, Outcome::Decoded) > 300, "too few decode");
    assert!(share(&near, Outcome::Scanned) > 300, "too few are refused");
    for row in MemberCall::TABLE {
        let reached = near.iter().any(|(frame, outcome)| {
            *outcome == Outcome::Decoded
                && matches!(ClientFrame::parse(frame), Ok(ClientFrame::Call { call, .. }) if call.name == row.name)
        });
        assert!(reached, "no {} decoded", row.name);
    }
    let damaged = outcomes(sources::damaged_vector().boxed());
    assert!(share(&damaged, Outcome::Decoded) > 30, "too few decode");
    assert!(
        share(&damaged, Outcome::Refused) > 300,
        "too few are refused"
    );
}
