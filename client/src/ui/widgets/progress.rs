//! How far something has come that takes a while.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::right_of;
use crate::ui::text::{number, put, put_right, width};
use crate::ui::theme::{Theme, Tone};

/// Columns of `100 %`.
const PERCENT_COLUMNS: u16 = 5;
/// A narrower bar says nothing that the number does not.
const BAR_COLUMNS_MIN: u16 = 4;

/// Something that takes a while, and how much of it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What it is: "Sending photo.jpg".
    pub what: &'a str,
    /// How much is done.
    pub done: u64,
    /// How much there is to do; 0 while nobody knows.
    pub total: u64,
}

impl Progress<'_> {
    /// The part that is done, in hundredths, if it is known. All of them mean that nothing is left.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let done = u128::from(self.done.min(self.total)) * 100;
        let percent = done.checked_div(u128::from(self.total))?;
        u8::try_from(percent).ok()
    }
}

/// Draws in the first line of an area what it is, a bar, and the percentage.
pub fn progress(frame: &mut Frame<'_>, area: Rect, theme: &Theme, progress: &Progress<'_>) {
    let (plain, muted) = (theme.tone(Tone::Plain), theme.tone(Tone::Muted));
    let percent = progress.percent();
    let written = percent.map_or_else(|| "…".to_owned(), |percent| format!("{percent} %"));
    let buffer = frame.buffer_mut();
    put_right(buffer, area, &written, plain);
    let rest = Rect {
        width: area.width.saturating_sub(PERCENT_COLUMNS + 1),
        ..area
    };
    let what = Rect {
        width: number(width(progress.what)).min(rest.width / 2),
        ..rest
    };
    put(buffer, what, progress.what, plain);
    let bar = if what.width == 0 {
        rest
    } else {
        right_of(rest, what.width + 1)
    };
    let columns = bar.width.saturating_sub(2);
    if columns < BAR_COLUMNS_MIN {
        return;
    }
    let filled = number(usize::from(columns) * usize::from(percent.unwrap_or(0)) / 100);
    let done = "█".repeat(usize::from(filled));
    let open = "░".repeat(usize::from(columns - filled));
    put(buffer, bar, "[", muted);
    put(buffer, right_of(bar, 1), &done, theme.tone(Tone::Accent));
    put(buffer, right_of(bar, 1 + filled), &open, muted);
    put(buffer, right_of(bar, 1 + columns), "]", muted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::input::Size;
    use crate::ui::testing::{SMALL, draw};

    fn of(done: u64, total: u64) -> Progress<'static> {
        let what = "Sending";
        Progress { what, done, total }
    }

    #[test]
    fn only_what_is_done_is_whole() {
        for (done, total, percent) in [
            (0, 3, Some(0)),
            (1, 3, Some(33)),
            (999, 1000, Some(99)),
            (3, 3, Some(100)),
            (4, 3, Some(100)),
            (u64::MAX - 1, u64::MAX, Some(99)),
            (5, 0, None),
        ] {
            assert_eq!(of(done, total).percent(), percent, "{done} of {total}");
        }
    }

    #[test]
    fn the_number_is_the_last_to_go_where_there_is_no_room() {
        let line = |columns| {
            let drawn = draw(SMALL, |frame| {
                let area = Rect::new(0, 0, columns, 1);
                progress(frame, area, &Theme::plain(), &of(1, 2));
            });
            drawn.text().lines().next().unwrap().to_owned()
        };
        assert_eq!(line(26), "Sending [█████░░░░░]  50 %");
        assert_eq!(line(20), "Sending [██░░]  50 %");
        assert_eq!(line(12), "Se…     50 %");
        assert_eq!(line(4), "50 %");
    }

    #[test]
    fn no_window_is_too_wide_for_a_bar() {
        let size = Size {
            width: 2000,
            height: 1,
        };
        let drawn = draw(size, |frame| {
            progress(frame, frame.area(), &Theme::plain(), &of(1, 1));
        });
        assert!(drawn.text().ends_with("██] 100 %\n"));
    }
}
