//! Takes a frame apart into the types of this crate and puts it together again.

use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::call::{AdminCall, AdminRequest, Call, MemberCall};
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ClientFrame, ServerFrame};
use auboutique_protocol::error::{ErrorCode, ErrorReply};
use auboutique_protocol::event::Event;

fn from_client(frame: &[u8]) -> ClientFrame<'_> {
    ClientFrame::parse(frame).expect("a vector is of the CBOR subset")
}

fn from_server(frame: &[u8]) -> ServerFrame<'_> {
    ServerFrame::parse(frame).expect("a vector is of the CBOR subset")
}

pub(crate) fn client_hello(frame: &[u8]) -> Vec<u8> {
    let ClientFrame::Hello(hello) = from_client(frame) else {
        panic!("not a client's hello");
    };
    envelope::client_hello(&codec::decode(hello).expect("a client's hello has its shape"))
}

pub(crate) fn server_hello(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Hello(hello) = from_server(frame) else {
        panic!("not a server's hello");
    };
    envelope::server_hello(&codec::decode(hello).expect("a server's hello has its shape"))
}

pub(crate) fn request(frame: &[u8]) -> Vec<u8> {
    let ClientFrame::Call { id, call } = from_client(frame) else {
        panic!("not a request");
    };
    let request = MemberCall::decode(call.name, call.body).expect("a request has its shape");
    assert_eq!(request.row().name, call.name);
    envelope::call_encoded(id, call.name, &request.encode_body())
}

pub(crate) fn admin_request(frame: &[u8]) -> Vec<u8> {
    let ClientFrame::Call { id, call } = from_client(frame) else {
        panic!("not a request");
    };
    let request = AdminCall::decode(call.name, call.body).expect("a request has its shape");
    assert_eq!(request.row().name, call.name);
    envelope::call_encoded(id, call.name, &request.encode_body())
}

pub(crate) fn admin_reply<C: AdminRequest>(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Ok { id, reply } = from_server(frame) else {
        panic!("not an answer");
    };
    let reply: C::Reply = codec::decode(reply).expect("a reply has its shape");
    envelope::ok(id, &codec::encode(&reply))
}

pub(crate) fn admin_event(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Event { seq, event } = from_server(frame) else {
        panic!("not an event");
    };
    let decoded = AdminEvent::decode(event.name, event.body).expect("an event has its shape");
    let decoded = decoded.expect("vectors hold known events");
    assert_eq!(decoded.name(), event.name);
    envelope::event_encoded(seq, &codec::encode(&decoded))
}

pub(crate) fn reply<C: Call>(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Ok { id, reply } = from_server(frame) else {
        panic!("not an answer");
    };
    let reply: C::Reply = codec::decode(reply).expect("a reply has its shape");
    envelope::ok(id, &codec::encode(&reply))
}

pub(crate) fn error(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Error { id, code, message } = from_server(frame) else {
        panic!("not an error");
    };
    let decoded = ErrorCode::decode(code.name, code.body).expect("a code has its shape");
    let decoded = decoded.expect("vectors hold known codes");
    assert_eq!(decoded.name(), code.name);
    let message = message.to_owned().into();
    envelope::error(
        id,
        &ErrorReply {
            code: decoded,
            message,
        },
    )
}

pub(crate) fn event(frame: &[u8]) -> Vec<u8> {
    let ServerFrame::Event { seq, event } = from_server(frame) else {
        panic!("not an event");
    };
    let decoded = Event::decode(event.name, event.body).expect("an event has its shape");
    let decoded = decoded.expect("vectors hold known events");
    assert_eq!(decoded.name(), event.name);
    envelope::event(seq, &decoded)
}
