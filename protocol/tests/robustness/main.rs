//! Hostile bytes: nothing panics, and whatever is accepted has exactly one encoding.
//!
//! Frames come from three sources: bytes at random, damaged vectors, and well-formed CBOR near the
//! shapes of the requests. The last test shows that enough of them get through to mean something.

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::call::{AdminCall, MemberCall};
use auboutique_protocol::envelope::{self, ClientFrame, ServerFrame};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::event::Event;
use auboutique_protocol::strict;
use ciborium::Value;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

mod requests;
mod sources;

/// No file of past failures: a failing case goes into a named test instead.
fn config() -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(512)
    }
}

/// What became of a frame on its way in.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Scanned,
    Decoded,
}

/// Takes a frame through everything that a server does to it, and checks that nothing is accepted
/// which this crate would have written in another way.
fn receive_as_server(frame: &[u8]) -> Outcome {
    let parsed = ClientFrame::parse(frame);
    assert_eq!(parsed.map(drop), strict::check(frame));
    let Ok(parsed) = parsed else {
        return Outcome::Refused;
    };
    let ClientFrame::Call { id, call } = parsed else {
        return Outcome::Scanned;
    };
    if let Ok(request) = AdminCall::decode(call.name, call.body) {
        let again = envelope::call_encoded(id, call.name, &request.encode_body());
        assert_eq!(again, frame, "{request:?}");
    }
    let Ok(request) = MemberCall::decode(call.name, call.body) else {
        return Outcome::Scanned;
    };
    let again = envelope::call_encoded(id, call.name, &request.encode_body());
    assert_eq!(again, frame, "{request:?}");
    Outcome::Decoded
}

/// Takes a frame through what a client does to it.
fn receive_as_client(frame: &[u8]) {
    let parsed = ServerFrame::parse(frame);
    assert_eq!(parsed.map(drop), strict::check(frame));
    match parsed {
        Ok(ServerFrame::Error { code, .. }) => {
            let known = ErrorCode::NAMES.contains(&code.name);
            let decoded = ErrorCode::decode(code.name, code.body);
            assert!(known || decoded == Ok(None), "{decoded:?}");
        }
        Ok(ServerFrame::Event { event, .. }) => {
            let known = Event::NAMES.contains(&event.name);
            let decoded = Event::decode(event.name, event.body);
            assert!(known || decoded == Ok(None), "{decoded:?}");
        }
        Ok(ServerFrame::Hello(_) | ServerFrame::Ok { .. } | ServerFrame::Malformed) | Err(_) => {}
    }
}

/// A general decoder reads the same item from what the scanner accepts, and writes the same bytes.
fn agrees_with_a_general_decoder(bytes: &[u8]) {
    if strict::check(bytes).is_err() {
        return;
    }
    let mut rest = bytes;
    let value: Value = ciborium::from_reader(&mut rest).expect("accepted, so it is CBOR");
    assert!(rest.is_empty(), "bytes follow the item");
    let mut sorted = Vec::new();
    ciborium::into_writer(&sources::canonical(value), &mut sorted).expect("a Vec takes all");
    assert_eq!(sorted, bytes);
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
        ciborium::into_writer(&sources::canonical(value), &mut bytes).expect("a Vec takes all");
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
