//! Products, for administrators. The list has a statement for each index that it walks.

use auboutique_protocol::admin::{Product, ProductState, ProductStateName, Removed, SoldTo};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::purchases::page;
use super::super::{SqliteStore, from_sql, to_sql};
use super::users::containing;
use crate::store::StoreError;
use crate::store::admin::ProductFilter;
use crate::store::purchases::Page;

/// Most products that one page looks at: filters that match little give short pages, not slow ones.
const EXAMINED_MAX: i64 = 5_000;

/// The last product that a page looks at, and how many it looks at.
const EXAMINED: &str = "
    SELECT coalesce(min(id), 0) AS last, count(*) AS count
    FROM (SELECT id FROM products WHERE id < ?1 ORDER BY id DESC LIMIT ?2)";
const EXAMINED_OF_OWNER: &str = "
    SELECT coalesce(min(id), 0) AS last, count(*) AS count
    FROM (SELECT id FROM products INDEXED BY products_by_owner
          WHERE owner = (SELECT id FROM users WHERE username = ?3) AND id < ?1
          ORDER BY id DESC LIMIT ?2)";

macro_rules! products {
    ($from:literal, $driven:literal) => {
        concat!(
            "SELECT product.id, product.name, owner.username AS owner, product.price,
                    product.category, product.listed_at, removal.reason, buyer.username AS buyer,
                    sale.sold_at,
                    iif(sale.product IS NOT NULL, 'sold', iif(removal.product IS NOT NULL, 'removed',
                        iif(product.withdrawn_at IS NOT NULL, 'withdrawn',
                        iif(suspension.user IS NOT NULL, 'hidden', 'for_sale')))) AS state
             FROM ", $from,
            " CROSS JOIN users AS owner ON owner.id = product.owner
              LEFT JOIN sales AS sale ON sale.product = product.id
              LEFT JOIN users AS buyer ON buyer.id = sale.buyer
              LEFT JOIN removals AS removal ON removal.product = product.id
              LEFT JOIN suspensions AS suspension ON suspension.user = product.owner
             WHERE product.id < ?1 AND product.id >= ?2 ", $driven,
            " AND (?4 IS NULL OR product.name LIKE ?4 ESCAPE '\\')
              AND (?5 IS NULL OR state = ?5)
             ORDER BY product.id DESC LIMIT ?6"
        )
    };
}

const PRODUCTS: &str = products!("products AS product NOT INDEXED", "AND ?3 IS NULL");
const PRODUCTS_OF_OWNER: &str = products!(
    "products AS product INDEXED BY products_by_owner",
    "AND product.owner = (SELECT id FROM users WHERE username = ?3)"
);

impl SqliteStore {
    pub(super) async fn product_page(
        &self,
        filter: &ProductFilter,
        before: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<Product, ProductId>, StoreError> {
        let before = before.map_or(i64::MAX, |id| to_sql(id.0));
        let owner = filter.owner.as_ref().map(|owner| owner.as_str().to_owned());
        let (examined, products) = match owner {
            Some(_) => (EXAMINED_OF_OWNER, PRODUCTS_OF_OWNER),
            None => (EXAMINED, PRODUCTS),
        };
        let mut statement = sqlx::query(examined).bind(before).bind(EXAMINED_MAX);
        if let Some(owner) = &owner {
            statement = statement.bind(owner.clone());
        }
        let row = statement.fetch_one(&self.read).await?;
        let (last, count): (i64, i64) = (row.try_get("last")?, row.try_get("count")?);
        let state: Option<&str> = filter.state.map(ProductStateName::into);
        let rows = sqlx::query(products)
            .bind(before)
            .bind(last)
            .bind(owner)
            .bind(filter.text.as_ref().map(|text| containing(text.as_str())))
            .bind(state)
            .bind(to_sql(limit as u64 + 1))
            .fetch_all(&self.read)
            .await?;
        let items = rows
            .iter()
            .map(|row| self.listed(row))
            .collect::<Result<_, _>>()?;
        let mut page = page(items, limit, |last: &Product| last.id);
        if page.next.is_none() && count == EXAMINED_MAX {
            page.next = Some(ProductId(from_sql(last)));
        }
        Ok(page)
    }

    fn listed(&self, row: &SqliteRow) -> Result<Product, sqlx::Error> {
        let name: String = row.try_get("state")?;
        let name = name
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let state = match name {
            ProductStateName::ForSale => ProductState::ForSale(Nothing {}),
            ProductStateName::Hidden => ProductState::Hidden(Nothing {}),
            ProductStateName::Withdrawn => ProductState::Withdrawn(Nothing {}),
            ProductStateName::Sold => ProductState::Sold(SoldTo {
                buyer: row.try_get("buyer")?,
                sold_at: UnixMillis(from_sql(row.try_get("sold_at")?)),
            }),
            ProductStateName::Removed => ProductState::Removed(Removed {
                reason: row.try_get("reason")?,
            }),
        };
        Ok(Product {
            id: ProductId(from_sql(row.try_get("id")?)),
            name: row.try_get("name")?,
            owner: row.try_get("owner")?,
            price: self.minor(row, "price")?,
            state,
            category: row.try_get("category")?,
            listed_at: UnixMillis(from_sql(row.try_get("listed_at")?)),
        })
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [EXAMINED, EXAMINED_OF_OWNER, PRODUCTS, PRODUCTS_OF_OWNER];
