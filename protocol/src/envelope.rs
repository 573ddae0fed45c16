//! The envelope: what surrounds a request, a reply, an error or an event in a frame.
//!
//! ```text
//! client: {hello: {…}}   {id, call: {name: {…}}}
//! server: {hello: {…}}   {id, ok: {…}}   {id, error: {code: {name: {…}}, message}}
//!         {seq, event: {name: {…}}}      {error: {code: …, message}}
//! ```
//!
//! It is not decoded by serde. The strict scanner passes over the frame once; on its way this module
//! notes the id, the name and where the body stands, so that a body is decoded only by who knows its
//! type, a malformed request is still answered by its id, and unknown events and codes are
//! recognised as such.

use crate::call::Call;
use crate::codec::{self, head};
use crate::error::ErrorReply;
use crate::event::Event;
use crate::hello::{ClientHello, ServerHello};
use crate::strict::{KeyOrder, Major, Scanner, StrictError};

/// A named body: the one entry of a `{name: {…}}` map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The name.
    pub name: &'a str,
    /// The encoded body.
    pub body: &'a [u8],
}

/// A frame from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientFrame<'a> {
    /// The first frame; holds an encoded [`ClientHello`].
    Hello(&'a [u8]),
    /// A request.
    Call {
        /// Chosen by the client; comes back in the answer.
        id: u64,
        /// The request.
        call: Named<'a>,
    },
    /// Our CBOR, but not an envelope.
    Malformed {
        /// The id, when there is one to answer.
        id: Option<u64>,
    },
}

/// A frame from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerFrame<'a> {
    /// The first frame; holds an encoded [`ServerHello`].
    Hello(&'a [u8]),
    /// The answer to a request.
    Ok {
        /// The request's id.
        id: u64,
        /// The encoded reply.
        reply: &'a [u8],
    },
    /// A refusal: of a request, or of the whole connection when there is no id.
    Error {
        /// The request's id.
        id: Option<u64>,
        /// The code with its detail.
        code: Named<'a>,
        /// For people.
        message: &'a str,
    },
    /// An event.
    Event {
        /// Counts the events of this connection from 1; a gap means that some were dropped.
        seq: u64,
        /// The event.
        event: Named<'a>,
    },
    /// Our CBOR, but not an envelope.
    Malformed,
}

impl<'a> ClientFrame<'a> {
    /// Takes a frame from a client apart.
    ///
    /// # Errors
    /// The frame is not of our CBOR subset; nothing in it can be trusted then.
    pub fn parse(frame: &'a [u8]) -> Result<Self, StrictError> {
        let parts = Parts::scan(frame)?;
        Ok(match parts {
            Parts {
                hello: Some(hello),
                entries: 1,
                ..
            } => Self::Hello(hello),
            Parts {
                id: Some(id),
                call: Some(call),
                entries: 2,
                ..
            } => Self::Call { id, call },
            Parts { id, .. } => Self::Malformed { id },
        })
    }
}

impl<'a> ServerFrame<'a> {
    /// Takes a frame from a server apart.
    ///
    /// # Errors
    /// As [`ClientFrame::parse`].
    pub fn parse(frame: &'a [u8]) -> Result<Self, StrictError> {
        let parts = Parts::scan(frame)?;
        Ok(match parts {
            Parts {
                hello: Some(hello), ..
            } => Self::Hello(hello),
            Parts {
                id: Some(id),
                ok: Some(reply),
                ..
            } => Self::Ok { id, reply },
            Parts {
                id,
                code: Some(code),
                message: Some(message),
                ..
            } => Self::Error { id, code, message },
            Parts {
                seq: Some(seq),
                event: Some(event),
                ..
            } => Self::Event { seq, event },
            _ => Self::Malformed,
        })
    }
}

/// Takes an answer `{id, ok}` apart by its first bytes alone: its id, and the encoded reply in the frame's memory.
/// The reply is not looked at, since whoever decodes it checks it; so a large page is passed over once, not twice.
///
/// # Errors
/// The frame comes back when it is anything else, for [`ServerFrame::parse`]: also an answer with further
/// entries, as a later version may have.
pub fn into_success(mut frame: Vec<u8>) -> Result<(u64, Vec<u8>), Vec<u8>> {
    let Some((id, length)) = success(&frame) else {
        return Err(frame);
    };
    frame.drain(..frame.len() - length);
    Ok((id, frame))
}

/// The id and the length of the reply.
fn success(frame: &[u8]) -> Option<(u64, usize)> {
    let mut scanner = Scanner::new(frame);
    let map = scanner.head().ok()?;
    if (map.major, map.argument) != (Major::Map, 2) {
        return None;
    }
    let mut order = KeyOrder::default();
    if scanner.unread_key(&mut order).ok()? != b"id" {
        return None;
    }
    let id = scanner.unsigned().ok()??;
    if scanner.unread_key(&mut order).ok()? != b"ok" {
        return None;
    }
    Some((id, scanner.rest().len()))
}

/// What an envelope may hold, as far as it has the right form.
#[derive(Default)]
struct Parts<'a> {
    entries: u64,
    id: Option<u64>,
    seq: Option<u64>,
    hello: Option<&'a [u8]>,
    call: Option<Named<'a>>,
    ok: Option<&'a [u8]>,
    event: Option<Named<'a>>,
    code: Option<Named<'a>>,
    message: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn scan(frame: &'a [u8]) -> Result<Self, StrictError> {
        let mut scanner = Scanner::new(frame);
        let mut parts = Self::default();
        let entries = scanner.map(|scanner, key| parts.entry(scanner, key))?;
        parts.entries = entries.unwrap_or(0);
        scanner.finish()?;
        Ok(parts)
    }

    fn entry(&mut self, scanner: &mut Scanner<'a>, key: &str) -> Result<(), StrictError> {
        match key {
            "id" => self.id = scanner.unsigned()?,
            "seq" => self.seq = scanner.unsigned()?,
            "ok" => self.ok = Some(scanner.item()?),
            "hello" => self.hello = Some(scanner.item()?),
            "call" => self.call = scanner.named()?,
            "event" => self.event = scanner.named()?,
            "error" => {
                scanner.map(|scanner, key| {
                    match key {
                        "code" => self.code = scanner.named()?,
                        "message" => self.message = scanner.text()?,
                        _ => drop(scanner.item()?),
                    }
                    Ok(())
                })?;
            }
            _ => drop(scanner.item()?),
        }
        Ok(())
    }
}

impl<'a> Scanner<'a> {
    /// Scans a map and hands each entry to `entry`, which must scan exactly its value. Returns the
    /// number of entries, or `None` for an item that is no map (and is scanned all the same).
    fn map(
        &mut self,
        mut entry: impl FnMut(&mut Self, &'a str) -> Result<(), StrictError>,
    ) -> Result<Option<u64>, StrictError> {
        let head = self.head()?;
        if head.major != Major::Map {
            self.content(head)?;
            return Ok(None);
        }
        self.enter()?;
        let mut order = KeyOrder::default();
        for _ in 0..head.argument {
            let key = self.key(&mut order)?;
            entry(self, key)?;
        }
        self.leave();
        Ok(Some(head.argument))
    }

    /// Scans an item that should be an unsigned integer.
    fn unsigned(&mut self) -> Result<Option<u64>, StrictError> {
        let head = self.head()?;
        self.content(head)?;
        Ok((head.major == Major::Unsigned).then_some(head.argument))
    }

    /// Scans an item that should be a text.
    fn text(&mut self) -> Result<Option<&'a str>, StrictError> {
        let head = self.head()?;
        if head.major == Major::Text {
            return self.text_content(head).map(Some);
        }
        self.content(head)?;
        Ok(None)
    }

    /// Scans an item that should be a map with one entry.
    fn named(&mut self) -> Result<Option<Named<'a>>, StrictError> {
        let mut named = None;
        let entries = self.map(|scanner, name| {
            named = Some(Named {
                name,
                body: scanner.item()?,
            });
            Ok(())
        })?;
        Ok(named.filter(|_| entries == Some(1)))
    }
}

/// Builds the first frame of a client.
#[must_use]
pub fn client_hello(hello: &ClientHello) -> Vec<u8> {
    hello_frame(&codec::encode(hello))
}

/// Builds the first frame of a server.
#[must_use]
pub fn server_hello(hello: &ServerHello) -> Vec<u8> {
    hello_frame(&codec::encode(hello))
}

fn hello_frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 8);
    head::map(1, &mut out);
    head::text("hello", &mut out);
    out.extend_from_slice(body);
    out
}

/// Builds a request.
#[must_use]
pub fn call<C: Call>(id: u64, request: &C) -> Vec<u8> {
    call_encoded(id, C::NAME, &codec::encode(request))
}

/// Builds a request from an encoded body.
#[must_use]
pub fn call_encoded(id: u64, name: &str, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + name.len() + 24);
    head::map(2, &mut out);
    head::text("id", &mut out);
    head::unsigned(id, &mut out);
    head::text("call", &mut out);
    head::map(1, &mut out);
    head::text(name, &mut out);
    out.extend_from_slice(body);
    out
}

/// Builds an answer from an encoded reply.
#[must_use]
pub fn ok(id: u64, reply: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ok_into(id, reply, &mut out);
    out
}

/// Appends an answer to `out`; see [`ok`].
pub fn ok_into(id: u64, reply: &[u8], out: &mut Vec<u8>) {
    out.reserve(reply.len() + 16);
    head::map(2, out);
    head::text("id", out);
    head::unsigned(id, out);
    head::text("ok", out);
    out.extend_from_slice(reply);
}

/// Builds a refusal; without an id it is of the whole connection.
#[must_use]
pub fn error(id: Option<u64>, error: &ErrorReply) -> Vec<u8> {
    let mut out = Vec::new();
    head::map(1 + u64::from(id.is_some()), &mut out);
    if let Some(id) = id {
        head::text("id", &mut out);
        head::unsigned(id, &mut out);
    }
    head::text("error", &mut out);
    codec::encode_into(error, &mut out);
    out
}

/// Builds an event.
#[must_use]
pub fn event(seq: u64, event: &Event) -> Vec<u8> {
    event_encoded(seq, &codec::encode(event))
}

/// Builds an event from its encoded form, `{name: {…}}`: what goes to many is encoded once.
#[must_use]
pub fn event_encoded(seq: u64, event: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(event.len() + 24);
    head::map(2, &mut out);
    head::text("seq", &mut out);
    head::unsigned(seq, &mut out);
    head::text("event", &mut out);
    out.extend_from_slice(event);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Ping;
    use crate::error::{ErrorCode, Nothing};
    use crate::testing::unhex;

    #[test]
    fn a_call_is_taken_apart_without_decoding_it() {
        let frame = call(7, &Ping {});
        let named = Named {
            name: "ping",
            body: &[0xa0],
        };
        assert_eq!(
            ClientFrame::parse(&frame),
            Ok(ClientFrame::Call { id: 7, call: named })
        );
    }

    #[test]
    fn a_malformed_envelope_keeps_the_id_to_answer() {
        for (hex, id) in [
            ("a1626964 05", Some(5)),                             // no call
            ("a262696405 6463616c6c a0", Some(5)),                // a call without a name
            ("a262696405 6463616c6c a2616100616200", Some(5)),    // two names
            ("a262696405 6463616c6c 01", Some(5)),                // a call that is no map
            ("a362696405 617801 6463616c6ca16470696e67a0", None), // keys out of order
            (
                "a362696405 6463616c6ca16470696e67a0 657a7a7a7a7a01",
                Some(5),
            ), // an extra entry
            ("a262696420 6463616c6ca16470696e67a0", None),        // a negative id
            ("a16463616c6ca16470696e67a0", None),                 // no id
            ("a0", None),
            ("01", None),
        ] {
            match ClientFrame::parse(&unhex(hex)) {
                Ok(ClientFrame::Malformed { id: found }) => assert_eq!(found, id, "{hex}"),
                Err(StrictError::KeyOrder) => assert_eq!(id, None, "{hex}"),
                other => panic!("{hex}: {other:?}"),
            }
        }
    }

    #[test]
    fn errors_and_events_come_back_as_they_were_built() {
        let refusal = ErrorReply {
            code: ErrorCode::Draining(Nothing {}),
            message: "bye".into(),
        };
        let code = Named {
            name: "draining",
            body: &[0xa0],
        };
        for id in [None, Some(3)] {
            let frame = error(id, &refusal);
            let expected = ServerFrame::Error {
                id,
                code,
                message: "bye",
            };
            assert_eq!(ServerFrame::parse(&frame), Ok(expected));
        }
        let frame = event(9, &Event::Ping(Nothing {}));
        let named = Named {
            name: "ping",
            body: &[0xa0],
        };
        assert_eq!(
            ServerFrame::parse(&frame),
            Ok(ServerFrame::Event {
                seq: 9,
                event: named
            })
        );
    }

    #[test]
    fn a_success_is_told_by_its_first_bytes_and_everything_else_comes_back() {
        for id in [0, 23, 24, 256, u64::MAX] {
            assert_eq!(into_success(ok(id, &[0xa0])), Ok((id, vec![0xa0])));
        }
        // Not looked at.
        let unsound = ok(1, &[0xff, 0xff]);
        assert_eq!(into_success(unsound), Ok((1, vec![0xff, 0xff])));
        for hex in [
            "",
            "a2",
            "a2626964",
            "a262696401",
            "a262696401626f6a a0",
            "a262696461 31 626f6ba0",
            "a2 6269641801 626f6ba0",
            "a3626964 03 626f6b a0 63736967 4101",
            "a1626f6ba0",
            "a2626f6ba0 62696401",
        ] {
            let frame = unhex(hex);
            assert_eq!(into_success(frame.clone()), Err(frame), "{hex}");
        }
        let event = event(9, &Event::Ping(Nothing {}));
        assert_eq!(into_success(event.clone()), Err(event));
    }

    #[test]
    fn what_a_later_server_adds_to_an_envelope_is_passed_over() {
        let frame = unhex("a3626964 03 626f6b a0 63736967 4101");
        assert_eq!(
            ServerFrame::parse(&frame),
            Ok(ServerFrame::Ok {
                id: 3,
                reply: &[0xa0]
            })
        );
    }
}
