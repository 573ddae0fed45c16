//! Limits that a run is to keep, such as `p99=50ms`, `buy:p99=50ms`, `rate=1000` or `errors=1%`.
//!
//! The grammar is `[OPERATION:]METRIC=VALUE`:
//!
//! | METRIC | VALUE | kept when |
//! |---|---|---|
//! | `p50` `p90` `p99` `p999` `max` `mean` | a time in `us`, `ms` or `s` | the latency is at most that |
//! | `rate` | a number | there are at least that many answers a second |
//! | `errors` | a percentage | at most that share of the requests failed |
//!
//! Without an OPERATION the limit applies to each of them, and the one that is worst off decides. A
//! limit on something that the run did not do is missed: a typing mistake must not pass for a
//! success.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::units::{as_f64, trimmed};
use super::{Operation, SloResult};

/// Decimals of a measured figure, in the unit of its limit.
const DECIMALS: usize = 3;

/// A limit, as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    written: String,
    operation: Option<String>,
    metric: Metric,
    bound: Bound,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    P50,
    P90,
    P99,
    P999,
    Max,
    Mean,
    Rate,
    Errors,
}

const METRICS: [(&str, Metric); 8] = [
    ("p50", Metric::P50),
    ("p90", Metric::P90),
    ("p99", Metric::P99),
    ("p999", Metric::P999),
    ("max", Metric::Max),
    ("mean", Metric::Mean),
    ("rate", Metric::Rate),
    ("errors", Metric::Errors),
];

/// The limit itself, in the unit that it was written in.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    value: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microseconds,
    Milliseconds,
    Seconds,
    PerSecond,
    Percent,
}

/// The longer names first, as `ms` ends in `s` too.
const TIMES: [(&str, Unit); 3] = [
    ("us", Unit::Microseconds),
    ("ms", Unit::Milliseconds),
    ("s", Unit::Seconds),
];

/// Why a limit cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SloError {
    /// It has no equals sign.
    #[error("`{0}` is no limit; write it as [OPERATION:]METRIC=VALUE, such as buy:p99=50ms")]
    Form(String),
    /// There is nothing, or something odd, before the colon.
    #[error("`{0}` names no operation; write its name before the colon, such as buy:p99=50ms")]
    Operation(String),
    /// Nothing of that name is measured.
    #[error("`{0}` is not measured; choose p50, p90, p99, p999, max, mean, rate or errors")]
    Metric(String),
    /// A latency has to be a time.
    #[error("`{0}` is no time above 0; write a number with us, ms or s, such as 50ms")]
    Time(String),
    /// A rate has to be a number.
    #[error("`{0}` is no rate above 0; write answers a second as a plain number, such as 1000")]
    Rate(String),
    /// A share has to be a percentage.
    #[error("`{0}` is no share from 0% to 100%; write a percentage, such as 1% or 0.05%")]
    Errors(String),
}

impl FromStr for Slo {
    type Err = SloError;

    fn from_str(written: &str) -> Result<Self, SloError> {
        let (subject, value) = written
            .split_once('=')
            .ok_or_else(|| SloError::Form(written.to_owned()))?;
        let (operation, metric) = match subject.split_once(':') {
            Some((operation, metric)) => (Some(parse_operation(operation)?), metric),
            None => (None, subject),
        };
        let metric = METRICS
            .into_iter()
            .find_map(|(name, known)| (name == metric).then_some(known))
            .ok_or_else(|| SloError::Metric(metric.to_owned()))?;
        Ok(Self {
            written: written.to_owned(),
            operation,
            metric,
            bound: parse_bound(metric, value)?,
        })
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.written)
    }
}

fn parse_operation(name: &str) -> Result<String, SloError> {
    let is_name = |each: char| each.is_ascii_lowercase() || each == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(SloError::Operation(name.to_owned()));
    }
    Ok(name.to_owned())
}

fn parse_bound(metric: Metric, text: &str) -> Result<Bound, SloError> {
    let bound = match metric {
        Metric::Rate => parse_number(text)
            .filter(|rate| *rate > 0.0)
            .map(|value| (value, Unit::PerSecond))
            .ok_or_else(|| SloError::Rate(text.to_owned())),
        Metric::Errors => text
            .strip_suffix('%')
            .and_then(parse_number)
            .filter(|share| *share <= 100.0)
            .map(|value| (value, Unit::Percent))
            .ok_or_else(|| SloError::Errors(text.to_owned())),
        Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max | Metric::Mean => {
            parse_time(text).ok_or_else(|| SloError::Time(text.to_owned()))
        }
    };
    bound.map(|(value, unit)| Bound { value, unit })
}

fn parse_time(text: &str) -> Option<(f64, Unit)> {
    TIMES.into_iter().find_map(|(name, unit)| {
        let value = parse_number(text.strip_suffix(name)?)?;
        (value > 0.0).then_some((value, unit))
    })
}

/// Digits with at most one point: what else `f64` reads (`inf`, `1e3`, signs) is no limit.
fn parse_number(text: &str) -> Option<f64> {
    let is_plain = text
        .chars()
        .all(|each| each.is_ascii_digit() || each == '.');
    let number: f64 = text.parse().ok().filter(|_| is_plain)?;
    number.is_finite().then_some(number)
}

impl Slo {
    /// Whether these operations keep the limit.
    #[must_use]
    pub fn judge(&self, operations: &[Operation]) -> SloResult {
        let is_meant = |operation: &&Operation| match &self.operation {
            Some(name) => operation.name == *name,
            None => true,
        };
        let meant = operations.iter().filter(is_meant);
        let worst = meant
            .map(|operation| (operation, self.measure(operation)))
            .max_by(|(_, one), (_, other)| self.badness(*one).total_cmp(&self.badness(*other)));
        let (measured, kept) = match worst {
            None => ("no such operation in this run".to_owned(), false),
            Some((operation, None)) => (format!("{}: no answer", operation.name), false),
            Some((operation, Some(value))) => (self.form(operation, value), self.allows(value)),
        };
        SloResult {
            limit: self.written.clone(),
            measured,
            kept,
        }
    }

    /// The figure in the unit of the limit; nothing where there was nothing to measure.
    fn measure(&self, operation: &Operation) -> Option<f64> {
        let latency = &operation.latency;
        let micros = match self.metric {
            Metric::Rate => return Some(operation.per_second),
            Metric::Errors => {
                let share = as_f64(operation.failed) / as_f64(operation.count);
                return (operation.count > 0).then_some(share * 100.0);
            }
            Metric::P50 => as_f64(latency.p50),
            Metric::P90 => as_f64(latency.p90),
            Metric::P99 => as_f64(latency.p99),
            Metric::P999 => as_f64(latency.p999),
            Metric::Max => as_f64(latency.max),
            Metric::Mean => latency.mean,
        };
        let answered = operation.ok.saturating_add(operation.refused) > 0;
        answered.then_some(micros / self.bound.unit.size())
    }

    /// Larger is worse, and no figure is the worst.
    fn badness(&self, value: Option<f64>) -> f64 {
        let sign = if self.metric == Metric::Rate {
            -1.0
        } else {
            1.0
        };
        value.map_or(f64::INFINITY, |value| sign * value)
    }

    fn allows(&self, value: f64) -> bool {
        match self.metric {
            Metric::Rate => value >= self.bound.value,
            Metric::P50
            | Metric::P90
            | Metric::P99
            | Metric::P999
            | Metric::Max
            | Metric::Mean
            | Metric::Errors => value <= self.bound.value,
        }
    }

    /// As a limit is written. Rounding must not turn a miss into what looks kept, so a figure that
    /// would look like its limit is written in full.
    fn form(&self, operation: &Operation, value: f64) -> String {
        let subject = self.written.split_once('=').map_or("", |(left, _)| left);
        let metric = subject
            .split_once(':')
            .map_or(subject, |(_, metric)| metric);
        let rounded = trimmed(value, DECIMALS);
        let looks_kept = rounded.parse().is_ok_and(|value| self.allows(value));
        let figure = if looks_kept == self.allows(value) {
            rounded
        } else {
            value.to_string()
        };
        let unit = self.bound.unit.name();
        format!("{}:{metric}={figure}{unit}", operation.name)
    }
}

impl Unit {
    /// Microseconds in one, of times.
    fn size(self) -> f64 {
        match self {
            Self::Milliseconds => 1e3,
            Self::Seconds => 1e6,
            Self::Microseconds | Self::PerSecond | Self::Percent => 1.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "",
            Self::Percent => "%",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::full;
    use super::*;

    fn judged(limit: &str) -> (String, bool) {
        let result = limit.parse::<Slo>().unwrap().judge(&full().operations);
        assert_eq!(result.limit, limit);
        (result.measured, result.kept)
    }

    #[test]
    fn a_limit_at_the_measured_figure_is_kept_and_one_below_is_missed() {
        let buy = full().operations[0].clone();
        let p99 = buy.latency.p99;
        for (limit, kept) in [
            (format!("buy:p99={p99}us"), true),
            (format!("buy:p99={}us", p99 - 1), false),
            (format!("buy:p99={}.{:03}ms", p99 / 1000, p99 % 1000), true),
            (
                format!("buy:p99={}.{:03}ms", (p99 - 1) / 1000, (p99 - 1) % 1000),
                false,
            ),
            (format!("buy:rate={}", buy.per_second), true),
            (format!("buy:rate={}", buy.per_second + 0.0001), false),
            ("connect:errors=2.4%".to_owned(), true),
            ("connect:errors=2.3%".to_owned(), false),
        ] {
            assert_eq!(judged(&limit).1, kept, "{limit}");
        }
    }

    #[test]
    fn what_was_measured_is_written_like_the_limit() {
        let p50 = full().operations[1].latency.p50;
        let in_ms = trimmed(as_f64(p50) / 1e3, 3);
        assert_eq!(judged("list:p50=2ms").0, format!("list:p50={in_ms}ms"));
        assert_eq!(judged("list:p50=2us").0, format!("list:p50={p50}us"));
        assert_eq!(judged("connect:errors=5%").0, "connect:errors=2.324%");
        assert_eq!(judged("buy:rate=10").0, "buy:rate=2000");
    }

    #[test]
    fn a_miss_by_a_hair_does_not_look_kept() {
        let mut operation = full().operations[0].clone();
        operation.per_second = 999.999_96;
        let slo: Slo = "buy:rate=1000".parse().unwrap();
        let result = slo.judge(&[operation]);
        assert!(!result.kept);
        assert_eq!(result.measured, "buy:rate=999.99996");
    }

    #[test]
    fn without_an_operation_the_worst_one_decides() {
        let (measured, kept) = judged("p50=1s");
        assert!(kept && measured.starts_with("connect:p50="), "{measured}");
        assert!(!judged("p50=15ms").1);
        let (measured, kept) = judged("rate=50");
        assert!(!kept && measured.starts_with("connect:rate="), "{measured}");
    }

    #[test]
    fn what_did_not_happen_keeps_no_limit() {
        let slo = |limit: &str| limit.parse::<Slo>().unwrap();
        let absent = slo("bye:p99=1s").judge(&full().operations);
        assert_eq!(
            (absent.kept, &*absent.measured),
            (false, "no such operation in this run")
        );
        assert!(!slo("p99=1s").judge(&[]).kept);
        // All of its requests failed: the latencies are those of nothing, and 0.
        let mut silent = full().operations[0].clone();
        (silent.ok, silent.refused, silent.failed) = (0, 0, silent.count);
        silent.latency.p99 = 0;
        let result = slo("p99=1s").judge(&[silent.clone()]);
        assert_eq!((result.kept, &*result.measured), (false, "buy: no answer"));
        assert_eq!(
            slo("errors=1%").judge(&[silent]).measured,
            "buy:errors=100%"
        );
    }

    #[test]
    fn limits_at_the_edges_are_read() {
        for good in [
            "p50=1us",
            "p90=0.5ms",
            "p99=50ms",
            "p999=.5s",
            "max=2s",
            "mean=1.5ms",
            "rate=0.1",
            "rate=1000",
            "errors=0%",
            "errors=100%",
            "errors=0.05%",
            "my_purchases:p99=1s",
        ] {
            assert_eq!(good.parse::<Slo>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn each_mistake_gets_an_error_that_helps() {
        use SloError::{Errors, Form, Metric, Operation, Rate, Time};
        let text = str::to_owned;
        for (bad, error) in [
            ("", Form(text(""))),
            ("p99", Form(text("p99"))),
            ("p99<50ms", Form(text("p99<50ms"))),
            (":p99=1s", Operation(text(""))),
            ("Buy:p99=1s", Operation(text("Buy"))),
            ("p95=1s", Metric(text("p95"))),
            ("=1s", Metric(text(""))),
            ("a:b:p99=1s", Metric(text("b:p99"))),
            ("p99=", Time(text(""))),
            ("p99=50", Time(text("50"))),
            ("p99=ms", Time(text("ms"))),
            ("p99=.ms", Time(text(".ms"))),
            ("p99=50 ms", Time(text("50 ms"))),
            ("p99=50min", Time(text("50min"))),
            ("p99=0ms", Time(text("0ms"))),
            ("p99=-1ms", Time(text("-1ms"))),
            ("p99=1e3ms", Time(text("1e3ms"))),
            ("p99=infs", Time(text("infs"))),
            ("p99==1s", Time(text("=1s"))),
            ("rate=0", Rate(text("0"))),
            ("rate=NaN", Rate(text("NaN"))),
            ("rate=5/s", Rate(text("5/s"))),
            ("errors=1", Errors(text("1"))),
            ("errors=101%", Errors(text("101%"))),
            ("errors=-1%", Errors(text("-1%"))),
            ("errors=%", Errors(text("%"))),
        ] {
            assert_eq!(bad.parse::<Slo>(), Err(error), "{bad}");
        }
        let huge = format!("rate={}", "9".repeat(400));
        assert!(matches!(huge.parse::<Slo>(), Err(Rate(_))));
        let error = "p95=1s".parse::<Slo>().unwrap_err().to_string();
        assert!(error.contains("p90, p99"), "{error}");
    }
}
