//! Which columns a table shows in a width, and where.

/// Columns of the screen between two columns of a table.
const GAP: u16 = 2;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub(super) heading: &'static str,
    /// Its width, or its least.
    width: u16,
    /// Its share of what is left over.
    share: u16,
    pub(super) is_right: bool,
    /// From which on it may be missing; 0 for never.
    rank: u8,
}

impl Column {
    /// A column of a width that is always shown, its texts on the left.
    #[must_use]
    pub const fn new(heading: &'static str, width: u16) -> Self {
        Self {
            heading,
            width,
            share: 0,
            is_right: false,
            rank: 0,
        }
    }

    /// Takes a share of what is left over.
    #[must_use]
    pub const fn growing(mut self, share: u16) -> Self {
        self.share = share;
        self
    }

    /// Texts on the right, as for numbers.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.is_right = true;
        self
    }

    /// May be missing where there is little room; the higher the rank, the sooner.
    #[must_use]
    pub const fn optional(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }
}

/// A column in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) index: usize,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// Places the columns in a width. What may be missing goes first; what then still does not fit is cut
/// on the right.
pub(super) fn place(columns: &[Column], width: u16) -> Vec<Placed> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    while needed(columns, &kept) > width {
        let least = kept
            .iter()
            .enumerate()
            .filter(|(_, index)| columns[**index].rank > 0)
            .max_by_key(|(_, index)| columns[**index].rank);
        let Some((position, _)) = least else { break };
        kept.remove(position);
    }
    let mut spare = width.saturating_sub(needed(columns, &kept));
    let mut shares: u16 = kept.iter().map(|index| columns[*index].share).sum();
    let mut x = 0;
    let mut placed = Vec::new();
    for index in kept {
        let column = columns[index];
        // Each takes its part of the rest, so that nothing is lost to rounding.
        let extra = match shares {
            0 => 0,
            _ => u32::from(spare) * u32::from(column.share) / u32::from(shares),
        };
        let extra = u16::try_from(extra).unwrap_or(spare);
        spare -= extra;
        shares -= column.share;
        let column_width = (column.width + extra).min(width.saturating_sub(x));
        if column_width == 0 {
            break;
        }
        placed.push(Placed {
            index,
            x,
            width: column_width,
        });
        x += column_width + GAP;
    }
    placed
}

fn needed(columns: &[Column], kept: &[usize]) -> u16 {
    let widths: u16 = kept.iter().map(|index| columns[*index].width).sum();
    let gaps = kept.len().saturating_sub(1);
    widths + GAP * u16::try_from(gaps).unwrap_or(u16::MAX / GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::new("ID", 5).right(),
        Column::new("NAME", 10).growing(2),
        Column::new("CITY", 10).growing(1).optional(1),
        Column::new("SINCE", 10).optional(2),
    ];

    fn placed(width: u16) -> Vec<(usize, u16, u16)> {
        let placed = place(&COLUMNS, width);
        let parts = placed
            .iter()
            .map(|column| (column.index, column.x, column.width));
        parts.collect()
    }

    #[test]
    fn what_is_left_over_is_shared_and_used_up() {
        assert_eq!(
            placed(41),
            [(0, 0, 5), (1, 7, 10), (2, 19, 10), (3, 31, 10)]
        );
        assert_eq!(
            placed(51),
            [(0, 0, 5), (1, 7, 16), (2, 25, 14), (3, 41, 10)]
        );
    }

    #[test]
    fn the_least_important_columns_go_first_and_the_essential_ones_stay() {
        assert_eq!(placed(40), [(0, 0, 5), (1, 7, 17), (2, 26, 14)]);
        assert_eq!(placed(28), [(0, 0, 5), (1, 7, 21)]);
        assert_eq!(placed(12), [(0, 0, 5), (1, 7, 5)]);
        assert_eq!(placed(3), [(0, 0, 3)]);
        assert_eq!(placed(0), []);
    }
}
