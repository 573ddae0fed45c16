//! Our side: buyers in a closed loop at the real store, with the catalog that follows it.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auboutique_benches::processor;
use auboutique_benches::seed::{self, PRICE};
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_server::benching::Market;
use hdrhistogram::Histogram;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Whatever takes longer counts as this, in microseconds.
const MICROS_MAX: u64 = 60_000_000;

/// No answers yet, of which it will be said how many microseconds they took.
pub(crate) fn no_waits() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("the bounds are in order")
}

/// The store under purchases.
pub(crate) struct Ours<'a> {
    runtime: &'a Runtime,
    market: Arc<Market>,
    /// The next attempt, in all.
    next: Arc<AtomicU64>,
    products: Range<u64>,
    sold: Arc<AtomicU64>,
    /// Microseconds from a request to its answer.
    took: Arc<Mutex<Histogram<u64>>>,
}

impl<'a> Ours<'a> {
    /// Opens the databases, of which these products are sold.
    pub(crate) fn open(runtime: &'a Runtime, directory: &Path, products: Range<u64>) -> Self {
        Self {
            runtime,
            market: Arc::new(runtime.block_on(Market::open(directory))),
            next: Arc::default(),
            products,
            sold: Arc::default(),
            took: Arc::new(Mutex::new(no_waits())),
        }
    }

    /// So many buyers at once try for so long, `to_each` of them for each product: how many a second are
    /// told what became of it.
    pub(crate) fn rate(&self, buyers: usize, to_each: u64, each: Duration) -> f64 {
        let begun = Instant::now();
        let done: u32 = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..buyers {
                tasks.spawn(Buyer::of(self, to_each).shop(begun, each));
            }
            tasks.join_all().await.into_iter().sum()
        });
        f64::from(done) / begun.elapsed().as_secs_f64()
    }

    /// Waits until the store has closed what was sold, which it does when nobody buys, so that it burdens
    /// nobody else who is measured.
    pub(crate) fn rest(&self, within: Duration) {
        let own = std::process::id();
        self.runtime
            .block_on(processor::quiet(own, within))
            .expect("the system tells what this process uses");
    }

    /// How long everybody waited for answers, in microseconds.
    pub(crate) fn took(&self) -> Histogram<u64> {
        self.took.lock().expect("nobody panicked").clone()
    }

    /// Closes the databases: how many products were confirmed as sold.
    pub(crate) fn close(self) -> u64 {
        self.runtime.block_on(self.market.close());
        self.sold.load(Ordering::Relaxed)
    }
}

/// Somebody who buys one thing after the other.
struct Buyer {
    market: Arc<Market>,
    next: Arc<AtomicU64>,
    products: Range<u64>,
    to_each: u64,
    sold: Arc<AtomicU64>,
    all_took: Arc<Mutex<Histogram<u64>>>,
}

impl Buyer {
    fn of(ours: &Ours<'_>, to_each: u64) -> Self {
        Self {
            market: Arc::clone(&ours.market),
            next: Arc::clone(&ours.next),
            products: ours.products.clone(),
            to_each,
            sold: Arc::clone(&ours.sold),
            all_took: Arc::clone(&ours.took),
        }
    }

    async fn shop(self, begun: Instant, each: Duration) -> u32 {
        let mut took = no_waits();
        let price = Money {
            minor: PRICE,
            currency: Currency::Usd,
        };
        let (mut done, mut sold) = (0, 0);
        while begun.elapsed() < each {
            let attempt = self.next.fetch_add(1, Ordering::Relaxed);
            let product = self.products.start + attempt / self.to_each;
            assert!(product < self.products.end, "there are products enough");
            // Those who race for a product are different people.
            let buyer = seed::buyer_of(attempt);
            let asked = Instant::now();
            let outcome = self.market.buy(
                buyer,
                ProductId(product),
                Key::now(),
                price,
                UnixMillis(1_785_000_000_000),
            );
            match outcome.await {
                Ok(_) => sold += 1,
                Err(refusal) => assert!(
                    self.to_each > 1 && refusal.contains("AlreadySold"),
                    "product {product}: {refusal}"
                ),
            }
            let micros = asked.elapsed().as_micros();
            took.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
            done += 1;
        }
        self.sold.fetch_add(sold, Ordering::Relaxed);
        let mut all_took = self.all_took.lock().expect("nobody panicked");
        all_took.add(took).expect("both have the same bounds");
        done
    }
}
