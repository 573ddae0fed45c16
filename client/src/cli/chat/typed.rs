//! What a person types into a conversation: messages, and answers to questions between them.
//!
//! Lines may be typed, or pasted, before a question appears. None of them is taken for its answer or
//! lost: they wait, and are messages.

use std::collections::VecDeque;

use crate::cli::failure::Failure;
use crate::cli::lines::{Line, Lines};

/// Most lines that wait for an answer.
const WAITING_LINES_MAX: usize = 1_000;

/// The lines of standard input, and those of them that wait.
#[derive(Debug)]
pub(super) struct Typed {
    lines: Lines,
    waiting: VecDeque<Line>,
}

/// A line as the answer to a question of yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

impl Answer {
    /// `None` for a line that is no answer. The empty line agrees.
    pub(super) fn of(line: &Line) -> Option<Self> {
        let Line::Text(text) = line else { return None };
        match text.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => Some(Self::Yes),
            "n" | "no" => Some(Self::No),
            _ => None,
        }
    }
}

impl Typed {
    pub(super) fn of_standard_input() -> Self {
        Self {
            lines: Lines::of_standard_input(),
            waiting: VecDeque::new(),
        }
    }

    /// The next message, or the next answer: a line that does not wait. `None` at the end of the input.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn next(&mut self, is_asked: bool) -> Result<Option<Line>, Failure> {
        if !is_asked && let Some(line) = self.waiting.pop_front() {
            return Ok(Some(line));
        }
        self.lines.next().await
    }

    /// Lets everything wait that was typed so far, since it cannot answer what is asked only now.
    pub(super) fn set_aside(&mut self) -> Result<(), Failure> {
        while self.waiting.len() < WAITING_LINES_MAX {
            let Some(line) = self.lines.try_next()? else {
                break;
            };
            self.waiting.push_back(line);
        }
        Ok(())
    }

    /// Lets a line wait that is no answer; returns whether there was room.
    pub(super) fn wait(&mut self, line: Line) -> bool {
        let has_room = self.waiting.len() < WAITING_LINES_MAX;
        if has_room {
            self.waiting.push_back(line);
        }
        has_room
    }

    /// Gives up what waits and returns how much that was.
    pub(super) fn give_up(&mut self) -> usize {
        let count = self.waiting.len();
        self.waiting.clear();
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_a_no_and_an_empty_line_are_answers() {
        for (line, answer) in [
            ("", Some(Answer::Yes)),
            (" Y\r", Some(Answer::Yes)),
            ("yes", Some(Answer::Yes)),
            ("N", Some(Answer::No)),
            ("no", Some(Answer::No)),
            ("no, I cannot", None),
            ("yes!", None),
            ("nope", None),
        ] {
            assert_eq!(Answer::of(&Line::Text(line.into())), answer, "{line}");
        }
        assert_eq!(Answer::of(&Line::TooLong), None);
    }
}
