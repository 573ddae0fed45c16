//! How far a run is, on standard error: bars and live figures on a terminal, now and then a line
//! where there is none.
//!
//! A run has phases one after the other. A [`Phase`] may be told about as often as one likes: what
//! is shown changes at most a few times a second, and lines in a log come seconds apart. Nothing
//! here fails: whoever closed standard error does not want to hear of it.

mod lines;
mod words;

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auboutique_protocol::text::term_safe;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::report::units::{number, seconds};
use lines::Lines;

/// How often the terminal is drawn, in times a second.
const DRAWN_HZ: u8 = 8;
/// How often a phase without an end moves its sign of life.
const TICK: Duration = Duration::from_millis(125);

const BAR: &str = "{prefix:14} {bar:24} {human_pos} of {human_len}  {rate}  {eta} left";
const TIME_BAR: &str = "{prefix:14} {bar:24} {done} of {whole}";
const SPINNER: &str = "{prefix:14} {spinner} {human_pos}  {elapsed}";
/// Cut to the width of the terminal.
const TEXT: &str = "  {wide_msg}";

/// Where and whether to show anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressMode {
    /// Bars on a terminal, otherwise lines.
    Auto,
    /// Nothing at all.
    Never,
}

/// How long a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many steps.
    Steps(u64),
    /// So much time; its steps are milliseconds.
    Time(Duration),
    /// Nobody knows.
    Unknown,
}

impl Length {
    /// The number of its steps.
    fn steps(self) -> Option<u64> {
        match self {
            Self::Steps(steps) => Some(steps),
            Self::Time(time) => Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            Self::Unknown => None,
        }
    }
}

/// Shows how far a run is.
pub struct Progress {
    place: Place,
}

/// What there is to write on.
#[derive(Clone)]
enum Place {
    Terminal(MultiProgress),
    Log(Arc<Lines>),
    Nowhere,
}

/// What a run shows while it goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// Answers a second of late.
    pub per_second: f64,
    /// Median latency of late, in microseconds.
    pub p50_us: u64,
    /// 99th percentile of late, in microseconds.
    pub p99_us: u64,
    /// Refusals and failures so far by code, in any order.
    pub errors: Vec<(String, u64)>,
    /// Purchases confirmed so far.
    pub confirmed: u64,
    /// Breaches of promises found so far.
    pub violations: u64,
}

impl Progress {
    /// Looks at standard error and decides how to show things.
    #[must_use]
    pub fn new(mode: ProgressMode) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let place = match mode {
            ProgressMode::Never => Place::Nowhere,
            ProgressMode::Auto if io::stderr().is_terminal() && !is_dumb => {
                let target = ProgressDrawTarget::stderr_with_hz(DRAWN_HZ);
                Place::Terminal(MultiProgress::with_draw_target(target))
            }
            ProgressMode::Auto => Place::Log(Arc::new(Lines::new(io::stderr()))),
        };
        Self { place }
    }

    /// Lines to a writer, as if it were standard error without a terminal.
    #[cfg(test)]
    fn log(writer: impl io::Write + Send + 'static) -> Self {
        let place = Place::Log(Arc::new(Lines::new(writer)));
        Self { place }
    }

    /// Begins a phase of this length.
    #[must_use]
    pub fn phase(&self, name: &str, length: Length) -> Phase {
        let name = term_safe(name).into_owned();
        let shown = match &self.place {
            Place::Terminal(terminal) => Shown::Bars(Bars::new(terminal, &name, length)),
            Place::Log(lines) => Shown::Lines(lines.phase(&name, length)),
            Place::Nowhere => Shown::Nothing,
        };
        Phase {
            name,
            began: Instant::now(),
            place: self.place.clone(),
            shown,
        }
    }

    /// Says something between or during phases, above any bars.
    pub fn note(&self, text: &str) {
        self.place.line(&term_safe(text));
    }
}

impl Place {
    /// Writes a line that stays.
    fn line(&self, text: &str) {
        match self {
            // An error means that nobody can see it.
            Self::Terminal(terminal) => drop(terminal.println(text)),
            Self::Log(lines) => lines.line(text),
            Self::Nowhere => {}
        }
    }
}

/// A part of a run. Dropping it clears what it shows.
pub struct Phase {
    name: String,
    began: Instant,
    place: Place,
    shown: Shown,
}

enum Shown {
    Bars(Bars),
    Lines(lines::Phase),
    Nothing,
}

impl Phase {
    /// So many steps are done.
    pub fn set(&self, done: u64) {
        match &self.shown {
            Shown::Bars(bars) => bars.steps.set_position(done),
            Shown::Lines(lines) => lines.set(done),
            Shown::Nothing => {}
        }
    }

    /// These are the latest figures.
    pub fn live(&self, snapshot: &Live) {
        match &self.shown {
            Shown::Bars(bars) => bars.live(snapshot),
            Shown::Lines(lines) => lines.live(snapshot),
            Shown::Nothing => {}
        }
    }

    /// The phase is over; a line remains that says so.
    pub fn finish(self, note: &str) {
        let (name, place) = (self.name.clone(), self.place.clone());
        let took = seconds(self.began.elapsed().as_secs_f64());
        // The bars go first, so that the line stands where they stood.
        drop(self);
        place.line(&words::finished(&name, &term_safe(note), &took));
    }
}

/// A bar with two lines of figures below.
struct Bars {
    steps: ProgressBar,
    figures: ProgressBar,
    errors: ProgressBar,
}

impl Bars {
    fn new(terminal: &MultiProgress, name: &str, length: Length) -> Self {
        let steps = match length {
            Length::Steps(total) => ProgressBar::new(total).with_style(bar_style()),
            Length::Time(_) => {
                let milliseconds = length.steps().unwrap_or(u64::MAX);
                ProgressBar::new(milliseconds).with_style(time_style())
            }
            Length::Unknown => ProgressBar::no_length().with_style(style(SPINNER)),
        };
        let steps = terminal.add(steps.with_prefix(name.to_owned()));
        steps.enable_steady_tick(TICK);
        let text = || terminal.add(ProgressBar::no_length().with_style(style(TEXT)));
        Self {
            steps,
            figures: text(),
            errors: text(),
        }
    }

    fn live(&self, snapshot: &Live) {
        self.figures.set_message(words::figures(snapshot));
        self.errors.set_message(words::errors(&snapshot.errors));
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for bar in [&self.errors, &self.figures, &self.steps] {
            bar.finish_and_clear();
        }
    }
}

/// The templates are constants, which a test looks at; a plain bar is no reason to end a run.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn bar_style() -> ProgressStyle {
    let rate = |state: &ProgressState, bar: &mut dyn fmt::Write| {
        // A bar that cannot be written is one that nobody sees.
        let _ = write!(bar, "{}/s", number(state.per_sec()));
    };
    style(BAR).with_key("rate", rate).progress_chars("━╸─")
}

fn time_style() -> ProgressStyle {
    let show = |bar: &mut dyn fmt::Write, milliseconds: u64| {
        // As above.
        let _ = write!(bar, "{}", words::time(milliseconds));
    };
    let done = move |state: &ProgressState, bar: &mut dyn fmt::Write| show(bar, state.pos());
    let whole = move |state: &ProgressState, bar: &mut dyn fmt::Write| {
        show(bar, state.len().unwrap_or_default());
    };
    style(TIME_BAR)
        .with_key("done", done)
        .with_key("whole", whole)
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use super::*;

    /// What was written, shared with the writer.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(str::to_owned).collect()
        }
    }

    /// Standard error after its reader has gone.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_log_gets_a_line_at_the_beginning_and_one_at_the_end() {
        let written = Written::default();
        let progress = Progress::log(written.clone());
        let phase = progress.phase("race", Length::Steps(60_000));
        for done in 0..10_000 {
            phase.set(done);
            phase.live(&Live::default());
        }
        phase.finish("200 sold");
        let lines = written.lines();
        assert_eq!(lines[0], "race: 60,000 to do");
        let last = lines.last().unwrap();
        assert!(last.starts_with("race: 200 sold ("), "{last}");
        assert_eq!(lines.len(), 2, "thousands of calls, no time: {lines:?}");
    }

    #[test]
    fn a_dropped_phase_leaves_no_end_and_notes_are_made_safe() {
        let written = Written::default();
        let progress = Progress::log(written.clone());
        drop(progress.phase("se\u{1b}ed", Length::Unknown));
        progress.note("a\nb");
        assert_eq!(written.lines(), ["se\u{fffd}ed", "a\u{fffd}b"]);
    }

    #[test]
    fn a_closed_standard_error_harms_nothing() {
        let progress = Progress::log(Closed);
        let phase = progress.phase("race", Length::Steps(1));
        phase.set(1);
        progress.note("heard by nobody");
        phase.finish("done");
    }

    #[test]
    fn templates_are_right_and_bars_can_be_drawn_anywhere() {
        for template in [BAR, TIME_BAR, SPINNER, TEXT] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
        let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let progress = Progress {
            place: Place::Terminal(hidden),
        };
        let second = Duration::from_secs(1);
        for length in [
            Length::Steps(0),
            Length::Steps(5),
            Length::Time(second),
            Length::Unknown,
        ] {
            let phase = progress.phase("race", length);
            phase.set(u64::MAX);
            phase.live(&Live {
                per_second: f64::NAN,
                ..Live::default()
            });
            phase.finish("done");
        }
    }

    #[test]
    fn never_shows_nothing() {
        let progress = Progress::new(ProgressMode::Never);
        let phase = progress.phase("race", Length::Steps(1));
        phase.set(1);
        assert!(matches!(phase.shown, Shown::Nothing));
        phase.finish("done");
    }
}
