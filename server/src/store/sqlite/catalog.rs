//! Products in SQLite.

mod changes;
mod closing;
mod search;

use async_trait::async_trait;
use auboutique_protocol::catalog::{Listed, ProductState, SoldAt};
use auboutique_protocol::codec;
use auboutique_protocol::ids::{Key, PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::text::SearchText;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqliteExecutor};

pub(super) use self::closing::{close, gone};
use super::pictures::hash_of;
use super::writer::Effect;
use super::{SqliteStore, from_sql, to_sql};
use crate::store::catalog::{
    CatalogStore, ForSale, Immutable, NewProduct, ProductEdit, ProductRecord, SellOutcome,
    SellerUsage,
};
use crate::store::{Change, StoreError, UserId};

#[async_trait]
impl CatalogStore for SqliteStore {
    async fn sell(&self, product: NewProduct) -> Result<SellOutcome, StoreError> {
        self.writer
            .execute(move |connection| Box::pin(sell(connection, product)))
            .await
    }

    async fn earlier_listing(
        &self,
        owner: UserId,
        key: Key,
        digest: [u8; 32],
    ) -> Result<Option<SellOutcome>, StoreError> {
        let outcome = earlier_listing(&self.read, owner, key, digest).await?;
        self.writer.caught_up().await;
        Ok(outcome)
    }

    async fn release_pictures(&self, withdrawn_before: UnixMillis) -> Result<u64, StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(changes::release_pictures(connection, withdrawn_before))
            })
            .await
    }

    async fn seller_usage(&self, owner: UserId) -> Result<SellerUsage, StoreError> {
        let row = sqlx::query(USAGE)
            .bind(owner.0)
            .fetch_one(&self.read)
            .await?;
        self.writer.caught_up().await;
        Ok(usage(&row)?)
    }

    async fn product(&self, id: ProductId) -> Result<Option<ProductRecord>, StoreError> {
        let found = find(&self.read, self.currency, id).await?;
        Ok(found.map(|(_, record)| record))
    }

    async fn edit(
        &self,
        edit: ProductEdit,
    ) -> Result<Result<ProductRecord, Immutable>, StoreError> {
        let currency = self.currency;
        self.writer
            .execute(move |connection| Box::pin(changes::edit(connection, currency, edit)))
            .await
    }

    async fn withdraw(
        &self,
        user: UserId,
        product: ProductId,
        at: UnixMillis,
    ) -> Result<Result<(), Immutable>, StoreError> {
        let currency = self.currency;
        self.writer
            .execute(move |connection| {
                Box::pin(changes::withdraw(connection, currency, user, product, at))
            })
            .await
    }

    async fn search(
        &self,
        text: &SearchText,
        before: Option<ProductId>,
        limit: usize,
    ) -> Result<Vec<ProductId>, StoreError> {
        let found = search::search(&self.read, text, before, limit).await?;
        self.writer.caught_up().await;
        Ok(found)
    }
}

/// A product with its owner.
async fn find(
    executor: impl SqliteExecutor<'_>,
    currency: Currency,
    id: ProductId,
) -> Result<Option<(UserId, ProductRecord)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT product.id, product.owner, owner.username, owner.name AS owner_name, product.name,
                product.description, product.category, product.price, product.picture,
                product.listed_at, product.withdrawn_at, hidden.user AS hidden, sale.sold_at
         FROM products AS product
         JOIN users AS owner ON owner.id = product.owner
         LEFT JOIN sales AS sale ON sale.product = product.id
         LEFT JOIN suspensions AS hidden ON hidden.user = product.owner
         WHERE product.id = ?",
    )
    .bind(to_sql(id.0))
    .fetch_optional(executor)
    .await?;
    let found = |row: SqliteRow| Ok((UserId(row.try_get("owner")?), record(&row, currency)?));
    row.map(found).transpose()
}

/// How much one owner has for sale, and in pictures of what was withdrawn and has one still.
const USAGE: &str = "
    SELECT count(*) FILTER (WHERE product.withdrawn_at IS NULL) AS products,
           coalesce(sum(picture_bytes), 0) AS picture_bytes
    FROM products AS product
    LEFT JOIN sales AS sale ON sale.product = product.id
    WHERE product.owner = ? AND sale.product IS NULL";

/// Products for sale, oldest first.
macro_rules! for_sale {
    ($whose:literal) => {
        concat!(
            "SELECT product.id, product.owner, owner.username, product.name, product.description,
                    product.category, product.price, product.picture, product.listed_at
             FROM products AS product
             JOIN users AS owner ON owner.id = product.owner
             LEFT JOIN sales AS sale ON sale.product = product.id
             WHERE product.closed = 0 AND sale.product IS NULL AND product.withdrawn_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM suspensions WHERE user = product.owner)",
            $whose,
            " ORDER BY product.id"
        )
    };
}

/// All products for sale, oldest first: what the catalog in memory starts from.
pub(super) async fn for_sale(
    connection: &mut SqliteConnection,
    currency: Currency,
) -> Result<Vec<ForSale>, sqlx::Error> {
    // Row by row: all rows of the database at once would take more memory than the catalog itself.
    let rows = sqlx::query(for_sale!("")).fetch(connection);
    rows.map(|row| shown(&row?, currency)).try_collect().await
}

/// What one owner has for sale, oldest first; nothing while the owner is suspended.
pub(super) async fn for_sale_of(
    connection: &mut SqliteConnection,
    currency: Currency,
    owner: UserId,
) -> Result<Vec<ForSale>, sqlx::Error> {
    let rows = sqlx::query(for_sale!(" AND product.owner = ?"))
        .bind(owner.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| shown(row, currency)).collect()
}

fn shown(row: &SqliteRow, currency: Currency) -> Result<ForSale, sqlx::Error> {
    Ok(ForSale {
        id: ProductId(from_sql(row.try_get("id")?)),
        owner: UserId(row.try_get("owner")?),
        owner_username: row.try_get("username")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        category: row.try_get("category")?,
        price: Money {
            minor: from_sql(row.try_get("price")?),
            currency,
        },
        picture: picture_hash(row)?,
        listed_at: UnixMillis(from_sql(row.try_get("listed_at")?)),
    })
}

async fn sell(
    connection: &mut SqliteConnection,
    product: NewProduct,
) -> Result<Effect<SellOutcome>, sqlx::Error> {
    let earlier = earlier_listing(&mut *connection, product.owner, product.key, product.digest);
    if let Some(outcome) = earlier.await? {
        return Ok(Effect::only(outcome));
    }
    if owner_is_gone(connection, &product).await? {
        return Ok(Effect::only(SellOutcome::OwnerGone));
    }
    if let Some(refusal) = quota_refusal(connection, &product).await? {
        return Ok(Effect::only(refusal));
    }
    let row = sqlx::query(
        "INSERT INTO products
             (owner, name, description, category, price, picture, picture_bytes, listed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         RETURNING id, (SELECT username FROM users WHERE users.id = owner) AS username",
    )
    .bind(product.owner.0)
    .bind(product.name.as_str())
    .bind(product.description.as_str())
    .bind(product.category.as_str())
    .bind(to_sql(product.price.minor))
    .bind(product.picture.map(|picture| picture.hash.0.to_vec()))
    .bind(to_sql(product.picture.map_or(0, |picture| picture.bytes)))
    .bind(to_sql(product.listed_at.0))
    .fetch_one(&mut *connection)
    .await?;
    let id = ProductId(from_sql(row.try_get("id")?));
    let reply = codec::encode(&Listed {
        product: id,
        listed_at: product.listed_at,
    });
    sqlx::query(
        "INSERT INTO request_keys (key, user, kind, digest, reply, created_at)
         VALUES (?, ?, 'sell', ?, ?, ?)",
    )
    .bind(&product.key.0[..])
    .bind(product.owner.0)
    .bind(&product.digest[..])
    .bind(&reply)
    .bind(to_sql(product.listed_at.0))
    .execute(connection)
    .await?;
    let listed = ForSale {
        id,
        owner: product.owner,
        owner_username: row.try_get("username")?,
        name: product.name.into(),
        description: product.description.into(),
        category: product.category.into(),
        price: product.price,
        picture: product.picture.map(|picture| picture.hash),
        listed_at: product.listed_at,
    };
    Ok(Effect {
        value: SellOutcome::Listed { reply },
        changes: vec![Change::Listed(Box::new(listed))],
    })
}

/// What an earlier `sell` with this key came to, for a request with this digest.
async fn earlier_listing(
    executor: impl SqliteExecutor<'_>,
    owner: UserId,
    key: Key,
    digest: [u8; 32],
) -> Result<Option<SellOutcome>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT digest, reply FROM request_keys WHERE key = ? AND user = ? AND kind = 'sell'",
    )
    .bind(&key.0[..])
    .bind(owner.0)
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let earlier: Vec<u8> = row.try_get("digest")?;
    Ok(Some(if earlier == digest {
        SellOutcome::Listed {
            reply: row.try_get("reply")?,
        }
    } else {
        SellOutcome::KeyConflict
    }))
}

async fn quota_refusal(
    connection: &mut SqliteConnection,
    product: &NewProduct,
) -> Result<Option<SellOutcome>, sqlx::Error> {
    let row = sqlx::query(USAGE)
        .bind(product.owner.0)
        .fetch_one(connection)
        .await?;
    let SellerUsage {
        products,
        picture_bytes,
    } = usage(&row)?;
    let added = product.picture.map_or(0, |picture| picture.bytes);
    Ok(if products >= product.quota.products {
        Some(SellOutcome::TooManyProducts)
    } else if added > 0 && picture_bytes + added > product.quota.picture_bytes {
        Some(SellOutcome::TooManyPictureBytes)
    } else {
        None
    })
}

fn usage(row: &SqliteRow) -> Result<SellerUsage, sqlx::Error> {
    Ok(SellerUsage {
        products: from_sql(row.try_get("products")?),
        picture_bytes: from_sql(row.try_get("picture_bytes")?),
    })
}

/// Whether the owner has deleted the account since the request came, or was suspended.
async fn owner_is_gone(
    connection: &mut SqliteConnection,
    product: &NewProduct,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "SELECT 1 FROM users WHERE id = ?1 AND (deleted_at IS NOT NULL
             OR EXISTS (SELECT 1 FROM suspensions WHERE suspensions.user = ?1))",
    )
    .bind(product.owner.0)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

fn record(row: &SqliteRow, currency: Currency) -> Result<ProductRecord, sqlx::Error> {
    let withdrawn = row.try_get::<Option<i64>, _>("withdrawn_at")?.is_some()
        || row.try_get::<Option<i64>, _>("hidden")?.is_some();
    let state = match row.try_get::<Option<i64>, _>("sold_at")? {
        Some(sold_at) => ProductState::Sold(SoldAt {
            sold_at: UnixMillis(from_sql(sold_at)),
        }),
        None if withdrawn => ProductState::Withdrawn(Default::default()),
        None => ProductState::ForSale(Default::default()),
    };
    Ok(ProductRecord {
        id: ProductId(from_sql(row.try_get("id")?)),
        owner_username: row.try_get("username")?,
        owner_name: row.try_get("owner_name")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        category: row.try_get("category")?,
        price: Money {
            minor: from_sql(row.try_get("price")?),
            currency,
        },
        picture: picture_hash(row)?,
        listed_at: UnixMillis(from_sql(row.try_get("listed_at")?)),
        state,
    })
}

pub(super) fn picture_hash(row: &SqliteRow) -> Result<Option<PictureHash>, sqlx::Error> {
    let Some(bytes) = row.try_get::<Option<Vec<u8>>, _>("picture")? else {
        return Ok(None);
    };
    hash_of(bytes).map(Some)
}
