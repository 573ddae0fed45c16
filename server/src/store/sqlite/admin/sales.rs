//! Sales, for administrators. The list has a statement for each index that it walks.

use auboutique_protocol::admin::{Sale, SalesTotals};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::text::Username;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::super::purchases::page;
use super::super::{SqliteStore, from_sql, to_sql};
use crate::store::StoreError;
use crate::store::admin::{SaleFilter, Span, Tally};
use crate::store::purchases::{Page, PurchasePosition};

/// What is shown of a sale.
macro_rules! columns {
    () => {
        "SELECT product.name, buyer.username AS buyer, place.name AS place, sale.price,
                seller.username AS seller, sale.product, sale.sold_at, sale.collect_on
         FROM "
    };
}

/// What a sale names by number.
macro_rules! named {
    () => {
        " CROSS JOIN users AS buyer ON buyer.id = sale.buyer
          CROSS JOIN users AS seller ON seller.id = sale.seller
          CROSS JOIN collection_places AS place ON place.id = sale.place "
    };
}

/// The filters of sales: the product, the seller, the buyer, from, to.
macro_rules! filtered {
    () => {
        "WHERE (?1 IS NULL OR sale.product = ?1)
           AND (?2 IS NULL OR sale.seller = (SELECT id FROM users WHERE username = ?2))
           AND (?3 IS NULL OR sale.buyer = (SELECT id FROM users WHERE username = ?3))
           AND sale.sold_at >= ?4 AND sale.sold_at < ?5 "
    };
}

/// A page of sales and their sum, from somewhere.
macro_rules! walk {
    ($sales:literal, $products:literal, $driven:literal) => {
        Walk {
            page: concat!(
                columns!(),
                $sales,
                $products,
                named!(),
                filtered!(),
                $driven,
                " AND (sale.sold_at, sale.product) < (?6, ?7)
                 ORDER BY sale.sold_at DESC, sale.product DESC LIMIT ?8"
            ),
            totals: concat!(
                "SELECT count(*) AS count, coalesce(sum(sale.price), 0) AS sum FROM ",
                $sales,
                " ",
                filtered!(),
                $driven
            ),
        }
    };
}

/// The two statements along one index.
struct Walk {
    page: &'static str,
    totals: &'static str,
}

const BY_TIME: Walk = walk!(
    "sales AS sale INDEXED BY sales_by_time",
    " CROSS JOIN products AS product ON product.id = sale.product",
    ""
);
const BY_BUYER: Walk = walk!(
    "sales AS sale INDEXED BY sales_by_buyer",
    " CROSS JOIN products AS product ON product.id = sale.product",
    "AND sale.buyer = (SELECT id FROM users WHERE username = ?3)"
);
/// Sales have no index by seller, which each purchase would pay for. The products of a seller have.
const BY_SELLER: Walk = walk!(
    "products AS product INDEXED BY products_by_owner
         CROSS JOIN sales AS sale ON sale.product = product.id",
    "",
    "AND product.owner = (SELECT id FROM users WHERE username = ?2)"
);
const BY_PRODUCT: Walk = walk!(
    "sales AS sale NOT INDEXED",
    " CROSS JOIN products AS product ON product.id = sale.product",
    "AND sale.product = ?1"
);

const BY_PRODUCTS: &str = concat!(
    columns!(),
    "json_each(?1) AS request
         CROSS JOIN sales AS sale ON sale.product = request.value
         CROSS JOIN products AS product ON product.id = sale.product",
    named!(),
    "ORDER BY request.key"
);

const SUMS: &str = "
    SELECT count(sale.product) AS count, coalesce(sum(sale.price), 0) AS sum
    FROM json_each(?1) AS span
    LEFT JOIN sales AS sale ON sale.sold_at >= span.value ->> 0 AND sale.sold_at < span.value ->> 1
    GROUP BY span.key ORDER BY span.key";

const TALLY: &str = "
    SELECT (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS users,
           count(*) AS sales, coalesce(sum(price), 0) AS revenue
    FROM sales WHERE sold_at >= ?";

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

impl SqliteStore {
    pub(super) async fn sale_page(
        &self,
        filter: &SaleFilter,
        after: Option<PurchasePosition>,
        limit: usize,
    ) -> Result<Page<Sale, PurchasePosition>, StoreError> {
        let after = after.map_or((i64::MAX, i64::MAX), |position| {
            (to_sql(position.sold_at.0), to_sql(position.product.0))
        });
        let rows = filtered(walk_for(filter).page, filter)
            .bind(after.0)
            .bind(after.1)
            .bind(to_sql(limit as u64 + 1))
            .fetch_all(&self.read)
            .await?;
        let items = rows
            .iter()
            .map(|row| self.sale(row))
            .collect::<Result<_, _>>()?;
        Ok(page(items, limit, |last: &Sale| PurchasePosition {
            sold_at: last.sold_at,
            product: last.product,
        }))
    }

    pub(super) async fn totals(&self, filter: &SaleFilter) -> Result<SalesTotals, StoreError> {
        let row = filtered(walk_for(filter).totals, filter)
            .fetch_one(&self.read)
            .await?;
        Ok(SalesTotals {
            sum: self.minor(&row, "sum")?,
            count: from_sql(row.try_get("count")?),
        })
    }

    pub(super) async fn sales_by_product(
        &self,
        products: &[ProductId],
    ) -> Result<Vec<Sale>, StoreError> {
        let ids: Vec<String> = products.iter().map(ToString::to_string).collect();
        let rows = sqlx::query(BY_PRODUCTS)
            .bind(format!("[{}]", ids.join(",")))
            .fetch_all(&self.read)
            .await?;
        let sales = rows.iter().map(|row| self.sale(row));
        Ok(sales.collect::<Result<_, _>>()?)
    }

    pub(super) async fn sums(&self, spans: &[Span]) -> Result<Vec<(u64, Money)>, StoreError> {
        let spans: Vec<String> = spans
            .iter()
            .map(|span| format!("[{},{}]", span.from.0, span.to.0))
            .collect();
        let rows = sqlx::query(SUMS)
            .bind(format!("[{}]", spans.join(",")))
            .fetch_all(&self.read)
            .await?;
        let sum = |row: &SqliteRow| {
            let count = from_sql(row.try_get("count")?);
            Ok((count, self.minor(row, "sum")?))
        };
        rows.iter().map(sum).collect()
    }

    pub(super) async fn tally_since(&self, since: UnixMillis) -> Result<Tally, StoreError> {
        let row = sqlx::query(TALLY)
            .bind(to_sql(since.0))
            .fetch_one(&self.read)
            .await?;
        Ok(Tally {
            users: from_sql(row.try_get("users")?),
            sales: from_sql(row.try_get("sales")?),
            revenue_minor: from_sql(row.try_get("revenue")?),
        })
    }

    pub(super) fn minor(&self, row: &SqliteRow, column: &str) -> Result<Money, sqlx::Error> {
        Ok(Money {
            minor: from_sql(row.try_get(column)?),
            currency: self.currency,
        })
    }

    fn sale(&self, row: &SqliteRow) -> Result<Sale, sqlx::Error> {
        Ok(Sale {
            name: row.try_get("name")?,
            buyer: row.try_get("buyer")?,
            place: row.try_get("place")?,
            price: self.minor(row, "price")?,
            seller: row.try_get("seller")?,
            product: ProductId(from_sql(row.try_get("product")?)),
            sold_at: UnixMillis(from_sql(row.try_get("sold_at")?)),
            collect_on: row.try_get("collect_on")?,
        })
    }
}

/// The index that leaves the least to look at.
fn walk_for(filter: &SaleFilter) -> Walk {
    if filter.product.is_some() {
        BY_PRODUCT
    } else if filter.buyer.is_some() {
        BY_BUYER
    } else if filter.seller.is_some() {
        BY_SELLER
    } else {
        BY_TIME
    }
}

fn filtered<'q>(sql: &'static str, filter: &SaleFilter) -> Query<'q> {
    let name = |name: &Option<Username>| name.as_ref().map(|name| name.as_str().to_owned());
    sqlx::query(sql)
        .bind(filter.product.map(|product| to_sql(product.0)))
        .bind(name(&filter.seller))
        .bind(name(&filter.buyer))
        .bind(filter.from.map_or(0, |from| to_sql(from.0)))
        .bind(filter.to.map_or(i64::MAX, |to| to_sql(to.0)))
}

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 11] = [
    BY_TIME.page,
    BY_TIME.totals,
    BY_BUYER.page,
    BY_BUYER.totals,
    BY_SELLER.page,
    BY_SELLER.totals,
    BY_PRODUCT.page,
    BY_PRODUCT.totals,
    BY_PRODUCTS,
    SUMS,
    TALLY,
];
