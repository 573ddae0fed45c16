//! Text on its way to the screen: made safe, measured, cut, wrapped and put there.
//!
//! **This is the one place of the kit where text of others is made safe.** Widgets draw texts only
//! with [`put`], which takes them through `term_safe`. What a screen draws without the kit's widgets
//! is looked over once more: the runtime passes every finished frame through `guard`.
//!
//! Widths are those that the drawing library gives each grapheme cluster when it fills its cells.
//! The width of a whole string can differ from that, as for Arabic lam and alef, which a font may
//! join and a grid of cells does not.

mod lines;

use std::borrow::Cow;

use auboutique_protocol::text::{is_hostile, term_safe};
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

pub use lines::{clusters, lines};

/// Longest text that is looked at for one line of the screen, in bytes.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// A text as it may be shown: one line, nothing in it that a terminal would obey or a reader be
/// deceived by.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    term_safe(text)
}

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if is_simple(text) {
        return text.len();
    }
    safe(text).graphemes(true).map(columns).sum()
}

fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn columns(grapheme: &str) -> usize {
    usize::from(grapheme.cell_width())
}

/// A text made safe and cut to a width; an ellipsis stands for what is missing.
#[must_use]
pub fn cut(text: &str, columns_max: usize) -> Cow<'_, str> {
    let start = beginning(text, LINE_BYTES_MAX);
    let text = safe(start);
    let (fits, rest) = split(&text, columns_max);
    if rest.is_empty() {
        return text;
    }
    if columns_max == 0 {
        return Cow::Borrowed("");
    }
    let fits = if width(fits) == columns_max {
        split(fits, columns_max - 1).0
    } else {
        fits
    };
    Cow::Owned(format!("{fits}…"))
}

/// The first bytes of a text, up to a whole character.
fn beginning(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// Splits a safe text where a width is full.
fn split(text: &str, columns_max: usize) -> (&str, &str) {
    let mut taken = 0;
    for (position, grapheme) in text.grapheme_indices(true) {
        taken += columns(grapheme);
        if taken > columns_max {
            return text.split_at(position);
        }
    }
    (text, "")
}

/// Breaks a text into lines of a width, between words where that is possible. Line feeds break, too.
#[must_use]
pub fn wrap(text: &str, columns_max: usize) -> Vec<String> {
    let columns_max = columns_max.max(2);
    text.split('\n')
        .flat_map(|paragraph| wrap_paragraph(paragraph, columns_max))
        .collect()
}

fn wrap_paragraph(paragraph: &str, columns_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in paragraph.split(' ') {
        let word = safe(word);
        let mut rest = &*word;
        let needed = width(rest);
        if taken > 0 {
            if taken + 1 + needed <= columns_max {
                taken += 1;
                last(&mut lines).push(' ');
            } else {
                taken = 0;
                lines.push(String::new());
            }
        }
        // A word that no line can hold is broken.
        while width(rest) > columns_max {
            let (fits, after) = match split(rest, columns_max) {
                // Few clusters are wider than two columns; one that no line can hold has its own.
                ("", _) => rest.split_at(rest.graphemes(true).next().map_or(1, str::len)),
                parts => parts,
            };
            last(&mut lines).push_str(fits);
            lines.push(String::new());
            rest = after;
        }
        taken += width(rest);
        last(&mut lines).push_str(rest);
    }
    lines
}

fn last(lines: &mut [String]) -> &mut String {
    lines.last_mut().expect("a paragraph has a first line")
}

/// Draws a text into the first line of an area, cut to its width, and returns the columns taken.
pub fn put(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return 0;
    }
    let text = cut(text, usize::from(area.width));
    let width = usize::from(area.width);
    let (end, _) = buffer.set_stringn(area.x, area.y, &text, width, style);
    end - area.x
}

/// As [`put`], at the right end of the line.
pub fn put_right(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let taken = number(width(text)).min(area.width);
    let area = Rect {
        x: area.right() - taken,
        width: taken,
        ..area
    };
    put(buffer, area, text, style)
}

/// As [`put`], in the middle of the line.
pub fn put_centered(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let taken = number(width(text)).min(area.width);
    let area = Rect {
        x: area.x + (area.width - taken) / 2,
        width: taken,
        ..area
    };
    put(buffer, area, text, style)
}

/// Draws a text over the lines of an area and returns the lines taken. Where it does not fit, the last
/// line ends with an ellipsis.
pub fn put_wrapped(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let lines = wrap(text, usize::from(area.width));
    let is_cut = lines.len() > usize::from(area.height);
    for (index, (line, row)) in lines.iter().zip(area.rows()).enumerate() {
        if is_cut && index + 1 == usize::from(area.height) {
            let columns = usize::from(area.width.saturating_sub(1));
            let line = format!("{}…", split(line, columns).0.trim_end());
            put(buffer, row, &line, style);
        } else {
            put(buffer, row, line, style);
        }
    }
    number(lines.len()).min(area.height)
}

/// A count as the screen counts.
#[must_use]
pub fn number(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Replaces what is not safe in a finished frame. Cells that begin with an escape character are left:
/// the drawing library lets none in from a text, so it is a picture's.
pub(crate) fn guard(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        let is_picture = symbol.starts_with('\u{1b}');
        if symbol.len() > 1 && !is_picture && !is_safe(symbol) {
            cell.set_char(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Whether a cluster is safe. Nearly all are told by their characters, without a copy.
fn is_safe(cluster: &str) -> bool {
    const MARKED_BYTES: usize = 12;
    (cluster.len() <= MARKED_BYTES && !cluster.chars().any(is_hostile))
        || term_safe(cluster) == cluster
}

#[cfg(test)]
mod tests {
    use ratatui::widgets::{Paragraph, Widget as _};

    use super::*;
    use crate::ui::testing::text_of;

    #[test]
    fn widths_are_those_of_the_cells_that_are_filled() {
        for (text, columns) in [
            ("Atlas", 5),
            ("書籍", 4),
            ("كتاب", 4),
            ("لا", 2),
            ("e\u{301}", 1),
            ("👩\u{200d}🔬", 2),
            ("a\u{202e}b", 3),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
            let area = buffer.area;
            let taken = put(&mut buffer, area, text, Style::new());
            assert_eq!(usize::from(taken), columns, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_clusters() {
        assert_eq!(cut("Atlas", 5), "Atlas");
        assert_eq!(cut("Atlas of", 6), "Atlas…");
        assert_eq!(cut("書籍書籍", 6), "書籍…");
        assert_eq!(cut("書籍", 3), "書…");
        assert_eq!(cut("Atlas", 1), "…");
        assert_eq!(cut("Atlas", 0), "");
        let huge = "x".repeat(100_000);
        assert_eq!(width(&cut(&huge, 40)), 40);
    }

    #[test]
    fn words_move_to_the_next_line_and_endless_words_break() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(wrap(&"x".repeat(10), 4), ["xxxx", "xxxx", "xx"]);
        assert_eq!(wrap("go 書籍書籍 on", 5), ["go", "書籍", "書籍", "on"]);
        // One cluster that is wider than any line.
        let wide = "か\u{ff9e}\u{ff9e}";
        assert!(width(wide) > 2);
        assert_eq!(wrap(&format!("a{wide}{wide}b"), 2), ["a", wide, wide, "b"]);
    }

    #[test]
    fn nothing_hostile_reaches_a_cell() {
        let hostile = "a\u{1b}[2Jb\u{202e}c\u{200b}\u{9b}d";
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 3));
        put(&mut buffer, Rect::new(0, 0, 20, 1), hostile, Style::new());
        // A screen that forgets to use the kit's drawing.
        Paragraph::new(hostile).render(Rect::new(0, 1, 20, 1), &mut buffer);
        buffer.set_string(0, 2, hostile, Style::new());
        guard(&mut buffer);
        let shown = text_of(&buffer);
        assert!(
            !shown
                .chars()
                .any(|shown| shown != '\n' && is_hostile(shown)),
            "{shown:?}"
        );
        assert!(shown.starts_with("a\u{fffd}[2Jb\u{fffd}c"), "{shown:?}");
    }

    #[test]
    fn a_picture_is_not_taken_for_a_text() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer[(0, 0)].set_symbol("\u{1b}Pq#0\u{1b}\\");
        guard(&mut buffer);
        assert_eq!(buffer[(0, 0)].symbol(), "\u{1b}Pq#0\u{1b}\\");
    }
}
