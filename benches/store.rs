//! What the store makes durable: purchases through the real writer, beside a raw group commit on the same
//! schema and beside one transaction for each purchase on a pool, all of them with `synchronous = FULL`.
//!
//! `cargo bench -p auboutique-benches --bench store` takes some minutes and a gigabyte among the temporary
//! files, which must be on a real disk. With `-- --long` each side goes on for five minutes on the same databases,
//! which takes a good half hour, 10 GB of disk and 6 GB of memory.

#[path = "store/limit.rs"]
mod limit;
#[path = "store/ours.rs"]
mod ours;

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use auboutique_benches::ratio::{Bound, Plan, Rates, Report, Row, thousands};
use auboutique_benches::{group, seed};
use tokio::runtime::Runtime;

use crate::limit::{Naive, Raw};
use crate::ours::Ours;

/// Purchases a second that nobody reaches, with which products are counted out.
const RATE_MAX: f64 = 110_000.0;
/// The same for whoever goes on for minutes.
const LONG_RATE_MAX: f64 = 80_000.0;
/// The same for one transaction a purchase.
const NAIVE_RATE_MAX: f64 = 12_000.0;
/// The same for one buyer, who waits for each commit.
const ALONE_RATE_MAX: f64 = 25_000.0;
/// What `--long` measures: more than five minutes for each side, in turns of twenty seconds. After every leg of
/// two, products are put up anew, because memory does not hold as many as are sold in all.
const LONG: Plan = Plan {
    rounds: 2,
    each: Duration::from_secs(20),
};
const LONG_LEGS: usize = 8;
/// The store closes what it has sold in a turn before anybody else has one; in this time, or it goes on
/// beside the others. It closes less than it sells in the same time.
const REST_WITHIN: Duration = Duration::from_secs(120);
/// What one in a thousand waits for longer than, at most, in milliseconds: the floor, and the goal.
const P999_MAX_MS: Bound = Bound::AtMost {
    floor: 80.0,
    goal: 40.0,
};
/// Sizes of a market whose purchases are compared.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn main() -> ExitCode {
    group::run(|plan, report| {
        let runtime = Runtime::new().expect("the system gives threads");
        let scratch = group::scratch().expect("a folder can be made");
        let bench = |plan| Bench {
            plan,
            runtime: &runtime,
            scratch: scratch.path(),
        };
        let floor = Bound::AtLeast {
            floor: 0.70,
            goal: 0.90,
        };
        if std::env::args().any(|argument| argument == "--long") {
            let long = if plan.is_smoke() { plan } else { LONG };
            bench(long).against_the_limit(256, LONG_LEGS, floor, report);
            return;
        }
        let bench = bench(plan);
        bench.against_the_limit(256, 1, floor, report);
        bench.against_the_limit(16, 1, Bound::Told, report);
        bench.against_the_limit(1, 1, Bound::Told, report);
        bench.race(report);
        bench.against_a_pool(report);
        bench.growth(report);
    })
}

/// The databases of a side, whose products are sold one after the other.
struct Shelf {
    directory: PathBuf,
    sold: u64,
    /// The number of the last product that was put up.
    stocked: u64,
}

impl Shelf {
    /// Has so many products for sale, and says which.
    fn restock(&mut self, for_sale: u64) -> Range<u64> {
        let stocked = self.sold + for_sale;
        if self.stocked < stocked {
            seed::stock(&self.directory, self.stocked + 1..stocked + 1);
            self.stocked = stocked;
        }
        self.sold + 1..self.stocked + 1
    }
}

struct Bench<'a> {
    plan: Plan,
    runtime: &'a Runtime,
    scratch: &'a Path,
}

impl Bench<'_> {
    /// As many products as can be sold in a run at this rate.
    fn products(&self, rate: f64) -> u64 {
        // One round more than there are, because a side goes on to the end of what it has begun.
        let seconds = self.plan.each.as_secs_f64() * (self.plan.rounds + 1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some hundred thousand"
        )]
        let products = (rate * seconds) as u64;
        products.max(20_000)
    }

    /// Directories with the same databases, one for each name.
    fn directories<const N: usize>(&self, names: [&str; N], products: u64) -> [PathBuf; N] {
        let first = self.scratch.join("first");
        seed::fill(self.runtime, &first, products);
        let directories = names.map(|name| {
            let directory = self.scratch.join(name);
            seed::copy(&first, &directory);
            directory
        });
        std::fs::remove_dir_all(first).expect("nobody uses it");
        directories
    }

    fn check(directory: &Path, sales: u64, report: &mut Report) {
        if let Some(complaint) = seed::complaint(directory, sales) {
            eprintln!("{}: {complaint}", directory.display());
            report.correct = false;
        }
        std::fs::remove_dir_all(directory).expect("nobody uses it");
    }

    /// So many buyers at once, against a raw group commit with as many purchases in a transaction, at
    /// most 128; in so many legs, after each of which products are put up anew.
    fn against_the_limit(&self, buyers: usize, legs: usize, bound: Bound, report: &mut Report) {
        let rate = if self.plan.each > Plan::FULL.each {
            LONG_RATE_MAX
        } else if buyers == 1 {
            ALONE_RATE_MAX
        } else {
            RATE_MAX
        };
        let for_sale = self.products(rate);
        let directories = self.directories(["ours", "raw"], for_sale);
        let [mut our_shelf, mut raw_shelf] = directories.map(|directory| Shelf {
            directory,
            sold: 0,
            stocked: for_sale,
        });
        let batch = buyers.min(limit::BATCH_MAX);
        let (mut rates, mut took) = (Rates::default(), ours::no_waits());
        for _ in 0..legs {
            let products = our_shelf.restock(for_sale);
            let ours = Ours::open(self.runtime, &our_shelf.directory, products);
            let products = raw_shelf.restock(for_sale);
            let raw = Raw::open(&seed::database(&raw_shelf.directory), products, batch);
            let raw = RefCell::new(raw);
            let leg = self.plan.rates(
                |each| {
                    let rate = ours.rate(buyers, 1, each);
                    ours.rest(REST_WITHIN);
                    rate
                },
                |each| raw.borrow_mut().rate(each),
            );
            rates.ours.extend(leg.ours);
            rates.theirs.extend(leg.theirs);
            took.add(ours.took()).expect("both have the same bounds");
            our_shelf.sold += ours.close();
            raw_shelf.sold += raw.into_inner().close();
        }
        let people = if buyers == 1 {
            "1 buyer".into()
        } else {
            format!("{buyers} buyers")
        };
        let name = format!("durable purchases, {people}, against {batch} in a raw transaction");
        report.rows.push(rates.row(&name, bound));
        let is_told = bound == Bound::Told;
        let slowest = if is_told { Bound::Told } else { P999_MAX_MS };
        for (words, part, bound) in [
            ("half", 0.5, Bound::Told),
            ("99 of 100", 0.99, Bound::Told),
            ("999 of 1,000", 0.999, slowest),
        ] {
            let name = format!("  within so many ms for {words} ({people})");
            let waited = Duration::from_micros(took.value_at_quantile(part));
            let row = Row::exact(name, bound, waited.as_secs_f64() * 1e3);
            report.rows.push(row);
        }
        for shelf in [our_shelf, raw_shelf] {
            Self::check(&shelf.directory, shelf.sold, report);
        }
    }

    /// Eight buyers for each product: who is told that it is sold counts as well.
    fn race(&self, report: &mut Report) {
        let products = self.products(RATE_MAX / 4.0);
        let [directory] = self.directories(["race"], products);
        let ours = Ours::open(self.runtime, &directory, all(products));
        let rates: Vec<f64> = (0..self.plan.rounds)
            .map(|_| ours.rate(256, 8, self.plan.each))
            .collect();
        let row = Row::of(
            "decided a second, 8 buyers for a product",
            Bound::Told,
            &rates,
        );
        report.rows.push(row);
        let sold = ours.close();
        Self::check(&directory, sold, report);
    }

    /// Against one transaction a purchase on a pool.
    fn against_a_pool(&self, report: &mut Report) {
        let products = self.products(RATE_MAX);
        let [our_directory, pool_directory] = self.directories(["ours", "pool"], products);
        let ours = Ours::open(self.runtime, &our_directory, all(products));
        let naive = self.runtime.block_on(Naive::open(
            &seed::database(&pool_directory),
            1..self.products(NAIVE_RATE_MAX).min(products) + 1,
        ));
        let rates: Rates = self.plan.rates(
            |each| {
                let rate = ours.rate(256, 1, each);
                ours.rest(REST_WITHIN);
                rate
            },
            |each| self.runtime.block_on(naive.rate(256, each)),
        );
        let bound = Bound::AtLeast {
            floor: 12.0,
            goal: 20.0,
        };
        let name = "durable purchases, 256 buyers, against a transaction each on a pool of 10";
        report.rows.push(rates.row(name, bound));
        let sold = ours.close();
        Self::check(&our_directory, sold, report);
        let sold = naive.sold();
        self.runtime.block_on(naive.close());
        Self::check(&pool_directory, sold, report);
    }

    /// Purchases in a large market against those in a small one.
    fn growth(&self, report: &mut Report) {
        let sizes = if self.plan.is_smoke() {
            &SIZES[..1]
        } else {
            &SIZES[..]
        };
        for size in sizes {
            // Besides those that are bought.
            let bought = self.products(RATE_MAX);
            let [directory] = self.directories(["grown"], size + bought);
            let ours = Ours::open(self.runtime, &directory, size + 1..size + bought + 1);
            let rates: Vec<f64> = (0..self.plan.rounds)
                .map(|_| ours.rate(256, 1, self.plan.each))
                .collect();
            let name = format!(
                "durable purchases a second beside {} products",
                thousands(*size as f64)
            );
            report.rows.push(Row::of(name, Bound::Told, &rates));
            let sold = ours.close();
            Self::check(&directory, sold, report);
        }
    }
}

fn all(products: u64) -> Range<u64> {
    1..products + 1
}
