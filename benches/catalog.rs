//! Pages of products: put together in memory, as the server does, against the same page through SQL; and what
//! they cost as a market grows, what changes cost, and how much memory a product takes.
//!
//! Sizes are compared by what a page costs at one of them by what it costs at the other. What that comes to when
//! the page is served, `pages` measures.

#[path = "goods.rs"]
mod goods;
#[path = "views.rs"]
mod views;

use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

use auboutique_benches::group::{self, wait};
use auboutique_benches::ratio::{Bound, Plan, Report, Row, repeat};
use auboutique_benches::resources::resident_bytes;
use auboutique_protocol::catalog::{ProductPage, ProductSummary};
use auboutique_protocol::codec;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_server::benching::Market;
use auboutique_server::benching::catalog::Shelves;
use rusqlite::Connection;

use self::views::{VIEWS, View, cents, mixed};

/// Products of a page.
const PAGE: usize = 50;
/// Sizes of markets, ascending; the second is what the others are compared with.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Products in the database: more make no page slower, they only take time to write.
const STORED: u64 = 100_000;
/// The row of the table in docs/PERFORMANCE.md.
const MEMORY: Bound = Bound::AtMost {
    floor: 1_200.0,
    goal: 700.0,
};

fn main() -> ExitCode {
    group::run_async(async |plan, report| {
        // Before anything else has been allocated and given back.
        let sizes = SIZES.map(|size| if plan.is_smoke() { size / 100 } else { size });
        let markets = memory(sizes, report);
        growth(plan, &markets, report);
        changes(plan, &markets, report);
        drop(markets);
        against_sql(plan, report).await
    })
}

/// Fills markets of these sizes; how much the last of them takes, by product.
fn memory(sizes: [u64; 4], report: &mut Report) -> [Shelves; 4] {
    let [tiny, small, large, huge] = sizes;
    let smaller = [tiny, small, large].map(Shelves::fill);
    let before = resident_bytes();
    let huge = Shelves::fill(huge);
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let each = (resident_bytes() - before) as f64 / huge.products() as f64;
    report.rows.push(Row::exact(
        "memory of a product for sale, description of 200 bytes, in bytes",
        MEMORY,
        each,
    ));
    let [tiny, small, large] = smaller;
    [tiny, small, large, huge]
}

/// What pages cost in a large market by what they cost in a smaller one.
fn growth(plan: Plan, markets: &[Shelves; 4], report: &mut Report) {
    let [tiny, small, large, huge] = markets;
    let counter = Cell::new(0);
    let page = |market: &Shelves, view: View| {
        black_box(market.page(&view.asks(mixed(&counter), market.products())));
    };
    for (view, name) in VIEWS {
        let rates = plan.rates(
            |each| repeat(each, || page(small, view)),
            |each| repeat(each, || page(huge, view)),
        );
        let name = format!("list page {name}, put together, at 1 M products for sale against 10 k");
        report.rows.push(rates.row(&name, Bound::Told));
    }
    let every = |market: &Shelves| VIEWS.iter().for_each(|(view, _)| page(market, *view));
    for (market, name) in [(tiny, "1 k"), (large, "100 k"), (huge, "1 M")] {
        let rates = plan.rates(
            |each| repeat(each, || every(small)),
            |each| repeat(each, || every(market)),
        );
        let name = format!("all of these, at {name} products against 10 k");
        report.rows.push(rates.row(&name, Bound::Told));
    }
    for (view, name) in VIEWS {
        for market in markets {
            let encoded = market.page(&view.asks(1, market.products()));
            let page: Result<ProductPage, _> = codec::decode(&encoded);
            if !page.is_ok_and(|page| (1..=PAGE).contains(&page.products.len())) {
                eprintln!("a page {name} of {market:?} is wrong");
                report.correct = false;
            }
        }
    }
}

/// What it costs that a product comes and another goes.
fn changes(plan: Plan, markets: &[Shelves; 4], report: &mut Report) {
    let [_, small, _, huge] = markets;
    let change = |market: &Shelves, next: &Cell<u64>| {
        next.set(next.get() + 1);
        market.insert(market.products() + next.get());
        // Somewhere among the others, each once.
        market.remove(1 + next.get() * 7_919 % market.products());
    };
    let (in_small, in_huge) = (Cell::new(0), Cell::new(0));
    let rates = plan.rates(
        |each| repeat(each / 4, || change(small, &in_small)),
        |each| repeat(each / 4, || change(huge, &in_huge)),
    );
    let name = "a product listed and one sold, at 1 M products against 10 k";
    report.rows.push(rates.row(name, Bound::Told));
}

/// The newest page from memory and the same page from the database.
async fn against_sql(plan: Plan, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    // Opened once to be made.
    Market::open(folder.path()).await.close().await;
    let database = folder.path().join("auboutique.db");
    let stored = if plan.is_smoke() { 200 } else { STORED };
    let mut connection = Connection::open(&database)?;
    connection.execute(
        "INSERT INTO users (id, username, name, email, password, created_at)
         VALUES (1, 'mona', 'Mona', 'mona@example.org', '', 0)",
        [],
    )?;
    goods::put_up(&database, stored, &(1..=1), 1_250);
    let market = Market::open(folder.path()).await;
    let from_memory = || market.page(PAGE);
    let mut from_sql = || page_from_sql(&mut connection).expect("the schema is the store's");
    let (ours, theirs): (ProductPage, ProductPage) =
        (codec::decode(&from_memory())?, codec::decode(&from_sql())?);
    if ours.products != theirs.products || ours.products.len() != PAGE {
        eprintln!("memory and database do not hold the same page");
        report.correct = false;
    }
    let rates = plan.rates(
        |each| repeat(each, || drop(black_box(from_memory()))),
        |each| repeat(each, || drop(black_box(from_sql()))),
    );
    let name = "page of 50 from memory against a prepared statement and encoding";
    report.rows.push(rates.row(name, Bound::Told));
    let pool = pool(&database).await?;
    let rates = plan.rates(
        |each| repeat(each, || drop(black_box(from_memory()))),
        |each| repeat(each, || drop(black_box(wait(page_from_pool(&pool))))),
    );
    let name = "page of 50 from memory against a pool of sqlx and encoding";
    report.rows.push(rates.row(name, Bound::Told));
    pool.close().await;
    market.close().await;
    Ok(())
}

/// As a service would ask that keeps nothing in memory. A product with a sale is not for sale.
const SQL: &str = "SELECT products.id, products.name, username, price, category, listed_at,
     substr(description, 1, 160) FROM products JOIN users ON users.id = owner
     WHERE closed = 0 AND withdrawn_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM sales WHERE product = products.id)
     ORDER BY products.id DESC LIMIT 50";

fn page_from_sql(connection: &mut Connection) -> rusqlite::Result<Vec<u8>> {
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| {
        Ok(summary(
            row.get(0)?,
            (row.get(1)?, row.get(2)?, row.get(4)?, row.get(6)?),
            row.get(3)?,
            row.get(5)?,
        ))
    })?;
    Ok(encoded(rows.collect::<Result<_, _>>()?))
}

async fn pool(database: &Path) -> sqlx::Result<sqlx::SqlitePool> {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(database)
        .read_only(true);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(4);
    pool.connect_with(options).await
}

async fn page_from_pool(pool: &sqlx::SqlitePool) -> Vec<u8> {
    type Found = (i64, String, String, i64, String, i64, String);
    let rows: Vec<Found> = sqlx::query_as(SQL)
        .fetch_all(pool)
        .await
        .expect("the schema is the store's");
    let summaries = rows.into_iter().map(|row| {
        let (id, name, owner, price, category, listed_at, description) = row;
        summary(id, (name, owner, category, description), price, listed_at)
    });
    encoded(summaries.collect())
}

fn summary(
    id: i64,
    (name, owner, category, description): (String, String, String, String),
    price: i64,
    listed_at: i64,
) -> ProductSummary {
    ProductSummary {
        id: ProductId(id.cast_unsigned()),
        name,
        owner,
        price: cents(price.cast_unsigned()),
        picture: None,
        category,
        listed_at: UnixMillis(listed_at.cast_unsigned()),
        description,
    }
}

fn encoded(products: Vec<ProductSummary>) -> Vec<u8> {
    codec::encode(&ProductPage {
        next: None,
        products,
    })
}
