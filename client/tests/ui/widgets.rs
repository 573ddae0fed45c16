//! How every widget looks, empty, loading, full and after an error, in a small and in a large window.

mod fields;
mod form;
mod gauges;
mod lists;
mod overlays;

use auboutique_client::ui::input::Size;
use auboutique_client::ui::testing::{LARGE, SMALL, draw};
use auboutique_client::ui::theme::Theme;
use ratatui::Frame;

/// Compares what is drawn in both sizes with what was looked at.
fn looked_at(name: &str, view: impl Fn(&mut Frame<'_>, &Theme)) {
    let theme = Theme::plain();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for size in [SMALL, LARGE] {
            let Size { width, height } = size;
            let drawn = draw(size, |frame| view(frame, &theme));
            let cursor = drawn
                .cursor
                .map(|(column, line)| format!("cursor: {column}, {line}\n"));
            let text = drawn.text() + &cursor.unwrap_or_default();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), text);
        }
    });
}
