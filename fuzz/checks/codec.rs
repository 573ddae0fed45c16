//! What must hold of any bytes that are taken for frames: nothing panics, and what is accepted has exactly
//! one encoding. Fuzzing, random tests and the corpus all check the same.

use auboutique_protocol::admin::{self, AdminEvent};
use auboutique_protocol::call::{AdminCall, AdminRequest, Call, MemberCall};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame, ServerFrame};
use auboutique_protocol::error::{ErrorCode, ErrorReply};
use auboutique_protocol::event::{self, Event};
use auboutique_protocol::frame;
use auboutique_protocol::hello::{ClientHello, ServerHello};
use auboutique_protocol::io::{FrameReader, ReadError};
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use auboutique_protocol::{accounts, catalog, chat, presence, purchases, strict};
use ciborium::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt as _;

/// What became of a frame on its way in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Refused,
    Scanned,
    Decoded,
}

/// Takes a frame through everything that a server does to it, and checks that nothing is accepted
/// which this crate would have written in another way.
pub(crate) fn receive_as_server(frame: &[u8]) -> Outcome {
    let parsed = ClientFrame::parse(frame);
    assert_eq!(parsed.map(drop), strict::check(frame));
    let Ok(parsed) = parsed else {
        return Outcome::Refused;
    };
    if let ClientFrame::Hello(body) = parsed
        && let Ok(hello) = codec::decode::<ClientHello>(body)
    {
        // Hellos may grow in later versions.
        if envelope::client_hello(&hello).len() == frame.len() {
            assert_eq!(envelope::client_hello(&hello), frame, "{hello:?}");
        }
    }
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

/// Takes a frame through what a client does to it, for whatever it may have asked.
pub(crate) fn receive_as_client(frame: &[u8]) {
    let parsed = ServerFrame::parse(frame);
    assert_eq!(parsed.map(drop), strict::check(frame));
    if let (Ok((id, reply)), Ok(parsed)) = (envelope::into_success(frame.to_vec()), parsed) {
        let reply = &reply;
        assert_eq!(parsed, ServerFrame::Ok { id, reply });
    }
    match parsed {
        Ok(ServerFrame::Hello(body)) => encodes_as_one::<ServerHello>(body),
        Ok(ServerFrame::Ok { reply, .. }) => is_a_reply_in_one_way(reply),
        Ok(ServerFrame::Error { code, message, .. }) => {
            let known = ErrorCode::NAMES.contains(&code.name);
            let decoded = ErrorCode::decode(code.name, code.body);
            assert!(known || decoded == Ok(None), "{decoded:?}");
            if let Ok(Some(code)) = decoded {
                let message = message.to_owned().into();
                let again = envelope::error(None, &ErrorReply { code, message });
                assert_eq!(strict::check(&again), Ok(()));
            }
        }
        Ok(ServerFrame::Event { seq, event }) => {
            let is_the_same = |decoded: &[u8]| {
                assert_eq!(strict::check(decoded), Ok(()));
                let again = envelope::event_encoded(seq, decoded);
                // Events may have more fields in later versions.
                assert!(again.len() != frame.len() || again == frame);
            };
            let known = Event::NAMES.contains(&event.name);
            let decoded = Event::decode(event.name, event.body);
            assert!(known || decoded == Ok(None), "{decoded:?}");
            if let Ok(Some(event)) = decoded {
                is_the_same(&codec::encode(&event));
            }
            if let Ok(Some(event)) = AdminEvent::decode(event.name, event.body) {
                is_the_same(&codec::encode(&event));
            }
        }
        Ok(ServerFrame::Malformed) | Err(_) => {}
    }
}

/// Whatever a type reads from these bytes it writes in one way. Replies may have more fields in later
/// versions, which this one leaves out; where it leaves out nothing, the bytes are the same.
fn encodes_as_one<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    let Ok(value) = codec::decode::<T>(bytes) else {
        return;
    };
    let once = codec::encode(&value);
    assert_eq!(strict::check(&once), Ok(()));
    // A general decoder takes more, but what we take it reads as we do.
    let theirs: T = ciborium::from_reader(bytes).expect("whatever is decoded is CBOR");
    assert_eq!(codec::encode(&theirs), once);
    let again: T = codec::decode(&once).expect("what was written can be read");
    assert_eq!(codec::encode(&again), once);
    if once.len() == bytes.len() {
        assert_eq!(once, bytes);
    }
}

fn is_a_reply_in_one_way(bytes: &[u8]) {
    fn member<C: Call>(bytes: &[u8]) {
        encodes_as_one::<C::Reply>(bytes);
    }
    fn admin<C: AdminRequest>(bytes: &[u8]) {
        encodes_as_one::<C::Reply>(bytes);
    }
    const MEMBER: [fn(&[u8]); MemberCall::TABLE.len()] = [
        member::<accounts::Register>,
        member::<accounts::Login>,
        member::<accounts::Resume>,
        member::<accounts::Ping>,
        member::<accounts::Logout>,
        member::<accounts::WhoAmI>,
        member::<catalog::ListProducts>,
        member::<catalog::ShowProduct>,
        member::<catalog::Picture>,
        member::<catalog::ListSellers>,
        member::<catalog::Sell>,
        member::<purchases::Buy>,
        member::<purchases::MyPurchases>,
        member::<purchases::MySales>,
        member::<catalog::EditProduct>,
        member::<catalog::WithdrawProduct>,
        member::<presence::Presence>,
        member::<accounts::ChangePassword>,
        member::<accounts::MyQuota>,
        member::<accounts::ExportAccount>,
        member::<accounts::DeleteAccount>,
        member::<chat::SendMessage>,
        member::<chat::Conversations>,
        member::<chat::History>,
        member::<chat::MarkRead>,
        member::<event::Watch>,
    ];
    const ADMIN: [fn(&[u8]); AdminCall::TABLE.len()] = [
        admin::<accounts::Ping>,
        admin::<admin::Users>,
        admin::<admin::User>,
        admin::<admin::Sessions>,
        admin::<admin::Sales>,
        admin::<admin::Products>,
        admin::<admin::Statistics>,
        admin::<admin::Audit>,
        admin::<admin::Disconnect>,
        admin::<admin::Suspend>,
        admin::<admin::Reinstate>,
        admin::<admin::ResetPassword>,
        admin::<admin::RemoveProduct>,
        admin::<admin::Announce>,
        admin::<admin::Watch>,
    ];
    for check in MEMBER.iter().chain(&ADMIN) {
        check(bytes);
    }
}

/// A general decoder reads the same item from what the scanner accepts, and writes the same bytes.
pub(crate) fn agrees_with_a_general_decoder(bytes: &[u8]) {
    if strict::check(bytes).is_err() {
        return;
    }
    let mut rest = bytes;
    let value: Value = ciborium::from_reader(&mut rest).expect("accepted, so it is CBOR");
    assert!(rest.is_empty(), "bytes follow the item");
    let mut sorted = Vec::new();
    ciborium::into_writer(&canonical(value), &mut sorted).expect("a Vec takes all");
    assert_eq!(sorted, bytes);
}

/// Frames come out of a stream as they went in, in however small pieces it brings them: the first byte says
/// how small. Must be called outside of a runtime.
pub(crate) fn frames_do_not_depend_on_pieces(input: &[u8]) {
    let Some((&piece, stream)) = input.split_first() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers can be made");
    let (whole, end) = runtime.block_on(frames(stream, stream.len().max(1)));
    let (pieces, same_end) = runtime.block_on(frames(stream, usize::from(piece).max(1)));
    assert_eq!((&pieces, same_end), (&whole, end));
    let mut again = Vec::new();
    for body in &whole {
        frame::encode_into(body, &mut again);
    }
    assert!(stream.starts_with(&again), "frames that nobody sent");
}

/// The frames of a stream that brings so many bytes at once, and how it ended.
async fn frames(stream: &[u8], at_once: usize) -> (Vec<Vec<u8>>, &'static str) {
    let (mut near, mut far) = tokio::io::duplex(at_once);
    let write = async move {
        // The reader goes away at the first frame that may not be.
        let _ = near.write_all(stream).await;
        let _ = near.shutdown().await;
    };
    let read = async move {
        let mut reader = FrameReader::default();
        let mut frames = Vec::new();
        loop {
            match reader.next(&mut far, FRAME_BYTES_MAX).await {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break (frames, "whole"),
                Err(ReadError::Truncated) => break (frames, "truncated"),
                Err(ReadError::Frame(_)) => break (frames, "refused"),
                Err(ReadError::Io(error)) => panic!("a pipe does not fail: {error}"),
            }
        }
    };
    let ((), outcome) = tokio::join!(write, read);
    outcome
}

/// The value with the entries of its maps sorted by their encoded keys, each key once.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "Value is non-exhaustive; all that is no container stays as it is"
)]
pub(crate) fn canonical(value: Value) -> Value {
    let entries = match value {
        Value::Map(entries) => entries,
        Value::Array(members) => {
            return Value::Array(members.into_iter().map(canonical).collect());
        }
        scalar => return scalar,
    };
    let mut entries: Vec<(Vec<u8>, Value, Value)> = entries
        .into_iter()
        .map(|(key, value)| (encode(&key), key, canonical(value)))
        .collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    entries.dedup_by(|right, left| left.0 == right.0);
    let entries = entries.into_iter().map(|(_, key, value)| (key, value));
    Value::Map(entries.collect())
}

pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("a Vec takes every write");
    bytes
}
