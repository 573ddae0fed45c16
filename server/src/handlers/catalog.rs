//! The catalog: listing, searching, looking, selling, changing, withdrawing.

use std::sync::Arc;

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ListSellers, Picture, PictureData, ProductDetail, ProductState,
    ProductWithdrawn, Sell, Seller, SellerPage, ShowProduct, Sort, WithdrawProduct,
};
use auboutique_protocol::codec::{self, head};
use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing};
use auboutique_protocol::ids::PictureHash;
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{Category, Description, ProductName, SearchText, Username};
use sha2::{Digest as _, Sha256};

use super::{in_currency, page_limit, price};
use crate::catalog::{EXAMINED_MAX, EncodedPage, Position, Query};
use crate::context::Context;
use crate::dispatch::Encoded;
use crate::error::ServiceError;
use crate::session::User;
use crate::store::catalog::{
    Immutable, NewPicture, NewProduct, ProductEdit, ProductRecord, SellOutcome, SellerQuota,
};

/// A list that stands in memory: no words are looked for.
pub(crate) fn list_products(
    request: ListProducts,
    _: &User,
    context: &Context,
) -> Result<Encoded, ServiceError> {
    let query = query(request, context)?;
    Ok(encode_page(&context.catalog.page(&query)))
}

/// A list of what holds these words.
pub(crate) async fn search_products(
    text: &str,
    request: ListProducts,
    _: &User,
    context: &Context,
) -> Result<Encoded, ServiceError> {
    let query = query(request, context)?;
    Ok(encode_page(&search(text, &query, context).await?))
}

/// A page of what was found: the store knows where words stand, the catalog what is for sale.
async fn search(text: &str, query: &Query, context: &Context) -> Result<EncodedPage, ServiceError> {
    let text = SearchText::parse(text).map_err(ServiceError::text("text"))?;
    if query.sort != Sort::Newest {
        return Err(ServiceError::field("sort", "unsupported"));
    }
    let before = match query.after {
        Some(Position::Time(id)) => Some(id),
        Some(Position::Price(..)) | None => None,
    };
    // One more than the page looks at tells it whether another page follows.
    let found = context
        .store
        .search(&text, before, EXAMINED_MAX + 1)
        .await?;
    Ok(context.catalog.page_of(&found, query))
}

fn query(request: ListProducts, context: &Context) -> Result<Query, ServiceError> {
    let sort = request.sort.unwrap_or_default();
    let owner = request
        .owner
        .map(|owner| Username::parse(&owner))
        .transpose();
    let amount = |field, amount: Option<_>, otherwise| match amount {
        Some(amount) => in_currency(field, amount, context).map(|amount| amount.minor),
        None => Ok(otherwise),
    };
    Ok(Query {
        owner: owner
            .map_err(ServiceError::text("owner"))?
            .map(String::from),
        category: match request.category {
            Some(category) => Some(known_category(&category, context)?.into()),
            None => None,
        },
        prices: amount("price_min", request.price_min, 0)?
            ..=amount("price_max", request.price_max, u64::MAX)?,
        sort,
        after: match request.cursor {
            Some(cursor) => Some(
                Position::from_cursor(&cursor, sort)
                    .ok_or_else(|| ServiceError::field("cursor", "malformed"))?,
            ),
            None => None,
        },
        limit: page_limit(request.limit)?,
    })
}

/// Puts a `ProductPage` together from its encoded items.
pub(crate) fn encode_page(page: &EncodedPage) -> Encoded {
    let mut reply = Vec::with_capacity(page.items.len() + 64);
    head::map(1 + u64::from(page.next.is_some()), &mut reply);
    if let Some(next) = page.next {
        head::text("next", &mut reply);
        codec::encode_into(&next.to_cursor(), &mut reply);
    }
    head::text("products", &mut reply);
    head::array(page.count, &mut reply);
    reply.extend_from_slice(&page.items);
    Encoded(reply)
}

pub(crate) fn list_sellers(
    request: &ListSellers,
    _: &User,
    context: &Context,
) -> Result<SellerPage, ServiceError> {
    let limit = page_limit(request.limit)?;
    let after = request.cursor.as_ref().map(seller_after).transpose()?;
    let (owners, more) = context
        .catalog
        .owners(after.as_ref().map(Username::as_str), limit);
    let next = owners
        .last()
        .filter(|_| more)
        .map(|(last, _)| Cursor::new(last.as_bytes().to_vec()));
    let seller = |(owner, products): (Arc<str>, u64)| Seller {
        online: is_online(&owner, context),
        products,
        username: owner.to_string(),
    };
    Ok(SellerPage {
        next,
        sellers: owners.into_iter().map(seller).collect(),
    })
}

/// The seller behind whom a page starts: the cursor is the name.
fn seller_after(cursor: &Cursor) -> Result<Username, ServiceError> {
    std::str::from_utf8(cursor.as_bytes())
        .ok()
        .and_then(|name| Username::parse(name).ok())
        .ok_or_else(|| ServiceError::field("cursor", "malformed"))
}

fn is_online(username: &str, context: &Context) -> bool {
    Username::parse(username).is_ok_and(|username| context.presence.is_online(&username))
}

pub(crate) async fn show_product(
    request: &ShowProduct,
    _: &User,
    context: &Context,
) -> Result<ProductDetail, ServiceError> {
    let record = context.store.product(request.id).await?;
    let record = record.ok_or(ErrorCode::NotFound(Nothing {}))?;
    // While a product stands in the catalog it is for sale, whatever a commit that is not applied
    // yet says: nobody sees it sold here and for sale in a list afterwards.
    let state = if context.catalog.contains(request.id) {
        ProductState::ForSale(Nothing {})
    } else {
        record.state
    };
    Ok(detail(ProductRecord { state, ..record }, context))
}

fn detail(record: ProductRecord, context: &Context) -> ProductDetail {
    let owner_online = is_online(&record.owner_username, context);
    ProductDetail {
        id: record.id,
        name: record.name,
        owner: record.owner_username,
        price: record.price,
        state: record.state,
        picture: record.picture,
        category: record.category,
        listed_at: record.listed_at,
        owner_name: record.owner_name,
        description: record.description,
        owner_online,
    }
}

pub(crate) async fn picture(
    request: &Picture,
    _: &User,
    context: &Context,
) -> Result<PictureData, ServiceError> {
    let not_found = || ServiceError::from(ErrorCode::NotFound(Nothing {}));
    let record = context
        .store
        .product(request.id)
        .await?
        .ok_or_else(not_found)?;
    let hash = record.picture.ok_or_else(not_found)?;
    let picture = context
        .store
        .picture(hash, request.size)
        .await?
        .ok_or_else(|| {
            ServiceError::Fault(
                format!("the picture {hash} of product {} is missing", request.id).into(),
            )
        })?;
    Ok(PictureData {
        data: ByteString(picture.jpeg),
        width: picture.width,
        height: picture.height,
        media_type: "image/jpeg".into(),
    })
}

pub(crate) async fn sell(
    request: Sell,
    user: &User,
    context: &Context,
) -> Result<Encoded, ServiceError> {
    let digest = Sha256::digest(codec::encode(&request)).into();
    let name = ProductName::parse(&request.name).map_err(ServiceError::text("name"))?;
    let description =
        Description::parse(&request.description).map_err(ServiceError::text("description"))?;
    let category = known_category(&request.category, context)?;
    let price = price(request.price, context)?;
    let quota = SellerQuota {
        products: context.market.products_per_user_max,
        picture_bytes: context.market.picture_bytes_per_user_max,
    };
    let picture = match request.picture {
        Some(ByteString(bytes)) => {
            // Before the picture is looked at: a repetition need not store it again.
            let earlier = context
                .store
                .earlier_listing(user.id(), request.key, digest)
                .await?;
            if let Some(outcome) = earlier {
                return sell_reply(outcome, quota);
            }
            Some(store_picture(bytes, user, quota, context).await?)
        }
        None => None,
    };
    let product = NewProduct {
        owner: user.id(),
        key: request.key,
        digest,
        name,
        description,
        category,
        price,
        picture,
        listed_at: context.now(),
        quota,
    };
    sell_reply(context.store.sell(product).await?, quota)
}

fn sell_reply(outcome: SellOutcome, quota: SellerQuota) -> Result<Encoded, ServiceError> {
    match outcome {
        SellOutcome::Listed { reply } => Ok(Encoded(reply)),
        SellOutcome::OwnerGone => Err(ErrorCode::Unauthenticated(Nothing {}).into()),
        SellOutcome::KeyConflict => Err(ErrorCode::KeyConflict(Nothing {}).into()),
        SellOutcome::TooManyProducts => {
            Err(ServiceError::quota("products_for_sale", quota.products))
        }
        SellOutcome::TooManyPictureBytes => {
            Err(ServiceError::quota("picture_bytes", quota.picture_bytes))
        }
    }
}

pub(crate) async fn edit_product(
    request: EditProduct,
    user: &User,
    context: &Context,
) -> Result<ProductDetail, ServiceError> {
    let name = request.name.as_deref().map(ProductName::parse);
    let description = request.description.as_deref().map(Description::parse);
    let category = request.category.as_deref();
    let edit = ProductEdit {
        user: user.id(),
        product: request.id,
        name: name.transpose().map_err(ServiceError::text("name"))?,
        price: request
            .price
            .map(|amount| price(amount, context))
            .transpose()?,
        category: category
            .map(|category| known_category(category, context))
            .transpose()?,
        description: description
            .transpose()
            .map_err(ServiceError::text("description"))?,
    };
    let is_empty = edit.name.is_none()
        && edit.price.is_none()
        && edit.category.is_none()
        && edit.description.is_none();
    if is_empty {
        return Err(ServiceError::field("edit_product", "empty"));
    }
    let edited = context.store.edit(edit).await?;
    edited
        .map(|record| detail(record, context))
        .map_err(immutable)
}

pub(crate) async fn withdraw_product(
    request: &WithdrawProduct,
    user: &User,
    context: &Context,
) -> Result<ProductWithdrawn, ServiceError> {
    let withdrawn = context
        .store
        .withdraw(user.id(), request.id, context.now())
        .await?;
    withdrawn.map(|()| ProductWithdrawn {}).map_err(immutable)
}

fn immutable(refusal: Immutable) -> ServiceError {
    let code = match refusal {
        Immutable::NotFound => ErrorCode::NotFound(Nothing {}),
        Immutable::NotYours => ErrorCode::Forbidden(Nothing {}),
        // Nobody buys their own.
        Immutable::Sold => ErrorCode::AlreadySold(AlreadySold { yours: false }),
        Immutable::Withdrawn => ErrorCode::Withdrawn(Nothing {}),
    };
    code.into()
}

/// Makes our own picture of the one that was sent and stores it, before any product names it. What the
/// quota has no room for is not stored, or refused requests could fill the disk; the transaction that
/// lists the product decides all the same.
async fn store_picture(
    bytes: Vec<u8>,
    user: &User,
    quota: SellerQuota,
    context: &Context,
) -> Result<NewPicture, ServiceError> {
    let used = context.store.seller_usage(user.id()).await?;
    if used.products >= quota.products {
        return Err(ServiceError::quota("products_for_sale", quota.products));
    }
    let processed = context.pictures.process(bytes).await?;
    let picture = NewPicture {
        hash: PictureHash(processed.hash),
        bytes: processed.full.jpeg.len() as u64,
    };
    if used.picture_bytes + picture.bytes > quota.picture_bytes {
        return Err(ServiceError::quota("picture_bytes", quota.picture_bytes));
    }
    context.store.put_picture(processed, context.now()).await?;
    Ok(picture)
}

fn known_category(category: &str, context: &Context) -> Result<Category, ServiceError> {
    let category = Category::parse(category).map_err(ServiceError::text("category"))?;
    if context.market.categories.contains(&category) {
        Ok(category)
    } else {
        Err(ServiceError::field("category", "unknown_value"))
    }
}

#[cfg(test)]
mod tests;
