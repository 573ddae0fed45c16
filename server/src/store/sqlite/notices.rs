//! Notices of sales in SQLite.

use async_trait::async_trait;
use auboutique_protocol::event::YourProductSold;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::text::Username;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::writer::Effect;
use super::{SqliteStore, from_sql, to_sql};
use crate::store::notices::{NoticeStore, SaleNotice};
use crate::store::{StoreError, UserId};

#[async_trait]
impl NoticeStore for SqliteStore {
    async fn untold_sales(
        &self,
        seller: UserId,
        limit: usize,
    ) -> Result<Vec<SaleNotice>, StoreError> {
        // The terms of the partial index `products_untold`.
        let rows = sqlx::query(
            "SELECT product.id, product.name, seller.username AS seller, buyer.username AS buyer,
                    sale.price, sale.sold_at, sale.collect_on
             FROM products AS product
             JOIN sales AS sale ON sale.product = product.id
             JOIN users AS seller ON seller.id = product.owner
             JOIN users AS buyer ON buyer.id = sale.buyer
             WHERE product.owner = ? AND product.told = 0 AND product.withdrawn_at IS NULL
             ORDER BY product.id
             LIMIT ?",
        )
        .bind(seller.0)
        .bind(to_sql(limit as u64))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| self.sale_notice(row)).collect()
    }

    async fn sale_notices(&self, products: &[ProductId]) -> Result<Vec<SaleNotice>, StoreError> {
        let rows = sqlx::query(
            "SELECT product.id, product.name, seller.username AS seller, buyer.username AS buyer,
                    sale.price, sale.sold_at, sale.collect_on
             FROM json_each(?) AS request
             JOIN products AS product ON product.id = request.value
             JOIN sales AS sale ON sale.product = product.id
             JOIN users AS seller ON seller.id = product.owner
             JOIN users AS buyer ON buyer.id = sale.buyer
             ORDER BY request.key",
        )
        .bind(ids_json(products))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| self.sale_notice(row)).collect()
    }

    async fn mark_told(&self, products: Vec<ProductId>) -> Result<(), StoreError> {
        let ids = ids_json(&products);
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE products SET told = 1
                         WHERE id IN (SELECT value FROM json_each(?)) AND told = 0",
                    )
                    .bind(ids)
                    .execute(connection)
                    .await?;
                    Ok(Effect::only(()))
                })
            })
            .await
    }
}

impl SqliteStore {
    fn sale_notice(&self, row: &SqliteRow) -> Result<SaleNotice, StoreError> {
        let seller: String = row.try_get("seller")?;
        let seller = Username::parse(&seller)
            .map_err(|error| StoreError::Failed(format!("a stored username: {error}").into()))?;
        let sold = YourProductSold {
            name: row.try_get("name")?,
            buyer: row.try_get("buyer")?,
            price: Money {
                minor: from_sql(row.try_get("price")?),
                currency: self.currency,
            },
            product: ProductId(from_sql(row.try_get("id")?)),
            sold_at: UnixMillis(from_sql(row.try_get("sold_at")?)),
            collect_on: row.try_get("collect_on")?,
        };
        Ok(SaleNotice { seller, sold })
    }
}

/// Ids as `json_each` takes them.
pub(super) fn ids_json(products: &[ProductId]) -> String {
    let ids: Vec<String> = products.iter().map(ToString::to_string).collect();
    format!("[{}]", ids.join(","))
}
