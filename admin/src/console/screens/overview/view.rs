//! How the overview looks: figures, the sales, what happens.

use std::collections::VecDeque;

use auboutique_client::ui::area::{below, first_lines, right_of};
use auboutique_client::ui::text::put;
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::chart::{Series as Drawn, chart, sparkline};
use auboutique_client::ui::widgets::heading::fact;
use auboutique_client::ui::widgets::panel::panel;
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};
use auboutique_protocol::admin::{Now, Series};

use super::{Happening, Overview};
use crate::console::app::Console;
use crate::statistics::{bytes, uptime};
use auboutique_client::terminal::clock::Clock;

/// Lines of the figures with their border.
const FIGURE_LINES: u16 = 8;
/// Fewest lines of the chart with its border.
const CHART_LINES_MIN: u16 = 6;
/// Columns of the figures of the market, and of the names of figures.
const MARKET_COLUMNS: u16 = 34;
const NAMES: u16 = 13;
/// Columns of a rate before its line begins.
const RATE_COLUMNS: u16 = 10;
/// From so many days before its end on the server's certificate is spoken of, and then urgently.
const CERTIFICATE_SOON_DAYS: u64 = 30;
const CERTIFICATE_URGENT_DAYS: u64 = 7;
/// A write-ahead log of so many bytes is not written back as it should be.
const LOG_BYTES_NOTABLE: u64 = 64 * 1024 * 1024;
/// So little free disk is a reason to act.
const DISK_BYTES_LOW: u64 = 1024 * 1024 * 1024;

const COLUMNS: &[Column] = &[
    Column::new("TIME", 8),
    Column::new("", 8),
    Column::new("WHAT HAPPENS", 20).growing(1),
];

/// Lines of the chart in an area.
fn chart_lines(area: Rect) -> u16 {
    let left = area.height.saturating_sub(FIGURE_LINES);
    (left * 2 / 5).max(CHART_LINES_MIN).min(left)
}

/// Where what happens stands in the area of the screen.
pub(crate) fn feed_area(area: Rect) -> Rect {
    below(area, FIGURE_LINES + chart_lines(area))
}

pub(crate) fn overview(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let overview = &console.overview;
    let figures = first_lines(area, FIGURE_LINES);
    let market = Rect {
        width: MARKET_COLUMNS.min(area.width / 2),
        ..figures
    };
    let server = right_of(figures, market.width);
    let market = panel(frame, market, theme, "Market", false);
    let server = panel(frame, server, theme, "Server", false);
    match overview.now() {
        Some(now) => {
            draw_market(now, frame, right_of(market, 1), theme);
            draw_server(
                overview,
                now,
                &console.clock,
                frame,
                right_of(server, 1),
                theme,
            );
        }
        None => draw_absence(overview, frame, right_of(market, 1), theme),
    }
    let lines = chart_lines(area);
    draw_sales(
        console,
        frame,
        first_lines(below(area, FIGURE_LINES), lines),
        theme,
    );
    let inside = panel(frame, feed_area(area), theme, "Now", true);
    let look = Look {
        columns: COLUMNS,
        empty: "What happens will stand here.",
        is_focused: true,
    };
    overview
        .feed()
        .draw(frame, inside, theme, &look, |row, column| {
            cell(row, column, &console.clock)
        });
}

fn draw_absence(overview: &Overview, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let (text, tone) = match overview.failure() {
        Some(reason) => (format!("{} {reason}", Tone::Bad.sign()), Tone::Bad),
        None => ("Loading …".into(), Tone::Muted),
    };
    put(frame.buffer_mut(), area, &text, theme.tone(tone));
}

fn draw_market(now: &Now, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let facts = [
        ("Online", format!("{} of {} users", now.online, now.users)),
        ("Connections", now.connections.to_string()),
        ("For sale", format!("{} products", now.products_for_sale)),
        ("Sales today", now.sales_today.to_string()),
        ("Revenue", now.revenue_today.to_string()),
        ("Up for", uptime(now.uptime_ms)),
    ];
    for ((name, text), line) in facts.iter().zip(area.rows()) {
        fact(frame, line, theme, (name, NAMES), (text, Tone::Plain));
    }
}

fn draw_server(
    overview: &Overview,
    now: &Now,
    clock: &Clock,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
) {
    let refused = if now.errors_per_second > 0 {
        Tone::Warning
    } else {
        Tone::Plain
    };
    let latency = format!(
        "{} (p50), {} (p99)",
        duration(now.latency_p50_us),
        duration(now.latency_p99_us)
    );
    let log = if now.log_bytes > LOG_BYTES_NOTABLE {
        Tone::Warning
    } else {
        Tone::Plain
    };
    let waiting = match now.writer_queue {
        0 => String::new(),
        waiting => format!(", {waiting} wait"),
    };
    let database = format!(
        "{}, log {}{waiting}",
        bytes(now.database_bytes),
        bytes(now.log_bytes)
    );
    let disk = now.disk_free_bytes;
    let is_low = disk.is_some_and(|free| free < DISK_BYTES_LOW);
    let disk = disk.map_or("unknown".into(), |free| format!("{} free", bytes(free)));
    let disk_tone = if is_low { Tone::Bad } else { Tone::Plain };
    let (certificate, certificate_tone) = certificate(now, clock);
    let facts = [
        (
            "Requests",
            format!("{}/s", now.requests_per_second),
            Tone::Plain,
        ),
        ("Refused", format!("{}/s", now.errors_per_second), refused),
        ("Answered in", latency, Tone::Plain),
        ("Database", database, log),
        ("Disk", disk, disk_tone),
        ("Certificate", certificate, certificate_tone),
    ];
    let rates = [Some(overview.requests()), Some(overview.refusals())];
    let rates = rates.into_iter().chain(std::iter::repeat(None));
    for (((name, text, tone), rates), line) in facts.iter().zip(rates).zip(area.rows()) {
        fact(
            frame,
            line,
            theme,
            (name, NAMES),
            (&marked(text, *tone), *tone),
        );
        if let Some(rates) = rates {
            draw_rates(rates, frame, right_of(line, NAMES + RATE_COLUMNS), theme);
        }
    }
}

/// A text with the sign of its tone, for those who see no colours.
fn marked(text: &str, tone: Tone) -> String {
    match tone {
        Tone::Warning | Tone::Bad => format!("{} {text}", tone.sign()),
        Tone::Plain | Tone::Muted | Tone::Accent | Tone::Good => text.to_owned(),
    }
}

fn draw_rates(rates: &VecDeque<u64>, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let columns = usize::from(area.width.saturating_sub(1));
    let skipped = rates.len().saturating_sub(columns);
    let newest: Vec<u64> = rates.iter().skip(skipped).copied().collect();
    let area = Rect {
        width: area.width.saturating_sub(1),
        ..area
    };
    sparkline(frame, area, theme, &newest);
}

fn certificate(now: &Now, clock: &Clock) -> (String, Tone) {
    let day = clock.day(now.certificate_expires_at);
    match clock.days_until(now.certificate_expires_at) {
        None => (format!("until {day}"), Tone::Plain),
        Some(days) => {
            let tone = if days < CERTIFICATE_URGENT_DAYS {
                Tone::Bad
            } else if days < CERTIFICATE_SOON_DAYS {
                Tone::Warning
            } else {
                Tone::Plain
            };
            (format!("{days} days, until {day}"), tone)
        }
    }
}

/// A time for people, of microseconds.
fn duration(microseconds: u64) -> String {
    match microseconds {
        0..1000 => format!("{microseconds} µs"),
        1000..1_000_000 => {
            let tenths = microseconds / 100;
            format!("{}.{} ms", tenths / 10, tenths % 10)
        }
        _ => {
            let tenths = microseconds / 100_000;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
    }
}

fn draw_sales(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let overview = &console.overview;
    let title = match overview.series() {
        Series::Minute => "Sales by minute",
        Series::Hour => "Sales by hour",
        Series::Day => "Sales by day",
    };
    let inside = panel(frame, area, theme, title, false);
    let inside = Rect {
        width: inside.width.saturating_sub(2),
        ..right_of(inside, 1)
    };
    let points = overview.points();
    if points.is_empty() && (overview.is_loading() || overview.failure().is_some()) {
        draw_absence(overview, frame, inside, theme);
        return;
    }
    let written = |at| match overview.series() {
        Series::Minute | Series::Hour => console.clock.minute(at),
        Series::Day => console.clock.day(at),
    };
    let values: Vec<u64> = points.iter().map(|point| point.sales).collect();
    let from = points
        .first()
        .map(|point| written(point.at))
        .unwrap_or_default();
    let to = points
        .last()
        .map(|point| written(point.at))
        .unwrap_or_default();
    let drawn = Drawn {
        values: &values,
        from: &from,
        to: &to,
        written: |sales| sales.to_string(),
    };
    chart(frame, inside, theme, &drawn);
}

fn cell<'a>(row: &'a Happening, column: usize, clock: &Clock) -> Cell<'a> {
    match column {
        0 => {
            let at = row.at.map(|at| clock.second(at));
            Cell::new(at.unwrap_or_default(), Tone::Muted)
        }
        1 => Cell::new(row.word, tone(row.word)),
        2 => row.text.as_str().into(),
        _ => "".into(),
    }
}

fn tone(word: &str) -> Tone {
    match word {
        "sold" => Tone::Good,
        "audit" | "user" => Tone::Warning,
        "ended" | "removed" => Tone::Bad,
        "gone" => Tone::Muted,
        _ => Tone::Accent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        for (microseconds, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_250, "1.2 ms"),
            (999_999, "999.9 ms"),
            (2_500_000, "2.5 s"),
        ] {
            assert_eq!(duration(microseconds), text);
        }
    }
}
