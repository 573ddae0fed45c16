//! Tables for people: columns aligned by the width that characters take on a terminal.

use auboutique_protocol::text::term_safe;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns between two columns of text.
const GAP: usize = 2;
/// The flexible column is never cut below this.
const FLEXIBLE_MIN: usize = 8;

/// A column's heading and side.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// Whether its text ends on the right.
    pub right: bool,
}

/// A column whose text begins on the left.
#[must_use]
pub const fn left(heading: &'static str) -> Column {
    Column {
        heading,
        right: false,
    }
}

/// A column whose text ends on the right, for numbers.
#[must_use]
pub const fn right(heading: &'static str) -> Column {
    Column {
        heading,
        right: true,
    }
}

/// Lays out rows under their headings; the heading is the first line. The column `flexible` is cut
/// so that a line fits into `width`. Cells are made safe for a terminal here.
#[must_use]
pub fn layout<const N: usize>(
    columns: [Column; N],
    flexible: usize,
    rows: &[[String; N]],
    width: usize,
) -> Vec<String> {
    let headings = columns.map(|column| column.heading.to_owned());
    let safe = rows
        .iter()
        .map(|row| row.clone().map(|cell| term_safe(&cell).into_owned()));
    let mut cells: Vec<[String; N]> = std::iter::once(headings).chain(safe).collect();
    let mut widths = [0; N];
    for row in &cells {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.width());
        }
    }
    let taken: usize = widths.iter().sum::<usize>() + GAP * (N - 1);
    let over = taken.saturating_sub(width);
    let fits = widths[flexible].saturating_sub(over).max(FLEXIBLE_MIN);
    widths[flexible] = widths[flexible].min(fits);
    for row in &mut cells {
        row[flexible] = cut(&row[flexible], widths[flexible]);
    }
    cells.iter().map(|row| line(row, columns, widths)).collect()
}

fn line<const N: usize>(row: &[String; N], columns: [Column; N], widths: [usize; N]) -> String {
    let mut line = String::new();
    for (index, cell) in row.iter().enumerate() {
        if index > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        let padding = " ".repeat(widths[index].saturating_sub(cell.width()));
        if columns[index].right {
            line.push_str(&padding);
            line.push_str(cell);
        } else {
            line.push_str(cell);
            line.push_str(&padding);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Cuts a text to a width; what is missing becomes an ellipsis.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut taken = 0;
    for character in text.chars() {
        taken += character.width().unwrap_or(0);
        if taken + 1 > width {
            break;
        }
        cut.push(character);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<[String; 3]> {
        [
            ["1", "Atlas of the whole of human anatomy", "12.50 USD"],
            ["20", "書籍", "1,000.00 USD"],
            ["3", "red\u{1b}[31m", "1.00 USD"],
        ]
        .map(|row| row.map(str::to_owned))
        .to_vec()
    }

    #[test]
    fn columns_align_by_the_width_on_a_terminal() {
        let columns = [right("ID"), left("NAME"), right("PRICE")];
        let lines = layout(columns, 1, &rows(), 80);
        assert_eq!(
            lines,
            [
                "ID  NAME                                        PRICE",
                " 1  Atlas of the whole of human anatomy     12.50 USD",
                "20  書籍                                 1,000.00 USD",
                " 3  red\u{fffd}[31m                                 1.00 USD",
            ]
        );
    }

    #[test]
    fn a_long_name_is_cut_so_that_the_line_fits() {
        let columns = [right("ID"), left("NAME"), right("PRICE")];
        for line in layout(columns, 1, &rows(), 40) {
            assert!(line.width() <= 40, "{line}");
        }
        assert_eq!(cut("Atlas of", 6), "Atlas…");
        assert_eq!(cut("書籍書籍", 6), "書籍…");
        assert_eq!(cut("short", 5), "short");
    }
}
