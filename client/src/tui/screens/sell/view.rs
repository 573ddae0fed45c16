//! How selling looks.

use super::{FileRow, Files, Selling};
use crate::tui::app::Shop;
use crate::tui::pictures::view::draw as draw_picture;
use crate::tui::screens::view::sell_parts;
use crate::ui::area::{below, first_lines, last_lines, right_of};
use crate::ui::text::{number, put, put_centered};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::heading::heading;
use crate::ui::widgets::panel::{panel, popup};
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::table::{Cell, Column, Look};
use crate::ui::{Frame, Rect};

const FILES: &[Column] = &[
    Column::new("NAME", 20).growing(1),
    Column::new("SIZE", 10).right(),
];

pub(crate) fn sell(shop: &Shop, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let Some(selling) = &shop.selling else { return };
    let parts = sell_parts(area);
    let title = ("Sell something", "it exists once, and is sold once");
    let form = heading(frame, parts.main, theme, title, "");
    selling.form().draw(frame, right_of(form, 1), theme);
    if let Some((done, total)) = selling.progress() {
        let what = "Sending";
        let sending = Progress { what, done, total };
        let line = right_of(last_lines(parts.main, 1), 1);
        progress(frame, line, theme, &sending);
    }
    if !parts.beside.is_empty() {
        panel(frame, parts.beside, theme, "Picture", false);
        draw_preview(shop, selling, frame, parts.picture, theme);
    }
    if let Some(files) = selling.files() {
        draw_files(files, frame, area, theme);
    }
}

fn draw_preview(shop: &Shop, selling: &Selling, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    if selling.picture().is_none() {
        let line = below(area, area.height / 2);
        put_centered(frame.buffer_mut(), line, "none", theme.tone(Tone::Muted));
        return;
    }
    let key = shop.picture_key();
    let picture = key.as_ref().and_then(|key| shop.pictures.get(key));
    draw_picture(picture, shop.is_covered(), frame, area, theme);
}

fn draw_files(files: &Files, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let size = (
        area.width.saturating_sub(8),
        area.height.saturating_sub(4).max(number(5)),
    );
    let inside = popup(frame, area, theme, ("Choose a picture", Tone::Accent), size);
    let path = files.path.to_string_lossy();
    let line = first_lines(inside, 1);
    put(frame.buffer_mut(), line, &path, theme.tone(Tone::Muted));
    let look = Look {
        columns: FILES,
        empty: "No picture is here, and no folder.",
        is_focused: true,
    };
    let table = Rect {
        height: inside.height.saturating_sub(3),
        ..below(inside, 2)
    };
    files.table.draw(frame, table, theme, &look, cell);
    let hint = "Enter opens or takes it, ← goes up, Esc closes this";
    let line = last_lines(inside, 1);
    put(frame.buffer_mut(), line, hint, theme.tone(Tone::Muted));
}

fn cell(FileRow(entry): &FileRow, column: usize) -> Cell<'_> {
    match column {
        0 if entry.is_folder => Cell::new(format!("{}/", entry.name), Tone::Accent),
        0 => entry.name.as_str().into(),
        1 if !entry.is_folder => {
            let kilobytes = entry.bytes.div_ceil(1000);
            Cell::new(format!("{kilobytes} kB"), Tone::Muted)
        }
        _ => "".into(),
    }
}
