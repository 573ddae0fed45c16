//! What the screens share: where pictures stand, and the mark of those who are online.

use crate::ui::Rect;
use crate::ui::area::{above_last, below, right_of};

/// Fewest columns of a list beside which something else stands.
const LIST_COLUMNS_MIN: u16 = 40;
/// Fewest and most columns of what stands beside a list.
const BESIDE_COLUMNS: (u16, u16) = (26, 60);
/// Lines below the picture of the selected product.
const CAPTION_LINES: u16 = 7;

/// The parts of a screen with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The list, the text or the form.
    pub(crate) main: Rect,
    /// What stands beside it, with its border.
    pub(crate) beside: Rect,
    /// The picture in that.
    pub(crate) picture: Rect,
}

/// An area in two: the right part takes its share where there is room for both.
fn split(area: Rect, share: u16) -> (Rect, Rect) {
    let wanted = area.width / 10 * share;
    let wanted = wanted.clamp(BESIDE_COLUMNS.0, BESIDE_COLUMNS.1);
    let fits = area.width >= wanted + LIST_COLUMNS_MIN;
    let columns = if fits { wanted } else { 0 };
    let main = Rect {
        width: area.width - columns,
        ..area
    };
    (main, right_of(area, main.width))
}

fn inside(area: Rect) -> Rect {
    let inner = above_last(below(area, 1), 1);
    Rect {
        width: inner.width.saturating_sub(4),
        ..right_of(inner, 2)
    }
}

/// The list of products, and the selected one beside it.
pub(crate) fn browse_parts(area: Rect) -> Parts {
    let (main, beside) = split(area, 4);
    let picture = above_last(inside(beside), CAPTION_LINES);
    Parts {
        main,
        beside,
        picture,
    }
}

/// The words about a product, and its picture beside them.
pub(crate) fn product_parts(area: Rect) -> Parts {
    let (main, beside) = split(area, 5);
    Parts {
        main,
        beside,
        picture: inside(beside),
    }
}

/// The form, and the picture that goes along.
pub(crate) fn sell_parts(area: Rect) -> Parts {
    let (main, beside) = split(area, 3);
    Parts {
        main,
        beside,
        picture: inside(beside),
    }
}

/// A name with a mark if its bearer is online.
pub(crate) fn with_mark(name: &str, is_online: bool) -> String {
    if is_online {
        format!("● {name}")
    } else {
        format!("  {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_beside_only_where_there_is_room() {
        for (width, has_picture) in [(60, false), (65, false), (80, true), (300, true)] {
            for parts in [browse_parts, product_parts, sell_parts] {
                let area = Rect::new(0, 1, width, 22);
                let parts = parts(area);
                assert_eq!(parts.main.width + parts.beside.width, width);
                assert!(parts.main.width >= LIST_COLUMNS_MIN);
                assert_eq!(area.intersection(parts.picture), parts.picture);
                assert_eq!(!parts.picture.is_empty(), has_picture, "{width}");
            }
        }
    }
}
