//! A field of several lines: descriptions, messages. It wraps between words and edits in every script.
//!
//! As in a field of one line, what is typed is kept as it is, and what is not safe to show is shown
//! replaced. Going up and down follows the lines as they are seen, so the field must be told its size
//! with [`TextArea::set_size`], as tables are told theirs.

mod draw;
mod places;

use std::fmt;
use std::ops::Range;

use crate::ui::input::{Code, Input, Key};
use crate::ui::text::{lines, number};
use crate::ui::widgets::edited::Edited;
use crate::ui::widgets::text_input::Edit;
use places::{column, line_of, position};

/// Columns and lines before anybody has said how many there are.
const SIZE_GUESSED: (u16, u16) = (58, 4);

/// A field of several lines. Its text is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct TextArea {
    edited: Edited,
    is_multi_line: bool,
    size: (u16, u16),
    /// The first line on the screen.
    top: usize,
    /// The column that going up and down keeps to, through shorter lines.
    goal: Option<usize>,
}

impl TextArea {
    /// An empty field for so many characters. Enter makes a new line.
    #[must_use]
    pub fn new(characters_max: usize) -> Self {
        Self {
            edited: Edited::new(characters_max),
            is_multi_line: true,
            size: SIZE_GUESSED,
            top: 0,
            goal: None,
        }
    }

    /// As [`Self::new`], with Enter left to the program, which sends then. Alt and Enter make a new
    /// line.
    #[must_use]
    pub fn message(characters_max: usize) -> Self {
        Self {
            is_multi_line: false,
            ..Self::new(characters_max)
        }
    }

    /// The text. Its lines end with line feeds alone.
    #[must_use]
    pub fn text(&self) -> &str {
        self.edited.text()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.clear();
        self.insert(text);
        self.show_cursor();
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        self.edited.clear();
        (self.top, self.goal) = (0, None);
    }

    /// Says how large the area is in which the field is drawn.
    pub fn set_size(&mut self, columns: u16, lines: u16) {
        self.size = (columns, lines);
        self.show_cursor();
    }

    /// The lines that the text takes in so many columns: a field that grows with it asks this.
    #[must_use]
    pub fn lines(&self, columns: u16) -> u16 {
        number(self.wrapped(columns).len())
    }

    /// Takes an input. Up in the first line and down in the last one are left to the program.
    pub fn input(&mut self, input: &Input) -> Edit {
        let edit = match input {
            Input::Key(key) => self.press(*key),
            Input::Paste(text) => self.insert(text),
            Input::PasteTooLong => Edit::Full,
            Input::Mouse(_) | Input::Resized(_) => Edit::Ignored,
        };
        let is_up_or_down = matches!(input.key().map(|key| key.code), Some(Code::Up | Code::Down));
        if !is_up_or_down && edit != Edit::Ignored {
            self.goal = None;
        }
        self.show_cursor();
        edit
    }

    fn press(&mut self, key: Key) -> Edit {
        if let Some(character) = key.typed() {
            return self.insert(character.encode_utf8(&mut [0; 4]));
        }
        if key.code == Code::Enter {
            let is_new_line = key.alt || (self.is_multi_line && !key.control);
            return if is_new_line {
                self.insert("\n")
            } else {
                Edit::Ignored
            };
        }
        let cursor = self.edited.cursor();
        let (before, after) = (self.edited.before(), self.edited.after());
        let (paragraph, line) = (self.paragraph(), self.line());
        let (start, end) = (0, self.text().len());
        // The line feed goes where there is nothing else to remove.
        let paragraph_end = if cursor == paragraph.end {
            after
        } else {
            paragraph.end
        };
        let edited = &mut self.edited;
        match (key.code, key.control, key.alt) {
            (Code::Up, false, false) => self.go_by(-1),
            (Code::Down, false, false) => self.go_by(1),
            (Code::Left, false, false) => edited.move_to(before),
            (Code::Right, false, false) => edited.move_to(after),
            (Code::Left, ..) | (Code::Char('b'), _, true) => edited.move_to(edited.word_before()),
            (Code::Right, ..) | (Code::Char('f'), _, true) => edited.move_to(edited.word_after()),
            (Code::Home, true, _) | (Code::Up, ..) => edited.move_to(start),
            (Code::End, true, _) | (Code::Down, ..) => edited.move_to(end),
            (Code::Home, ..) | (Code::Char('a'), true, _) => edited.move_to(line.start),
            (Code::End, ..) | (Code::Char('e'), true, _) => edited.move_to(line.end),
            (Code::Backspace, false, false) => edited.remove(before..cursor),
            (Code::Backspace, ..) | (Code::Char('w'), true, _) => {
                edited.remove(edited.word_before()..cursor)
            }
            (Code::Delete, ..) => edited.remove(cursor..after),
            (Code::Char('u'), true, _) => edited.remove(paragraph.start..cursor),
            (Code::Char('k'), true, _) => edited.remove(cursor..paragraph_end),
            _ => Edit::Ignored,
        }
    }

    /// Inserts what fits. However lines end elsewhere, here they end with a line feed.
    fn insert(&mut self, text: &str) -> Edit {
        if text.contains('\r') {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            return self.edited.insert(&text, true);
        }
        self.edited.insert(text, true)
    }

    /// The text between the line feeds around the cursor.
    fn paragraph(&self) -> Range<usize> {
        let (before, after) = self.text().split_at(self.edited.cursor());
        let start = before.rfind('\n').map_or(0, |position| position + 1);
        start..before.len() + after.find('\n').unwrap_or(after.len())
    }

    /// The lines of the text. The last column is left to the cursor behind a full line.
    fn wrapped(&self, columns: u16) -> Vec<Range<usize>> {
        lines(self.text(), usize::from(columns.saturating_sub(1)))
    }

    /// From the start of the cursor's line to the last place for the cursor in it.
    fn line(&self) -> Range<usize> {
        let wrapped = self.wrapped(self.size.0);
        let index = line_of(&wrapped, self.edited.cursor());
        wrapped[index].start..self.last_place(&wrapped, index)
    }

    /// The last place for the cursor in a line. Where a line goes on without a line feed, its end is
    /// the start of the next.
    fn last_place(&self, wrapped: &[Range<usize>], index: usize) -> usize {
        let Range { start, end } = wrapped[index];
        let goes_on = wrapped.get(index + 1).is_some_and(|next| next.start == end);
        if goes_on {
            self.edited.boundary_before(end).max(start)
        } else {
            end
        }
    }

    /// Goes up or down, to the column from which it began.
    fn go_by(&mut self, step: isize) -> Edit {
        let wrapped = self.wrapped(self.size.0);
        let index = line_of(&wrapped, self.edited.cursor());
        let Some(next) = index
            .checked_add_signed(step)
            .filter(|next| *next < wrapped.len())
        else {
            return Edit::Ignored;
        };
        let here = column(
            &self.text()[wrapped[index].clone()],
            self.edited.cursor() - wrapped[index].start,
        );
        let goal = *self.goal.get_or_insert(here);
        let line = &self.text()[wrapped[next].clone()];
        let place = wrapped[next].start + position(line, goal);
        let place = place.min(self.last_place(&wrapped, next));
        self.edited.move_to(place)
    }

    fn show_cursor(&mut self) {
        let (columns, height) = self.size;
        let wrapped = self.wrapped(columns);
        self.top = self.top_for(&wrapped, height);
    }

    /// The first line on a screen of so many, so that the one with the cursor is on it.
    fn top_for(&self, wrapped: &[Range<usize>], height: u16) -> usize {
        let height = usize::from(height).max(1);
        let line = line_of(wrapped, self.edited.cursor());
        let highest = wrapped.len().saturating_sub(height);
        let lowest = (line + 1).saturating_sub(height);
        self.top.min(highest).clamp(lowest, line)
    }
}

impl fmt::Debug for TextArea {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TextArea")
            .field("text", &self.text())
            .field("cursor", &self.edited.cursor())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
