//! Purchases: buying once, and seeing what was bought and sold.

use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::purchases::{
    Buy, Confirmation, MyPurchases, MySales, PurchasePage, SalePage,
};

use super::{cursor, numbers, page_limit, price, timestamp};
use crate::context::Context;
use crate::error::ServiceError;
use crate::limits::RoomLevel;
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
    let code = purchase.code.clone();
    let is_full = context.room.level() == RoomLevel::Full;
    let outcome = if context.catalog.contains(request.product) && !is_full {
        context.store.buy(purchase).await?
    } else {
        // A repetition, or a product that is gone: an indexed read tells, without the writer.
        match context.store.refusal(&purchase).await? {
            Some(outcome) => outcome,
            None if is_full => return Err(ServiceError::NoRoom),
            None => context.store.buy(purchase).await?,
        }
    };
    let refusal = match outcome {
        PurchaseOutcome::Confirmed(confirmation) => {
            // A repetition is answered with the code of the first time.
            if confirmation.code == code.as_str() {
                context.statistics.sold(confirmation.price);
            }
            return Ok(confirmation);
        }
        PurchaseOutcome::KeyConflict => ErrorCode::KeyConflict(Nothing {}),
        PurchaseOutcome::BuyerGone => ErrorCode::Unauthenticated(Nothing {}),
        PurchaseOutcome::NotFound => ErrorCode::NotFound(Nothing {}),
        PurchaseOutcome::OwnProduct => ErrorCode::OwnProduct(Nothing {}),
        PurchaseOutcome::AlreadySold { yours } => ErrorCode::AlreadySold(AlreadySold { yours }),
        PurchaseOutcome::Withdrawn => ErrorCode::Withdrawn(Nothing {}),
        PurchaseOutcome::PriceChanged(price) => ErrorCode::PriceChanged(PriceChanged { price }),
    };
    Err(refusal.into())
}

fn collection_date(sold_at: UnixMillis, context: &Context) -> String {
    let sold_at = timestamp(sold_at);
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
