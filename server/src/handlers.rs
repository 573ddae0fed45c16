//! What each request does: one function a request, one module an area.
//!
//! A handler gets the decoded request, the [`crate::session::User`] that proves a login where one is
//! needed, and the [`crate::context::Context`]. It parses fields, asks the store, and returns the
//! reply or a [`crate::error::ServiceError`]; everything around that is `dispatch`'s.

pub(crate) mod accounts;
pub(crate) mod catalog;
pub(crate) mod presence;
pub(crate) mod purchases;

use auboutique_protocol::money::Money;
use auboutique_protocol::page::PageLimit;

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
