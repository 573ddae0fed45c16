//! How a product looks.

use auboutique_protocol::catalog::{ProductDetail, ProductState};

use crate::tui::app::Shop;
use crate::tui::pictures::view::draw as draw_picture;
use crate::tui::screens::view::{product_parts, with_mark};
use crate::ui::area::{below, right_of};
use crate::ui::text::{number, put, put_centered, wrap};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::heading::{fact, note};
use crate::ui::widgets::panel::panel;
use crate::ui::{Frame, Rect};

/// Columns of the names of facts.
const NAMES: u16 = 10;

pub(crate) fn product(shop: &Shop, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let Some(page) = &shop.product else { return };
    let parts = product_parts(area);
    let title = page.detail().map_or("", |detail| &detail.name);
    let inside = panel(frame, parts.main, theme, title, true);
    let inside = Rect {
        width: inside.width.saturating_sub(2),
        ..right_of(inside, 1)
    };
    let rest = note(frame, inside, theme, page.content());
    if !parts.beside.is_empty() {
        panel(frame, parts.beside, theme, "", false);
        let key = shop.picture_key();
        match &key {
            Some(key) => {
                let picture = shop.pictures.get(key);
                draw_picture(picture, shop.is_covered(), frame, parts.picture, theme);
            }
            None => {
                let line = below(parts.picture, parts.picture.height / 2);
                let muted = theme.tone(Tone::Muted);
                put_centered(frame.buffer_mut(), line, "no picture", muted);
            }
        }
    }
    if let Some(detail) = page.detail() {
        draw_detail(shop, detail, page.top, frame, rest, theme);
    }
}

fn draw_detail(
    shop: &Shop,
    detail: &ProductDetail,
    top: u16,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
) {
    let is_own = detail.owner == shop.me();
    let is_online = shop.is_online(&detail.owner);
    let seller = if is_own {
        "you".to_owned()
    } else {
        with_mark(&detail.owner_name, is_online)
            .trim_start()
            .to_owned()
    };
    let seller_tone = if is_online { Tone::Good } else { Tone::Plain };
    let (state, state_tone) = match &detail.state {
        ProductState::ForSale(_) if is_own => ("for sale".to_owned(), Tone::Plain),
        ProductState::ForSale(_) => ("for sale: b buys it".to_owned(), Tone::Good),
        ProductState::Sold(sold) => (
            format!("sold, {}", shop.clock.minute(sold.sold_at)),
            Tone::Warning,
        ),
        ProductState::Withdrawn(_) => ("not for sale any more".to_owned(), Tone::Warning),
    };
    let facts = [
        ("Price", detail.price.to_string(), Tone::Accent),
        ("State", state, state_tone),
        ("Seller", seller, seller_tone),
        ("", detail.owner.clone(), Tone::Muted),
        ("Category", detail.category.clone(), Tone::Plain),
        ("Listed", shop.clock.minute(detail.listed_at), Tone::Plain),
    ];
    for ((name, text, tone), line) in facts.iter().zip(area.rows()) {
        fact(frame, line, theme, (name, NAMES), (text, *tone));
    }
    let area = below(area, number(facts.len()) + 1);
    let lines = wrap(&detail.description, usize::from(area.width));
    let hidden = number(lines.len()).saturating_sub(area.height);
    let skipped = usize::from(top.min(hidden));
    for (line, row) in lines.iter().skip(skipped).zip(area.rows()) {
        put(frame.buffer_mut(), row, line, theme.tone(Tone::Plain));
    }
}
