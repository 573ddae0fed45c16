//! The catalog over real TLS: listing, searching, looking, selling, changing, pictures.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "catalog/changes.rs"]
mod changes;
mod common;
#[path = "catalog/lists.rs"]
mod lists;
#[path = "catalog/pictures.rs"]
mod pictures;
#[path = "catalog/search.rs"]
mod search;
#[path = "catalog/sell.rs"]
mod sell;

use auboutique_protocol::error::{ErrorCode, InvalidField};

fn invalid(field: &'static str, reason: &'static str) -> ErrorCode {
    ErrorCode::InvalidField(InvalidField {
        field: field.into(),
        reason: reason.into(),
    })
}
