//! How long a server of a market with a past takes from its start to its first login: 100,000 products are for
//! sale, and a million were sold.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use auboutique_benches::group;
use auboutique_benches::line::Line;
use auboutique_benches::market::{Market, serve_if_asked};
use auboutique_benches::ratio::{Bound, Plan, Report, Row};
use auboutique_benches::seed;

/// Seconds to the first login.
const FIRST_LOGIN: Bound = Bound::AtMost {
    floor: 1.5,
    goal: 0.7,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| group::run_async(measure))
}

async fn measure(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let (sold, for_sale) = match plan.is_smoke() {
        true => (2_000, 200),
        false => (1_000_000, 100_000),
    };
    let mut market = Market::start(3, |database| fill(database, sold, for_sale)).await?;
    let (mut served, mut logged_in) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        market.server.end().await?;
        let begun = Instant::now();
        market.server.restart().await?;
        served.push(begun.elapsed().as_secs_f64());
        let mut line = Line::greet(market.address(), Arc::clone(&market.tls)).await?;
        line.call(&market.login(0)).await?;
        logged_in.push(begun.elapsed().as_secs_f64());
        line.close().await?;
    }
    let name = "seconds from the start to the first login, 100,000 for sale after 1 M sold";
    report.rows.push(Row::of(name, FIRST_LOGIN, &logged_in));
    let name = "  of which until it listens";
    report.rows.push(Row::of(name, Bound::Told, &served));
    Ok(())
}

/// Products of the first user: the older ones are sold to the second, and closed as the server does it by and
/// by; the rest are for sale.
fn fill(database: &Path, sold: i64, for_sale: i64) {
    let mut connection = seed::open_for_filling(database);
    connection
        .execute_batch(
            "INSERT INTO collection_places (id, name, hours) VALUES (1000, 'AUB Post Office', 'always');",
        )
        .expect("the schema is the store's");
    let transaction = connection.transaction().expect("nobody else writes");
    for (what, statement, parameters) in [
        (
            "products",
            "WITH RECURSIVE product (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM product WHERE id < ?1)
             INSERT INTO products
                 (id, owner, name, description, category, price, picture_bytes, listed_at, closed)
             SELECT id, 1, printf('Calculus, volume %d', id),
                    substr(replace(printf('%200s', ''), ' ', 'Read once. '), 1, 200),
                    'textbooks', 1250, 0, 1785000000000 + id, id <= ?2
             FROM product",
            [sold + for_sale, sold],
        ),
        (
            "sales",
            "INSERT INTO sales (product, buyer, seller, key, price, sold_at, collect_on, place, code)
             SELECT id, ?1, 1, unhex(printf('%032x', id)), price, listed_at, '2026-11-30', 1000, 'A1B2C3D4'
             FROM products WHERE id <= ?2",
            [2, sold],
        ),
    ] {
        let written = transaction.execute(statement, parameters);
        written.unwrap_or_else(|error| panic!("{what} of the store's schema: {error}"));
    }
    transaction.commit().expect("the disk takes it");
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("nobody reads");
}
