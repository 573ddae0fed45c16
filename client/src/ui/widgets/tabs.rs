//! The screens of a program in one line, the one that is shown marked.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::right_of;
use crate::ui::text::{number, put, width};
use crate::ui::theme::{Theme, Tone};

/// A screen that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab<'a> {
    /// Its name.
    pub name: &'a str,
    /// How much new there is, shown behind the name if it is not 0.
    pub news: u64,
}

impl Tab<'_> {
    fn label(&self, index: usize, is_short: bool) -> String {
        let name = if is_short { "" } else { self.name };
        let space = if is_short { "" } else { " " };
        let news = match self.news {
            0 => String::new(),
            news => format!(" ({news})"),
        };
        format!("{}{space}{name}{news}", index + 1)
    }
}

/// Draws the tabs; each begins with the digit that chooses it. Where they do not fit, only the one
/// that is shown has its name.
pub fn tabs(frame: &mut Frame<'_>, line: Rect, theme: &Theme, tabs: &[Tab<'_>], shown: usize) {
    let labels = |is_short: bool| -> Vec<String> {
        let label = |(index, tab): (usize, &Tab<'_>)| tab.label(index, is_short && index != shown);
        tabs.iter().enumerate().map(label).collect()
    };
    let mut chosen = labels(false);
    let needed: usize = chosen.iter().map(|label| width(label) + 3).sum();
    if needed > usize::from(line.width) {
        chosen = labels(true);
    }
    let mut rest = line;
    for (index, label) in chosen.iter().enumerate() {
        // The brackets are for those who see no colours.
        let (text, style) = if index == shown {
            (format!("[{label}]"), theme.title())
        } else {
            (format!(" {label} "), theme.tone(Tone::Muted))
        };
        let taken = put(frame.buffer_mut(), rest, &text, style);
        rest = right_of(rest, taken.max(number(width(&text))) + 1);
    }
}
