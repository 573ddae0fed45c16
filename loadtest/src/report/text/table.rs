//! Tables and paragraphs of a given width, by what characters take on a terminal.

use auboutique_protocol::text::term_safe;
use unicode_width::UnicodeWidthStr as _;

/// Columns between two columns of text.
const GAP: &str = "  ";
/// Every line of a section stands in by this much.
pub(super) const INDENT: &str = "  ";

/// A table whose columns are as wide as their widest cell.
pub(super) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// How many columns from the left hold text; the others hold numbers and end on the right.
    text_columns: usize,
}

impl Table {
    pub(super) fn new(headings: &[&'static str], text_columns: usize) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
            text_columns,
        }
    }

    /// Adds a row, which has a cell for every heading. Cells are made safe for a terminal here.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let safe = cells
            .into_iter()
            .map(|cell| term_safe(&cell).into_owned())
            .collect();
        self.rows.push(safe);
    }

    /// The heading and the rows, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let headings: Vec<String> = self.headings.iter().map(|&text| text.to_owned()).collect();
        let mut widths: Vec<usize> = vec![0; headings.len()];
        let rows = || std::iter::once(&headings).chain(&self.rows);
        for row in rows() {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(cell.width());
            }
        }
        rows().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).enumerate();
        let padded: Vec<String> = cells
            .map(|(column, (cell, width))| {
                let padding = " ".repeat(width.saturating_sub(cell.width()));
                if column < self.text_columns {
                    format!("{cell}{padding}")
                } else {
                    format!("{padding}{cell}")
                }
            })
            .collect();
        let line = format!("{INDENT}{}", padded.join(GAP));
        line.trim_end().to_owned()
    }
}

/// Breaks a text between words so that each line, with `indent` before it, fits into `width`. A word
/// that is too long for a line stands on one of its own.
pub(super) fn wrap(text: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in term_safe(text).split_whitespace() {
        let taken = indent.width() + line.width() + 1 + word.width();
        if !line.is_empty() && taken > width {
            lines.push(format!("{indent}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(format!("{indent}{line}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["", "count"], 1);
        table.row(["buy".to_owned(), "60,000".to_owned()]);
        table.row(["書籍".to_owned(), "1".to_owned()]);
        table.row(["a\u{1b}b".to_owned(), "20".to_owned()]);
        let expected = [
            "         count",
            "  buy   60,000",
            "  書籍       1",
            "  a\u{fffd}b       20",
        ];
        assert_eq!(table.lines(), expected);
    }

    #[test]
    fn paragraphs_break_between_words() {
        assert_eq!(wrap("one two three", "  ", 9), ["  one two", "  three"]);
        assert_eq!(wrap("immeasurable", "", 4), ["immeasurable"]);
        assert!(wrap("  ", "", 4).is_empty());
    }
}
