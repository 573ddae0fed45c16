//! A text with a cursor between its grapheme clusters: what fields of one line and of several have in
//! common.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use zeroize::Zeroizing;

use crate::ui::widgets::text_input::Edit;

/// A text that is edited. It is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Edited {
    text: Zeroizing<String>,
    /// A byte position between two clusters.
    cursor: usize,
    characters_max: usize,
}

impl Edited {
    /// An empty text for so many characters.
    pub(super) fn new(characters_max: usize) -> Self {
        Self {
            text: Zeroizing::default(),
            cursor: 0,
            characters_max,
        }
    }

    /// As [`Self::new`], with room for all of it: growing would leave copies behind.
    pub(super) fn with_room(characters_max: usize) -> Self {
        Self {
            text: Zeroizing::new(String::with_capacity(characters_max * 4)),
            ..Self::new(characters_max)
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Inserts what fits. Tabs become spaces, and so do line feeds in a text of one line; other
    /// controls are left out.
    pub(super) fn insert(&mut self, text: &str, has_lines: bool) -> Edit {
        let room = self.characters_max - self.text.chars().count().min(self.characters_max);
        let mut characters = text
            .chars()
            .map(|character| match character {
                '\n' if has_lines => '\n',
                '\n' | '\t' => ' ',
                other => other,
            })
            .filter(|character| *character == '\n' || !character.is_control());
        let fitting: Zeroizing<String> = Zeroizing::new(characters.by_ref().take(room).collect());
        self.text.insert_str(self.cursor, &fitting);
        self.cursor = self.snap(self.cursor + fitting.len());
        if characters.next().is_some() {
            return Edit::Full;
        }
        Edit::Changed
    }

    pub(super) fn remove(&mut self, range: Range<usize>) -> Edit {
        let from = range.start;
        self.text.replace_range(range, "");
        // What was apart may be one cluster now.
        self.cursor = self.snap(from);
        Edit::Changed
    }

    pub(super) fn move_to(&mut self, cursor: usize) -> Edit {
        // A word may begin within a cluster: a space with a mark on it.
        self.cursor = self.snap(cursor);
        Edit::Moved
    }

    pub(super) fn boundaries(&self) -> impl DoubleEndedIterator<Item = usize> {
        let starts = self.text.grapheme_indices(true).map(|(start, _)| start);
        starts.chain([self.text.len()])
    }

    /// The first boundary of a cluster from a position on.
    fn snap(&self, position: usize) -> usize {
        self.boundaries()
            .find(|boundary| *boundary >= position)
            .unwrap_or(self.text.len())
    }

    /// The boundary before a position.
    pub(super) fn boundary_before(&self, position: usize) -> usize {
        self.boundaries()
            .rfind(|boundary| *boundary < position)
            .unwrap_or(0)
    }

    /// The boundary before the cursor.
    pub(super) fn before(&self) -> usize {
        self.boundary_before(self.cursor)
    }

    /// The boundary behind the cursor.
    pub(super) fn after(&self) -> usize {
        self.snap((self.cursor + 1).min(self.text.len()))
    }

    /// The start of the word before the cursor.
    pub(super) fn word_before(&self) -> usize {
        let word = self.text[..self.cursor].trim_end();
        let space = word.char_indices().rfind(|(_, end)| end.is_whitespace());
        space.map_or(0, |(position, space)| position + space.len_utf8())
    }

    /// The end of the word behind the cursor.
    pub(super) fn word_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let word = rest.trim_start();
        let start = rest.len() - word.len();
        let length = word.find(char::is_whitespace).unwrap_or(word.len());
        self.cursor + start + length
    }
}
