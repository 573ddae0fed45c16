//! What a list takes while others ask for what is more work: while they buy, at half the rate that the server can
//! sell at, and while they log in, as many as can be hashed and more.
//!
//! Lists are asked for at a fixed rate whatever becomes of the earlier ones (an open loop), and each is
//! timed from the moment at which it was due. Otherwise an answer that is late would keep others from
//! being asked for, and hide what they would have had to wait (coordinated omission).

#[path = "goods.rs"]
mod goods;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auboutique_benches::group;
use auboutique_benches::line::{Line, ask_all};
use auboutique_benches::market::{Market, PRICE, serve_if_asked};
use auboutique_benches::ratio::{Bound, Plan, Report, Row};
use auboutique_loadtest::descriptors;
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::Buy;
use auboutique_protocol::{envelope, frame};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// People who look at lists.
const LISTERS: u32 = 50;
/// Lists a second, of all of them.
const LISTS_PER_SECOND: u32 = 200;
/// People who buy.
const BUYERS: usize = 256;
/// People who log in again and again: more than there are threads for.
const LOGGING_IN: usize = 16;
/// Put up the products.
const SELLERS: i64 = 4;
/// Enough for a run on a machine several times as fast as the one that this was written on.
const PRODUCTS: u64 = 1_500_000;
/// How long each is measured, as a multiple of a round.
const ROUNDS_LONG: u32 = 75;

/// Whatever takes longer counts as this, in microseconds.
const MICROS_MAX: u64 = 60_000_000;
/// Milliseconds within which 99 of 100 are answered.
const WHILE_BUYING: Bound = Bound::AtMost {
    floor: 10.0,
    goal: 4.0,
};
const WHILE_HASHING: Bound = Bound::AtMost {
    floor: 50.0,
    goal: 20.0,
};

fn main() -> ExitCode {
    serve_if_asked().unwrap_or_else(|| group::run_async(measure))
}

async fn measure(plan: Plan, report: &mut Report) -> Result<(), Box<dyn Error>> {
    descriptors::ensure(2 * (BUYERS + LOGGING_IN) as u64 + 256)?;
    let products = if plan.is_smoke() { 20_000 } else { PRODUCTS };
    let each = plan.each * ROUNDS_LONG;
    let crowd = BUYERS + LOGGING_IN + LISTERS as usize;
    let first_seller = i64::try_from(crowd)? + 1;
    let sellers = first_seller..=first_seller + SELLERS - 1;
    let market = Market::start(u32::try_from(*sellers.end())?, |database| {
        goods::put_up(database, products, &sellers, PRICE.minor);
    });
    let market = Arc::new(market.await?);
    let mut buyers = Vec::new();
    for user in 0..BUYERS {
        buyers.push(market.line(user).await?);
    }

    let took = lists(&market, each).await?;
    report
        .rows
        .push(row("while nobody else is there", Bound::Told, &took));

    let shop = Shop {
        next: Arc::new(AtomicU64::new(1)),
        products,
    };
    let most = shop.at_most(&mut buyers, plan.each * 4).await?;
    let until = Instant::now() + each;
    let buying = tokio::spawn(shop.clone().at_rate(buyers, most / 2.0, until));
    let took = lists(&market, each).await?;
    let bought = buying.await??;
    let name = format!("while {bought:.0} products a second are bought, of {most:.0} at most");
    report.rows.push(row(&name, WHILE_BUYING, &took));

    let until = Instant::now() + each;
    let mut logins = JoinSet::new();
    for user in BUYERS..BUYERS + LOGGING_IN {
        logins.spawn(log_in_again(Arc::clone(&market), user, until));
    }
    let took = lists(&market, each).await?;
    let mut count = 0;
    while let Some(ended) = logins.join_next().await {
        count += ended??;
    }
    let rate = f64::from(count) / each.as_secs_f64();
    let name = format!("while {rate:.0} people a second log in, {LOGGING_IN} at once");
    report.rows.push(row(&name, WHILE_HASHING, &took));
    Ok(())
}

fn row(while_: &str, bound: Bound, took: &Histogram<u64>) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let millis = took.value_at_quantile(0.99) as f64 / 1e3;
    let name = format!("ms for 99 of 100 lists at {LISTS_PER_SECOND} a second, {while_}");
    Row::exact(name, bound, millis)
}

/// Asks for lists for so long: how many microseconds each took from the moment at which it was due.
async fn lists(market: &Market, each: Duration) -> Result<Histogram<u64>, Box<dyn Error>> {
    let mut listers = JoinSet::new();
    let period = Duration::from_secs(1) * LISTERS / LISTS_PER_SECOND;
    let mut lines = Vec::new();
    for user in 0..LISTERS as usize {
        lines.push(market.line(BUYERS + LOGGING_IN + user).await?);
    }
    let begun = Instant::now();
    for (number, mut line) in (0..).zip(lines) {
        listers.spawn(async move {
            let mut took = Histogram::<u64>::new_with_bounds(1, MICROS_MAX, 3)
                .expect("the bounds are in order");
            let mut due = begun + period * number / LISTERS;
            while due < begun + each {
                sleep_until(due).await;
                line.call(&ListProducts::default()).await?;
                let micros = due.elapsed().as_micros();
                took.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
                due += period;
            }
            io::Result::Ok(took)
        });
    }
    let mut all =
        Histogram::<u64>::new_with_bounds(1, MICROS_MAX, 3).expect("the bounds are in order");
    while let Some(ended) = listers.join_next().await {
        all.add(ended??).expect("all have the same bounds");
    }
    Ok(all)
}

/// What there is to buy.
#[derive(Clone)]
struct Shop {
    next: Arc<AtomicU64>,
    products: u64,
}

impl Shop {
    fn request(&self, id: u64) -> io::Result<Vec<u8>> {
        let product = self.next.fetch_add(1, Ordering::Relaxed);
        if product > self.products {
            return Err(io::Error::other("all products are sold: more are needed"));
        }
        let buy = Buy {
            key: Key::now(),
            price: PRICE,
            product: ProductId(product),
        };
        Ok(envelope::call(id, &buy))
    }

    /// Buys as fast as the server sells: how many a second.
    async fn at_most(&self, buyers: &mut Vec<Line>, each: Duration) -> io::Result<f64> {
        let ask = |_| {
            let shop = self.clone();
            let ask = move |id, out: &mut Vec<u8>| match shop.request(id) {
                Ok(request) => {
                    frame::encode_into(&request, out);
                    true
                }
                Err(_) => false,
            };
            Box::new(ask) as auboutique_benches::line::Ask
        };
        let (rate, tally) = ask_all(buyers, 1, Instant::now() + each, ask).await?;
        match tally.refused {
            0 => Ok(rate),
            refused => Err(io::Error::other(format!(
                "{refused} purchases were refused"
            ))),
        }
    }

    /// Buys at a fixed rate: how many a second it came to.
    async fn at_rate(self, buyers: Vec<Line>, rate: f64, until: Instant) -> io::Result<f64> {
        let begun = Instant::now();
        let period = Duration::from_secs_f64(buyers.len() as f64 / rate);
        let mut tasks = JoinSet::new();
        for (number, mut line) in (0..).zip(buyers) {
            let shop = self.clone();
            let mut due = begun + period * number / u32::try_from(BUYERS).unwrap_or(u32::MAX);
            tasks.spawn(async move {
                let mut bought = 0_u32;
                while due < until {
                    sleep_until(due).await;
                    line.send(&shop.request(0)?).await?;
                    bought += 1;
                    due += period;
                }
                io::Result::Ok(bought)
            });
        }
        let mut bought = 0;
        while let Some(ended) = tasks.join_next().await {
            bought += ended.map_err(io::Error::other)??;
        }
        Ok(f64::from(bought) / begun.elapsed().as_secs_f64())
    }
}

/// Logs in, goes, and comes again: how often until then.
async fn log_in_again(market: Arc<Market>, user: usize, until: Instant) -> io::Result<u32> {
    let mut count = 0;
    while Instant::now() < until {
        let mut line = Line::greet(market.address(), Arc::clone(&market.tls)).await?;
        line.call(&market.login(user)).await?;
        line.close().await?;
        count += 1;
    }
    Ok(count)
}
