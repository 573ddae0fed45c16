//! A field of one line: typing, pasting, moving, in every script.
//!
//! The cursor stands between grapheme clusters, and the columns are measured as they are drawn. What
//! is typed is kept as it is; what is not safe to show is shown replaced, so that a person sees that
//! something invisible was pasted.

use std::fmt;

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::ui::input::{Code, Input, Key};
use crate::ui::text::{cut, number, put, safe, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::edited::Edited;

/// What a person sees of a secret.
const MASK: &str = "•";

/// A field. Its text is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct TextInput {
    edited: Edited,
    is_secret: bool,
}

/// What an input did to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Nothing: it is not for a field.
    Ignored,
    /// The cursor moved, or could not.
    Moved,
    /// The text changed, or there was nothing to change.
    Changed,
    /// Something did not fit; what fits was taken of it.
    Full,
}

impl TextInput {
    /// An empty field for so many characters.
    #[must_use]
    pub fn new(characters_max: usize) -> Self {
        Self {
            edited: Edited::new(characters_max),
            is_secret: false,
        }
    }

    /// An empty field for a secret, which is not shown.
    #[must_use]
    pub fn secret(characters_max: usize) -> Self {
        Self {
            edited: Edited::with_room(characters_max),
            is_secret: true,
        }
    }

    /// The text.
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
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        self.edited.clear();
    }

    /// Takes an input.
    pub fn input(&mut self, input: &Input) -> Edit {
        match input {
            Input::Key(key) => self.press(*key),
            Input::Paste(text) => self.insert(text.trim_end_matches(['\r', '\n'])),
            Input::PasteTooLong => Edit::Full,
            Input::Mouse(_) | Input::Resized(_) => Edit::Ignored,
        }
    }

    fn press(&mut self, key: Key) -> Edit {
        if let Some(character) = key.typed() {
            return self.insert(character.encode_utf8(&mut [0; 4]));
        }
        let (cursor, end) = (self.edited.cursor(), self.text().len());
        let (before, after) = (self.edited.before(), self.edited.after());
        let edited = &mut self.edited;
        // Of a secret nobody should learn where words are.
        let (word_before, word_after) = if self.is_secret {
            (0, end)
        } else {
            (edited.word_before(), edited.word_after())
        };
        match (key.code, key.control, key.alt) {
            (Code::Left, false, false) => edited.move_to(before),
            (Code::Right, false, false) => edited.move_to(after),
            (Code::Left, ..) | (Code::Char('b'), _, true) => edited.move_to(word_before),
            (Code::Right, ..) | (Code::Char('f'), _, true) => edited.move_to(word_after),
            (Code::Home, ..) | (Code::Char('a'), true, _) => edited.move_to(0),
            (Code::End, ..) | (Code::Char('e'), true, _) => edited.move_to(end),
            (Code::Backspace, false, false) => edited.remove(before..cursor),
            (Code::Backspace, ..) | (Code::Char('w'), true, _) => {
                edited.remove(word_before..cursor)
            }
            (Code::Delete, ..) => edited.remove(cursor..after),
            (Code::Char('u'), true, _) => edited.remove(0..cursor),
            (Code::Char('k'), true, _) => edited.remove(cursor..end),
            _ => Edit::Ignored,
        }
    }

    fn insert(&mut self, text: &str) -> Edit {
        self.edited.insert(text, false)
    }

    /// A text as it is shown.
    fn shown(&self, text: &str) -> String {
        if self.is_secret {
            return MASK.repeat(text.graphemes(true).count());
        }
        safe(text).into_owned()
    }

    /// Draws the field in the first line of an area; `placeholder` stands in an empty one. With the
    /// focus, the cursor is shown, and of a long text the part around it.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
        placeholder: &str,
        is_focused: bool,
    ) {
        if area.is_empty() {
            return;
        }
        let buffer = frame.buffer_mut();
        if self.is_empty() {
            put(buffer, area, placeholder, theme.tone(Tone::Muted));
        }
        let columns = usize::from(area.width);
        let (before, after) = self.text().split_at(self.edited.cursor());
        let (before, after) = (self.shown(before), self.shown(after));
        // The cursor needs a column of its own.
        let visible = last_columns(&before, columns - 1);
        let taken = put(buffer, area, visible, theme.tone(Tone::Plain));
        let rest = Rect {
            x: area.x + taken,
            width: area.width - taken,
            ..area
        };
        let after = cut(&after, usize::from(rest.width));
        put(buffer, rest, &after, theme.tone(Tone::Plain));
        if is_focused {
            let column = area.x + taken.min(number(columns - 1));
            frame.set_cursor_position((column, area.y));
        }
    }
}

/// The end of a text, as much as fits.
fn last_columns(text: &str, columns_max: usize) -> &str {
    let mut taken = 0;
    for (position, cluster) in text.grapheme_indices(true).rev() {
        taken += width(cluster);
        if taken > columns_max {
            return &text[position + cluster.len()..];
        }
    }
    text
}

impl fmt::Debug for TextInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.is_secret { "…" } else { self.text() };
        formatter
            .debug_struct("TextInput")
            .field("text", &text)
            .field("cursor", &self.edited.cursor())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
