//! What the charts of the page show.

use super::super::chart::{Axis, Bar, Chart, Line, Mark, Spread};
use super::super::units::{as_f64, count, counted, micros, seconds, trimmed};
use super::super::{Report, Slice};
use super::markup::escape;
use super::percentiles;

/// Most bars of one chart.
const BARS_MAX: usize = 80;
/// A latency is drawn on a logarithmic scale when it spans more than this factor.
const FACTOR_LINEAR_MAX: f64 = 20.0;

/// All charts with their headings and captions.
pub(super) fn figures(report: &Report) -> String {
    let killed = if report.crashes.is_empty() {
        ""
    } else {
        " A dashed vertical marks a kill of the server."
    };
    let figures = [
        figure(
            "Sales",
            &format!("Purchases confirmed so far.{killed}"),
            &sales(report),
        ),
        figure(
            "Throughput",
            "Answers a second, successes and refusals.",
            &throughput(report),
        ),
        figure(
            "Latency over time",
            &latency_caption(report),
            &latency(report),
        ),
        figure(
            "Failures",
            "Requests that failed in passing or stayed unknown; refusals are none of these.",
            &failures(report),
        ),
        percentiles::figure(report),
    ];
    format!("<div class=\"figures\">\n{}</div>\n", figures.concat())
}

fn figure(heading: &str, caption: &str, chart: &Chart) -> String {
    let (heading, caption) = (escape(heading), escape(caption));
    let drawing = chart.draw();
    format!(
        "<figure>\n<h3>{heading}</h3>\n{drawing}<figcaption>{caption}</figcaption>\n</figure>\n"
    )
}

fn over_time(report: &Report, id: &'static str, title: &'static str, y: Axis) -> Chart {
    Chart {
        id,
        title,
        x: Axis {
            label: "seconds".to_owned(),
            spread: Spread::Linear,
            write: |second| trimmed(second, 2),
            ticks: Vec::new(),
        },
        y,
        lines: Vec::new(),
        bars: Vec::new(),
        marks: marks(report),
        nothing: "The run recorded no slices of time.",
    }
}

/// Kills in the measured part: they are counted from the beginning of the run, slices from the end
/// of the warm-up.
fn marks(report: &Report) -> Vec<Mark> {
    let warm_up = report.plan.warm_up_seconds;
    let marks = report.crashes.iter().map(|crash| Mark {
        at: crash.at - warm_up,
        says: format!(
            "Server killed after {} with {} in flight, served again {} after its restart",
            seconds(crash.at - warm_up),
            counted(crash.in_flight, "request", "requests"),
            micros(crash.first_served_ms * 1e3)
        ),
    });
    marks
        .filter(|mark| (0.0..=report.seconds).contains(&mark.at))
        .collect()
}

fn counts_axis(label: impl Into<String>) -> Axis {
    Axis {
        label: label.into(),
        spread: Spread::Linear,
        write: write_count,
        ticks: Vec::new(),
    }
}

fn line(name: &str, report: &Report, value: fn(&Slice) -> f64) -> Line {
    let points = report.timeline.iter().map(|slice| (slice.at, value(slice)));
    Line {
        name: name.to_owned(),
        points: points.collect(),
        filled: false,
    }
}

fn sales(report: &Report) -> Chart {
    let y = counts_axis("sales confirmed");
    let mut chart = over_time(report, "sales", "Sales over time", y);
    let mut sales = line("Sales confirmed", report, |slice| as_f64(slice.confirmed));
    if sales.points.iter().any(|(_, confirmed)| *confirmed > 0.0) {
        sales.points.insert(0, (0.0, 0.0));
        sales.filled = true;
        chart.lines.push(sales);
    }
    chart.nothing = "Nothing was sold in this run.";
    chart
}

fn throughput(report: &Report) -> Chart {
    let y = counts_axis("answers a second");
    let mut chart = over_time(report, "throughput", "Throughput over time", y);
    let mut rate = line("Answers a second", report, |slice| slice.per_second);
    rate.filled = true;
    chart.lines.push(rate);
    chart
}

fn latency(report: &Report) -> Chart {
    let y = Axis {
        label: "latency".to_owned(),
        spread: latency_spread(report),
        write: write_time,
        ticks: Vec::new(),
    };
    let mut chart = over_time(report, "latency", "Latency over time", y);
    chart.lines = vec![
        line("p50", report, |slice| answered_or_gap(slice, slice.p50)),
        line("p99", report, |slice| answered_or_gap(slice, slice.p99)),
    ];
    chart
}

/// A slice without answers has no latency.
fn answered_or_gap(slice: &Slice, micros: u64) -> f64 {
    if slice.per_second > 0.0 {
        as_f64(micros)
    } else {
        f64::NAN
    }
}

fn latency_spread(report: &Report) -> Spread {
    let slices = report
        .timeline
        .iter()
        .filter(|slice| slice.per_second > 0.0);
    let (least, most) = slices.fold((f64::INFINITY, 0.0_f64), |(least, most), slice| {
        (least.min(as_f64(slice.p50)), most.max(as_f64(slice.p99)))
    });
    if most > FACTOR_LINEAR_MAX * least {
        Spread::Logarithmic
    } else {
        Spread::Linear
    }
}

fn latency_caption(report: &Report) -> String {
    let scale = match latency_spread(report) {
        Spread::Linear => "",
        Spread::Logarithmic => ", on a logarithmic scale",
    };
    format!("Median and 99th percentile of each slice, over all operations{scale}.")
}

fn failures(report: &Report) -> Chart {
    let bars = bars(&report.timeline);
    let width = bars.first().map_or(0.0, |bar| bar.to - bar.from);
    let y = counts_axis(format!("failures in {}", seconds(width)));
    let mut chart = over_time(report, "failures", "Failures over time", y);
    chart.bars = bars;
    chart.nothing = "No request failed.";
    chart
}

/// Neighbouring slices share a bar when there are many.
fn bars(timeline: &[Slice]) -> Vec<Bar> {
    let together = timeline.len().div_ceil(BARS_MAX).max(1);
    let mut from = 0.0;
    let mut bars = Vec::new();
    for slices in timeline.chunks(together) {
        let to = slices.last().map_or(from, |slice| slice.at);
        let height = slices.iter().map(|slice| as_f64(slice.failed)).sum();
        bars.push(Bar { from, to, height });
        from = to;
    }
    bars
}

fn write_count(value: f64) -> String {
    if value < 10.0 {
        return trimmed(value, 2);
    }
    trimmed(value, 0)
        .parse()
        .map_or_else(|_| trimmed(value, 0), count)
}

pub(super) fn write_time(micros: f64) -> String {
    let (size, unit) = match micros {
        1e6.. => (1e6, "s"),
        1e3.. => (1e3, "ms"),
        _ => (1.0, "µs"),
    };
    format!("{} {unit}", trimmed(micros / size, 2))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{full, minimal};
    use super::*;

    #[test]
    fn a_run_without_data_has_notes_instead_of_charts() {
        let figures = figures(&minimal());
        assert_eq!(figures.matches("class=\"nothing\"").count(), 5);
        assert!(!figures.contains("<svg"));
    }

    #[test]
    fn kills_are_marked_where_they_were_in_the_measured_part() {
        let mut report = full();
        let places: Vec<f64> = marks(&report).iter().map(|mark| mark.at).collect();
        for (place, expected) in places.iter().zip([6.2, 14.7, 22.1]) {
            assert!((place - expected).abs() < 1e-9, "{place}");
        }
        report.crashes[0].at = 1.0;
        assert_eq!(marks(&report).len(), 2, "one was in the warm-up");
    }

    #[test]
    fn failures_are_all_in_the_bars_however_many_slices_there_are() {
        let slice = full().timeline[0];
        let timeline: Vec<Slice> = (1..=1_000_u32)
            .map(|number| Slice {
                at: f64::from(number),
                failed: 3,
                ..slice
            })
            .collect();
        let bars = bars(&timeline);
        assert!(bars.len() <= BARS_MAX, "{}", bars.len());
        assert_eq!(bars.iter().map(|bar| bar.height).sum::<f64>(), 3_000.0);
        assert_eq!(bars.last().unwrap().to, 1_000.0);
    }

    #[test]
    fn charts_of_long_and_broken_data_stay_small_and_finite() {
        let mut report = full();
        let slice = report.timeline[0];
        report.timeline = (0..100_000_u32)
            .map(|number| Slice {
                at: f64::from(number) / 10.0,
                per_second: if number % 97 == 0 { f64::NAN } else { 5.0 },
                ..slice
            })
            .collect();
        report.seconds = f64::INFINITY;
        let figures = figures(&report);
        assert!(figures.len() < 120_000, "{}", figures.len());
        assert!(
            !figures.contains("NaN") && !figures.contains("inf"),
            "{figures}"
        );
    }
}
