//! What goes on meanwhile: a bar where somebody watches, lines where a log is kept.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Tells on standard error how far a run is.
pub struct Progress {
    bar: ProgressBar,
    since: Instant,
    said: RefCell<String>,
}

impl Progress {
    /// Of a run with so many rounds.
    ///
    /// # Panics
    /// Never: the template of the bar is right.
    #[must_use]
    pub fn new(rounds: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
        let bar = ProgressBar::new(rounds);
        bar.set_style(style.expect("the template is right"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            since: Instant::now(),
            said: RefCell::default(),
        }
    }

    /// What is done from now on. A log gets a line if it is something else than before.
    pub fn say(&self, text: &str) {
        self.bar.set_message(text.to_owned());
        if self.bar.is_hidden() && *self.said.borrow() != text {
            let seconds = self.since.elapsed().as_secs();
            // Nobody may be left to read it.
            let _ = writeln!(io::stderr(), "{seconds:>4} s  {text}");
            text.clone_into(&mut self.said.borrow_mut());
        }
    }

    /// One more round is measured.
    pub fn round_done(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
