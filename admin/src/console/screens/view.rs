//! What the screens with rows share: a heading that says what is listed.

use auboutique_client::ui::area::{below, first_lines, right_of};
use auboutique_client::ui::text::{number, put, put_right, width};
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::table::{Content, Row};
use auboutique_client::ui::{Frame, Rect};

use auboutique_client::ui::rows::Rows;

/// Lines of a heading with the empty one below it.
const HEADING_LINES: u16 = 2;

/// Draws what is listed and, on the right, how much that is; returns what is left for the rows.
pub(crate) fn heading(
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
pub(crate) fn shown<R: Row + Clone>(rows: &Rows<R>) -> String {
    let count = rows.table().rows().len();
    match rows.table().content() {
        _ if rows.has_more() => format!("{count} read, more below"),
        Content::Ready => format!("{count} in all"),
        Content::Loading | Content::Failed(_) => String::new(),
    }
}

/// Draws a name and what it is, the names in a column of their own.
pub(crate) fn fact(
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
