//! How one's own looks.

use auboutique_protocol::purchases::OwnProductState;

use super::{OwnRow, PurchaseRow};
use crate::tui::app::Shop;
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::heading::{count_shown, heading};
use crate::ui::widgets::table::{Cell, Column, Look};
use crate::ui::{Frame, Rect};

const PRODUCTS: &[Column] = &[
    Column::new("PRODUCT", 14).growing(2),
    Column::new("PRICE", 10).right(),
    Column::new("STATE", 10),
    Column::new("BUYER", 16).growing(1),
    Column::new("COLLECTED", 10).optional(1),
    Column::new("LISTED", 10).optional(2),
];

const PURCHASES: &[Column] = &[
    Column::new("PRODUCT", 14).growing(2),
    Column::new("PRICE", 10).right(),
    Column::new("SELLER", 10).growing(1).optional(2),
    Column::new("COLLECT ON", 10),
    Column::new("CODE", 10),
    Column::new("PLACE", 16).growing(1).optional(1),
];

pub(crate) fn mine(shop: &Shop, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let mine = &shop.mine;
    if mine.shows_purchases() {
        let rows = mine.purchases();
        let title = ("My purchases", "p shows my products");
        let area = heading(frame, area, theme, title, &count_shown(rows));
        let look = Look {
            columns: PURCHASES,
            empty: "You have bought nothing yet.",
            is_focused: true,
        };
        rows.table().draw(frame, area, theme, &look, purchase_cell);
    } else {
        let rows = mine.products();
        let title = ("My products", "p shows my purchases");
        let area = heading(frame, area, theme, title, &count_shown(rows));
        let look = Look {
            columns: PRODUCTS,
            empty: "You have put nothing up for sale yet. 2 does.",
            is_focused: true,
        };
        let table = rows.table();
        table.draw(frame, area, theme, &look, |row, column| {
            product_cell(shop, row, column)
        });
    }
}

fn product_cell<'a>(shop: &Shop, OwnRow(product): &'a OwnRow, column: usize) -> Cell<'a> {
    let sold = match &product.state {
        OwnProductState::Sold(sold) => Some(sold),
        OwnProductState::ForSale(_) | OwnProductState::Withdrawn(_) => None,
    };
    match column {
        0 => product.name.as_str().into(),
        1 => product.price.to_string().into(),
        2 => match &product.state {
            OwnProductState::ForSale(_) => "for sale".into(),
            OwnProductState::Sold(_) => Cell::new("sold", Tone::Good),
            OwnProductState::Withdrawn(_) => Cell::new("withdrawn", Tone::Muted),
        },
        3 => {
            let buyer = sold.map(|sold| format!("{} ({})", sold.buyer_name, sold.buyer));
            buyer.unwrap_or_default().into()
        }
        4 => sold.map_or("", |sold| &sold.collect_on).into(),
        5 => Cell::new(shop.clock.day(product.listed_at), Tone::Muted),
        _ => "".into(),
    }
}

fn purchase_cell(PurchaseRow(purchase): &PurchaseRow, column: usize) -> Cell<'_> {
    let confirmation = &purchase.confirmation;
    match column {
        0 => purchase.name.as_str().into(),
        1 => confirmation.price.to_string().into(),
        2 => purchase.seller.as_str().into(),
        3 => Cell::new(confirmation.collect_on.as_str(), Tone::Accent),
        4 => Cell::new(confirmation.code.as_str(), Tone::Good),
        5 => confirmation.collect_at.as_str().into(),
        _ => "".into(),
    }
}
