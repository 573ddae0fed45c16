//! Lines that a person types while something else may happen.

use std::io::{self, BufRead as _, Read as _};

use auboutique_protocol::limits::MESSAGE_CHARACTERS_MAX;
use tokio::sync::mpsc;

use crate::cli::failure::Failure;

/// A line of standard input, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    /// Longer than any message. It was skipped.
    TooLong,
    /// Not UTF-8.
    NotText,
}

/// Longest line, in bytes: a message of the widest characters, and a few to spare.
const LINE_BYTES_MAX: u64 = MESSAGE_CHARACTERS_MAX as u64 * 4 + 256;
/// Lines that wait to be taken.
const WAITING_MAX: usize = 16;

/// The lines of standard input. Reading blocks, so it happens on a thread of its own, which the end
/// of the process ends.
#[derive(Debug)]
pub(crate) struct Lines(mpsc::Receiver<io::Result<Line>>);

impl Lines {
    pub(crate) fn of_standard_input() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = read_line(&mut input).transpose() {
                let is_last = line.is_err();
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// The next line; `None` at the end of the input.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn next(&mut self) -> Result<Option<Line>, Failure> {
        self.0
            .recv()
            .await
            .transpose()
            .map_err(|error| unreadable(&error))
    }

    /// The next line, if it was typed already.
    pub(crate) fn try_next(&mut self) -> Result<Option<Line>, Failure> {
        self.0
            .try_recv()
            .ok()
            .transpose()
            .map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::failed(format!("cannot read the input: {error}"))
}

/// Reads a line; `None` at the end of the input.
fn read_line(input: &mut impl io::BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let mut limited = input.by_ref().take(LINE_BYTES_MAX + 1);
    if limited.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    } else if bytes.len() as u64 > LINE_BYTES_MAX {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(
        String::from_utf8(bytes).map_or(Line::NotText, Line::Text),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_bounded() {
        let most = usize::try_from(LINE_BYTES_MAX).unwrap();
        let text = |text: &str| Some(Line::Text(text.into()));
        let longest = "x".repeat(most);
        let input = format!("one\ntwo\r\n\n{longest}\n{longest}x\n{longest}{longest}\nnext\n");
        let input = [input.as_bytes(), b"\xff\nlast"].concat();
        let mut input = &input[..];
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!(next(), text("one"));
        assert_eq!(next(), text("two\r"));
        assert_eq!(next(), text(""));
        assert_eq!(next(), text(&longest));
        assert_eq!(next(), Some(Line::TooLong));
        assert_eq!(next(), Some(Line::TooLong));
        assert_eq!(next(), text("next"));
        assert_eq!(next(), Some(Line::NotText));
        assert_eq!(next(), text("last"));
        assert_eq!(next(), None);
    }
}
