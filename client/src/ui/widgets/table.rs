//! Rows of which one is selected.
//!
//! The selection is a row, not a place: when rows come, go or change their order, it stays with its
//! row, and that stays on its line of the screen as far as possible. Only the rows that are seen are
//! drawn, so ten thousand cost no more than fifty.

mod columns;
mod draw;

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use crate::ui::input::{Code, Key, Mouse, MouseAction};
use crate::ui::keys::{Binding, KeyTable};

pub use columns::Column;
pub use draw::{Cell, Look};

/// Lines of rows before anybody has said how many there are.
const HEIGHT_GUESSED: usize = 10;

/// Lines above the first row, for the headings.
const HEADING_LINES: u16 = 1;

/// Something that can be a row.
pub trait Row {
    /// What tells rows apart.
    type Key: Clone + Debug + Eq + Hash;
    /// The key of this one.
    fn key(&self) -> Self::Key;
}

/// Where the rows come from, as far as that is to be said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Content {
    /// They are all here.
    #[default]
    Ready,
    /// Rows, or more rows, are on their way.
    Loading,
    /// They could not be had, and why.
    Failed(String),
}

/// By which column rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: usize,
    /// Whether the largest comes first.
    pub is_descending: bool,
}

/// A way through the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Move {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Move {
    /// What the wheel of a mouse does.
    #[must_use]
    pub const fn of_mouse(mouse: Mouse) -> Option<Self> {
        match mouse.action {
            MouseAction::ScrollUp => Some(Self::Up),
            MouseAction::ScrollDown => Some(Self::Down),
            MouseAction::Press => None,
        }
    }
}

/// The keys for moving through rows.
pub const MOVES: KeyTable<Move> = KeyTable::new(
    "Lists",
    &[
        Binding::new(
            &[Key::char('j'), Key::of(Code::Down)],
            Move::Down,
            "next row",
        ),
        Binding::new(
            &[Key::char('k'), Key::of(Code::Up)],
            Move::Up,
            "previous row",
        ),
        Binding::new(
            &[Key::of(Code::PageDown), Key::control('d')],
            Move::PageDown,
            "next page",
        ),
        Binding::new(
            &[Key::of(Code::PageUp), Key::control('u')],
            Move::PageUp,
            "previous page",
        ),
        Binding::new(
            &[Key::char('g'), Key::of(Code::Home)],
            Move::First,
            "first row",
        ),
        Binding::new(
            &[Key::char('G'), Key::of(Code::End)],
            Move::Last,
            "last row",
        ),
    ],
);

/// The rows and which is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<R> {
    rows: Vec<R>,
    content: Content,
    sort: Option<Sort>,
    /// Below the number of rows, or 0.
    selected: usize,
    /// The first row on the screen.
    top: usize,
    /// Lines for rows on the screen.
    height: usize,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            content: Content::default(),
            sort: None,
            selected: 0,
            top: 0,
            height: HEIGHT_GUESSED,
        }
    }
}

impl<R: Row> Table<R> {
    /// A table without rows that waits for some.
    #[must_use]
    pub fn loading() -> Self {
        Self {
            content: Content::Loading,
            ..Self::default()
        }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<&R> {
        self.rows.get(self.selected)
    }

    /// Where the rows come from.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// Says where the rows come from. Those that are here stay.
    pub fn set_content(&mut self, content: Content) {
        self.content = content;
    }

    /// The column by which the rows are sorted. The program sorts; the table shows it.
    #[must_use]
    pub const fn sort(&self) -> Option<Sort> {
        self.sort
    }

    /// Says by which column the rows are sorted.
    pub const fn set_sort(&mut self, sort: Option<Sort>) {
        self.sort = sort;
    }

    /// Says how many lines there are below the headings on the screen, for pages and for the mouse.
    pub fn set_height(&mut self, lines: u16) {
        self.height = usize::from(lines).max(1);
        self.show_selection();
    }

    /// Rows below the selected one: few are a reason to ask for more.
    #[must_use]
    pub fn rows_below(&self) -> usize {
        self.rows.len().saturating_sub(self.selected + 1)
    }

    /// Replaces all rows; there is nothing more to wait for. If the selected row is gone, the one in
    /// its place is selected.
    pub fn set_rows(&mut self, rows: Vec<R>) {
        let key = self.selected().map(Row::key);
        self.rows = rows;
        self.content = Content::Ready;
        let place = key.and_then(|key| self.position(&key));
        self.follow(place.unwrap_or(self.selected));
    }

    /// Adds rows at the end, but none that is here already; there is nothing more to wait for.
    pub fn append(&mut self, rows: Vec<R>) {
        self.content = Content::Ready;
        let mut known: HashSet<_> = self.rows.iter().map(Row::key).collect();
        self.rows
            .extend(rows.into_iter().filter(|row| known.insert(row.key())));
    }

    /// Replaces the row of the same key, or puts it at an index.
    pub fn put(&mut self, index: usize, row: R) {
        if let Some(place) = self.position(&row.key()) {
            self.rows[place] = row;
            return;
        }
        let index = index.min(self.rows.len());
        let is_above = index <= self.selected && !self.rows.is_empty();
        self.rows.insert(index, row);
        if is_above {
            self.follow(self.selected + 1);
        }
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: &R::Key) -> Option<R> {
        let place = self.position(key)?;
        let row = self.rows.remove(place);
        if place < self.selected {
            self.follow(self.selected - 1);
        } else {
            self.follow(self.selected);
        }
        Some(row)
    }

    /// Selects a row. Returns whether there is one of this key.
    pub fn select(&mut self, key: &R::Key) -> bool {
        let Some(place) = self.position(key) else {
            return false;
        };
        self.selected = place;
        self.show_selection();
        true
    }

    /// Selects the row that is seen on a line of the table, as where the mouse was pressed; the first
    /// line has the headings. Returns whether there is a row. The table must know its height.
    pub fn select_line(&mut self, line_of_the_table: u16) -> bool {
        let Some(line) = line_of_the_table.checked_sub(HEADING_LINES) else {
            return false;
        };
        // A note below the rows takes a line from them.
        let has_note = self.content != Content::Ready;
        let height = self.height - usize::from(has_note);
        let (line, top) = (usize::from(line), self.top_for(height));
        if line >= height || top + line >= self.rows.len() {
            return false;
        }
        // Nothing moves under the hand.
        self.top = top;
        self.selected = top + line;
        true
    }

    /// Moves the selection.
    pub fn go(&mut self, way: Move) {
        let last = self.rows.len().saturating_sub(1);
        // A line of the old page stays, to hold on to.
        let page = (self.height - 1).max(1);
        let selected = match way {
            Move::Up => self.selected.saturating_sub(1),
            Move::Down => self.selected + 1,
            Move::PageUp => self.selected.saturating_sub(page),
            Move::PageDown => self.selected + page,
            Move::First => 0,
            Move::Last => last,
        };
        self.selected = selected.min(last);
        self.show_selection();
    }

    fn position(&self, key: &R::Key) -> Option<usize> {
        self.rows.iter().position(|row| row.key() == *key)
    }

    /// The selected row is at another index now: scrolls along, so that it stays on its line.
    fn follow(&mut self, index: usize) {
        let index = index.min(self.rows.len().saturating_sub(1));
        self.top = (self.top + index).saturating_sub(self.selected);
        self.selected = index;
        self.show_selection();
    }

    fn show_selection(&mut self) {
        self.top = self.top_for(self.height);
    }

    /// The first row on a screen of so many lines, so that the selected one is on it.
    fn top_for(&self, height: usize) -> usize {
        let height = height.max(1);
        let highest = self.rows.len().saturating_sub(height);
        let lowest = (self.selected + 1).saturating_sub(height);
        self.top.min(highest).clamp(lowest, self.selected)
    }
}

#[cfg(test)]
mod tests;
