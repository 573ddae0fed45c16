//! How a form looks: labels on the left, fields on the right, what is wrong below each.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::area::{below, first_lines, right_of};
use crate::ui::text::{cut, number, put, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::form::field::{AROUND_COLUMNS, COLUMNS_MAX, Value};
use crate::ui::widgets::form::{Field, Form};

/// Lines below a field for what is said of it. An empty line follows where there is room.
const SAID_LINES: u16 = 1;
/// Columns before a label for the mark of the focus.
const MARK_COLUMNS: u16 = 2;

/// The lines of so many fields and the button, with an empty line below each.
pub(super) fn lines(fields: &[Field]) -> u16 {
    let lines = heights(fields).map(|height| usize::from(height) + 1);
    number(lines.sum())
}

/// The lines of each field and of the button, with what is said of it.
fn heights(fields: &[Field]) -> impl Iterator<Item = u16> {
    let fields = fields.iter().map(Field::lines);
    fields
        .chain([1])
        .map(|lines| lines.saturating_add(SAID_LINES))
}

/// The columns before the fields.
fn label_columns(fields: &[Field]) -> u16 {
    let labels = fields.iter().map(|field| width(field.label)).max();
    number(labels.unwrap_or(0)).saturating_add(MARK_COLUMNS + 1)
}

/// The columns that fields have in an area of so many.
pub(super) fn field_columns(fields: &[Field], columns: u16) -> u16 {
    columns
        .saturating_sub(label_columns(fields))
        .min(COLUMNS_MAX)
}

/// Of places of these heights the first that is drawn, so that one of them is seen in so many lines.
fn first_seen(heights: &[u16], place: usize, lines: u16) -> usize {
    let (mut first, mut taken) = (place, heights[place]);
    while let Some(before) = first.checked_sub(1) {
        taken = taken.saturating_add(heights[before]);
        if taken > lines {
            break;
        }
        first = before;
    }
    first
}

impl Form {
    /// Draws the form. Where it does not fit, the part with the focus is shown.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let heights: Vec<u16> = heights(&self.fields).collect();
        let is_roomy = self.lines() <= area.height.saturating_add(1);
        let gap = u16::from(is_roomy);
        let first = if is_roomy {
            0
        } else {
            first_seen(&heights, self.focus, area.height)
        };
        let labels = label_columns(&self.fields);
        let mut rest = area;
        for (place, height) in heights.into_iter().enumerate().skip(first) {
            let is_focused = place == self.focus;
            if height > rest.height && !is_focused {
                break;
            }
            match self.fields.get(place) {
                Some(field) => draw_field(field, frame, rest, theme, labels, is_focused),
                None => self.draw_button(frame, rest, theme, labels, is_focused),
            }
            rest = below(rest, height.saturating_add(gap));
        }
    }

    fn draw_button(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
        labels: u16,
        is_focused: bool,
    ) {
        let place = right_of(area, labels);
        let text = if self.is_busy {
            format!("[ {} … ]", self.button)
        } else {
            format!("[ {} ]", self.button)
        };
        let style = if is_focused {
            put(frame.buffer_mut(), area, "▸", theme.title());
            theme.selection(true)
        } else {
            theme.title()
        };
        put(frame.buffer_mut(), place, &text, style);
        if let Some(error) = &self.error {
            put_error(frame, below(place, 1), theme, error);
        }
    }
}

fn draw_field(
    field: &Field,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
    labels: u16,
    is_focused: bool,
) {
    let mark = if is_focused { "▸" } else { " " };
    let label_style = if is_focused {
        theme.title()
    } else {
        theme.heading()
    };
    put(frame.buffer_mut(), area, mark, label_style);
    let label = Rect {
        width: labels.saturating_sub(3).min(area.width.saturating_sub(2)),
        ..right_of(area, MARK_COLUMNS)
    };
    put(frame.buffer_mut(), label, field.label, label_style);
    let place = right_of(area, labels);
    let place = Rect {
        width: place.width.min(COLUMNS_MAX),
        ..first_lines(place, field.lines())
    };
    draw_value(field, frame, place, theme, is_focused);
    let said = right_of(below(area, field.lines()), labels);
    match &field.error {
        Some(error) => put_error(frame, said, theme, error),
        None if is_focused => {
            put(
                frame.buffer_mut(),
                said,
                &field.hint,
                theme.tone(Tone::Muted),
            );
        }
        None => {}
    }
}

fn draw_value(field: &Field, frame: &mut Frame<'_>, area: Rect, theme: &Theme, is_focused: bool) {
    let (plain, border) = (theme.tone(Tone::Plain), theme.border(is_focused));
    match &field.value {
        Value::Text(input) => {
            let inside = put_brackets(frame, first_lines(area, 1), border);
            input.draw(frame, inside, theme, field.placeholder, is_focused);
        }
        Value::Area { text, .. } => {
            let inside = put_brackets(frame, area, border);
            text.draw(frame, inside, theme, field.placeholder, is_focused);
        }
        Value::Button(text) => {
            let style = if is_focused {
                theme.selection(true)
            } else {
                plain
            };
            let room = usize::from(area.width.saturating_sub(4));
            let text = format!("[ {} ]", cut(text, room));
            put(frame.buffer_mut(), area, &text, style);
        }
        Value::Choice { .. } => {
            let taken = put(frame.buffer_mut(), area, "‹ ", border);
            let text = field.value();
            let style = if is_focused {
                theme.selection(true)
            } else {
                plain
            };
            let name = put(frame.buffer_mut(), right_of(area, taken), text, style);
            put(
                frame.buffer_mut(),
                right_of(area, taken + name),
                " ›",
                border,
            );
        }
        Value::Check(is_checked) => {
            let text = if *is_checked { "[x]" } else { "[ ]" };
            let style = if is_focused {
                theme.selection(true)
            } else {
                plain
            };
            put(frame.buffer_mut(), area, text, style);
        }
    }
}

/// Draws what stands around a text, and returns what is inside.
fn put_brackets(frame: &mut Frame<'_>, area: Rect, style: Style) -> Rect {
    for row in area.rows() {
        put(frame.buffer_mut(), row, "[", style);
        let last = right_of(row, row.width.saturating_sub(1));
        put(frame.buffer_mut(), last, "]", style);
    }
    Rect {
        width: area.width.saturating_sub(AROUND_COLUMNS),
        ..right_of(area, 1)
    }
}

fn put_error(frame: &mut Frame<'_>, area: Rect, theme: &Theme, error: &str) {
    let text = format!("{} {error}", Tone::Bad.sign());
    put(frame.buffer_mut(), area, &text, theme.tone(Tone::Bad));
}
