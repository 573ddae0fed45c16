//! How what is for sale looks.

use auboutique_protocol::catalog::{ProductSummary, Sort};

use super::ProductRow;
use crate::tui::app::Shop;
use crate::tui::pictures::view::draw as draw_picture;
use crate::tui::screens::view::{browse_parts, with_mark};
use crate::ui::area::{below, first_lines, right_of};
use crate::ui::text::{put, put_right, put_wrapped};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::heading::{count_shown, heading};
use crate::ui::widgets::panel::panel;
use crate::ui::widgets::table::{Cell, Column, Look};
use crate::ui::{Frame, Rect};

const COLUMNS: &[Column] = &[
    Column::new("PRODUCT", 18).growing(3),
    Column::new("PRICE", 10).right(),
    Column::new("  SELLER", 10).growing(1),
    Column::new("AGE", 6).right().optional(1),
    Column::new("CATEGORY", 12).optional(2),
];

pub(crate) fn browse(shop: &Shop, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let parts = browse_parts(area);
    let browse = &shop.browse;
    let filter = browse.filter();
    let order = match filter.sort {
        _ if filter.text.is_some() => "newest first",
        Sort::Newest => "newest first",
        Sort::Oldest => "oldest first",
        Sort::Cheapest => "cheapest first",
        Sort::Dearest => "dearest first",
    };
    let count = match (browse.unseen(), count_shown(browse.rows())) {
        (0, count) if count.is_empty() => order.to_owned(),
        (0, count) => format!("{order}, {count}"),
        (unseen, _) => format!("{unseen} new, r reads them"),
    };
    let words = filter.words();
    let head = Rect {
        width: parts.main.width.saturating_sub(1),
        ..parts.main
    };
    let list = heading(frame, head, theme, ("For sale", &words), &count);
    if let Some(line) = browse.search() {
        let place = first_lines(below(parts.main, 1), 1);
        put(frame.buffer_mut(), right_of(place, 1), "/", theme.key());
        line.draw(
            frame,
            right_of(place, 2),
            theme,
            "words in name or description",
            true,
        );
    }
    let look = Look {
        columns: COLUMNS,
        empty: if words.is_empty() {
            "Nothing is for sale at this moment. 2 sells something."
        } else {
            "Nothing like that is for sale. Esc shows all."
        },
        is_focused: browse.search().is_none(),
    };
    let table = browse.rows().table();
    table.draw(frame, list, theme, &look, |row, column| {
        cell(shop, row, column)
    });
    if parts.beside.is_empty() {
        return;
    }
    let title = browse.selected().map_or("", |product| &product.name);
    panel(frame, parts.beside, theme, title, false);
    if let Some(product) = browse.selected() {
        let key = shop.picture_key();
        let picture = key.as_ref().and_then(|key| shop.pictures.get(key));
        if product.picture.is_some() {
            draw_picture(picture, shop.is_covered(), frame, parts.picture, theme);
        }
        let caption = Rect {
            y: parts.picture.bottom(),
            height: parts
                .beside
                .bottom()
                .saturating_sub(parts.picture.bottom() + 1),
            ..parts.picture
        };
        draw_caption(shop, product, frame, caption, theme);
    }
}

fn draw_caption(
    shop: &Shop,
    product: &ProductSummary,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
) {
    let line = below(area, 1);
    let buffer = frame.buffer_mut();
    put(buffer, line, &product.price.to_string(), theme.title());
    let is_online = shop.is_online(&product.owner);
    let tone = if is_online { Tone::Good } else { Tone::Muted };
    let seller = with_mark(&product.owner, is_online);
    put_right(buffer, line, &seller, theme.tone(tone));
    let age = shop.clock.age(product.listed_at);
    if !age.is_empty() {
        let said = format!("{}, listed {age} ago", product.category);
        put(buffer, below(area, 2), &said, theme.tone(Tone::Muted));
    }
    let rest = below(area, 3);
    put_wrapped(buffer, rest, &product.description, theme.tone(Tone::Plain));
}

fn cell<'a>(shop: &Shop, ProductRow(product): &'a ProductRow, column: usize) -> Cell<'a> {
    match column {
        0 => product.name.as_str().into(),
        1 => product.price.to_string().into(),
        2 if product.owner == shop.me() => Cell::new("  you", Tone::Accent),
        2 => {
            let is_online = shop.is_online(&product.owner);
            let tone = if is_online { Tone::Good } else { Tone::Plain };
            Cell::new(with_mark(&product.owner, is_online), tone)
        }
        3 => Cell::new(shop.clock.age(product.listed_at), Tone::Muted),
        4 => Cell::new(product.category.as_str(), Tone::Muted),
        _ => "".into(),
    }
}
