//! Pages of products as they are served: by the real server over TLS, with a million products for sale against ten
//! thousand. `catalog` measures what putting them together costs, which is a part of it.
//!
//! Both servers run all the time, and one is asked after the other. The client decodes nothing.

#[path = "views.rs"]
mod views;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use auboutique_benches::group::{self, wait};
use auboutique_benches::line::{Ask, Line, ask_all};
use auboutique_benches::market::{Market, serve_if_asked};
use auboutique_benches::ratio::{Bound, Plan, Report};
use auboutique_benches::seed;
use auboutique_protocol::catalog::ProductPage;
use auboutique_protocol::{codec, envelope, frame};
use auboutique_server::benching::catalog::{PRODUCTS_PER_OWNER, Product, Shelves};
use rusqlite::params;
use tokio::time::Instant;

use self::views::{VIEWS, View, mixed};

/// Products for sale.
const SIZES: [u64; 2] = [10_000, 1_000_000];
/// Connections to each server, of a user each.
const CROWD: u32 = 32;
/// Requests in flight on each of them.
const IN_FLIGHT: u64 = 4;

/// The row of the table in docs/PERFORMANCE.md.
const GROWTH: Bound = Bound::AtMost {
    floor: 1.5,
    goal: 1.2,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| group::run_async(measure))
}

async fn measure(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let sizes = SIZES.map(|size| if plan.is_smoke() { size / 100 } else { size });
    let small = RefCell::new(Served::start(sizes[0]).await?);
    let large = RefCell::new(Served::start(sizes[1]).await?);
    for (view, name) in VIEWS {
        let rates = plan.rates(
            |each| wait(small.borrow_mut().rate(view, each)),
            |each| wait(large.borrow_mut().rate(view, each)),
        );
        let name = format!("list page {name}, served, at 1 M products for sale against 10 k");
        report.rows.push(rates.row(&name, GROWTH));
    }
    for served in [small, large] {
        report.correct &= served.into_inner().conclude().await?;
    }
    Ok(())
}

/// A server with so many products for sale, and those who ask it.
struct Served {
    market: Market,
    products: u64,
    crowd: Vec<Line>,
    counter: Cell<u64>,
    refused: u64,
}

impl Served {
    async fn start(products: u64) -> Result<Self, Box<dyn Error>> {
        let market = Market::start(CROWD, |database| put_up(database, products)).await?;
        let mut crowd = Vec::new();
        for user in 0..CROWD as usize {
            crowd.push(market.line(user).await?);
        }
        Ok(Self {
            market,
            products,
            crowd,
            counter: Cell::new(0),
            refused: 0,
        })
    }

    /// Pages a second.
    ///
    /// # Panics
    /// A connection is lost.
    async fn rate(&mut self, view: View, each: Duration) -> f64 {
        // Each connection asks for others.
        let from = mixed(&self.counter);
        let products = self.products;
        let ask = |line: usize| -> Ask {
            let mut number = from + line as u64;
            Box::new(move |id, out| {
                number = number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let asked = view.asks(number >> 24, products);
                frame::encode_into(&envelope::call(id, &asked), out);
                true
            })
        };
        let until = Instant::now() + each;
        let asked = ask_all(&mut self.crowd, IN_FLIGHT, until, ask).await;
        let (rate, tally) = asked.expect("a connection was lost");
        self.refused += tally.refused;
        rate
    }

    /// Every answer was a page, and the pages are as long as they should be.
    async fn conclude(mut self) -> Result<bool, Box<dyn Error>> {
        let mut is_correct = self.refused == 0;
        for (view, name) in VIEWS {
            let asked = view.asks(mixed(&self.counter), self.products);
            let page: ProductPage = codec::decode(&self.crowd[0].call(&asked).await?)?;
            if !(1..=50).contains(&page.products.len()) {
                eprintln!("a page {name} of {} products is wrong", self.products);
                is_correct = false;
            }
        }
        if self.refused > 0 {
            eprintln!("{} requests were refused", self.refused);
        }
        drop(self.crowd);
        self.market.server.end().await?;
        Ok(is_correct)
    }
}

/// Puts up so many products of owners with fifty each, as [`Product::make_up`] says.
///
/// # Panics
/// It is not a database of the store.
fn put_up(database: &Path, products: u64) {
    let mut connection = seed::open_for_filling(database);
    let transaction = connection.transaction().expect("nobody else writes");
    {
        let mut user = transaction
            .prepare(
                "INSERT INTO users (id, username, name, email, password, created_at)
                 VALUES (?1, ?2, 'Owner', 'owner@example.org', '', 0)",
            )
            .expect("the schema is the store's");
        let first = i64::from(CROWD) + 1;
        for owner in 0..(products / PRODUCTS_PER_OWNER).max(1) {
            user.execute(params![first + owner.cast_signed(), Shelves::owner(owner)])
                .expect("nobody has this name");
        }
        let mut product = transaction
            .prepare(
                "INSERT INTO products
                     (id, owner, name, description, category, price, picture_bytes, listed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
            )
            .expect("the schema is the store's");
        for number in 1..=products {
            let made_up = Product::make_up(number, products);
            product
                .execute(params![
                    number.cast_signed(),
                    first + made_up.owner.cast_signed(),
                    made_up.name,
                    made_up.description,
                    made_up.category,
                    made_up.price.cast_signed(),
                    made_up.listed_at.cast_signed()
                ])
                .expect("the owner is there");
        }
    }
    transaction.commit().expect("the disk takes it");
}
