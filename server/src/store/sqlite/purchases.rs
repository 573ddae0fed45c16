//! Purchases in SQLite: one statement sells a whole batch, one query explains who lost.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::{Confirmation, OwnProduct, OwnProductState, Purchase, SoldTo};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqliteExecutor};

use super::writer::{Effect, is_constraint};
use super::{SqliteStore, from_sql, to_sql};
use crate::store::purchases::{
    CollectionPlace, NewPurchase, Page, ProductFacts, PurchaseFacts, PurchaseOutcome,
    PurchasePosition, PurchaseStore, judge,
};
use crate::store::{StoreError, UserId};

/// Sells what can be sold, in the order of the batch. The joins leave out what is not for sale to
/// this buyer at this price; the primary key and `UNIQUE (key, buyer)` leave out the rest. The
/// number of rows says whether all won, so no `RETURNING` is needed.
const INSERT: &str = "
    INSERT INTO sales (product, buyer, seller, key, price, sold_at, collect_on, place, code)
    SELECT product.id, buyer.id, product.owner, unhex(request.value ->> 2), product.price,
           request.value ->> 4, request.value ->> 5, request.value ->> 6, request.value ->> 7
    FROM jsonb_each(?1) AS request
    CROSS JOIN products AS product ON product.id = request.value ->> 0
    CROSS JOIN users AS buyer ON buyer.id = request.value ->> 1 AND buyer.deleted_at IS NULL
    LEFT JOIN suspensions AS hidden ON hidden.user = product.owner
    LEFT JOIN suspensions AS barred ON barred.user = buyer.id
    WHERE product.price = request.value ->> 3
      AND product.owner <> buyer.id
      AND product.withdrawn_at IS NULL
      AND hidden.user IS NULL
      AND barred.user IS NULL
    ON CONFLICT DO NOTHING";

/// The facts for each request of a batch as [`Facts`], in one text: each value of a row would be copied
/// to memory of its own and sent to another thread, which costs a race more than all that is looked up.
const FACTS: &str = "
    SELECT json_group_array(json_array(
               request.key, product.owner, product.price, coalesce(product.withdrawn_at, hidden.user),
               sale.buyer, coalesce(gone.id, barred.user),
               json(iif(mine.product IS NULL, NULL,
                   json_array(mine.product, mine.price, mine.sold_at, mine.collect_on, mine.code,
                              hex(mine.key), place.name, place.hours)))))
    FROM jsonb_each(?1) AS request
    LEFT JOIN products AS product ON product.id = request.value ->> 0
    LEFT JOIN sales AS sale ON sale.product = product.id
    LEFT JOIN sales AS mine ON mine.key = unhex(request.value ->> 2)
                           AND mine.buyer = request.value ->> 1
    LEFT JOIN collection_places AS place ON place.id = mine.place
    LEFT JOIN users AS gone ON gone.id = request.value ->> 1 AND gone.deleted_at IS NOT NULL
    LEFT JOIN suspensions AS hidden ON hidden.user = product.owner
    LEFT JOIN suspensions AS barred ON barred.user = request.value ->> 1";

/// A batch as the statements take it: an array of arrays. Nothing in it needs escaping.
fn batch_json(purchases: &[NewPurchase]) -> String {
    let mut json = String::with_capacity(2 + purchases.len() * 110);
    for purchase in purchases {
        json.push(if json.is_empty() { '[' } else { ',' });
        let NewPurchase {
            buyer,
            key,
            product,
            price,
            sold_at,
            collect_on,
            place,
            code,
        } = purchase;
        let key = u128::from_be_bytes(key.0);
        write!(
            json,
            r#"[{product},{},"{key:032x}",{},{},"{collect_on}",{},"{}"]"#,
            buyer.0,
            price.minor,
            sold_at.0,
            place.id,
            code.as_str(),
        )
        .expect("a String takes every write");
    }
    json.push_str(if json.is_empty() { "[]" } else { "]" });
    json
}

/// Stores the purchases of a batch and says whether all of them won. Outside of a transaction it
/// commits by itself.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    purchases: &[NewPurchase],
) -> Result<bool, sqlx::Error> {
    if purchases.is_empty() {
        return Ok(true);
    }
    let done = sqlx::query(INSERT)
        .bind(batch_json(purchases))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == purchases.len() as u64)
}

/// As [`insert`], within a transaction: a purchase that breaks a rule of the schema spoils no other.
pub(super) async fn insert_each(
    connection: &mut SqliteConnection,
    purchases: &[NewPurchase],
) -> Result<bool, sqlx::Error> {
    match insert(connection, purchases).await {
        Err(error) if is_constraint(&error) => {}
        outcome => return outcome,
    }
    let mut all_won = true;
    for purchase in purchases {
        all_won &= match insert(connection, std::slice::from_ref(purchase)).await {
            Err(error) if is_constraint(&error) => {
                tracing::error!(%error, product = %purchase.product, "the schema refused a purchase");
                false
            }
            outcome => outcome?,
        };
    }
    Ok(all_won)
}

/// What [`FACTS`] says of a request, in the order of its columns.
#[derive(Deserialize)]
struct Facts {
    /// Which of the batch.
    request: usize,
    owner: Option<i64>,
    price: Option<u64>,
    off_the_market: Option<IgnoredAny>,
    buyer: Option<i64>,
    buyer_is_gone: Option<IgnoredAny>,
    by_key: Option<Sale>,
}

/// The sale that the buyer's key made, in the order of its columns.
#[derive(Deserialize)]
struct Sale {
    product: u64,
    price: u64,
    sold_at: u64,
    collect_on: String,
    code: String,
    /// As hexadecimal digits.
    key: String,
    place_name: String,
    place_hours: String,
}

/// What became of each purchase of a batch, read from the database. `None`: nothing stands against
/// the purchase, and yet it is not stored.
pub(super) async fn outcomes(
    executor: impl SqliteExecutor<'_>,
    currency: Currency,
    purchases: &[NewPurchase],
) -> Result<Vec<Option<PurchaseOutcome>>, sqlx::Error> {
    let text: String = sqlx::query_scalar(FACTS)
        .bind(batch_json(purchases))
        .fetch_one(executor)
        .await?;
    let decode = |error| sqlx::Error::Decode(Box::new(error));
    let mut facts: Vec<Facts> = serde_json::from_str(&text).map_err(decode)?;
    // The order of an aggregate is nobody's promise.
    facts.sort_unstable_by_key(|facts| facts.request);
    purchases
        .iter()
        .zip(facts)
        .map(|(purchase, facts)| Ok(judge(purchase, facts.read(currency)?)))
        .collect()
}

impl Facts {
    fn read(self, currency: Currency) -> Result<PurchaseFacts, sqlx::Error> {
        let product = self
            .owner
            .zip(self.price)
            .map(|(owner, minor)| ProductFacts {
                owner: UserId(owner),
                price: Money { minor, currency },
                buyer: self.buyer.map(UserId),
                withdrawn: self.off_the_market.is_some(),
            });
        Ok(PurchaseFacts {
            by_key: self.by_key.map(|sale| sale.read(currency)).transpose()?,
            product,
            buyer_is_gone: self.buyer_is_gone.is_some(),
        })
    }
}

impl Sale {
    fn read(self, currency: Currency) -> Result<Confirmation, sqlx::Error> {
        let key = u128::from_str_radix(&self.key, 16)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        Ok(Confirmation {
            code: self.code,
            price: Money {
                minor: self.price,
                currency,
            },
            product: ProductId(self.product),
            sold_at: UnixMillis(self.sold_at),
            purchase: Key(key.to_be_bytes()),
            collect_at: self.place_name,
            collect_on: self.collect_on,
            collect_hours: self.place_hours,
        })
    }
}

fn key(row: &SqliteRow) -> Result<Key, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("key")?;
    bytes
        .try_into()
        .map(Key)
        .map_err(|_| sqlx::Error::Decode("a key has 16 bytes".into()))
}

fn millis(row: &SqliteRow, column: &str) -> Result<UnixMillis, sqlx::Error> {
    row.try_get(column).map(|time| UnixMillis(from_sql(time)))
}

#[async_trait]
impl PurchaseStore for SqliteStore {
    async fn collection_place(
        &self,
        name: &str,
        hours: &str,
    ) -> Result<Arc<CollectionPlace>, StoreError> {
        let (name, hours) = (name.to_owned(), hours.to_owned());
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO collection_places (name, hours) VALUES (?, ?)
                         ON CONFLICT DO NOTHING",
                    )
                    .bind(&name)
                    .bind(&hours)
                    .execute(&mut *connection)
                    .await?;
                    let row = sqlx::query(
                        "SELECT id FROM collection_places WHERE name = ? AND hours = ?",
                    )
                    .bind(&name)
                    .bind(&hours)
                    .fetch_one(connection)
                    .await?;
                    let id = row.try_get("id")?;
                    Ok(Effect::only(Arc::new(CollectionPlace { id, name, hours })))
                })
            })
            .await
    }

    async fn buy(&self, purchase: NewPurchase) -> Result<PurchaseOutcome, StoreError> {
        self.writer.purchase(purchase).await
    }

    async fn refusal(&self, purchase: &NewPurchase) -> Result<Option<PurchaseOutcome>, StoreError> {
        let alone = std::slice::from_ref(purchase);
        let mut outcomes = outcomes(&self.read, self.currency, alone).await?;
        self.writer.caught_up().await;
        Ok(outcomes.pop().flatten())
    }

    async fn purchases(
        &self,
        buyer: UserId,
        after: Option<PurchasePosition>,
        limit: usize,
    ) -> Result<Page<Purchase, PurchasePosition>, StoreError> {
        let after = after.map_or((i64::MAX, i64::MAX), |position| {
            (to_sql(position.sold_at.0), to_sql(position.product.0))
        });
        let rows = sqlx::query(
            "SELECT product.name, seller.username AS seller, sale.code, sale.price, sale.product,
                    sale.sold_at, sale.key, sale.collect_on,
                    place.name AS place_name, place.hours AS place_hours
             FROM sales AS sale
             JOIN products AS product ON product.id = sale.product
             JOIN users AS seller ON seller.id = sale.seller
             JOIN collection_places AS place ON place.id = sale.place
             WHERE sale.buyer = ? AND (sale.sold_at, sale.product) < (?, ?)
             ORDER BY sale.sold_at DESC, sale.product DESC
             LIMIT ?",
        )
        .bind(buyer.0)
        .bind(after.0)
        .bind(after.1)
        .bind(to_sql(limit as u64 + 1))
        .fetch_all(&self.read)
        .await?;
        self.writer.caught_up().await;
        let items = rows
            .iter()
            .map(|row| self.purchase(row))
            .collect::<Result<_, _>>()?;
        Ok(page(items, limit, |last: &Purchase| PurchasePosition {
            sold_at: last.confirmation.sold_at,
            product: last.confirmation.product,
        }))
    }

    async fn sales(
        &self,
        owner: UserId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<OwnProduct, ProductId>, StoreError> {
        let rows = sqlx::query(
            "SELECT product.id, product.name, product.price, product.listed_at,
                    product.withdrawn_at, sale.sold_at, sale.collect_on,
                    buyer.username AS buyer, buyer.name AS buyer_name
             FROM products AS product
             LEFT JOIN sales AS sale ON sale.product = product.id
             LEFT JOIN users AS buyer ON buyer.id = sale.buyer
             WHERE product.owner = ? AND product.id < ?
             ORDER BY product.id DESC
             LIMIT ?",
        )
        .bind(owner.0)
        .bind(after.map_or(i64::MAX, |id| to_sql(id.0)))
        .bind(to_sql(limit as u64 + 1))
        .fetch_all(&self.read)
        .await?;
        self.writer.caught_up().await;
        let items = rows
            .iter()
            .map(|row| self.own_product(row))
            .collect::<Result<_, _>>()?;
        Ok(page(items, limit, |last: &OwnProduct| last.id))
    }
}

impl SqliteStore {
    fn money(&self, row: &SqliteRow, column: &str) -> Result<Money, sqlx::Error> {
        let minor: i64 = row.try_get(column)?;
        Ok(Money {
            minor: from_sql(minor),
            currency: self.currency,
        })
    }

    fn purchase(&self, row: &SqliteRow) -> Result<Purchase, sqlx::Error> {
        Ok(Purchase {
            name: row.try_get("name")?,
            seller: row.try_get("seller")?,
            confirmation: Confirmation {
                code: row.try_get("code")?,
                price: self.money(row, "price")?,
                product: ProductId(from_sql(row.try_get("product")?)),
                sold_at: millis(row, "sold_at")?,
                purchase: key(row)?,
                collect_at: row.try_get("place_name")?,
                collect_on: row.try_get("collect_on")?,
                collect_hours: row.try_get("place_hours")?,
            },
        })
    }

    pub(super) fn own_product(&self, row: &SqliteRow) -> Result<OwnProduct, sqlx::Error> {
        let withdrawn = row.try_get::<Option<i64>, _>("withdrawn_at")?.is_some();
        let state = match row.try_get::<Option<String>, _>("buyer")? {
            Some(buyer) => OwnProductState::Sold(SoldTo {
                buyer,
                sold_at: millis(row, "sold_at")?,
                buyer_name: row.try_get("buyer_name")?,
                collect_on: row.try_get("collect_on")?,
            }),
            None if withdrawn => OwnProductState::Withdrawn(Default::default()),
            None => OwnProductState::ForSale(Default::default()),
        };
        Ok(OwnProduct {
            id: ProductId(from_sql(row.try_get("id")?)),
            name: row.try_get("name")?,
            price: self.money(row, "price")?,
            state,
            listed_at: millis(row, "listed_at")?,
        })
    }
}

/// Makes a page of one row more than its limit: that row says that there is a next page.
pub(super) fn page<Item, Position>(
    mut items: Vec<Item>,
    limit: usize,
    position: impl Fn(&Item) -> Position,
) -> Page<Item, Position> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more {
        items.last().map(position)
    } else {
        None
    };
    Page { items, next }
}
