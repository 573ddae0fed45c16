//! How the way to a deed looks.

use auboutique_client::ui::area::below;
use auboutique_client::ui::text::{put, put_wrapped};
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::widgets::panel::popup;
use auboutique_client::ui::{Frame, Rect};

use super::{Dialog, Stage};

/// Columns of a dialog.
const COLUMNS: u16 = 66;
/// Lines of the form for the words.
const FORM_LINES: u16 = 6;

impl Dialog {
    pub(crate) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let title = self.deed.title();
        match &self.stage {
            Stage::Words => {
                let size = (COLUMNS, FORM_LINES);
                let inside = popup(frame, area, theme, (&title, Tone::Accent), size);
                self.form.draw(frame, inside, theme);
            }
            Stage::Weighing { .. } => wait(frame, area, theme, &title, "Looking …"),
            Stage::Asking { question, .. } => question.draw(frame, area, theme),
            Stage::Doing { .. } => wait(
                frame,
                area,
                theme,
                &title,
                "Being done … Esc closes this; it is done all the same.",
            ),
            Stage::Password { user, password } => {
                let inside = popup(frame, area, theme, (&title, Tone::Warning), (COLUMNS, 7));
                let buffer = frame.buffer_mut();
                let about = format!(
                    "The one-time password of {}. It is shown here and never again:",
                    user.as_str()
                );
                put(buffer, inside, &about, theme.tone(Tone::Plain));
                let secret = below(inside, 2);
                put(buffer, secret, password.0.as_str(), theme.title());
                let advice = "Pass it on by a way that you trust. It only serves to choose another, \
                              with `auboutique passwd`. Esc closes this.";
                put_wrapped(buffer, below(inside, 4), advice, theme.tone(Tone::Muted));
            }
        }
    }
}

fn wait(frame: &mut Frame<'_>, area: Rect, theme: &Theme, title: &str, text: &str) {
    let inside = popup(frame, area, theme, (title, Tone::Accent), (COLUMNS, 1));
    put(frame.buffer_mut(), inside, text, theme.tone(Tone::Muted));
}
