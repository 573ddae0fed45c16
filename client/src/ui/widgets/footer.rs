//! The last line of a screen: the keys that matter here.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::right_of;
use crate::ui::keys::Listed;
use crate::ui::text::{number, put, width};
use crate::ui::theme::{Theme, Tone};

/// Columns between two keys.
const GAP: u16 = 2;

/// Draws those keys of the tables that are meant for the footer, the first ones first. What does not
/// fit is left to the help.
pub fn footer(frame: &mut Frame<'_>, line: Rect, theme: &Theme, tables: &[&dyn Listed]) {
    let entries = tables.iter().flat_map(|table| table.entries());
    let mut rest = line;
    for entry in entries.filter(|entry| entry.is_in_footer) {
        let Some(key) = entry.keys.first() else {
            continue;
        };
        let key = key.to_string();
        let needed = number(width(&key) + 1 + width(entry.help));
        if needed > rest.width {
            return;
        }
        let taken = put(frame.buffer_mut(), rest, &key, theme.key());
        let help = right_of(rest, taken + 1);
        put(
            frame.buffer_mut(),
            help,
            entry.help,
            theme.tone(Tone::Muted),
        );
        rest = right_of(rest, needed + GAP);
    }
}
