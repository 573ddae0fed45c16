//! What it all comes to: a table of the servers, and the ratios that have to hold.

use std::fmt::Write as _;

use super::arguments::Work;
use super::rounds::{Figures, Sample};
use super::side::Side;
use crate::ratio::{Bound, Row, figure, quantile, thousands};

/// A ratio: what of a turn, of which work, by the same of whom, and what it must be.
struct Ratio {
    name: &'static str,
    work: Work,
    by: Side,
    of: fn(&Sample) -> f64,
    bound: Bound,
}

const fn at_least(floor: f64, goal: f64) -> Bound {
    Bound::AtLeast { floor, goal }
}

const fn at_most(floor: f64, goal: f64) -> Bound {
    Bound::AtMost { floor, goal }
}

fn rate(sample: &Sample) -> f64 {
    sample.rate
}

fn p99(sample: &Sample) -> f64 {
    sample.p99
}

fn server(sample: &Sample) -> f64 {
    sample.server
}

const fn ratio(
    name: &'static str,
    work: Work,
    by: Side,
    of: fn(&Sample) -> f64,
    bound: Bound,
) -> Ratio {
    Ratio {
        name,
        work,
        by,
        of,
        bound,
    }
}

const P99: Bound = at_most(1.0 / 6.0, 0.1);
const OUR_STORE: Bound = at_least(1.0, 1.3);

/// Everything that has to hold, and a few ratios that explain it.
#[rustfmt::skip]
const RATIOS: [Ratio; 13] = [
    ratio("buy, against axum", Work::Buy, Side::Axum, rate, at_least(8.0, 15.0)),
    ratio("buy, against tonic", Work::Buy, Side::Tonic, rate, at_least(8.0, 18.0)),
    ratio("p99 of buy, against axum", Work::Buy, Side::Axum, p99, P99),
    ratio("p99 of buy, against tonic", Work::Buy, Side::Tonic, p99, P99),
    ratio("race of 8 an item, against axum", Work::Race, Side::Axum, rate, at_least(5.0, 9.0)),
    ratio("race of 8 an item, against tonic", Work::Race, Side::Tonic, rate, at_least(6.0, 12.0)),
    ratio("list of 50, against axum", Work::List, Side::Axum, rate, at_least(3.0, 5.0)),
    ratio("list of 50, against tonic", Work::List, Side::Tonic, rate, at_least(4.0, 7.0)),
    ratio("server CPU of a list, against axum", Work::List, Side::Axum, server, at_most(1.0 / 7.0, 0.1)),
    ratio("buy, against axum over our store", Work::Buy, Side::AxumStore, rate, OUR_STORE),
    ratio("list of 50, against axum over our store", Work::List, Side::AxumStore, rate, OUR_STORE),
    ratio("server CPU of a buy, against axum over our store", Work::Buy, Side::AxumStore, server, Bound::Told),
    ratio("server CPU of a list, against axum over our store", Work::List, Side::AxumStore, server, Bound::Told),
];

/// The ratios of what was measured.
#[must_use]
pub fn rows(figures: &Figures) -> Vec<Row> {
    let row = |ratio: &Ratio| {
        let of = |side| {
            figures
                .of(ratio.work, side)
                .map(|sample| (ratio.of)(&sample))
        };
        let pairs = of(Side::Ours).zip(of(ratio.by));
        let ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
        (!ratios.is_empty()).then(|| Row::of(ratio.name, ratio.bound, &ratios))
    };
    RATIOS.iter().filter_map(row).collect()
}

/// Every server's own figures, medians of the rounds, for people.
#[must_use]
pub fn servers(figures: &Figures, works: &[Work]) -> String {
    let mut text = format!(
        "{:<5} {:<24} {:>9} {:>9} {:>9} {:>11} {:>11} {:>6}\n",
        "", "", "a second", "p50, ms", "p99, ms", "server, µs", "client, µs", "busy"
    );
    for work in works {
        for side in Side::ALL {
            let samples: Vec<Sample> = figures.of(*work, side).collect();
            if samples.is_empty() {
                continue;
            }
            let median = |of: fn(&Sample) -> f64| {
                let mut values: Vec<f64> = samples.iter().map(of).collect();
                values.sort_by(f64::total_cmp);
                quantile(&values, 0.5)
            };
            let _ = writeln!(
                text,
                "{:<5} {:<24} {:>9} {:>9} {:>9} {:>11} {:>11} {:>6}",
                work.name(),
                side.name(),
                thousands(median(rate)),
                figure(median(|sample| sample.p50)),
                figure(median(p99)),
                figure(median(server)),
                figure(median(|sample| sample.client)),
                figure(median(|sample| sample.busy)),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        for round in 1..=7 {
            for (side, slowness) in [(Side::Ours, 1.0), (Side::Axum, 10.0)] {
                let sample = Sample {
                    rate: f64::from(round) * 10_000.0 / slowness,
                    p50: slowness,
                    p99: 2.0 * slowness,
                    server: 20.0 * slowness,
                    client: 30.0,
                    busy: 1.9,
                };
                figures.add(Work::Buy, side, sample);
            }
        }
        figures
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let rows = rows(&figures());
        let said: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.median, row.holds))
            .collect();
        let expected = [
            ("buy, against axum", 10.0, Some(true)),
            ("p99 of buy, against axum", 0.1, Some(true)),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn servers_are_shown_with_what_they_did() {
        let text = servers(&figures(), &[Work::Buy, Work::List]);
        assert_eq!(text.lines().count(), 3, "{text}");
        let ours = text.lines().nth(1).unwrap();
        for shown in [
            "buy",
            "AUBoutique",
            "40,000",
            "1.00",
            "2.00",
            "20.0",
            "30.0",
            "1.90",
        ] {
            assert!(ours.contains(shown), "{shown} in {ours}");
        }
    }

    #[test]
    fn every_row_of_the_issue_is_there_once() {
        let names: std::collections::HashSet<_> = RATIOS.iter().map(|ratio| ratio.name).collect();
        assert_eq!(names.len(), RATIOS.len());
    }
}
