//! Errors on the wire: a closed list of codes, each with what the client should do about it.
//!
//! `error` is `{code: {name: {…}}, message: text}`. The code is for programs, the message for
//! people; the cause stays in the server's log.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::money::Money;

/// What a client should do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Asking again gives the same answer.
    Never,
    /// The outcome is unknown: ask again with the same key, or read the state.
    SameKey,
    /// Nothing was applied: ask again after the time that the error names.
    After,
    /// Nothing was applied: ask again on a new connection.
    NewConnection,
}

/// No further detail: the empty map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nothing {}

macro_rules! details {
    ($($(#[$documentation:meta])* $name:ident { $($(#[$field_documentation:meta])* $field:ident: $type:ty),+ })+) => {
        $($(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_documentation])* pub $field: $type),+ })+
    };
}

details! {
    /// Why an account is suspended.
    Suspended {
        /// The operator's reason.
        reason: String
    }
    /// Whose purchase it was.
    AlreadySold {
        /// Whether the asking user bought it (with another key).
        yours: bool
    }
    /// The price now.
    PriceChanged {
        /// The price at which the product can be bought now.
        price: Money
    }
    /// Which field is wrong, and why.
    InvalidField {
        /// The field's name on the wire.
        field: Cow<'static, str>,
        /// A code such as `too_long`; the list stands in docs/PROTOCOL.md.
        reason: Cow<'static, str>
    }
    /// Which quota is used up.
    Quota {
        /// The most that one user may have.
        limit: u64,
        /// A code such as `products_for_sale`.
        quota: Cow<'static, str>
    }
    /// What an account is still needed for.
    CollectionPending {
        /// The last day on which a sale of the user, as buyer or as seller, is to be collected, as
        /// `YYYY-MM-DD` in the market's time zone. From the day after it on nothing is pending.
        collect_on: String
    }
    /// When to ask again.
    After {
        /// Milliseconds from now.
        after_ms: u64
    }
    /// What to quote to an operator.
    Incident {
        /// Identifies the server's log line.
        incident: String
    }
}

macro_rules! error_codes {
    ($($(#[$documentation:meta])* $variant:ident($detail:ty) = $name:literal, $retry:ident;)+) => {
        /// Every error that a server sends.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $($(#[$documentation])* $variant($detail),)+
        }

        impl ErrorCode {
            /// The names of all codes, in the order of docs/PROTOCOL.md.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The code's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// What the client should do.
            #[must_use]
            pub fn retry(&self) -> Retry {
                match self { $(Self::$variant(_) => Retry::$retry,)+ }
            }

            /// Decodes a code by its name; `None` is a code of a later version.
            ///
            /// # Errors
            /// The detail does not have its shape.
            pub fn decode(name: &str, detail: &[u8]) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match name {
                    $($name => Self::$variant(codec::decode(detail)?),)+
                    _ => return Ok(None),
                }))
            }
        }
    };
}

error_codes! {
    /// Not a frame or request of this protocol.
    BadRequest(Nothing) = "bad_request", Never;
    /// No protocol version in common.
    UnsupportedVersion(Nothing) = "unsupported_version", Never;
    /// A frame above the limit of the moment, or of length 0.
    FrameTooLarge(Nothing) = "frame_too_large", Never;
    /// The peer was silent, or slow, for longer than allowed.
    Timeout(Nothing) = "timeout", NewConnection;
    /// The client reads its events too slowly.
    SlowConsumer(Nothing) = "slow_consumer", NewConnection;
    /// The request needs a login.
    Unauthenticated(Nothing) = "unauthenticated", Never;
    /// Unknown user or wrong password; which one is not said.
    AuthFailed(Nothing) = "auth_failed", Never;
    /// The account is suspended.
    Suspended(Suspended) = "suspended", Never;
    /// The password must be changed first.
    MustChangePassword(Nothing) = "must_change_password", Never;
    /// The request is not allowed here, such as a login on a connection that has one.
    Forbidden(Nothing) = "forbidden", Never;
    /// No such thing.
    NotFound(Nothing) = "not_found", Never;
    /// The product is sold.
    AlreadySold(AlreadySold) = "already_sold", Never;
    /// The price is not the one that the purchase names.
    PriceChanged(PriceChanged) = "price_changed", Never;
    /// Nobody buys from oneself.
    OwnProduct(Nothing) = "own_product", Never;
    /// The product is no longer for sale.
    Withdrawn(Nothing) = "withdrawn", Never;
    /// The key was used for something else.
    KeyConflict(Nothing) = "key_conflict", Never;
    /// The username is taken.
    NameTaken(Nothing) = "name_taken", Never;
    /// A field's value is not allowed.
    InvalidField(InvalidField) = "invalid_field", Never;
    /// The recipient is offline.
    RecipientOffline(Nothing) = "recipient_offline", Never;
    /// A quota of the user is used up.
    Quota(Quota) = "quota", Never;
    /// The account cannot go while a sale of the user awaits its collection.
    CollectionPending(CollectionPending) = "collection_pending", Never;
    /// Too many attempts.
    RateLimited(After) = "rate_limited", After;
    /// The server has too much to do.
    Busy(After) = "busy", After;
    /// The server is about to stop.
    Draining(Nothing) = "draining", NewConnection;
    /// The outcome is unknown.
    Unavailable(Nothing) = "unavailable", SameKey;
    /// A fault of the server; on a write the outcome is unknown.
    Internal(Incident) = "internal", SameKey;
}

/// An error as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReply {
    /// For programs.
    pub code: ErrorCode,
    /// For people; one line, in English.
    pub message: Cow<'static, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_its_own_name_on_the_wire() {
        let code = ErrorCode::KeyConflict(Nothing {});
        assert_eq!(codec::encode(&code), b"\xa1\x6ckey_conflict\xa0");
        assert_eq!(ErrorCode::NAMES.len(), 26);
    }

    #[test]
    fn a_code_of_a_later_version_is_recognised_as_such() {
        assert_eq!(ErrorCode::decode("on_holiday", b"\xa0"), Ok(None));
    }
}
