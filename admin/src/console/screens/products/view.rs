//! How the products look.

use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::{count_shown, heading};
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};
use auboutique_protocol::admin::{ProductState, ProductStateName};

use super::{ProductRow, state_words};
use crate::console::app::Console;
use auboutique_client::terminal::clock::Clock;

const COLUMNS: &[Column] = &[
    Column::new("ID", 6).right(),
    Column::new("PRODUCT", 16).growing(3),
    Column::new("OWNER", 10).growing(1),
    Column::new("PRICE", 11).right(),
    Column::new("STATE", 16).growing(2),
    Column::new("CATEGORY", 12).optional(3),
    Column::new("LISTED", 10).optional(2),
];

pub(crate) fn products(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let rows = console.products.rows();
    let count = count_shown(rows);
    let title = ("Products", &*console.filter_words());
    let area = heading(frame, area, theme, title, &count);
    let look = Look {
        columns: COLUMNS,
        empty: "There are no such products.",
        is_focused: true,
    };
    rows.table().draw(frame, area, theme, &look, |row, column| {
        cell(row, column, &console.clock)
    });
}

fn cell<'a>(row: &'a ProductRow, column: usize, clock: &Clock) -> Cell<'a> {
    let product = &row.product;
    match column {
        0 => Cell::new(product.id.to_string(), Tone::Muted),
        1 => product.name.as_str().into(),
        2 => product.owner.as_str().into(),
        3 => product.price.to_string().into(),
        4 => state(row),
        5 => product.category.as_str().into(),
        6 => clock.day(product.listed_at).into(),
        _ => "".into(),
    }
}

fn state(row: &ProductRow) -> Cell<'static> {
    if row.is_gone {
        return Cell::new("off the market", Tone::Warning);
    }
    let words = state_words(row.state());
    match (&row.product.state, row.state()) {
        (ProductState::Sold(sold), _) => Cell::new(format!("sold to {}", sold.buyer), Tone::Good),
        (ProductState::Removed(removed), _) => {
            Cell::new(format!("removed: {}", removed.reason), Tone::Bad)
        }
        (_, ProductStateName::ForSale) => words.into(),
        _ => Cell::new(words, Tone::Muted),
    }
}
