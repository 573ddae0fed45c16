//! Boxes: one with a title that a part of the screen stands in, and one that lies over the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Clear, Padding};

use crate::ui::area::middle;
use crate::ui::text::put;
use crate::ui::theme::{Theme, Tone};

/// Draws a box with a title and returns what is inside.
pub fn panel(
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
    title: &str,
    is_focused: bool,
) -> Rect {
    let block = Block::bordered().border_style(theme.border(is_focused));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    put_title(frame, area, theme.title(), title);
    inside
}

/// Clears the middle of an area, as large as wanted where that fits, draws a box of a tone and returns
/// what is inside, without a margin on the left and right.
pub fn popup(
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
    (title, tone): (&str, Tone),
    (columns, lines): (u16, u16),
) -> Rect {
    let area = middle(area, columns.saturating_add(4), lines.saturating_add(2));
    let block = Block::bordered()
        .border_style(theme.tone(tone))
        .padding(Padding::horizontal(1));
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    put_title(frame, area, theme.tone(tone), title);
    inside
}

fn put_title(frame: &mut Frame<'_>, area: Rect, style: Style, title: &str) {
    if title.is_empty() || area.width < 6 {
        return;
    }
    let place = Rect {
        x: area.x + 2,
        width: area.width - 4,
        height: area.height.min(1),
        ..area
    };
    let title = format!(" {title} ");
    let style = style.add_modifier(Modifier::BOLD);
    put(frame.buffer_mut(), place, &title, style);
}
