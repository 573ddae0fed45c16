//! How the member's screen looks as a whole: tabs, the connection, the screen, the keys, and what lies over it.

use super::{Overlay, Receipt, Shop};
use crate::tui::screens::view::{browse_parts, product_parts, sell_parts};
use crate::tui::screens::{Place, Tab};
use crate::tui::screens::{
    browse::view::browse, chat::view::chats, chat::view::talk, mine::view::mine,
    product::view::product, sell::view::sell, welcome::view::welcome,
};
use crate::ui::area::{above_last, below, first_lines, last_lines, right_of};
use crate::ui::input::Size;
use crate::ui::text::{number, put, put_right, put_wrapped, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::banner::{Connection, banner};
use crate::ui::widgets::footer::footer;
use crate::ui::widgets::panel::popup;
use crate::ui::widgets::tabs::{Tab as Label, tabs};
use crate::ui::{Frame, Rect};

/// Lines of a list's screen that are no rows: tabs, two of heading, column headings, keys.
const LINES_AROUND_ROWS: u16 = 5;
const FORM_COLUMNS: u16 = 66;
const FORM_LINES_MAX: u16 = 16;
/// Columns of what is said about a purchase.
const RECEIPT_COLUMNS: u16 = 60;

/// The lines for rows of a list in a window.
pub(super) fn list_lines(size: Size) -> u16 {
    size.height.saturating_sub(LINES_AROUND_ROWS)
}

/// The line of a list's table that stands on a line of the screen.
pub(super) fn table_line(connection: Connection, line: u16) -> Option<u16> {
    // Tabs, perhaps a notice, a heading of two lines.
    let notice = u16::from(connection.notice().is_some());
    line.checked_sub(1 + notice + 2)
}

/// The columns of the form of what is sold.
pub(super) fn sell_columns(size: Size) -> u16 {
    let body = Rect::new(0, 1, size.width, size.height.saturating_sub(2));
    sell_parts(body).main.width.saturating_sub(1)
}

/// The columns and lines of the picture of a screen; none where it shows none.
pub(super) fn picture_size(size: Size, place: &Place) -> Option<(u16, u16)> {
    // As without a notice across the screen; with one, the last line is missing.
    let body = Rect::new(0, 1, size.width, size.height.saturating_sub(3));
    let picture = match place {
        Place::Tab(Tab::Browse) => browse_parts(body).picture,
        Place::Product(_) => product_parts(body).picture,
        Place::Tab(Tab::Sell) => sell_parts(body).picture,
        Place::Welcome | Place::Tab(Tab::Mine | Tab::Chat) | Place::Talk(_) => return None,
    };
    (!picture.is_empty()).then_some((picture.width, picture.height))
}

pub(super) fn draw(shop: &Shop, frame: &mut Frame<'_>, theme: &Theme) {
    let area = frame.area();
    let tables = shop.key_tables();
    if shop.place == Place::Welcome {
        let body = above_last(area, 1);
        welcome(&shop.welcome, frame, body, theme);
        footer(frame, last_lines(area, 1), theme, &tables);
        shop.help.draw(frame, area, theme, &tables);
        return;
    }
    draw_tabs(shop, frame, first_lines(area, 1), theme);
    let mut body = above_last(below(area, 1), 1);
    if let Some((tone, text)) = shop.connection.notice() {
        let text = match shop.connection {
            Connection::Retrying { .. } | Connection::Offline => {
                format!("{text} Nothing can be sent.")
            }
            Connection::Live | Connection::Connecting => text,
        };
        banner(frame, first_lines(body, 1), theme, tone, &text);
        body = below(body, 1);
    }
    match &shop.place {
        Place::Welcome => {}
        Place::Tab(Tab::Browse) => browse(shop, frame, body, theme),
        Place::Tab(Tab::Sell) => sell(shop, frame, body, theme),
        Place::Tab(Tab::Mine) => mine(shop, frame, body, theme),
        Place::Tab(Tab::Chat) => chats(shop, frame, body, theme),
        Place::Product(_) => product(shop, frame, body, theme),
        Place::Talk(with) => talk(shop, with, frame, body, theme),
    }
    footer(frame, last_lines(area, 1), theme, &tables);
    shop.toasts.draw(frame, body, theme);
    match &shop.overlay {
        None => {}
        Some(Overlay::Filter(form)) => draw_form(form, "Filter", frame, body, theme),
        Some(Overlay::Edit(form)) => draw_form(form, "Edit", frame, body, theme),
        Some(Overlay::Ask(question, _)) => question.draw(frame, body, theme),
        Some(Overlay::Buying {
            name, is_unknown, ..
        }) => draw_buying(name, *is_unknown, frame, body, theme),
        Some(Overlay::Receipt(receipt)) => draw_receipt(receipt, frame, body, theme),
    }
    shop.help.draw(frame, area, theme, &tables);
}

fn draw_tabs(shop: &Shop, frame: &mut Frame<'_>, line: Rect, theme: &Theme) {
    let labels = Tab::ALL.map(|tab| Label {
        name: tab.name(),
        news: if tab == Tab::Chat {
            shop.chats.unread()
        } else {
            0
        },
    });
    let needed: usize = labels.iter().map(|label| width(label.name) + 8).sum();
    let room = usize::from(line.width).saturating_sub(needed + 1);
    if let Some(member) = &shop.member {
        let full = format!("{} on {}", member.profile.username, member.facts.server);
        let short = &member.profile.username;
        let said = if width(&full) <= room { &full } else { short };
        if width(said) <= room {
            let muted = theme.tone(Tone::Muted);
            put_right(frame.buffer_mut(), line, said, muted);
        }
    }
    tabs(frame, line, theme, &labels, shop.tab().index());
}

fn draw_form(
    form: &crate::ui::widgets::form::Form,
    title: &str,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
) {
    let lines = form.lines().min(FORM_LINES_MAX);
    let inside = popup(
        frame,
        area,
        theme,
        (title, Tone::Accent),
        (FORM_COLUMNS, lines),
    );
    form.draw(frame, inside, theme);
}

fn draw_buying(name: &str, is_unknown: bool, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let (tone, text) = if is_unknown {
        (
            Tone::Warning,
            "Checking … The answer got lost on the way. The same purchase is asked about until the \
             market answers; it is never made twice. Esc closes this; the receipt will be under My \
             things.",
        )
    } else {
        (Tone::Accent, "Buying …")
    };
    let inside = popup(frame, area, theme, (name, tone), (RECEIPT_COLUMNS, 5));
    put_wrapped(frame.buffer_mut(), inside, text, theme.tone(Tone::Plain));
}

fn draw_receipt(receipt: &Receipt, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let confirmation = &receipt.confirmation;
    let size = (RECEIPT_COLUMNS, 12);
    let inside = popup(frame, area, theme, ("You bought it", Tone::Good), size);
    let facts = [
        ("What", receipt.name.clone(), Tone::Plain),
        ("From", receipt.seller.clone(), Tone::Plain),
        ("Price", confirmation.price.to_string(), Tone::Plain),
        ("", String::new(), Tone::Plain),
        ("Collect at", confirmation.collect_at.clone(), Tone::Plain),
        ("On", confirmation.collect_on.clone(), Tone::Accent),
        ("Hours", confirmation.collect_hours.clone(), Tone::Plain),
        ("Code", confirmation.code.clone(), Tone::Good),
    ];
    for ((name, text, tone), line) in facts.iter().zip(inside.rows()) {
        let buffer = frame.buffer_mut();
        put(buffer, line, name, theme.heading());
        put(buffer, right_of(line, 12), text, theme.tone(*tone));
    }
    let rest = below(inside, number(facts.len()) + 1);
    let advice = "Show the code when you collect it. You find this again under My things, p. Esc \
                  closes this.";
    put_wrapped(frame.buffer_mut(), rest, advice, theme.tone(Tone::Muted));
}
