//! How the server does, and did.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, local_time};
use auboutique_client::terminal::table::{layout, left, right};
use auboutique_protocol::admin::{Now, Point, Statistics, StatisticsReport};
use serde::Serialize;

use crate::args;
use crate::context::Context;
use crate::fields::{Cell, Field, Fields, Object, csv_lines, field, objects};
use crate::list::refuse_both;

pub(crate) async fn statistics(
    context: &Context,
    arguments: args::Statistics,
) -> Result<(), Failure> {
    let out = context.out;
    refuse_both(out, arguments.csv)?;
    let client = context.connect().await?;
    let series = arguments.series;
    let report = client.call(&Statistics { series }).await?;
    client.close().await;
    if arguments.csv {
        let lines = match series {
            Some(_) => csv_lines(&report.points),
            None => csv_lines(std::slice::from_ref(&report.now)),
        };
        return out.lines(lines);
    }
    out.result(&View::of(&report), || lines(out, &report))
}

/// The report for scripts; `points` only where they were asked for.
#[derive(Serialize)]
struct View<'a> {
    now: Object<'a, Now>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<Object<'a, Point>>,
}

impl<'a> View<'a> {
    fn of(report: &'a StatisticsReport) -> Self {
        Self {
            now: Object(&report.now),
            points: objects(&report.points),
        }
    }
}

impl Fields for Now {
    const FIELDS: &'static [Field<Self>] = &[
        field("at", |now| Cell::Moment(now.at)),
        field("users", |now| Cell::Number(now.users)),
        field("online", |now| Cell::Number(now.online)),
        field("connections", |now| Cell::Number(now.connections)),
        field("products_for_sale", |now| {
            Cell::Number(now.products_for_sale)
        }),
        field("sales_today", |now| Cell::Number(now.sales_today)),
        field("revenue_today", |now| Cell::Money(now.revenue_today)),
        field("currency", |now| Cell::Currency(now.revenue_today)),
        field("requests", |now| Cell::Number(now.requests)),
        field("requests_per_second", |now| {
            Cell::Number(now.requests_per_second)
        }),
        field("errors", |now| Cell::Number(now.errors)),
        field("errors_per_second", |now| {
            Cell::Number(now.errors_per_second)
        }),
        field("faults", |now| Cell::Number(now.faults)),
        field("latency_p50_us", |now| Cell::Number(now.latency_p50_us)),
        field("latency_p99_us", |now| Cell::Number(now.latency_p99_us)),
        field("writer_queue", |now| Cell::Number(now.writer_queue)),
        field("log_bytes", |now| Cell::Number(now.log_bytes)),
        field("database_bytes", |now| Cell::Number(now.database_bytes)),
        field("disk_free_bytes", |now| {
            Cell::some(now.disk_free_bytes, Cell::Number)
        }),
        field("uptime_ms", |now| Cell::Number(now.uptime_ms)),
        field("certificate_expires_at", |now| {
            Cell::Moment(now.certificate_expires_at)
        }),
    ];
}

impl Fields for Point {
    const FIELDS: &'static [Field<Self>] = &[
        field("at", |point| Cell::Moment(point.at)),
        field("sales", |point| Cell::Number(point.sales)),
        field("revenue", |point| Cell::Money(point.revenue)),
        field("currency", |point| Cell::Currency(point.revenue)),
        field("requests", |point| Cell::some(point.requests, Cell::Number)),
        field("errors", |point| Cell::some(point.errors, Cell::Number)),
    ];
}

fn lines(out: Output, report: &StatisticsReport) -> Vec<String> {
    let now = &report.now;
    let disk = now.disk_free_bytes.map_or("unknown".into(), bytes);
    let rows = [
        (
            "Online",
            format!(
                "{} of {} users, {} connections",
                now.online, now.users, now.connections
            ),
        ),
        ("For sale", format!("{} products", now.products_for_sale)),
        (
            "Sales today",
            format!("{}, {}", now.sales_today, now.revenue_today),
        ),
        (
            "Requests",
            format!(
                "{} a second, {} in all",
                now.requests_per_second, now.requests
            ),
        ),
        (
            "Refused",
            format!(
                "{} a second, {} in all, {} by a fault of the server",
                now.errors_per_second, now.errors, now.faults
            ),
        ),
        (
            "Answered in",
            format!(
                "{} µs (half), {} µs (99 of 100)",
                now.latency_p50_us, now.latency_p99_us
            ),
        ),
        (
            "Database",
            format!(
                "{}, log {}, {} jobs wait, disk {disk} free",
                bytes(now.database_bytes),
                bytes(now.log_bytes),
                now.writer_queue
            ),
        ),
        ("Up for", uptime(now.uptime_ms)),
        (
            "Certificate",
            format!("until {}", local_time(now.certificate_expires_at)),
        ),
    ];
    let row = |(name, value): (&str, String)| format!("{name:<12} {value}");
    let mut lines: Vec<String> = rows.into_iter().map(row).collect();
    if !report.points.is_empty() {
        lines.push(String::new());
        lines.extend(out.with_heading(series(&report.points, out)));
    }
    lines
}

fn series(points: &[Point], out: Output) -> Vec<String> {
    let columns = [
        left("FROM"),
        right("SALES"),
        right("REVENUE"),
        right("REQUESTS"),
        right("REFUSED"),
    ];
    let count = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let rows: Vec<_> = points
        .iter()
        .map(|point| {
            [
                local_time(point.at),
                point.sales.to_string(),
                point.revenue.to_string(),
                count(point.requests),
                count(point.errors),
            ]
        })
        .collect();
    layout(columns, 0, &rows, out.width)
}

/// A size for people.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    // In tenths, rounded down, so that nothing seems larger than it is.
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

pub(crate) fn uptime(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) => format!("{hours} h {} min", minutes % 60),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (count, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_500_000, "1.5 MB"),
            (12_345_678_901, "12.3 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn the_time_since_the_start_has_two_units() {
        for (milliseconds, text) in [
            (59_999, "0 min"),
            (3_600_000, "1 h 0 min"),
            (90_061_000, "1 d 1 h"),
        ] {
            assert_eq!(uptime(milliseconds), text);
        }
    }
}
