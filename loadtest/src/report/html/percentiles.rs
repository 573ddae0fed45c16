//! The percentile curves, with what they come to beside them.

use std::f64::consts::LOG10_2;

use super::super::chart::{Axis, Chart, Line, Spread};
use super::super::summary::answered;
use super::super::units::{as_f64, latency, trimmed};
use super::super::{Operation, Report};
use super::markup::escape;
use super::plots::write_time;

/// Most lines of one chart, and so most styles in `page.css`.
const LINES_MAX: usize = 6;
/// Percentiles that are marked on their axis, by the logarithm of 1 / (1 - percentile).
const PERCENTILES: [(f64, &str); 6] = [
    (LOG10_2, "50"),
    (1.0, "90"),
    (2.0, "99"),
    (3.0, "99.9"),
    (4.0, "99.99"),
    (5.0, "99.999"),
];

/// The figure: curves, legend and caption.
pub(super) fn figure(report: &Report) -> String {
    let drawing = chart(report).draw();
    let lines = most_frequent(report).into_iter().enumerate();
    let legend: String = lines
        .map(|(style, each)| legend_item(style, each))
        .collect();
    let legend = if legend.is_empty() {
        legend
    } else {
        format!("<ul class=\"legend\">\n{legend}</ul>\n")
    };
    let caption = escape(&caption(report));
    format!(
        "<figure class=\"beside\">\n<div>\n<h3>Latency by percentile</h3>\n{drawing}</div>\n\
         <figcaption>\n{legend}<p>{caption}</p>\n</figcaption>\n</figure>\n"
    )
}

fn legend_item(style: usize, operation: &Operation) -> String {
    let taken = &operation.latency;
    let text = format!(
        "p50 {}, p99 {}, slowest {}",
        latency(taken.p50),
        latency(taken.p99),
        latency(taken.max)
    );
    format!(
        "<li><svg class=\"swatch\" viewBox=\"0 0 36 10\" aria-hidden=\"true\">\
         <path class=\"line s{style}\" d=\"M1 5H35\"/></svg> <span><b>{}</b>: {}</span></li>\n",
        escape(&operation.name),
        escape(&text)
    )
}

/// As HdrHistogram plots it: equal steps towards 100 % are equal steps in the share beyond.
fn chart(report: &Report) -> Chart {
    let lines = most_frequent(report).into_iter().map(|operation| Line {
        name: operation.name.clone(),
        points: curve(operation),
        filled: false,
    });
    Chart {
        id: "percentiles",
        title: "Latency by percentile",
        x: Axis {
            label: "percentile".to_owned(),
            spread: Spread::Linear,
            write: |nines| trimmed(nines, 2),
            ticks: PERCENTILES.to_vec(),
        },
        y: Axis {
            label: "latency, logarithmic".to_owned(),
            spread: Spread::Logarithmic,
            write: write_time,
            ticks: Vec::new(),
        },
        lines: lines.collect(),
        bars: Vec::new(),
        marks: Vec::new(),
        nothing: "Nothing was answered in this run.",
    }
}

fn most_frequent(report: &Report) -> Vec<&Operation> {
    let mut operations: Vec<&Operation> = answered(report).collect();
    operations.sort_by_key(|operation| std::cmp::Reverse(operation.count));
    operations.truncate(LINES_MAX);
    operations
}

/// The largest of N answers stands where 1 in N does: 100 % itself would be infinitely far away.
fn curve(operation: &Operation) -> Vec<(f64, f64)> {
    let answers = as_f64(operation.ok.saturating_add(operation.refused)).max(1.0);
    let place = |percentile: f64| {
        let beyond = (1.0 - percentile / 100.0).max(1.0 / answers);
        (1.0 / beyond).log10()
    };
    let points = operation.curve.iter();
    points
        .map(|(percentile, micros)| (place(*percentile), as_f64(*micros)))
        .collect()
}

fn caption(report: &Report) -> String {
    let left_out = answered(report).count().saturating_sub(LINES_MAX);
    let others = match left_out {
        0 => "",
        _ => " The less frequent operations are in the table only.",
    };
    format!(
        "A curve says within which time so many of 100 requests were answered. From 90 on, each \
         step to the right is ten times rarer; a curve ends at its slowest request.{others}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::full;
    use super::*;

    #[test]
    fn the_slowest_of_n_answers_stands_at_one_in_n() {
        let mut operation = full().operations[0].clone();
        (operation.ok, operation.refused) = (200, 9_800);
        operation.curve = vec![(0.0, 10), (50.0, 20), (99.0, 30), (100.0, 40)];
        let points = curve(&operation);
        let expected = [(0.0, 10.0), (LOG10_2, 20.0), (2.0, 30.0), (4.0, 40.0)];
        for ((x, y), (expected_x, expected_y)) in points.into_iter().zip(expected) {
            assert!((x - expected_x).abs() < 0.001 && y == expected_y, "{x} {y}");
        }
    }
}
