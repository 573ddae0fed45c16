//! How the users look.

use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::{count_shown, heading};
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};
use auboutique_protocol::admin::{UserSort, UserStateName};

use super::{UserRow, state_name};
use crate::console::app::Console;
use auboutique_client::terminal::clock::Clock;

const COLUMNS: &[Column] = &[
    Column::new("USERNAME", 14).growing(2),
    Column::new("NAME", 12).growing(2).optional(2),
    Column::new("STATE", 9),
    Column::new("ONLINE", 6),
    Column::new("FOR SALE", 8).right().optional(3),
    Column::new("BOUGHT", 6).right().optional(4),
    Column::new("LAST SEEN", 10).optional(1),
    Column::new("E-MAIL", 16).growing(3).optional(6),
    Column::new("JOINED", 10).optional(5),
];

pub(crate) fn users(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let users = &console.users;
    let rows = users.rows();
    let order = match users.filter().sort {
        UserSort::Username => "by username",
        UserSort::Newest => "newest first",
        UserSort::Oldest => "oldest first",
    };
    let count = match count_shown(rows) {
        count if count.is_empty() => order.to_owned(),
        count => format!("{order}, {count}"),
    };
    let title = ("Users", &*console.filter_words());
    let area = heading(frame, area, theme, title, &count);
    let look = Look {
        columns: COLUMNS,
        empty: "There are no such users.",
        is_focused: true,
    };
    rows.table().draw(frame, area, theme, &look, |row, column| {
        let is_online = console.sessions.is_online(&row.0.username);
        cell(row, column, is_online, &console.clock)
    });
}

/// How a state stands out.
pub(crate) const fn tone(state: UserStateName) -> Tone {
    match state {
        UserStateName::Active => Tone::Plain,
        UserStateName::Suspended => Tone::Bad,
        UserStateName::Deleted => Tone::Muted,
    }
}

fn cell<'a>(UserRow(user): &'a UserRow, column: usize, is_online: bool, clock: &Clock) -> Cell<'a> {
    let state = state_name(&user.state);
    match column {
        0 => user.username.as_str().into(),
        1 => user.name.as_str().into(),
        2 => Cell::new(state.to_string(), tone(state)),
        3 if is_online => Cell::new("● yes", Tone::Good),
        4 => user.products_for_sale.to_string().into(),
        5 => user.purchases.to_string().into(),
        6 => user
            .last_seen
            .map(|at| clock.day(at))
            .unwrap_or_default()
            .into(),
        7 => user.email.as_str().into(),
        8 => clock.day(user.member_since).into(),
        _ => "".into(),
    }
}
