//! What a command prints that follows events: an event a line for scripts, a thing a line for people,
//! until enough lines were printed.

use jiff::Zoned;
use serde_json::{Value, json};

use crate::terminal::failure::Failure;
use crate::terminal::output::{Output, escape_hostile};
use crate::terminal::reachability::{BACK, Change};

/// Lines as they come.
#[derive(Debug)]
pub struct Stream {
    out: Output,
    /// How many more lines to print; `None` for no end.
    left: Option<u64>,
}

impl Stream {
    /// Begins; `count` lines are wanted, or all.
    #[must_use]
    pub fn new(out: Output, count: Option<u64>) -> Self {
        Self { out, left: count }
    }

    /// Whether the lines are for scripts.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.out.json
    }

    /// Whether enough was printed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left == Some(0)
    }

    /// Prints an event for scripts.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn event(&mut self, value: &Value) -> Result<(), Failure> {
        self.take(vec![escape_hostile(&value.to_string())])
    }

    /// Prints what happened for people: of each thing a word, and the rest of the line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn things(
        &mut self,
        things: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(), Failure> {
        let time = Zoned::now().strftime("%H:%M:%S").to_string();
        let line = |(what, text): (&str, String)| format!("{time}  {what:<8} {text}");
        self.take(things.into_iter().map(line).collect())
    }

    /// Prints that the server went, or is back.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn change(&mut self, change: &Change) -> Result<(), Failure> {
        match (change, self.out.json) {
            (Change::Lost(reason), true) => {
                self.event(&json!({ "event": "lost", "reason": reason }))
            }
            (Change::Lost(reason), false) => {
                self.things([("lost", format!("{reason}; trying again"))])
            }
            (Change::Back, true) => self.event(&json!({ "event": "connected" })),
            (Change::Back, false) => self.things([("back", BACK.to_owned())]),
        }
    }

    /// Prints as many of the lines as are still wanted.
    fn take(&mut self, mut lines: Vec<String>) -> Result<(), Failure> {
        if let Some(left) = &mut self.left {
            lines.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= lines.len() as u64;
        }
        self.out.lines(lines)
    }
}
