//! How conversations look.

use auboutique_protocol::chat::Message;
use auboutique_protocol::text::Username;

use super::{ConversationRow, Talk};
use crate::tui::app::Shop;
use crate::tui::screens::view::with_mark;
use crate::ui::area::{above_last, last_lines, right_of};
use crate::ui::text::{number, put, put_centered, put_wrapped, wrap};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::heading::heading;
use crate::ui::widgets::panel::panel;
use crate::ui::widgets::table::{Cell, Column, Content, Look};
use crate::ui::{Frame, Rect};

const COLUMNS: &[Column] = &[
    Column::new("  WITH", 14).growing(1),
    Column::new("NEW", 5).right(),
    Column::new("LAST", 20).growing(4),
    Column::new("WHEN", 6).right(),
];

pub(crate) fn chats(shop: &Shop, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let count = match shop.chats.unread() {
        0 => "nothing unread".to_owned(),
        unread => format!("{unread} unread"),
    };
    let area = heading(frame, area, theme, ("Chat", ""), &count);
    let look = Look {
        columns: COLUMNS,
        empty: "No conversation yet. c on a product asks its seller.",
        is_focused: true,
    };
    let table = shop.chats.table();
    table.draw(frame, area, theme, &look, |row, column| {
        cell(shop, row, column)
    });
}

fn cell<'a>(shop: &Shop, ConversationRow(with): &'a ConversationRow, column: usize) -> Cell<'a> {
    match column {
        0 => {
            let is_online = shop.is_online(&with.with);
            let tone = if is_online { Tone::Good } else { Tone::Plain };
            Cell::new(with_mark(&with.with, is_online), tone)
        }
        1 if with.unread > 0 => Cell::new(with.unread.to_string(), Tone::Accent),
        2 => {
            let from = if with.last.from == with.with {
                ""
            } else {
                "you: "
            };
            let tone = if with.unread > 0 {
                Tone::Accent
            } else {
                Tone::Muted
            };
            Cell::new(format!("{from}{}", with.last.text), tone)
        }
        3 => Cell::new(shop.clock.age(with.last.sent_at), Tone::Muted),
        _ => "".into(),
    }
}

/// A line of a conversation as it is shown.
struct Line {
    text: String,
    tone: Tone,
    is_own: bool,
}

pub(crate) fn talk(shop: &Shop, with: &Username, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let Some(talk) = shop.chats.talk(with) else {
        return;
    };
    let is_online = shop.is_online(with.as_str());
    let presence = if is_online { "● online" } else { "offline" };
    let title = format!("{}, {presence}", with.as_str());
    let inside = panel(frame, above_last(area, 3), theme, &title, false);
    let inside = Rect {
        width: inside.width.saturating_sub(2),
        ..right_of(inside, 1)
    };
    let lines = lines(shop, talk, usize::from(inside.width));
    match (&talk.content, lines.is_empty()) {
        (Content::Failed(reason), _) => {
            let text = format!("{} {reason}", Tone::Bad.sign());
            put_wrapped(frame.buffer_mut(), inside, &text, theme.tone(Tone::Bad));
        }
        (Content::Loading, true) => {
            put_centered(
                frame.buffer_mut(),
                inside,
                "Loading …",
                theme.tone(Tone::Muted),
            );
        }
        (Content::Ready, true) => {
            let text = format!("Nothing was said yet. Write to {}.", with.as_str());
            put_centered(frame.buffer_mut(), inside, &text, theme.tone(Tone::Muted));
        }
        (Content::Ready | Content::Loading, false) => {
            draw_lines(&lines, talk.scrolled, frame, inside, theme);
        }
    }
    draw_line(shop, talk, frame, last_lines(area, 3), theme);
}

fn draw_lines(lines: &[Line], scrolled: u16, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let hidden = number(lines.len()).saturating_sub(area.height);
    let below = usize::from(scrolled.min(hidden));
    let end = lines.len() - below;
    let start = end.saturating_sub(usize::from(area.height));
    // What is there stands at the bottom, as the newest is what is looked at.
    let free = usize::from(area.height).saturating_sub(end - start);
    for (line, row) in lines[start..end].iter().zip(area.rows().skip(free)) {
        let place = if line.is_own { right_of(row, 2) } else { row };
        put(frame.buffer_mut(), place, &line.text, theme.tone(line.tone));
    }
}

fn lines(shop: &Shop, talk: &Talk, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if talk.has_earlier() {
        lines.push(Line {
            text: "PgUp shows what was said before.".into(),
            tone: Tone::Muted,
            is_own: false,
        });
    }
    let mut about = None;
    for message in talk.messages() {
        if message.about.is_some() && message.about != about {
            about = message.about;
            let product = about.map(|product| format!("about product {product}"));
            lines.push(Line {
                text: format!("── {} ──", product.unwrap_or_default()),
                tone: Tone::Muted,
                is_own: false,
            });
        }
        push(&mut lines, shop, talk, message, columns);
    }
    if let Some(text) = &talk.sending {
        for part in wrap(text, columns.saturating_sub(10)) {
            lines.push(Line {
                text: format!("…  you  {part}"),
                tone: Tone::Muted,
                is_own: true,
            });
        }
    }
    lines
}

fn push(lines: &mut Vec<Line>, shop: &Shop, talk: &Talk, message: &Message, columns: usize) {
    let is_own = message.from == shop.me();
    let mark = match (is_own, talk.is_seen(message.number)) {
        (false, _) => " ",
        (true, true) => "✓✓",
        (true, false) => "✓",
    };
    let name = if is_own { "you" } else { &message.from };
    let time = shop.clock.minute(message.sent_at);
    lines.push(Line {
        text: format!("{name}  {time} {mark}"),
        tone: if is_own { Tone::Muted } else { Tone::Accent },
        is_own,
    });
    for part in wrap(&message.text, columns.saturating_sub(4)) {
        lines.push(Line {
            text: format!("  {part}"),
            tone: Tone::Plain,
            is_own,
        });
    }
}

fn draw_line(shop: &Shop, talk: &Talk, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let title = match (&talk.problem, talk.about) {
        (Some(problem), _) => format!("{} {problem}", Tone::Bad.sign()),
        (None, Some(product)) => format!("about product {product}"),
        (None, None) => String::new(),
    };
    let inside = panel(frame, area, theme, &title, true);
    let inside = Rect {
        width: inside.width.saturating_sub(2),
        ..right_of(inside, 1)
    };
    let placeholder = if shop.connection.is_live() {
        "Write, and press Enter"
    } else {
        "The server is away; what you write stays here"
    };
    talk.line.draw(frame, inside, theme, placeholder, true);
}
