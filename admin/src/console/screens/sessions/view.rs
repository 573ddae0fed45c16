//! How the connections look.

use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::heading;
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};
use auboutique_protocol::admin::Connection;

use super::bytes;
use crate::consequences::count;
use crate::console::app::Console;
use crate::statistics::bytes as size;
use auboutique_client::terminal::clock::Clock;

/// Events in the queue from which on a connection is slow to take them.
const QUEUE_NOTABLE: u64 = 16;

/// The places of these are known to the orders; see [`super::Order`].
const COLUMNS: &[Column] = &[
    Column::new("USERNAME", 12).growing(2),
    Column::new("ADDRESS", 15).growing(1),
    Column::new("PROGRAM", 16).growing(1).optional(2),
    Column::new("SINCE", 7).right(),
    Column::new("ACTIVE", 8).right(),
    Column::new("REQUESTS", 10).right(),
    Column::new("BYTES", 9).right().optional(3),
    Column::new("QUEUE", 7).right().optional(1),
    Column::new("SESSION", 16).right().optional(4),
];

pub(crate) fn sessions(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let sessions = &console.sessions;
    let (connections, users) = sessions.count();
    let words = console.filter_words();
    let connections = count(connections as u64, "connection");
    let totals = if words.is_empty() {
        format!("{connections} of {}", count(users as u64, "user"))
    } else {
        format!("{} of {connections}", sessions.table().rows().len())
    };
    let area = heading(frame, area, theme, ("Sessions", &words), &totals);
    let look = Look {
        columns: COLUMNS,
        empty: if words.is_empty() {
            "Nobody is connected at this moment."
        } else {
            "Nobody of that kind is connected at this moment."
        },
        is_focused: true,
    };
    let table = sessions.table();
    table.draw(frame, area, theme, &look, |row, column| {
        match sessions.connection(row) {
            Some(live) => cell(live, column, &console.clock),
            None => "".into(),
        }
    });
}

fn cell<'a>(live: &'a Connection, column: usize, clock: &Clock) -> Cell<'a> {
    match column {
        0 => live.username.as_str().into(),
        1 => live.address.as_str().into(),
        2 => Cell::new(live.agent.as_str(), Tone::Muted),
        3 => clock.age(live.since).into(),
        4 => clock.age(live.last_activity).into(),
        5 => live.requests.to_string().into(),
        6 => size(bytes(live)).into(),
        7 if live.queue_depth >= QUEUE_NOTABLE => {
            Cell::new(format!("! {}", live.queue_depth), Tone::Warning)
        }
        7 => live.queue_depth.to_string().into(),
        8 => Cell::new(live.session.to_string(), Tone::Muted),
        _ => "".into(),
    }
}
