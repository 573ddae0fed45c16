//! All keys that do something here, over the screen.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::{first_lines, right_of};
use crate::ui::input::{Code, Key, Size};
use crate::ui::keys::Listed;
use crate::ui::text::{number, put, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::panel::popup;

/// Widest help, in columns.
const COLUMNS_MAX: u16 = 72;

/// Lines around the keys: the border, an empty one, and one that says how to leave.
const LINES_AROUND: u16 = 4;

/// Whether the help is open, and how far it is scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Help {
    is_open: bool,
    top: u16,
}

/// Of so many lines those that a window has room for.
fn shown(lines: u16, window: u16) -> u16 {
    lines.min(window.saturating_sub(LINES_AROUND))
}

enum Line {
    Title(&'static str),
    Entry(String, &'static str),
    Empty,
}

impl Help {
    /// Opens the help at its beginning.
    pub const fn open(&mut self) {
        *self = Self {
            is_open: true,
            top: 0,
        };
    }

    /// Whether it is open; then keys are for it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Takes a key: moves through the help, else closes it. The window and the tables are those of
    /// [`Self::draw`]: they say where the end is.
    pub fn press(&mut self, key: Key, window: Size, tables: &[&dyn Listed]) {
        let lines = number(lines(tables).len());
        let hidden = lines - shown(lines, window.height);
        let top = match key.code {
            Code::Down | Code::Char('j') => self.top.saturating_add(1),
            Code::Up | Code::Char('k') => self.top.saturating_sub(1),
            Code::PageDown | Code::Char(' ') => self.top.saturating_add(10),
            Code::PageUp => self.top.saturating_sub(10),
            Code::Home | Code::Char('g') => 0,
            Code::End | Code::Char('G') => hidden,
            Code::Char(_)
            | Code::F(_)
            | Code::Enter
            | Code::Esc
            | Code::Tab
            | Code::BackTab
            | Code::Backspace
            | Code::Delete
            | Code::Insert
            | Code::Left
            | Code::Right => {
                self.is_open = false;
                return;
            }
        };
        self.top = top.min(hidden);
    }

    /// Draws the keys of the tables over an area, if the help is open.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme, tables: &[&dyn Listed]) {
        if !self.is_open {
            return;
        }
        let lines = lines(tables);
        let keys_width = lines.iter().map(Line::keys_width).max().unwrap_or(0);
        let count = number(lines.len());
        let height = shown(count, area.height);
        let size = (COLUMNS_MAX, height.saturating_add(LINES_AROUND - 2));
        let inside = popup(frame, area, theme, ("Keys", Tone::Accent), size);
        let body = first_lines(inside, height);
        let hidden = count - height;
        let top = usize::from(self.top.min(hidden));
        for (line, row) in lines.iter().skip(top).zip(body.rows()) {
            draw_line(line, frame, row, theme, keys_width);
        }
        if let Some(last) = inside.rows().next_back() {
            let hint = if hidden > 0 {
                "↑ ↓ scroll, any other key closes"
            } else {
                "any key closes"
            };
            put(frame.buffer_mut(), last, hint, theme.tone(Tone::Muted));
        }
    }
}

impl Line {
    fn keys_width(&self) -> u16 {
        match self {
            Self::Entry(keys, _) => number(width(keys)),
            Self::Title(_) | Self::Empty => 0,
        }
    }
}

fn lines(tables: &[&dyn Listed]) -> Vec<Line> {
    let mut lines = Vec::new();
    for table in tables {
        if !lines.is_empty() {
            lines.push(Line::Empty);
        }
        lines.push(Line::Title(table.title()));
        for entry in table.entries() {
            lines.push(Line::Entry(entry.keys_shown(), entry.help));
        }
    }
    lines
}

fn draw_line(line: &Line, frame: &mut Frame<'_>, row: Rect, theme: &Theme, keys_width: u16) {
    let buffer = frame.buffer_mut();
    match line {
        Line::Title(title) => {
            put(buffer, row, title, theme.heading());
        }
        Line::Entry(keys, help) => {
            put(buffer, right_of(row, 2), keys, theme.key());
            let help_at = right_of(row, 2 + keys_width + 3);
            put(buffer, help_at, help, theme.tone(Tone::Plain));
        }
        Line::Empty => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::table::MOVES;

    #[test]
    fn scrolling_ends_where_the_keys_end_and_other_keys_close() {
        let window = Size {
            width: 80,
            height: 8,
        };
        let mut help = Help::default();
        help.open();
        for (code, top) in [
            (Code::PageDown, 3),
            (Code::Up, 2),
            (Code::Home, 0),
            (Code::Up, 0),
            (Code::End, 3),
            (Code::Down, 3),
        ] {
            help.press(Key::of(code), window, &[&MOVES]);
            assert_eq!((help.top, help.is_open()), (top, true), "{code}");
        }
        help.press(Key::char('?'), window, &[&MOVES]);
        assert!(!help.is_open());
    }
}
