//! Short notices over a corner of the screen that go away by themselves.
//!
//! Time reaches them as messages: while there are any, the program asks for a tick and passes it on,
//! so tests need no clock and an idle program has none.

use std::collections::VecDeque;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear};

use crate::ui::text::{number, put, put_wrapped, wrap};
use crate::ui::theme::{Theme, Tone};

/// The time between two ticks.
pub const TICK: Duration = Duration::from_secs(1);
/// Notices at a time; the oldest makes room.
pub const TOASTS_MAX: usize = 4;
/// Columns of a notice with its border.
const COLUMNS: u16 = 44;
/// Lines of text of a notice.
const LINES_MAX: usize = 3;

/// The notices that are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toasts(VecDeque<Toast>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    tone: Tone,
    text: String,
    ticks_left: u8,
}

impl Toasts {
    /// Shows a notice: bad news for ten ticks, other for five. The same text again is not shown twice.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        let ticks_left = match tone {
            Tone::Bad | Tone::Warning => 10,
            Tone::Plain | Tone::Muted | Tone::Accent | Tone::Good => 5,
        };
        let text = text.into();
        self.0.retain(|toast| toast.text != text);
        if self.0.len() == TOASTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Toast {
            tone,
            text,
            ticks_left,
        });
    }

    /// A [`TICK`] has passed.
    pub fn tick(&mut self) {
        for toast in &mut self.0 {
            toast.ticks_left = toast.ticks_left.saturating_sub(1);
        }
        self.0.retain(|toast| toast.ticks_left > 0);
    }

    /// Takes the newest notice away. Returns whether there was one.
    pub fn dismiss(&mut self) -> bool {
        self.0.pop_back().is_some()
    }

    /// Whether no tick is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Draws the notices upwards from the lower right corner of an area, the newest lowest.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let mut bottom = area.bottom();
        for toast in self.0.iter().rev() {
            let width = COLUMNS.min(area.width);
            let columns = usize::from(width.saturating_sub(6));
            let lines = wrap(&toast.text, columns).len().min(LINES_MAX);
            let height = number(lines) + 2;
            let Some(top) = bottom.checked_sub(height).filter(|top| *top >= area.y) else {
                return;
            };
            bottom = top;
            let place = Rect::new(area.right() - width, top, width, height);
            draw_one(toast, frame, place, theme);
        }
    }
}

fn draw_one(toast: &Toast, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let style = theme.tone(toast.tone);
    frame.render_widget(Clear, area);
    let block = Block::bordered().border_style(style);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let buffer = frame.buffer_mut();
    put(
        buffer,
        Rect {
            x: inside.x + 1,
            width: 1,
            ..inside
        },
        toast.tone.sign(),
        style,
    );
    let text = Rect {
        x: inside.x + 3,
        width: inside.width.saturating_sub(4),
        ..inside
    };
    put_wrapped(buffer, text, &toast.text, theme.tone(Tone::Plain));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_news_stay_longer_and_all_go() {
        let mut toasts = Toasts::default();
        toasts.push(Tone::Good, "Saved.");
        toasts.push(Tone::Bad, "Refused.");
        for _ in 0..5 {
            toasts.tick();
        }
        assert_eq!(toasts.0.len(), 1);
        for _ in 0..5 {
            toasts.tick();
        }
        assert!(toasts.is_empty());
        toasts.tick();
    }

    #[test]
    fn the_oldest_makes_room_and_nothing_stands_twice() {
        let mut toasts = Toasts::default();
        for number in 0..9 {
            toasts.push(Tone::Plain, format!("{}", number % 6));
        }
        let texts: Vec<_> = toasts.0.iter().map(|toast| &*toast.text).collect();
        assert_eq!(texts, ["5", "0", "1", "2"]);
        assert!(toasts.dismiss());
        assert_eq!(toasts.0.len(), 3);
    }
}
