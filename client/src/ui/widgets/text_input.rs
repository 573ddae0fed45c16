//! A field of one line: typing, pasting, moving, in every script.
//!
//! The cursor stands between grapheme clusters, and the columns are measured as they are drawn. What
//! is typed is kept as it is; what is not safe to show is shown replaced, so that a person sees that
//! something invisible was pasted.

use std::fmt;

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;
use zeroize::Zeroizing;

use crate::ui::input::{Code, Input, Key};
use crate::ui::text::{cut, number, put, safe, width};
use crate::ui::theme::{Theme, Tone};

/// What a person sees of a secret.
const MASK: &str = "•";

/// A field. Its text is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct TextInput {
    text: Zeroizing<String>,
    /// A byte position between two clusters.
    cursor: usize,
    characters_max: usize,
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
            text: Zeroizing::default(),
            cursor: 0,
            characters_max,
            is_secret: false,
        }
    }

    /// An empty field for a secret, which is not shown.
    #[must_use]
    pub fn secret(characters_max: usize) -> Self {
        Self {
            // Growing would leave copies behind.
            text: Zeroizing::new(String::with_capacity(characters_max * 4)),
            is_secret: true,
            ..Self::new(characters_max)
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.clear();
        self.insert(text);
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
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
        let (end, before, after) = (self.text.len(), self.before(), self.after());
        match (key.code, key.control, key.alt) {
            (Code::Left, false, false) => self.move_to(before),
            (Code::Right, false, false) => self.move_to(after),
            (Code::Left, ..) | (Code::Char('b'), _, true) => self.move_to(self.word_before()),
            (Code::Right, ..) | (Code::Char('f'), _, true) => self.move_to(self.word_after()),
            (Code::Home, ..) | (Code::Char('a'), true, _) => self.move_to(0),
            (Code::End, ..) | (Code::Char('e'), true, _) => self.move_to(end),
            (Code::Backspace, false, false) => self.remove(before, self.cursor),
            (Code::Backspace, ..) | (Code::Char('w'), true, _) => {
                self.remove(self.word_before(), self.cursor)
            }
            (Code::Delete, ..) => self.remove(self.cursor, after),
            (Code::Char('u'), true, _) => self.remove(0, self.cursor),
            (Code::Char('k'), true, _) => self.remove(self.cursor, end),
            _ => Edit::Ignored,
        }
    }

    /// Inserts what fits. Line breaks and tabs become spaces, other controls are left out.
    fn insert(&mut self, text: &str) -> Edit {
        let room = self.characters_max - self.text.chars().count().min(self.characters_max);
        let mut characters = text
            .chars()
            .map(|character| match character {
                '\n' | '\t' => ' ',
                other => other,
            })
            .filter(|character| !character.is_control());
        let fitting: Zeroizing<String> = Zeroizing::new(characters.by_ref().take(room).collect());
        self.text.insert_str(self.cursor, &fitting);
        self.cursor = self.snap(self.cursor + fitting.len());
        if characters.next().is_some() {
            return Edit::Full;
        }
        Edit::Changed
    }

    fn remove(&mut self, from: usize, to: usize) -> Edit {
        self.text.replace_range(from..to, "");
        // What was apart may be one cluster now.
        self.cursor = self.snap(from);
        Edit::Changed
    }

    fn move_to(&mut self, cursor: usize) -> Edit {
        // A word may begin within a cluster: a space with a mark on it.
        self.cursor = self.snap(cursor);
        Edit::Moved
    }

    fn boundaries(&self) -> impl DoubleEndedIterator<Item = usize> {
        let starts = self.text.grapheme_indices(true).map(|(start, _)| start);
        starts.chain([self.text.len()])
    }

    /// The first boundary of a cluster from a position on.
    fn snap(&self, position: usize) -> usize {
        self.boundaries()
            .find(|boundary| *boundary >= position)
            .unwrap_or(self.text.len())
    }

    fn before(&self) -> usize {
        self.boundaries()
            .rfind(|boundary| *boundary < self.cursor)
            .unwrap_or(0)
    }

    fn after(&self) -> usize {
        self.snap((self.cursor + 1).min(self.text.len()))
    }

    /// The start of the word before the cursor. Of a secret nobody should learn where words are.
    fn word_before(&self) -> usize {
        if self.is_secret {
            return 0;
        }
        let word = self.text[..self.cursor].trim_end();
        word.rfind(' ').map_or(0, |space| space + 1)
    }

    fn word_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        if self.is_secret {
            return self.text.len();
        }
        let word = rest.trim_start();
        let start = rest.len() - word.len();
        let length = word.find(' ').unwrap_or(word.len());
        self.cursor + start + length
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
        if self.text.is_empty() {
            put(buffer, area, placeholder, theme.tone(Tone::Muted));
        }
        let columns = usize::from(area.width);
        let before = self.shown(&self.text[..self.cursor]);
        let after = self.shown(&self.text[self.cursor..]);
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
        let text = if self.is_secret { "…" } else { &self.text };
        formatter
            .debug_struct("TextInput")
            .field("text", &text)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
