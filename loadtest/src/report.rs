//! What a run ends with: one value, shown as text, JSON or a page.
//!
//! A [`Report`] is plain data. [`text`], [`json`] and [`html`] show it, and [`baseline`] and [`slo`]
//! judge it: pure functions all of them, which neither print nor read files. `summary` says once
//! what the text and the page both say, and `units` how figures are written for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub mod baseline;
mod chart;
pub mod html;
pub mod json;
pub mod slo;
mod summary;
#[cfg(test)]
mod testing;
pub mod text;
pub(crate) mod units;

/// The version of the JSON form; raised when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that a run has to say. `schema.json` describes its JSON form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// Whether the promises held.
    pub verdict: Verdict,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
    /// How long the measured part took, warm-up left out.
    pub seconds: f64,
    /// What was asked for.
    pub plan: Plan,
    /// Against which server.
    pub server: Server,
    /// On which machine.
    pub machine: Machine,
    /// Buyer and item pairs that were tried, retries not counted.
    pub attempts: u64,
    /// Requests repeated because an answer was lost or the server was busy.
    pub retries: u64,
    /// Items whose purchase was confirmed.
    pub confirmed: u64,
    /// Purchases whose outcome stayed unknown to the end.
    pub unknown: u64,
    /// Sales of this run's items in the database; absent when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_sales: Option<u64>,
    /// Items confirmed to more than one buyer or key.
    pub oversold: u64,
    /// How much the attempts of an item overlapped; absent where nobody raced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// Every kind of request that was sent.
    pub operations: Vec<Operation>,
    /// Refusals and failures by code, over all operations.
    pub errors: BTreeMap<String, u64>,
    /// The run, slice by slice.
    pub timeline: Vec<Slice>,
    /// The rules, with how often each was applied and broken.
    pub rules: Vec<RuleResult>,
    /// The breaches; some of each rule when there are many.
    pub violations: Vec<ViolationShown>,
    /// Reads that were compared with the sales, and how pages were decoded.
    pub reads: Reads,
    /// Kills of the server, in order.
    pub crashes: Vec<Crash>,
    /// SQLite's `integrity_check` and `foreign_key_check` after the run; absent when it could not be
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseCheck>,
    /// What the faulty network did; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chaos: Option<Chaos>,
    /// What watchers saw; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watchers: Option<Watchers>,
    /// What the run cost.
    pub cost: Cost,
    /// Limits that were asked for.
    pub slo: Vec<SloResult>,
    /// Compared with an earlier report, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineComparison>,
    /// Anything that a reader should know, such as a limit that was raised.
    pub notes: Vec<String>,
}

/// Whether the promises held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of them.
    Held,
    /// At least one was broken.
    Broken,
    /// The run was interrupted; what was recorded until then broke none.
    Interrupted,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The workload's name.
    pub workload: String,
    /// `closed` (each user waits for an answer before the next request) or `open` (requests start at
    /// planned times, and latency counts from those).
    pub model: String,
    /// Requests a second, of an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Simulated users.
    pub users: u64,
    /// Items put up for sale before the start.
    pub items: u64,
    /// Reproduces the plan.
    pub seed: u64,
    /// Whether the server was held while the frames of a round were written.
    pub hold: bool,
    /// Seconds left out at the beginning.
    pub warm_up_seconds: f64,
    /// The command line.
    pub command: String,
}

/// Against which server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `embedded` (a child process of the load test) or the address.
    pub address: String,
    /// What it calls itself.
    pub agent: String,
    /// Its durability setting, such as `WAL, synchronous=FULL`; absent when it cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<String>,
    /// The TLS version and the key exchange.
    pub tls: String,
}

/// On which machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Processors that this process may use.
    pub cores: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// The operating system with its version.
    pub system: String,
    /// The load average of the last minute when the run began.
    pub load: f64,
}

/// How much the attempts of an item overlapped: the share whose last byte was written before the
/// first answer on that item was read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// The median over all items, 0 to 1.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// One kind of request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The request's name, or `connect`.
    pub name: String,
    /// How many were answered or given up.
    pub count: u64,
    /// How many succeeded.
    pub ok: u64,
    /// How many were refused for good.
    pub refused: u64,
    /// How many failed in passing or stayed unknown.
    pub failed: u64,
    /// Answers a second, successes and refusals.
    pub per_second: f64,
    /// How long answers took.
    pub latency: Latency,
    /// The percentile curve: percentile (0 to 100) and microseconds.
    pub curve: Vec<(f64, u64)>,
}

/// How long answers took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The mean.
    pub mean: f64,
    /// The smallest.
    pub min: u64,
    /// Half of them took at most this long.
    pub p50: u64,
    /// 90 of 100.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1,000.
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

/// A slice of the run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Seconds from the beginning of the measured part to the end of the slice.
    pub at: f64,
    /// Answers a second.
    pub per_second: f64,
    /// Median latency in microseconds.
    pub p50: u64,
    /// 99th percentile in microseconds.
    pub p99: u64,
    /// Failures in passing or unknown.
    pub failed: u64,
    /// Purchases confirmed from the beginning to here.
    pub confirmed: u64,
}

/// A rule with how often it was applied and broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    /// The rule's name, as in `sold_once`.
    pub rule: String,
    /// What it says.
    pub says: String,
    /// Cases that it was applied to.
    pub checked: u64,
    /// How many of them broke it.
    pub broken: u64,
}

/// A breach, with the calls that show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolationShown {
    /// The rule's name.
    pub rule: String,
    /// What happened, in a sentence.
    pub explanation: String,
    /// The calls, a line each.
    pub events: Vec<String>,
}

/// Reads that were compared with the sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Items seen in lists and by themselves.
    pub seen: u64,
    /// Of these, how many a rule could have refuted; the others were counted and dropped.
    pub judged: u64,
    /// How far pages are decoded.
    pub decoding: String,
}

/// A kill of the server.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crash {
    /// Seconds from the beginning of the load, warm-up included.
    pub at: f64,
    /// Sales confirmed before it.
    pub confirmed_before: u64,
    /// Requests in flight when it was killed.
    pub in_flight: u64,
    /// Milliseconds from the start of the new process to its first answer to a user.
    pub first_served_ms: f64,
}

/// What SQLite says of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseCheck {
    /// `ok`, or what `PRAGMA integrity_check` found.
    pub integrity: String,
    /// Rows that `PRAGMA foreign_key_check` found.
    pub foreign_keys_broken: u64,
}

/// What the faulty network did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chaos {
    /// Connections that went through it.
    pub connections: u64,
    /// How many met which fate.
    pub fates: BTreeMap<String, u64>,
}

/// What watchers saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchers {
    /// How many watched.
    pub count: u64,
    /// Events that reached them.
    pub events: u64,
    /// Times that one was told to read again.
    pub missed: u64,
    /// How many ended with the products that are for sale.
    pub right: u64,
}

/// What the run cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds of processor time of the load test, in the measured part.
    pub harness_cpu_seconds: f64,
    /// Likewise of the server, when it is a child of the load test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_cpu_seconds: Option<f64>,
    /// Microseconds of the load test's processor time for each request.
    pub harness_us_per_request: f64,
    /// Likewise of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_us_per_request: Option<f64>,
    /// Most memory that the load test held, in bytes.
    pub harness_memory_bytes: u64,
    /// Likewise the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_memory_bytes: Option<u64>,
}

/// A limit that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SloResult {
    /// As it was written, such as `p99=50ms` or `buy:p99=50ms`.
    pub limit: String,
    /// What was measured, in the same form.
    pub measured: String,
    /// Whether it was kept.
    pub kept: bool,
}

/// A comparison with an earlier report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineComparison {
    /// When that run began.
    pub started_at: String,
    /// What differs between the two set-ups, so that figures cannot be compared as they are.
    pub differences: Vec<String>,
    /// One row a figure.
    pub rows: Vec<BaselineRow>,
}

/// One figure beside the earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineRow {
    /// Which, such as `buy p99 (µs)`.
    pub figure: String,
    /// Then.
    pub before: f64,
    /// Now.
    pub now: f64,
    /// Now over then; absent when then was 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}
