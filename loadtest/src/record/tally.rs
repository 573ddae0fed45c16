//! Counts and latencies of each kind of request.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::{Ended, Ending, precise};
use crate::report::{Latency, Operation};

/// Latencies are kept to three digits between one microsecond and this many: one hour.
const LATENCY_US_MAX: u64 = 3_600_000_000;
/// Points of a percentile curve between one halving of the distance to 100 and the next.
const CURVE_STEPS: u32 = 4;

macro_rules! requests {
    ($($(#[$documentation:meta])* $variant:ident = $name:literal;)+) => {
        /// A kind of request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Request {
            $($(#[$documentation])* $variant,)+
        }

        impl Request {
            /// All kinds, in the order of a report.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What a report calls it: the name on the wire where it has one.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

requests! {
    /// TCP, TLS and the hellos.
    Connect = "connect";
    /// Logging in with a token.
    Resume = "resume";
    /// Logging in with a password.
    Login = "login";
    /// Ending a session.
    Logout = "logout";
    /// A page of products.
    List = "list_products";
    /// One product.
    Show = "show_product";
    /// A picture.
    Picture = "picture";
    /// Putting up for sale.
    Sell = "sell";
    /// Another price.
    Edit = "edit_product";
    /// Off the market.
    Withdraw = "withdraw_product";
    /// A purchase.
    Buy = "buy";
    /// A message.
    Send = "send_message";
    /// A sign of life.
    Ping = "ping";
    /// A page of one's own products.
    MySales = "my_sales";
    /// A page of one's own purchases.
    MyPurchases = "my_purchases";
    /// A page of a conversation.
    History = "history";
}

/// Counts and latencies of one kind of request.
#[derive(Debug, Clone)]
pub struct Tally {
    /// How many succeeded.
    pub ok: u64,
    /// How many were refused for good.
    pub refused: u64,
    /// How many failed in passing or stayed unknown.
    pub failed: u64,
    /// How long answers took, in microseconds; failures are not in it.
    pub latency: Histogram<u64>,
}

impl Tally {
    fn new() -> Self {
        let latency = Histogram::new_with_bounds(1, LATENCY_US_MAX, 3)
            .expect("the bounds are in order and three digits are few enough");
        Self {
            ok: 0,
            refused: 0,
            failed: 0,
            latency,
        }
    }

    /// Answers: successes and refusals.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.ok + self.refused
    }

    fn add(&mut self, ended: &Ended) {
        match ended.ending {
            Ending::Ok => self.ok += 1,
            Ending::Refused(_) => self.refused += 1,
            Ending::Failed(_) => {
                self.failed += 1;
                return;
            }
        }
        let latency = ended.to.since(ended.from).as_micros();
        let latency = u64::try_from(latency).unwrap_or(LATENCY_US_MAX);
        self.latency.saturating_record(latency.max(1));
    }

    fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.refused += other.refused;
        self.failed += other.failed;
        self.latency
            .add(&other.latency)
            .expect("all histograms have the same bounds");
    }

    fn clear(&mut self) {
        self.ok = 0;
        self.refused = 0;
        self.failed = 0;
        self.latency.reset();
    }

    fn is_empty(&self) -> bool {
        self.answered() + self.failed == 0
    }

    fn operation(&self, request: Request, seconds: f64) -> Operation {
        let at = |quantile| self.latency.value_at_quantile(quantile);
        let seconds = seconds.max(f64::MIN_POSITIVE);
        Operation {
            name: request.name().to_owned(),
            count: self.answered() + self.failed,
            ok: self.ok,
            refused: self.refused,
            failed: self.failed,
            per_second: precise(self.answered()) / seconds,
            latency: Latency {
                mean: self.latency.mean(),
                min: self.latency.min(),
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
                p999: at(0.999),
                max: self.latency.max(),
            },
            curve: self.curve(),
        }
    }

    fn curve(&self) -> Vec<(f64, u64)> {
        let points = self.latency.iter_quantiles(CURVE_STEPS);
        points
            .map(|point| (point.percentile(), point.value_iterated_to()))
            .collect()
    }
}

/// Tallies of all kinds of request. A kind that is never sent costs nothing.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    by_request: [Option<Box<Tally>>; Request::ALL.len()],
    errors: BTreeMap<&'static str, u64>,
}

impl Tallies {
    pub(super) fn add(&mut self, ended: &Ended) {
        self.of(ended.request as usize).add(ended);
        match ended.ending {
            Ending::Ok => {}
            Ending::Refused(code) | Ending::Failed(code) => {
                *self.errors.entry(code).or_default() += 1;
            }
        }
    }

    /// Moves everything into another, and keeps the memory for what comes next.
    pub(super) fn drain_into(&mut self, other: &mut Self) {
        for (place, tally) in self.by_request.iter_mut().enumerate() {
            let Some(tally) = tally else { continue };
            if !tally.is_empty() {
                other.of(place).merge(tally);
                tally.clear();
            }
        }
        for (code, count) in std::mem::take(&mut self.errors) {
            *other.errors.entry(code).or_default() += count;
        }
    }

    /// All kinds together.
    pub(super) fn all(&self) -> Tally {
        let mut all = Tally::new();
        for tally in self.by_request.iter().flatten() {
            all.merge(tally);
        }
        all
    }

    pub(super) fn answered(&self) -> u64 {
        let tallies = self.by_request.iter().flatten();
        tallies.map(|tally| tally.answered()).sum()
    }

    pub(super) fn errors(&self) -> &BTreeMap<&'static str, u64> {
        &self.errors
    }

    pub(super) fn operations(&self, seconds: f64) -> Vec<Operation> {
        let kinds = Request::ALL.iter().zip(&self.by_request);
        kinds
            .filter_map(|(request, tally)| Some((request, tally.as_ref()?)))
            .map(|(request, tally)| tally.operation(*request, seconds))
            .collect()
    }

    fn of(&mut self, place: usize) -> &mut Tally {
        self.by_request[place].get_or_insert_with(|| Box::new(Tally::new()))
    }
}
