//! How the sales look.

use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::heading;
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};

use super::SaleRow;
use crate::consequences::count;
use crate::console::app::Console;
use auboutique_client::terminal::clock::Clock;

const COLUMNS: &[Column] = &[
    Column::new("SOLD", 16),
    Column::new("ID", 6).right().optional(3),
    Column::new("PRODUCT", 14).growing(3),
    Column::new("SELLER", 10).growing(1),
    Column::new("BUYER", 10).growing(1),
    Column::new("PRICE", 11).right(),
    Column::new("COLLECT", 10).optional(2),
    Column::new("PLACE", 12).growing(1).optional(4),
];

pub(crate) fn sales(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let rows = console.sales.rows();
    let totals = console.sales.totals().map_or_else(String::new, |totals| {
        format!("{}, {}", count(totals.count, "sale"), totals.sum)
    });
    let title = ("Sales", &*console.filter_words());
    let area = heading(frame, area, theme, title, &totals);
    let look = Look {
        columns: COLUMNS,
        empty: "There are no such sales.",
        is_focused: true,
    };
    rows.table().draw(frame, area, theme, &look, |row, column| {
        cell(row, column, &console.clock)
    });
}

fn cell<'a>(SaleRow(sale): &'a SaleRow, column: usize, clock: &Clock) -> Cell<'a> {
    match column {
        0 => clock.minute(sale.sold_at).into(),
        1 => Cell::new(sale.product.to_string(), Tone::Muted),
        2 => sale.name.as_str().into(),
        3 => sale.seller.as_str().into(),
        4 => sale.buyer.as_str().into(),
        5 => sale.price.to_string().into(),
        6 => sale.collect_on.as_str().into(),
        7 => sale.place.as_str().into(),
        _ => "".into(),
    }
}
