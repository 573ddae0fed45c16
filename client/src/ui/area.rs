//! Parts of the screen, cut off areas without ever leaving them.

use ratatui::layout::Rect;

/// An area without its first columns.
#[must_use]
pub fn right_of(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect {
        x: area.x + columns,
        width: area.width - columns,
        ..area
    }
}

/// An area without its first lines.
#[must_use]
pub fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect {
        y: area.y + lines,
        height: area.height - lines,
        ..area
    }
}

/// The first lines of an area.
#[must_use]
pub fn first_lines(area: Rect, lines: u16) -> Rect {
    Rect {
        height: area.height.min(lines),
        ..area
    }
}

/// The last lines of an area.
#[must_use]
pub fn last_lines(area: Rect, lines: u16) -> Rect {
    below(area, area.height.saturating_sub(lines))
}

/// An area without its last lines.
#[must_use]
pub fn above_last(area: Rect, lines: u16) -> Rect {
    first_lines(area, area.height.saturating_sub(lines))
}

/// The middle of an area, of a width and height at most.
#[must_use]
pub fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(10, 5, 20, 10);

    #[test]
    fn every_part_lies_within_its_area() {
        assert_eq!(middle(AREA, 10, 4), Rect::new(15, 8, 10, 4));
        assert_eq!(right_of(AREA, 5), Rect::new(15, 5, 15, 10));
        assert_eq!(below(AREA, 3), Rect::new(10, 8, 20, 7));
        assert_eq!(first_lines(AREA, 3), Rect::new(10, 5, 20, 3));
        assert_eq!(last_lines(AREA, 3), Rect::new(10, 12, 20, 3));
        assert_eq!(above_last(AREA, 3), Rect::new(10, 5, 20, 7));
        for cut in [right_of, below, first_lines, last_lines, above_last] {
            assert_eq!(
                AREA.intersection(cut(AREA, 90)).area(),
                cut(AREA, 90).area()
            );
        }
        assert_eq!(middle(AREA, 90, 90), AREA);
    }
}
