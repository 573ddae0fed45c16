//! How the console looks as a whole: tabs, the connection, the screen, the keys, and what lies over it.

use auboutique_client::ui::area::{above_last, below, first_lines, last_lines};
use auboutique_client::ui::input::Size;
use auboutique_client::ui::text::{put_right, width};
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::banner::{Connection, banner};
use auboutique_client::ui::widgets::footer::footer;
use auboutique_client::ui::widgets::panel::popup;
use auboutique_client::ui::widgets::tabs::{Tab as Label, tabs};
use auboutique_client::ui::{Frame, Rect};

use super::{Console, Overlay};
use crate::console::screens::overview::view::{feed_area, overview};
use crate::console::screens::{Place, Tab};
use crate::console::screens::{
    audit::view::audit, products::view::products, sales::view::sales, sessions::view::sessions,
    user::view::user, users::view::users,
};

/// Lines of a list's screen that are no rows: tabs, two of heading, column headings, keys.
const LINES_AROUND_ROWS: u16 = 5;
/// Lines around the rows of what happens: its border and column headings.
const LINES_AROUND_FEED: u16 = 3;
/// Columns and lines of a filter's form.
const FORM_COLUMNS: u16 = 66;
const FORM_LINES_MAX: u16 = 14;

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

/// The lines for what happens on the overview.
pub(super) fn feed_lines(size: Size) -> u16 {
    let window = Rect::new(0, 0, size.width, size.height);
    let feed = feed_area(above_last(below(window, 1), 1));
    feed.height.saturating_sub(LINES_AROUND_FEED)
}

pub(super) fn draw(console: &Console, frame: &mut Frame<'_>, theme: &Theme) {
    let area = frame.area();
    draw_tabs(console, frame, first_lines(area, 1), theme);
    let mut body = above_last(below(area, 1), 1);
    if let Some((tone, text)) = console.connection.notice() {
        banner(frame, first_lines(body, 1), theme, tone, &text);
        body = below(body, 1);
    }
    match &console.place {
        Place::Tab(Tab::Overview) => overview(console, frame, body, theme),
        Place::Tab(Tab::Users) => users(console, frame, body, theme),
        Place::Tab(Tab::Sessions) => sessions(console, frame, body, theme),
        Place::Tab(Tab::Sales) => sales(console, frame, body, theme),
        Place::Tab(Tab::Products) => products(console, frame, body, theme),
        Place::Tab(Tab::Audit) => audit(console, frame, body, theme),
        Place::User(_) => user(console, frame, body, theme),
    }
    let tables = console.key_tables();
    footer(frame, last_lines(area, 1), theme, &tables);
    console.toasts.draw(frame, body, theme);
    match &console.overlay {
        Some(Overlay::Palette(palette)) => palette.draw(frame, body, theme),
        Some(Overlay::Dialog(dialog)) => dialog.draw(frame, body, theme),
        Some(Overlay::Filter(form)) => {
            let title = format!("Filter {}", console.tab().name().to_lowercase());
            let lines = form.lines().min(FORM_LINES_MAX);
            let size = (FORM_COLUMNS, lines);
            let inside = popup(frame, body, theme, (&title, Tone::Accent), size);
            form.draw(frame, inside, theme);
        }
        None => {}
    }
    console.help.draw(frame, area, theme, &tables);
}

fn draw_tabs(console: &Console, frame: &mut Frame<'_>, line: Rect, theme: &Theme) {
    let labels = Tab::ALL.map(|tab| Label {
        name: tab.name(),
        news: 0,
    });
    let needed: usize = labels.iter().map(|label| width(label.name) + 5).sum();
    let room = usize::from(line.width).saturating_sub(needed + 1);
    if width(&console.server) <= room {
        let muted = theme.tone(Tone::Muted);
        put_right(frame.buffer_mut(), line, &console.server, muted);
    }
    tabs(frame, line, theme, &labels, console.tab().index());
}
