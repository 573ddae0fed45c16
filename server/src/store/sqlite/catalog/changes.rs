//! What owners do with their products once these are for sale: change them, take them off the market.
//!
//! Each is one unit of work of the writer. Whoever buys at the same time names a price: either the
//! sale comes first and the owner is refused, or the change comes first and the buyer is.

use auboutique_protocol::catalog::ProductState;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Currency;
use sqlx::SqliteConnection;

use super::super::to_sql;
use super::super::writer::Effect;
use super::find;
use crate::store::catalog::{ForSale, Immutable, ProductEdit, ProductRecord};
use crate::store::{Change, UserId};

pub(super) async fn edit(
    connection: &mut SqliteConnection,
    currency: Currency,
    edit: ProductEdit,
) -> Result<Effect<Result<ProductRecord, Immutable>>, sqlx::Error> {
    let before = match own(connection, currency, edit.user, edit.product).await? {
        Ok(before) => before,
        Err(refusal) => return Ok(Effect::only(Err(refusal))),
    };
    if let Some(refusal) = refusal(before.state) {
        return Ok(Effect::only(Err(refusal)));
    }
    let user = edit.user;
    let after = edited(before.clone(), edit);
    if after == before {
        return Ok(Effect::only(Ok(after)));
    }
    sqlx::query(
        "UPDATE products SET name = ?, price = ?, category = ?, description = ? WHERE id = ?",
    )
    .bind(&after.name)
    .bind(to_sql(after.price.minor))
    .bind(&after.category)
    .bind(&after.description)
    .bind(to_sql(after.id.0))
    .execute(connection)
    .await?;
    let changed = Change::Changed(Box::new(for_sale(user, after.clone())));
    Ok(Effect {
        value: Ok(after),
        changes: vec![changed],
    })
}

pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    currency: Currency,
    user: UserId,
    product: ProductId,
    at: UnixMillis,
) -> Result<Effect<Result<(), Immutable>>, sqlx::Error> {
    let state = match own(connection, currency, user, product).await? {
        Ok(record) => record.state,
        Err(refusal) => return Ok(Effect::only(Err(refusal))),
    };
    match refusal(state) {
        Some(Immutable::Withdrawn) => return Ok(Effect::only(Ok(()))),
        Some(refusal) => return Ok(Effect::only(Err(refusal))),
        None => {}
    }
    sqlx::query("UPDATE products SET withdrawn_at = ?, closed = 1 WHERE id = ?")
        .bind(to_sql(at.0))
        .bind(to_sql(product.0))
        .execute(connection)
        .await?;
    Ok(Effect {
        value: Ok(()),
        changes: vec![Change::Withdrawn(product)],
    })
}

/// Most products that give up their pictures by one commit, so that whoever comes meanwhile waits for
/// little.
const RELEASED_AT_ONCE_MAX: u64 = 64;

/// Takes the pictures of some products that were withdrawn before this moment from them, and returns
/// how many that were.
pub(super) async fn release_pictures(
    connection: &mut SqliteConnection,
    withdrawn_before: UnixMillis,
) -> Result<Effect<u64>, sqlx::Error> {
    // The terms of the partial index `products_withdrawn_with_picture`. What is sold keeps its picture.
    let released = sqlx::query(
        "UPDATE products SET picture = NULL, picture_bytes = 0
         WHERE id IN (SELECT id FROM products AS product
                      WHERE withdrawn_at IS NOT NULL AND picture IS NOT NULL AND withdrawn_at < ?
                        AND NOT EXISTS (SELECT 1 FROM sales WHERE sales.product = product.id)
                      LIMIT ?)",
    )
    .bind(to_sql(withdrawn_before.0))
    .bind(to_sql(RELEASED_AT_ONCE_MAX))
    .execute(connection)
    .await?;
    Ok(Effect::only(released.rows_affected()))
}

/// A product of this user.
async fn own(
    connection: &mut SqliteConnection,
    currency: Currency,
    user: UserId,
    product: ProductId,
) -> Result<Result<ProductRecord, Immutable>, sqlx::Error> {
    Ok(match find(connection, currency, product).await? {
        None => Err(Immutable::NotFound),
        Some((owner, _)) if owner != user => Err(Immutable::NotYours),
        Some((_, record)) => Ok(record),
    })
}

/// What stands against changing a product in this state.
fn refusal(state: ProductState) -> Option<Immutable> {
    match state {
        ProductState::ForSale(_) => None,
        ProductState::Sold(_) => Some(Immutable::Sold),
        ProductState::Withdrawn(_) => Some(Immutable::Withdrawn),
    }
}

fn edited(product: ProductRecord, edit: ProductEdit) -> ProductRecord {
    ProductRecord {
        name: edit.name.map_or(product.name, String::from),
        price: edit.price.unwrap_or(product.price),
        category: edit.category.map_or(product.category, String::from),
        description: edit.description.map_or(product.description, String::from),
        ..product
    }
}

fn for_sale(owner: UserId, product: ProductRecord) -> ForSale {
    ForSale {
        id: product.id,
        owner,
        owner_username: product.owner_username,
        name: product.name,
        description: product.description,
        category: product.category,
        price: product.price,
        picture: product.picture,
        listed_at: product.listed_at,
    }
}
