//! What each request does: one function a request, one module an area.
//!
//! A handler gets the decoded request, the [`crate::session::User`] that proves a login where one is
//! needed, and the [`crate::context::Context`]. It parses fields, asks the store, and returns the
//! reply or a [`crate::error::ServiceError`]; everything around that is `dispatch`'s.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod catalog;
pub(crate) mod chat;
pub(crate) mod events;
pub(crate) mod presence;
pub(crate) mod purchases;

use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::Money;
use auboutique_protocol::page::{Cursor, PageLimit};
use jiff::Timestamp;

use crate::context::Context;
use crate::error::ServiceError;

/// The number of items that a page may have.
fn page_limit(asked: Option<u32>) -> Result<usize, ServiceError> {
    let limit =
        PageLimit::parse(asked).ok_or_else(|| ServiceError::field("limit", "out_of_range"))?;
    Ok(limit.items())
}

/// An amount in the currency of this market.
fn in_currency(
    field: &'static str,
    amount: Money,
    context: &Context,
) -> Result<Money, ServiceError> {
    if amount.currency == context.market.currency {
        Ok(amount)
    } else {
        Err(ServiceError::field(field, "unknown_value"))
    }
}

/// A price that something can be sold for.
fn price(amount: Money, context: &Context) -> Result<Money, ServiceError> {
    in_currency("price", amount, context)?
        .checked_price()
        .map_err(|_| ServiceError::field("price", "out_of_range"))
}

/// A moment as the calendar takes it.
fn timestamp(at: UnixMillis) -> Timestamp {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// A cursor made of numbers.
fn cursor<const N: usize>(numbers: [u64; N]) -> Cursor {
    Cursor::new(numbers.into_iter().flat_map(u64::to_be_bytes).collect())
}

/// The numbers that a cursor is made of.
fn numbers<const N: usize>(cursor: Option<&Cursor>) -> Result<Option<[u64; N]>, ServiceError> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let (chunks, rest) = cursor.as_bytes().as_chunks::<8>();
    let numbers: Vec<u64> = chunks
        .iter()
        .map(|chunk| u64::from_be_bytes(*chunk))
        .collect();
    let malformed = || ServiceError::field("cursor", "malformed");
    if rest.is_empty() {
        numbers.try_into().map(Some).map_err(|_| malformed())
    } else {
        Err(malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_numbers_leads_back_to_them_and_others_are_refused() {
        assert!(matches!(numbers::<1>(None), Ok(None)));
        assert!(matches!(numbers(Some(&cursor([7, 8]))), Ok(Some([7, 8]))));
        assert!(numbers::<1>(Some(&cursor([7, 8]))).is_err());
        assert!(numbers::<1>(Some(&Cursor::new(vec![1, 2, 3]))).is_err());
        assert!(numbers::<1>(Some(&Cursor::new(Vec::new()))).is_err());
    }
}
