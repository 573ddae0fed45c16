//! How a field of several lines looks.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::{last_lines, right_of};
use crate::ui::text::{number, put, put_right};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::text_area::TextArea;
use crate::ui::widgets::text_area::places::{column, line_of};

impl TextArea {
    /// Draws the field; `placeholder` stands in an empty one. With the focus, the cursor is shown. Of a
    /// long text the part around the cursor is shown, with arrows where there is more.
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
        let (plain, muted) = (theme.tone(Tone::Plain), theme.tone(Tone::Muted));
        if self.is_empty() {
            put(frame.buffer_mut(), area, placeholder, muted);
        }
        let wrapped = self.wrapped(area.width);
        let top = self.top_for(&wrapped, area.height);
        for (line, row) in wrapped.iter().skip(top).zip(area.rows()) {
            let text = self.text()[line.clone()].trim_end_matches(' ');
            put(frame.buffer_mut(), row, text, plain);
        }
        if top > 0 {
            put_right(frame.buffer_mut(), area, "↑", muted);
        }
        if wrapped.len() > top + usize::from(area.height) {
            put_right(frame.buffer_mut(), last_lines(area, 1), "↓", muted);
        }
        if is_focused {
            let index = line_of(&wrapped, self.edited.cursor());
            let line = wrapped[index].clone();
            let before = self.edited.cursor() - line.start;
            let taken = number(column(&self.text()[line], before)).min(area.width - 1);
            let place = right_of(area, taken);
            frame.set_cursor_position((place.x, area.y + number(index - top)));
        }
    }
}
