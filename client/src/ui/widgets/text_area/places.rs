//! Positions in a wrapped text, and the lines and columns where they are seen.

use std::ops::Range;

use crate::ui::text::clusters;

/// The line in which a position is.
pub(super) fn line_of(wrapped: &[Range<usize>], position: usize) -> usize {
    let behind = wrapped.partition_point(|line| line.start <= position);
    behind.saturating_sub(1)
}

/// The column at a position in a line.
pub(super) fn column(line: &str, position: usize) -> usize {
    let (mut start, mut taken) = (0, 0);
    for (bytes, columns) in clusters(line) {
        if start >= position {
            break;
        }
        start += bytes;
        taken += columns;
    }
    taken
}

/// The position in a line at a column, or before the cluster that lies over it.
pub(super) fn position(line: &str, column: usize) -> usize {
    let (mut start, mut taken) = (0, 0);
    for (bytes, columns) in clusters(line) {
        taken += columns;
        if taken > column {
            break;
        }
        start += bytes;
    }
    start
}
