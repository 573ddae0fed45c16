//! Ratios from interleaved rounds: what is measured, its limit or peer beside it in every round, and what
//! the rounds say together.
//!
//! Machines are shared and their speed changes from second to second. So both sides are measured in every
//! round, in an order that alternates, and a figure is the median of the ratios of the rounds. Where the
//! rounds disagree too much ([`NOISE_MAX`]) there is no verdict.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Serialize;

/// More than this, as a part of the median, between the quartiles of the rounds' ratios, and the machine
/// was too noisy for a verdict.
pub const NOISE_MAX: f64 = 0.30;
/// Rounds that make a figure.
pub const ROUNDS_MIN: usize = 7;

/// What a figure has to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// It must be no less than `floor`; `goal` is what is hoped for.
    AtLeast {
        /// The least that must hold.
        floor: f64,
        /// What is hoped for.
        goal: f64,
    },
    /// It must be no more than `floor`; `goal` is what is hoped for.
    AtMost {
        /// The most that may be.
        floor: f64,
        /// What is hoped for.
        goal: f64,
    },
    /// It is only told.
    Told,
}

impl Bound {
    const fn floor(self) -> Option<f64> {
        match self {
            Self::AtLeast { floor, .. } | Self::AtMost { floor, .. } => Some(floor),
            Self::Told => None,
        }
    }

    fn holds(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtLeast { floor, .. } => Some(figure >= floor),
            Self::AtMost { floor, .. } => Some(figure <= floor),
            Self::Told => None,
        }
    }

    fn reaches(self, figure: f64) -> bool {
        match self {
            Self::AtLeast { goal, .. } => figure >= goal,
            Self::AtMost { goal, .. } => figure <= goal,
            Self::Told => false,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast { floor, goal } => format!("≥ {}, goal {}", figure(floor), figure(goal)),
            Self::AtMost { floor, goal } => format!("≤ {}, goal {}", figure(floor), figure(goal)),
            Self::Told => String::new(),
        }
    }
}

/// What the rounds say about one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was measured against what.
    pub name: String,
    /// What must hold, if anything must.
    pub floor: Option<f64>,
    /// The median of the rounds.
    pub median: f64,
    /// From the first quartile of the rounds to the third, in the figure's unit.
    pub iqr: f64,
    /// The rounds disagree too much for a verdict.
    pub noisy: bool,
    /// Whether the floor holds; `None` without a floor or without a verdict.
    pub holds: Option<bool>,
    #[serde(skip)]
    bound: Bound,
}

impl Row {
    /// What these rounds' figures say.
    ///
    /// # Panics
    /// There are none.
    #[must_use]
    pub fn of(name: impl Into<String>, bound: Bound, rounds: &[f64]) -> Self {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = quantile(&sorted, 0.5);
        let iqr = quantile(&sorted, 0.75) - quantile(&sorted, 0.25);
        let noisy = iqr > NOISE_MAX * median.abs();
        Self {
            name: name.into(),
            floor: bound.floor(),
            median,
            iqr,
            noisy,
            holds: bound.holds(median).filter(|_| !noisy),
            bound,
        }
    }

    /// A figure that does not vary with the machine's speed, such as a size.
    #[must_use]
    pub fn exact(name: impl Into<String>, bound: Bound, figure: f64) -> Self {
        Self::of(name, bound, &[figure])
    }

    fn verdict(&self) -> &'static str {
        match self.holds {
            _ if self.noisy => "too noisy to say",
            Some(false) => "MISSED",
            Some(true) if self.bound.reaches(self.median) => "goal",
            Some(true) => "holds",
            None => "",
        }
    }
}

/// A quantile of sorted figures, between the two nearest.
///
/// # Panics
/// There are no figures.
#[must_use]
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len() - 1;
    #[expect(clippy::cast_precision_loss, reason = "there are few rounds")]
    let place = part * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the number of rounds"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let way = place - place.floor();
    sorted[below] + (sorted[above] - sorted[below]) * way
}

/// What a run has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The figures.
    pub rows: Vec<Row>,
    /// Every answer was right, and so is what was kept.
    pub correct: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            correct: true,
        }
    }
}

impl Report {
    /// 0 when everything was measured, 1 when a floor is missed on a quiet row or an answer was wrong.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let is_missed = self.rows.iter().any(|row| row.holds == Some(false));
        ExitCode::from(u8::from(is_missed || !self.correct))
    }

    /// One JSON object.
    ///
    /// # Panics
    /// Never: everything in it has a form in JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts have a form in JSON")
    }

    /// A table for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let width = names.max().unwrap_or(0);
        let mut text = String::new();
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<width$}  {:>9} ± {:<9} {:<24} {}",
                row.name,
                figure(row.median),
                figure(row.iqr / 2.0),
                row.bound.text(),
                row.verdict()
            );
        }
        if !self.correct {
            text.push_str("Something was answered or kept wrong: see above.\n");
        }
        text
    }
}

/// A figure with as many digits as say something.
#[must_use]
pub fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// How a run measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many rounds.
    pub rounds: usize,
    /// How long each side is measured in each round.
    pub each: Duration,
}

impl Plan {
    /// Rounds that make a figure.
    pub const FULL: Self = Self {
        rounds: 9,
        each: Duration::from_millis(400),
    };
    /// Just to see that everything works; figures mean nothing.
    pub const SMOKE: Self = Self {
        rounds: 1,
        each: Duration::from_millis(5),
    };

    /// As the program's arguments say: `cargo bench` passes `--bench`, `cargo test` does not.
    ///
    /// # Errors
    /// A full run of a program that is not optimised means nothing: a text that says what to do.
    pub fn from_args() -> Result<Self, String> {
        if std::env::args().any(|argument| argument == "--bench") {
            refuse_debug_build()?;
            Ok(Self::FULL)
        } else {
            Ok(Self::SMOKE)
        }
    }

    /// Whether nothing has to hold.
    #[must_use]
    pub fn is_smoke(self) -> bool {
        self.rounds < ROUNDS_MIN
    }

    /// Measures two sides in turn: what each got done in a second, round by round. The order alternates.
    pub fn rates(
        self,
        mut ours: impl FnMut(Duration) -> f64,
        mut theirs: impl FnMut(Duration) -> f64,
    ) -> Rates {
        let mut rates = Rates::default();
        for round in 0..self.rounds {
            let (our, their) = if round % 2 == 0 {
                let our = ours(self.each);
                (our, theirs(self.each))
            } else {
                let their = theirs(self.each);
                (ours(self.each), their)
            };
            rates.ours.push(our);
            rates.theirs.push(their);
        }
        rates
    }
}

/// What two sides got done in a second, round by round.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates {
    /// Ours.
    pub ours: Vec<f64>,
    /// The limit's, or the peer's.
    pub theirs: Vec<f64>,
}

impl Rates {
    /// Ours by theirs, round by round.
    #[must_use]
    pub fn ratios(&self) -> Vec<f64> {
        let pairs = self.ours.iter().zip(&self.theirs);
        pairs.map(|(ours, theirs)| ours / theirs).collect()
    }

    /// The row of the ratios, with the rates themselves in its name.
    #[must_use]
    pub fn row(&self, name: &str, bound: Bound) -> Row {
        let median = |rates: &[f64]| Row::of("", Bound::Told, rates).median;
        let name = format!(
            "{name} ({} by {} a second)",
            thousands(median(&self.ours)),
            thousands(median(&self.theirs))
        );
        Row::of(name, bound, &self.ratios())
    }
}

/// A number of events as people read it: `1,240,000`.
#[must_use]
pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Does something again and again for so long: how often a second. Looks at the clock as rarely as
/// possible, so that what takes nanoseconds is measured, too.
pub fn repeat(each: Duration, mut once: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut done = 0_u32;
    let mut batch = 1_u32;
    loop {
        for _ in 0..batch {
            once();
        }
        done += batch;
        let passed = begin.elapsed();
        if passed >= each {
            return f64::from(done) / passed.as_secs_f64();
        }
        if passed < each / 16 {
            batch = batch.saturating_mul(2);
        }
    }
}

/// # Errors
/// This program is not optimised: a text that says what to do.
pub fn refuse_debug_build() -> Result<(), String> {
    if cfg!(debug_assertions) {
        Err("this program is not optimised, and its figures would mean nothing; run it with --release".into())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_LEAST: Bound = Bound::AtLeast {
        floor: 2.0,
        goal: 3.0,
    };

    #[test]
    fn a_row_is_the_median_of_its_rounds() {
        let row = Row::of("race", AT_LEAST, &[2.1, 9.0, 2.0, 2.2, 2.1]);
        assert!((row.median - 2.1).abs() < 1e-9 && (row.iqr - 0.1).abs() < 1e-9);
        assert_eq!((row.noisy, row.holds), (false, Some(true)));
    }

    #[test]
    fn rounds_that_disagree_give_no_verdict() {
        let row = Row::of("race", AT_LEAST, &[1.0, 1.1, 1.5, 2.0, 3.0]);
        assert_eq!((row.noisy, row.holds), (true, None));
        let report = Report {
            rows: vec![row],
            correct: true,
        };
        assert_eq!(report.exit_code(), ExitCode::from(0));
        assert!(report.to_text().contains("too noisy to say"));
    }

    #[test]
    fn a_floor_is_missed_on_its_own_side() {
        let at_most = Bound::AtMost {
            floor: 2.0,
            goal: 1.0,
        };
        for (bound, figure, holds) in [
            (AT_LEAST, 2.0, true),
            (AT_LEAST, 1.99, false),
            (at_most, 2.0, true),
            (at_most, 2.01, false),
        ] {
            let row = Row::exact("size", bound, figure);
            assert_eq!(row.holds, Some(holds), "{figure} for {bound:?}");
            let report = Report {
                rows: vec![row],
                correct: true,
            };
            assert_eq!(report.exit_code(), ExitCode::from(u8::from(!holds)));
        }
        let wrong = Report {
            rows: Vec::new(),
            correct: false,
        };
        assert_eq!(wrong.exit_code(), ExitCode::from(1));
    }

    #[test]
    fn both_sides_are_measured_in_every_round_and_take_turns_to_be_first() {
        let order = std::cell::RefCell::new(String::new());
        let plan = Plan {
            rounds: 3,
            each: Duration::ZERO,
        };
        let side = |name: char, rate: f64| {
            let order = &order;
            move |_| {
                order.borrow_mut().push(name);
                rate
            }
        };
        let rates = plan.rates(side('o', 6.0), side('t', 2.0));
        assert_eq!(order.borrow().as_str(), "ottoot");
        assert_eq!(rates.ratios(), [3.0, 3.0, 3.0]);
        let row = rates.row("ping", AT_LEAST);
        assert_eq!(row.name, "ping (6 by 2 a second)");
    }

    #[test]
    fn a_report_says_in_json_what_scripts_look_for() {
        let report = Report {
            rows: vec![Row::exact("size", Bound::Told, 12.0)],
            correct: true,
        };
        assert_eq!(
            report.to_json(),
            r#"{"rows":[{"name":"size","floor":null,"median":12.0,"iqr":0.0,"noisy":false,"holds":null}],"correct":true}"#
        );
    }

    #[test]
    fn numbers_are_read_easily() {
        let read = [7.0, 1_240.4, 1_240_000.0, 123.0].map(thousands);
        assert_eq!(read, ["7", "1,240", "1,240,000", "123"]);
        assert_eq!(
            [0.95, 12.34, 123.4, 0.012].map(figure),
            ["0.95", "12.3", "123", "0.0120"]
        );
    }

    #[test]
    fn what_is_repeated_is_counted() {
        let mut count = 0_u32;
        let rate = repeat(Duration::from_millis(1), || count += 1);
        assert!(count > 0 && rate > 0.0);
    }
}
