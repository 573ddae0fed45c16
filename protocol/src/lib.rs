//! The wire contract of AUBoutique, for both ends and for nobody's internals.
//!
//! Over TLS 1.3 travel frames ([`frame`]): a length and one CBOR item. Before anything decodes an
//! item, the strict scanner ([`strict`]) checks it against our narrow subset, and the envelope
//! ([`envelope`]) finds id, name and body in the same pass. Bodies are typed structs, one module an
//! area: [`accounts`], [`catalog`], [`purchases`], [`chat`], [`presence`], and what administrators ask
//! for on a listener of their own, [`admin`]. The tables in [`call`] pair
//! each request with its reply, its access and its retry rule; [`error`] lists what a refusal can
//! say; [`event`] what a server pushes, and how a client asks for more of it. Values that people type are parsed by [`text`] and [`money`]; every bound stands in
//! [`limits`].
//!
//! The normative text is `docs/PROTOCOL.md` with `protocol/auboutique.cddl`; the vectors in
//! `protocol/vectors` tie the three together.

pub mod accounts;
pub mod admin;
pub mod bytes;
pub mod call;
pub mod catalog;
pub mod chat;
pub mod closed_list;
pub mod codec;
pub mod envelope;
pub mod error;
pub mod event;
pub mod frame;
pub mod hello;
pub mod ids;
#[cfg(feature = "tokio")]
pub mod io;
pub mod limits;
pub mod money;
pub mod page;
pub mod presence;
pub mod purchases;
pub mod strict;
pub mod text;

#[cfg(test)]
mod testing {
    //! Helpers of this crate's unit tests.

    /// Bytes from hexadecimal digits; spaces are passed over.
    pub(crate) fn unhex(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex
            .chars()
            .filter(|character| *character != ' ')
            .map(|character| {
                character
                    .to_digit(16)
                    .expect("tests write hexadecimal digits")
            })
            .collect();
        assert!(digits.len().is_multiple_of(2), "{hex}");
        digits
            .chunks(2)
            .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
            .collect()
    }
}
