//! Purchases: buying once, and seeing what was bought and sold.

use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::purchases::{
    Buy, Confirmation, MyPurchases, MySales, PurchasePage, SalePage,
};
use jiff::Timestamp;

use super::{page_limit, price};
use crate::context::Context;
use crate::error::ServiceError;
use crate::session::User;
use crate::store::purchases::{NewPurchase, PickupCode, PurchaseOutcome, PurchasePosition};

pub(crate) async fn buy(
    request: &Buy,
    user: &User,
    context: &Context,
) -> Result<Confirmation, ServiceError> {
    let sold_at = context.now();
    let purchase = NewPurchase {
        buyer: user.id(),
        key: request.key,
        product: request.product,
        price: price(request.price, context)?,
        sold_at,
        collect_on: collection_date(sold_at, context),
        place: context.place.clone(),
        code: PickupCode::draw()?,
    };
    let outcome = if context.catalog.contains(request.product) {
        context.store.buy(purchase).await?
    } else {
        // A repetition, or a product that is gone: an indexed read tells, without the writer.
        match context.store.refusal(&purchase).await? {
            Some(outcome) => outcome,
            None => context.store.buy(purchase).await?,
        }
    };
    let refusal = match outcome {
        PurchaseOutcome::Confirmed(confirmation) => return Ok(confirmation),
        PurchaseOutcome::KeyConflict => ErrorCode::KeyConflict(Nothing {}),
        PurchaseOutcome::NotFound => ErrorCode::NotFound(Nothing {}),
        PurchaseOutcome::OwnProduct => ErrorCode::OwnProduct(Nothing {}),
        PurchaseOutcome::AlreadySold { yours } => ErrorCode::AlreadySold(AlreadySold { yours }),
        PurchaseOutcome::Withdrawn => ErrorCode::Withdrawn(Nothing {}),
        PurchaseOutcome::PriceChanged(price) => ErrorCode::PriceChanged(PriceChanged { price }),
    };
    Err(refusal.into())
}

fn collection_date(sold_at: UnixMillis, context: &Context) -> String {
    let millis = i64::try_from(sold_at.0).unwrap_or(i64::MAX);
    let sold_at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    context.market.calendar.collection_date(sold_at).to_string()
}

pub(crate) async fn my_purchases(
    request: &MyPurchases,
    user: &User,
    context: &Context,
) -> Result<PurchasePage, ServiceError> {
    let limit = page_limit(request.limit)?;
    let position = |[sold_at, product]: [u64; 2]| PurchasePosition {
        sold_at: UnixMillis(sold_at),
        product: ProductId(product),
    };
    let after = numbers(request.cursor.as_ref())?.map(position);
    let page = context.store.purchases(user.id(), after, limit).await?;
    Ok(PurchasePage {
        next: page
            .next
            .map(|position| cursor([position.sold_at.0, position.product.0])),
        purchases: page.items,
    })
}

pub(crate) async fn my_sales(
    request: &MySales,
    user: &User,
    context: &Context,
) -> Result<SalePage, ServiceError> {
    let limit = page_limit(request.limit)?;
    let after = numbers(request.cursor.as_ref())?.map(|[product]| ProductId(product));
    let page = context.store.sales(user.id(), after, limit).await?;
    Ok(SalePage {
        next: page.next.map(|product| cursor([product.0])),
        products: page.items,
    })
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
