//! The sections on what was measured: operations, errors, crashes, findings and the cost.

use super::super::summary::{self, answered, by_frequency};
use super::super::units::{NONE, count, latency, micros, number, seconds};
use super::super::{Operation, Report};
use super::table::{INDENT, Table, wrap};
use super::{Look, section};
use unicode_width::UnicodeWidthStr as _;

const COUNTS: [&str; 6] = ["", "count", "ok", "refused", "failed", "per s"];
const LATENCIES: [&str; 5] = ["p50", "p90", "p99", "p99.9", "max"];

/// One table where it fits, otherwise one of counts and one of latencies.
pub(super) fn operations(report: &Report, look: Look) -> Vec<String> {
    if report.operations.is_empty() {
        return Vec::new();
    }
    let headings = [&COUNTS[..], &LATENCIES].concat();
    let mut whole = Table::new(&headings, 1);
    for operation in &report.operations {
        let cells = counts(operation).into_iter();
        whole.row(cells.chain(latencies(operation)));
    }
    let lines = whole.lines();
    if lines.iter().all(|line| line.width() <= look.width) {
        return section(look, "OPERATIONS", lines);
    }
    operations_apart(report, look)
}

fn operations_apart(report: &Report, look: Look) -> Vec<String> {
    let mut counted = Table::new(&COUNTS, 1);
    for operation in &report.operations {
        counted.row(counts(operation));
    }
    let headings = [&["", "mean"], &LATENCIES[..]].concat();
    let mut timed = Table::new(&headings, 1);
    for operation in answered(report) {
        let mean = micros(operation.latency.mean);
        let cells = [operation.name.clone(), mean].into_iter();
        timed.row(cells.chain(latencies(operation)));
    }
    let mut lines = section(look, "OPERATIONS", counted.lines());
    lines.push(String::new());
    lines.extend(section(look, "LATENCY", timed.lines()));
    lines
}

fn counts(operation: &Operation) -> [String; 6] {
    [
        operation.name.clone(),
        count(operation.count),
        count(operation.ok),
        count(operation.refused),
        count(operation.failed),
        number(operation.per_second),
    ]
}

fn latencies(operation: &Operation) -> [String; 5] {
    let taken = &operation.latency;
    if operation.ok.saturating_add(operation.refused) == 0 {
        return [NONE; 5].map(str::to_owned);
    }
    [taken.p50, taken.p90, taken.p99, taken.p999, taken.max].map(latency)
}

/// The most frequent code first.
pub(super) fn errors(report: &Report, look: Look) -> Vec<String> {
    if report.errors.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["", "answers"], 1);
    for (code, times) in by_frequency(report) {
        table.row([code.to_owned(), count(times)]);
    }
    section(look, "REFUSALS AND FAILURES", table.lines())
}

pub(super) fn crashes(report: &Report, look: Look) -> Vec<String> {
    if report.crashes.is_empty() {
        return Vec::new();
    }
    let headings = [
        "",
        "killed after",
        "confirmed before",
        "in flight",
        "served again in",
    ];
    let mut table = Table::new(&headings, 0);
    for (number, crash) in (1_u64..).zip(&report.crashes) {
        table.row([
            count(number),
            seconds(crash.at),
            count(crash.confirmed_before),
            count(crash.in_flight),
            micros(crash.first_served_ms * 1e3),
        ]);
    }
    section(look, "CRASHES", table.lines())
}

pub(super) fn findings(report: &Report, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for fact in summary::findings(report) {
        // The value hangs beside the name.
        let hanging = format!("{INDENT}{:16}", "");
        let mut value = wrap(&fact.value, &hanging, look.width);
        if let Some(first) = value.first_mut() {
            *first = format!("{INDENT}{:<16}{}", fact.name, first.trim_start());
        }
        lines.extend(value);
    }
    section(look, "ALSO CHECKED", lines)
}

pub(super) fn cost(report: &Report, look: Look) -> Vec<String> {
    let mut table = Table::new(&["", "load test", "server"], 1);
    for (name, harness, server) in summary::cost(report) {
        let server = server.unwrap_or_else(|| "unknown".to_owned());
        table.row([name.to_owned(), harness, server]);
    }
    section(look, "COST", table.lines())
}
