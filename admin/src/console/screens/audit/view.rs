//! How the audit looks.

use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::heading::{count_shown, heading};
use auboutique_client::ui::widgets::table::{Cell, Column, Look};
use auboutique_client::ui::{Frame, Rect};

use super::AuditRow;
use crate::audit::object;
use crate::console::app::Console;
use auboutique_client::terminal::clock::Clock;

const COLUMNS: &[Column] = &[
    Column::new("WHEN", 16),
    Column::new("BY", 8).growing(1),
    Column::new("DID", 14),
    Column::new("TO", 10).growing(1),
    Column::new("WHY", 18).growing(4),
    Column::new("NO.", 6).right().optional(1),
];

pub(crate) fn audit(console: &Console, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let rows = console.audit.rows();
    let count = count_shown(rows);
    let title = ("Audit", &*console.filter_words());
    let area = heading(frame, area, theme, title, &count);
    let look = Look {
        columns: COLUMNS,
        empty: "No administrator has done such a thing.",
        is_focused: true,
    };
    rows.table().draw(frame, area, theme, &look, |row, column| {
        cell(row, column, &console.clock)
    });
}

fn cell<'a>(AuditRow(entry): &'a AuditRow, column: usize, clock: &Clock) -> Cell<'a> {
    match column {
        0 => clock.minute(entry.at).into(),
        1 => entry.actor.as_str().into(),
        2 => entry.action.to_string().replace('_', " ").into(),
        3 => object(entry).into(),
        4 => {
            let why = entry.why.as_ref().or(entry.text.as_ref());
            why.map_or("", String::as_str).into()
        }
        5 => Cell::new(entry.number.to_string(), Tone::Muted),
        _ => "".into(),
    }
}
