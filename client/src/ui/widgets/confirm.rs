//! A question before something that cannot be taken back.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::right_of;
use crate::ui::input::{Code, Key};
use crate::ui::text::{number, put, put_wrapped, width, wrap};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::panel::popup;

/// Widest text of a question, in columns.
const COLUMNS_MAX: u16 = 56;

/// A question that names the consequence. Nothing happens by an Enter too many: "no" is chosen first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    title: String,
    consequence: String,
    verb: String,
    is_destructive: bool,
    is_yes: bool,
}

/// What the person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Do not.
    No,
    /// Nothing yet.
    Open,
}

impl Confirm {
    /// Asks about something that costs or changes something.
    #[must_use]
    pub fn new(
        title: impl Into<String>,
        consequence: impl Into<String>,
        verb: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            consequence: consequence.into(),
            verb: verb.into(),
            is_destructive: false,
            is_yes: false,
        }
    }

    /// Asks about something that takes something away from somebody; it looks like that.
    #[must_use]
    pub fn destructive(mut self) -> Self {
        self.is_destructive = true;
        self
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Answer {
        match key.code {
            Code::Char('y' | 'Y') => return Answer::Yes,
            Code::Char('n' | 'N' | 'q') | Code::Esc => return Answer::No,
            Code::Enter if self.is_yes => return Answer::Yes,
            Code::Enter => return Answer::No,
            Code::Tab | Code::BackTab | Code::Left | Code::Right => self.is_yes = !self.is_yes,
            Code::Char(_)
            | Code::F(_)
            | Code::Backspace
            | Code::Delete
            | Code::Insert
            | Code::Up
            | Code::Down
            | Code::Home
            | Code::End
            | Code::PageUp
            | Code::PageDown => {}
        }
        Answer::Open
    }

    /// Draws the question over the middle of an area.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let columns = COLUMNS_MAX.min(area.width.saturating_sub(4));
        let lines = wrap(&self.consequence, usize::from(columns)).len();
        let size = (columns, number(lines).saturating_add(2));
        let tone = if self.is_destructive {
            Tone::Bad
        } else {
            Tone::Accent
        };
        let inside = popup(frame, area, theme, (&self.title, tone), size);
        let text = Rect {
            height: inside.height.saturating_sub(2),
            ..inside
        };
        let buffer = frame.buffer_mut();
        put_wrapped(buffer, text, &self.consequence, theme.tone(Tone::Plain));
        let Some(buttons) = inside.rows().next_back() else {
            return;
        };
        let no = button("No", "n", !self.is_yes);
        let yes = button(&self.verb, "y", self.is_yes);
        let chosen = if self.is_destructive {
            theme.danger()
        } else {
            theme.selection(true)
        };
        let quiet = theme.tone(Tone::Plain);
        let styles = if self.is_yes {
            [quiet, chosen]
        } else {
            [theme.selection(true), quiet]
        };
        let needed = number(width(&no) + 2 + width(&yes));
        let start = right_of(buttons, buttons.width.saturating_sub(needed));
        let taken = put(buffer, start, &no, styles[0]);
        put(buffer, right_of(start, taken + 2), &yes, styles[1]);
    }
}

fn button(text: &str, key: &str, is_chosen: bool) -> String {
    let [open, close] = if is_chosen { ["[", "]"] } else { [" ", " "] };
    format!("{open} {text} ({key}) {close}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(codes: &[Code]) -> Answer {
        let mut confirm = Confirm::new("Disconnect mona?", "She must log in again.", "Disconnect");
        let mut answer = Answer::Open;
        for code in codes {
            assert_eq!(answer, Answer::Open);
            answer = confirm.press(Key::of(*code));
        }
        answer
    }

    #[test]
    fn an_enter_too_many_does_nothing() {
        assert_eq!(press(&[Code::Enter]), Answer::No);
        assert_eq!(press(&[Code::Esc]), Answer::No);
        assert_eq!(press(&[Code::Down]), Answer::Open);
        assert_eq!(press(&[Code::Left, Code::Enter]), Answer::Yes);
        assert_eq!(press(&[Code::Tab, Code::BackTab, Code::Enter]), Answer::No);
        assert_eq!(press(&[Code::Char('y')]), Answer::Yes);
    }
}
