//! A line across the screen for what concerns all of it: above all, whether what is shown is live.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::text::put;
use crate::ui::theme::{Theme, Tone};

/// How a program stands with its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// What is shown is live.
    Live,
    /// There was no connection yet.
    #[default]
    Connecting,
    /// It was lost and is tried again in so many seconds; what is shown is old.
    Retrying {
        /// Seconds until then; at 0 it is being tried.
        seconds: u64,
    },
    /// It will not be tried again.
    Offline,
}

impl Connection {
    /// It was lost and is tried again after a pause.
    #[must_use]
    pub fn retrying(pause: Duration) -> Self {
        // A pause of which less than a second is left is not worth a number.
        let seconds = pause.as_secs();
        Self::Retrying { seconds }
    }

    /// A second has passed: it is tried again so much sooner. Returns whether the time has come.
    pub const fn second_has_passed(&mut self) -> bool {
        if let Self::Retrying { seconds } = self
            && *seconds > 0
        {
            *seconds -= 1;
            return *seconds == 0;
        }
        false
    }

    /// Whether seconds are counted.
    #[must_use]
    pub const fn is_counting(self) -> bool {
        matches!(self, Self::Retrying { seconds: 1.. })
    }

    /// What a person should know, if anything.
    #[must_use]
    pub fn notice(self) -> Option<(Tone, String)> {
        Some(match self {
            Self::Live => return None,
            Self::Connecting => (Tone::Accent, "Connecting …".into()),
            Self::Retrying { seconds: 0 } => (
                Tone::Warning,
                "Connection lost; connecting again … What you see is old.".into(),
            ),
            Self::Retrying { seconds } => (
                Tone::Warning,
                format!("Connection lost; next try in {seconds} s. What you see is old."),
            ),
            Self::Offline => (Tone::Bad, "Not connected. What you see is old.".into()),
        })
    }

    /// Whether what is shown may be taken for the present.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// Draws a notice over the whole width of a line.
pub fn banner(frame: &mut Frame<'_>, line: Rect, theme: &Theme, tone: Tone, text: &str) {
    let line = Rect {
        height: line.height.min(1),
        ..line
    };
    frame.buffer_mut().set_style(line, theme.banner(tone));
    let text = format!(" {} {text}", tone.sign());
    put(frame.buffer_mut(), line, &text, theme.banner(tone));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_live_connection_says_nothing() {
        assert_eq!(Connection::Live.notice(), None);
        for connection in [
            Connection::Connecting,
            Connection::Retrying { seconds: 0 },
            Connection::Retrying { seconds: 7 },
            Connection::Offline,
        ] {
            assert!(connection.notice().is_some() && !connection.is_live());
        }
    }
}
