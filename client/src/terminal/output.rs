//! Printing: results to standard output, everything else to standard error.
//!
//! Nothing here panics when the reader of a pipe goes away, and every text that came from somebody
//! else passes through `term_safe` before it gets here (see [`crate::terminal::table`] and the commands).

use std::io::{self, IsTerminal as _, Write as _};

use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::is_hostile;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::terminal::color::{self, Color};
use crate::terminal::failure::Failure;

/// Width of the text when standard output is no terminal, in columns.
const WIDTH_DEFAULT: usize = 80;

/// How this run prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Results are for scripts.
    pub json: bool,
    /// Only results and errors are printed.
    pub quiet: bool,
    color: bool,
    /// Columns that a line may take.
    pub width: usize,
}

impl Output {
    /// Prints as the command line says.
    #[must_use]
    pub fn new(json: bool, quiet: bool, color: Option<Color>) -> Self {
        Self {
            json,
            quiet,
            color: color::of_results(color),
            width: terminal_width(),
        }
    }

    /// Prints text without colours.
    #[cfg(all(test, feature = "app"))]
    pub(crate) fn plain() -> Self {
        Self {
            json: false,
            quiet: false,
            color: false,
            width: WIDTH_DEFAULT,
        }
    }

    /// Prints the result: as JSON, or as the lines that `text` makes.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn result(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> Vec<String>,
    ) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string(value).map_err(io::Error::from)?;
            self.lines([escape_hostile(&json)])
        } else {
            self.lines(text())
        }
    }

    /// Prints lines that are the result.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn lines(self, lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(out.flush()?)
    }

    /// Tells the person something that is not the result.
    pub fn note(self, text: &str) {
        if !self.quiet {
            to_stderr(text);
        }
    }

    /// Tells the person something that they have to answer, whatever they said of being quiet.
    pub fn ask(self, text: &str) {
        to_stderr(text);
    }

    /// Whether the output may be coloured.
    #[must_use]
    pub fn has_color(self) -> bool {
        self.color
    }

    /// Sets a heading apart.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Sets the first line apart.
    #[must_use]
    pub fn with_heading(self, mut lines: Vec<String>) -> Vec<String> {
        if let Some(heading) = lines.first_mut() {
            *heading = self.bold(heading);
        }
        lines
    }
}

/// Tells the person something that needs attention.
pub fn warn(text: &str) {
    to_stderr(&format!("warning: {text}"));
}

/// Tells why the program ends without its result, and what to do about it.
pub fn print_error_lines(message: &str, hint: Option<&str>) {
    to_stderr(&format!("error: {message}"));
    if let Some(hint) = hint {
        to_stderr(&format!("hint: {hint}"));
    }
}

/// Prints an object on standard output; for a last word whose own failure nobody would hear.
pub fn print_json_line(value: &serde_json::Value) {
    let _ = writeln!(
        io::stdout().lock(),
        "{}",
        escape_hostile(&value.to_string())
    );
}

/// Writes what could steer a terminal as JSON escapes. Outside of texts JSON holds no such
/// characters, so the value stays the same.
#[must_use]
pub fn escape_hostile(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hostile(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Standard error may be closed; there is nowhere left to say so.
fn to_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn terminal_width() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map(|size| usize::from(size.ws_col));
    columns
        .ok()
        .filter(|columns| *columns > 0)
        .unwrap_or(WIDTH_DEFAULT)
}

/// Begins a line of the terminal, where somebody may be in the middle of typing one.
///
/// While the terminal edits a line, no program learns what stands in it. So as many blanks are printed
/// as a line has columns: they reach the next line from anywhere but the beginning of one, from where
/// they just fill it. What was typed stays in the terminal, and on the screen one line up.
pub fn begin_line() {
    let mut screen = io::stderr().lock();
    if !io::stdin().is_terminal() || !screen.is_terminal() {
        return;
    }
    let is_plain = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let Ok(size) = rustix::termios::tcgetwinsize(&screen) else {
        return;
    };
    if !is_plain {
        let blanks = " ".repeat(usize::from(size.ws_col));
        // As in `to_stderr`.
        let _ = write!(screen, "{blanks}\r\u{1b}[K");
    }
}

/// How many lines the terminal shows at once; `None` where nobody knows.
#[must_use]
pub fn terminal_height() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_row)).filter(|rows| *rows > 0)
}

/// A moment for scripts: RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(at: UnixMillis) -> String {
    timestamp(at).to_string()
}

/// A moment for people, in this computer's time zone.
#[must_use]
pub fn local_time(at: UnixMillis) -> String {
    let zoned = timestamp(at).to_zoned(TimeZone::system());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment as the calendar has it. Those beyond its end, which only a faulty server sends, become its
/// end.
#[must_use]
pub fn timestamp(at: UnixMillis) -> Timestamp {
    let milliseconds = i64::try_from(at.0).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_scripts_cannot_steer_a_terminal_and_stays_the_same_value() {
        let value = serde_json::json!({"name": "a\u{202e}b\u{9b}c\u{e0001}d\u{1b}e é 書"});
        let escaped = escape_hostile(&value.to_string());
        assert!(!escaped.chars().any(is_hostile), "{escaped}");
        assert!(escaped.contains("é 書"));
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn moments_are_written_in_utc_for_scripts() {
        assert_eq!(rfc3339(UnixMillis(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(UnixMillis(1_500)), "1970-01-01T00:00:01.5Z");
        assert!(rfc3339(UnixMillis(u64::MAX)).starts_with("9999-"));
    }
}
