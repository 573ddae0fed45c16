//! For tests of screens: draw without a terminal, and press keys without a keyboard.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::{Frame, layout::Position};

use crate::ui::input::{Input, Key, Size};
use crate::ui::runtime::App;
use crate::ui::text::guard;
use crate::ui::theme::Theme;

/// A size that every terminal has.
pub const SMALL: Size = Size {
    width: 80,
    height: 24,
};
/// A size that many people use.
pub const LARGE: Size = Size {
    width: 120,
    height: 40,
};

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The cells with their styles.
    pub buffer: Buffer,
    /// Where the cursor is, if it is shown: column and line.
    pub cursor: Option<(u16, u16)>,
}

impl Drawn {
    /// The lines, without spaces at their ends.
    #[must_use]
    pub fn text(&self) -> String {
        text_of(&self.buffer)
    }
}

/// Draws one frame as the runtime does.
///
/// # Panics
/// Never: the backend that keeps what is drawn cannot fail.
#[must_use]
pub fn draw(size: Size, view: impl FnOnce(&mut Frame<'_>)) -> Drawn {
    let backend = TestBackend::new(size.width, size.height);
    let mut terminal = Terminal::new(backend).expect("a terminal in memory cannot fail");
    let completed = terminal.draw(|frame| {
        view(frame);
        guard(frame.buffer_mut());
    });
    let buffer = completed
        .expect("a terminal in memory cannot fail")
        .buffer
        .clone();
    let backend = terminal.backend();
    let Position { x, y } = backend.cursor_position();
    let cursor = backend.cursor_visible().then_some((x, y));
    Drawn { buffer, cursor }
}

/// Draws a program's screen with the theme without colours.
#[must_use]
pub fn draw_app(size: Size, app: &impl App) -> Drawn {
    let theme = Theme::plain();
    draw(size, |frame| app.view(frame, &theme))
}

/// The lines of a buffer, without spaces at their ends.
#[must_use]
pub fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut hidden = 0;
        let mut line = String::new();
        for position in row.positions() {
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            let symbol = buffer[position].symbol();
            hidden = symbol.cell_width().saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Gives a program something that a person did, and returns what is to be done for it.
pub fn give<A: App>(app: &mut A, input: Input) -> Vec<A::Effect> {
    match app.input(input) {
        Some(message) => app.update(message),
        None => Vec::new(),
    }
}

/// Presses a key.
pub fn press<A: App>(app: &mut A, key: Key) -> Vec<A::Effect> {
    give(app, Input::Key(key))
}

/// Types a text key by key.
pub fn type_text<A: App>(app: &mut A, text: &str) -> Vec<A::Effect> {
    text.chars()
        .flat_map(|character| press(app, Key::char(character)))
        .collect()
}
