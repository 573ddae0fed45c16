//! The catalog over real TLS: listing, looking, selling, pictures.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;
#[path = "catalog/lists.rs"]
mod lists;
#[path = "catalog/pictures.rs"]
mod pictures;
#[path = "catalog/sell.rs"]
mod sell;

use auboutique_protocol::error::{ErrorCode, InvalidField};

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}
