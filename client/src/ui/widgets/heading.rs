//! What stands above rows and facts: what is listed, how much of it, and what is to be said of it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::{below, first_lines, right_of};
use crate::ui::rows::Rows;
use crate::ui::text::{number, put, put_right, put_wrapped, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::table::{Content, Row};

/// Lines of a heading with the empty one below it.
const HEADING_LINES: u16 = 2;
/// Most lines of a reason.
const REASON_LINES_MAX: u16 = 3;

/// Draws what is listed, with words of its filter, and on the right how much that is; returns what is left
/// for the rows.
pub fn heading(
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
    (title, words): (&str, &str),
    count: &str,
) -> Rect {
    let line = first_lines(area, 1);
    let buffer = frame.buffer_mut();
    let taken = put_right(buffer, line, count, theme.tone(Tone::Muted));
    let line = Rect {
        width: line.width.saturating_sub(taken + 2),
        ..right_of(line, 1)
    };
    let taken = put(buffer, line, title, theme.title());
    if !words.is_empty() {
        let rest = right_of(line, taken + 2);
        put(buffer, rest, words, theme.tone(Tone::Accent));
    }
    below(area, HEADING_LINES)
}

/// How many rows were read, and whether there are more. Nothing is said of rows that are not there yet.
#[must_use]
pub fn count_shown<R: Row + Clone>(rows: &Rows<R>) -> String {
    let count = rows.table().rows().len();
    match rows.table().content() {
        _ if rows.has_more() => format!("{count} read, more below"),
        Content::Ready => format!("{count} in all"),
        Content::Loading | Content::Failed(_) => String::new(),
    }
}

/// Draws a name and what it is, the names in a column of their own; returns what is left of the line.
pub fn fact(
    frame: &mut Frame<'_>,
    line: Rect,
    theme: &Theme,
    (name, columns): (&str, u16),
    (text, tone): (&str, Tone),
) -> Rect {
    let buffer = frame.buffer_mut();
    put(buffer, line, name, theme.heading());
    let rest = right_of(line, columns);
    put(buffer, rest, text, theme.tone(tone));
    right_of(rest, number(width(text)) + 1)
}

/// Says that something is on its way or could not be had; returns what is left for what is here.
pub fn note(frame: &mut Frame<'_>, area: Rect, theme: &Theme, content: &Content) -> Rect {
    match content {
        Content::Ready => area,
        Content::Loading => {
            put(
                frame.buffer_mut(),
                area,
                "Loading …",
                theme.tone(Tone::Muted),
            );
            area
        }
        Content::Failed(reason) => {
            let text = format!("{} {reason}", Tone::Bad.sign());
            let style = theme.tone(Tone::Bad);
            let place = first_lines(area, REASON_LINES_MAX);
            let taken = put_wrapped(frame.buffer_mut(), place, &text, style);
            below(area, taken + 1)
        }
    }
}
