//! How a form looks: labels on the left, fields on the right, what is wrong below each.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::{below, right_of};
use crate::ui::text::{number, put, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::form::field::Value;
use crate::ui::widgets::form::{Field, Form};

/// Lines of a field: itself and what is said of it. An empty line follows where there is room.
const FIELD_LINES: usize = 2;
/// Widest field, in columns.
const COLUMNS_MAX: u16 = 60;

/// The lines of so many fields and buttons.
pub(super) fn lines(places: usize) -> u16 {
    number(places * (FIELD_LINES + 1))
}

impl Form {
    /// Draws the form. Where it does not fit, the part with the focus is shown.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let places = self.fields.len() + 1;
        let lines = usize::from(area.height);
        let step = if places * (FIELD_LINES + 1) <= lines + 1 {
            FIELD_LINES + 1
        } else {
            FIELD_LINES
        };
        let fitting = (lines / step).max(1);
        let first = (self.focus + 1).saturating_sub(fitting);
        let labels = self.fields.iter().map(|field| width(field.label)).max();
        let labels = number(labels.unwrap_or(0)) + 3;
        for (slot, place) in (first..places).take(fitting).enumerate() {
            let area = below(area, number(slot * step));
            let is_focused = place == self.focus;
            match self.fields.get(place) {
                Some(field) => draw_field(field, frame, area, theme, labels, is_focused),
                None => self.draw_button(frame, area, theme, labels, is_focused),
            }
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
        ..right_of(area, 2)
    };
    put(frame.buffer_mut(), label, field.label, label_style);
    let place = right_of(area, labels);
    let place = Rect {
        width: place.width.min(COLUMNS_MAX),
        ..place
    };
    draw_value(field, frame, place, theme, is_focused);
    let said = right_of(below(area, 1), labels);
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
            put(frame.buffer_mut(), area, "[", border);
            put(
                frame.buffer_mut(),
                right_of(area, area.width.saturating_sub(1)),
                "]",
                border,
            );
            let inside = Rect {
                width: area.width.saturating_sub(2),
                ..right_of(area, 1)
            };
            input.draw(frame, inside, theme, field.placeholder, is_focused);
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

fn put_error(frame: &mut Frame<'_>, area: Rect, theme: &Theme, error: &str) {
    let text = format!("{} {error}", Tone::Bad.sign());
    put(frame.buffer_mut(), area, &text, theme.tone(Tone::Bad));
}
