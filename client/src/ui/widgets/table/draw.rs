//! How a table looks: headings, the rows that fit, the selected one marked, and what is to be said
//! where there are none.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::area::{below, right_of};
use crate::ui::text::{put, put_centered, put_right, put_wrapped, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::table::columns::{Column, Placed, place};
use crate::ui::widgets::table::{Content, HEADING_LINES, Row, Table};

/// Columns on the left for the mark of the selected row.
const MARK_COLUMNS: u16 = 2;
/// Columns on the right for the scroll bar.
const BAR_COLUMNS: u16 = 2;

/// What is shown of a row in a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    tone: Tone,
}

impl<'a> Cell<'a> {
    /// A text of a tone.
    #[must_use]
    pub fn new(text: impl Into<Cow<'a, str>>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// What a table looks like, apart from its rows.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The columns from left to right.
    pub columns: &'a [Column],
    /// What is said where there are no rows.
    pub empty: &'a str,
    /// Whether keys are for this table.
    pub is_focused: bool,
}

impl<R: Row> Table<R> {
    /// Draws the table. `cell` says what stands in a column of a row; it is asked for what is seen.
    pub fn draw<'r>(
        &'r self,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
        look: &Look<'_>,
        cell: impl Fn(&'r R, usize) -> Cell<'r>,
    ) {
        let inside = Rect {
            width: area.width.saturating_sub(MARK_COLUMNS + BAR_COLUMNS),
            ..right_of(area, MARK_COLUMNS)
        };
        let placed = place(look.columns, inside.width);
        self.draw_headings(frame, inside, theme, look.columns, &placed);
        let mut body = below(area, HEADING_LINES);
        if self.rows.is_empty() {
            self.draw_absence(frame, body, theme, look.empty);
            return;
        }
        body = self.draw_note(frame, body, theme);
        let top = self.top_for(usize::from(body.height));
        let rows = self.rows.iter().enumerate().skip(top).zip(body.rows());
        for ((index, row), line) in rows {
            let is_selected = index == self.selected;
            if is_selected {
                let style = theme.selection(look.is_focused);
                frame.buffer_mut().set_style(line, style);
                put(frame.buffer_mut(), line, "▸", style);
            }
            let line = right_of(line, MARK_COLUMNS);
            for column in &placed {
                let Cell { text, tone } = cell(row, column.index);
                let place = column.area(line);
                let is_right = look.columns[column.index].is_right;
                put_aligned(frame, place, &text, theme.tone(tone), is_right);
            }
        }
        draw_bar(frame, body, theme, top, self.rows.len());
    }

    fn draw_headings(
        &self,
        frame: &mut Frame<'_>,
        line: Rect,
        theme: &Theme,
        columns: &[Column],
        placed: &[Placed],
    ) {
        for column in placed {
            let Column {
                heading, is_right, ..
            } = columns[column.index];
            let sort = self.sort.filter(|sort| sort.column == column.index);
            let heading = match sort.map(|sort| sort.is_descending) {
                Some(true) => format!("{heading} ▼"),
                Some(false) => format!("{heading} ▲"),
                None => heading.to_owned(),
            };
            put_aligned(
                frame,
                column.area(line),
                &heading,
                theme.heading(),
                is_right,
            );
        }
    }

    /// Says why there are no rows.
    fn draw_absence(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme, empty: &str) {
        let middle = below(area, area.height / 3);
        let (text, tone) = match &self.content {
            Content::Ready => (empty.to_owned(), Tone::Muted),
            Content::Loading => ("Loading …".to_owned(), Tone::Muted),
            Content::Failed(reason) => (format!("{} {reason}", Tone::Bad.sign()), Tone::Bad),
        };
        let columns = area.width.saturating_sub(8);
        if width(&text) <= usize::from(columns) {
            put_centered(frame.buffer_mut(), middle, &text, theme.tone(tone));
        } else {
            let middle = Rect {
                width: columns,
                ..right_of(middle, 4)
            };
            put_wrapped(frame.buffer_mut(), middle, &text, theme.tone(tone));
        }
    }

    /// Says below the rows that there may be more, and returns what is left for them.
    fn draw_note(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Rect {
        let (text, tone) = match &self.content {
            Content::Ready => return area,
            Content::Loading => ("Loading …".to_owned(), Tone::Muted),
            Content::Failed(reason) => (format!("{} {reason}", Tone::Bad.sign()), Tone::Bad),
        };
        let rows = Rect {
            height: area.height.saturating_sub(1),
            ..area
        };
        let note = right_of(below(area, rows.height), MARK_COLUMNS);
        put(frame.buffer_mut(), note, &text, theme.tone(tone));
        rows
    }
}

impl Placed {
    fn area(&self, line: Rect) -> Rect {
        Rect {
            width: self.width,
            ..right_of(line, self.x)
        }
    }
}

fn put_aligned(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style, is_right: bool) {
    if is_right {
        put_right(frame.buffer_mut(), area, text, style);
    } else {
        put(frame.buffer_mut(), area, text, style);
    }
}

/// Draws on the right which part of the rows is seen.
fn draw_bar(frame: &mut Frame<'_>, body: Rect, theme: &Theme, top: usize, rows: usize) {
    let lines = usize::from(body.height);
    if rows <= lines || body.is_empty() {
        return;
    }
    let length = (lines * lines / rows).max(1);
    let start = top * (lines - length) / (rows - lines);
    let bar = right_of(body, body.width - 1);
    for (line, place) in bar.rows().enumerate() {
        let (text, style) = if (start..start + length).contains(&line) {
            ("┃", theme.tone(Tone::Muted))
        } else {
            ("│", theme.border(false))
        };
        put(frame.buffer_mut(), place, text, style);
    }
}
