//! Closing: noting down some time afterwards that a product is no longer for sale.
//!
//! A sale is one row in one table, which is what makes it fast. So sold products stay among the open
//! ones, and in the index of words, until the writer is idle and closes them a few at a time. A start
//! then reads what is open and not all that ever was. Whether a product can be bought never depends
//! on this.

use auboutique_protocol::ids::ProductId;
use sqlx::{Row as _, SqliteConnection};

use super::super::{from_sql, to_sql};

/// Products that are sold or withdrawn and not closed yet, at most so many.
pub(in super::super) async fn gone(
    connection: &mut SqliteConnection,
    limit: usize,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT product.id
         FROM products AS product
         LEFT JOIN sales AS sale ON sale.product = product.id
         WHERE product.closed = 0
           AND (sale.product IS NOT NULL OR product.withdrawn_at IS NOT NULL)
         LIMIT ?",
    )
    .bind(to_sql(limit as u64))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| row.try_get("id").map(|id| ProductId(from_sql(id))))
        .collect()
}

/// Closes these products, and with that removes them from the index of words. One statement, which
/// commits by itself. What is for sale, or closed already, stays as it is.
pub(in super::super) async fn close(
    connection: &mut SqliteConnection,
    products: &[ProductId],
) -> Result<(), sqlx::Error> {
    let ids: Vec<String> = products.iter().map(ToString::to_string).collect();
    sqlx::query(
        "UPDATE products SET closed = 1
         WHERE id IN (SELECT value FROM json_each(?)) AND closed = 0
           AND (withdrawn_at IS NOT NULL OR EXISTS (SELECT 1 FROM sales WHERE product = id))",
    )
    .bind(format!("[{}]", ids.join(",")))
    .execute(connection)
    .await?;
    Ok(())
}
