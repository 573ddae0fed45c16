//! Commands by name: `:` opens a line in which they are typed and completed.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::ui::area::{below, right_of};
use crate::ui::input::{Code, Input, Key};
use crate::ui::text::{number, put, width};
use crate::ui::theme::{Theme, Tone};
use crate::ui::widgets::panel::popup;
use crate::ui::widgets::text_input::{Edit, TextInput};

/// Longest line, in characters.
const LINE_CHARACTERS_MAX: usize = 500;
/// Commands that are shown at a time.
const SHOWN_MAX: u16 = 8;

/// A command that can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its name: one word.
    pub name: &'static str,
    /// What follows the name, as the help writes it: `USER`. Empty for nothing.
    pub arguments: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// The line and what can be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    commands: &'static [Command],
    line: TextInput,
    chosen: usize,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Still typing.
    Open,
    /// Left.
    Close,
    /// A command with what was typed behind its name.
    Run(&'static str, String),
}

impl Palette {
    /// An empty line over these commands.
    #[must_use]
    pub fn new(commands: &'static [Command]) -> Self {
        Self {
            commands,
            line: TextInput::new(LINE_CHARACTERS_MAX),
            chosen: 0,
        }
    }

    /// Takes an input.
    pub fn input(&mut self, input: &Input) -> Choice {
        match input.key().map(|key| key.code) {
            Some(Code::Esc) => return Choice::Close,
            // As a line that is empty already is left in an editor.
            Some(Code::Backspace) if self.line.is_empty() => return Choice::Close,
            Some(Code::Enter) => return self.run(),
            Some(Code::Tab) => self.complete(),
            Some(Code::Down) => self.choose(1),
            Some(Code::Up | Code::BackTab) => self.choose(-1),
            _ => {
                if self.line.input(input) == Edit::Changed {
                    self.chosen = 0;
                }
            }
        }
        Choice::Open
    }

    /// The commands that what was typed may mean, the likeliest first.
    fn matching(&self) -> Vec<Command> {
        let (word, _) = split(self.line.text());
        let word = word.to_lowercase();
        let rank = |command: &Command| match command.name {
            name if name == word => Some(0),
            name if name.starts_with(&word) => Some(1),
            name if name.contains(&word) => Some(2),
            name if has_in_order(name, &word) => Some(3),
            _ => None,
        };
        let commands = self.commands.iter().copied();
        let mut found: Vec<_> = commands
            .filter_map(|command| Some((rank(&command)?, command)))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, command)| command).collect()
    }

    fn choose(&mut self, step: isize) {
        let last = self.matching().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(step).min(last);
    }

    fn complete(&mut self) {
        let Some(command) = self.matching().get(self.chosen).copied() else {
            return;
        };
        let (_, arguments) = split(self.line.text());
        let line = format!("{} {arguments}", command.name);
        self.line.set(&line);
        self.chosen = 0;
    }

    fn run(&self) -> Choice {
        if self.line.text().trim().is_empty() && self.chosen == 0 {
            return Choice::Close;
        }
        match self.matching().get(self.chosen) {
            Some(command) => Choice::Run(command.name, split(self.line.text()).1.to_owned()),
            None => Choice::Open,
        }
    }

    /// Draws the line and what it may mean over the upper part of an area.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let area = Rect {
            height: area.height.min(SHOWN_MAX + 6),
            ..area
        };
        let title = ("Command", Tone::Accent);
        let inside = popup(frame, area, theme, title, (64, SHOWN_MAX + 2));
        put(frame.buffer_mut(), inside, ":", theme.key());
        let line = right_of(inside, 1);
        self.line.draw(frame, line, theme, "", true);
        let matching = self.matching();
        let list = below(inside, 2);
        if matching.is_empty() {
            let text = "There is no such command.";
            put(frame.buffer_mut(), list, text, theme.tone(Tone::Muted));
        }
        let names = self.commands.iter().map(|command| width(&command.usage()));
        let names = number(names.max().unwrap_or(0));
        let first = (self.chosen + 1).saturating_sub(usize::from(list.height));
        let shown = matching.iter().enumerate().skip(first).zip(list.rows());
        for ((index, command), row) in shown {
            draw_command(command, frame, row, theme, names, index == self.chosen);
        }
    }
}

impl Command {
    fn usage(&self) -> String {
        format!("{} {}", self.name, self.arguments)
            .trim_end()
            .into()
    }
}

fn draw_command(
    command: &Command,
    frame: &mut Frame<'_>,
    row: Rect,
    theme: &Theme,
    names: u16,
    is_chosen: bool,
) {
    let buffer = frame.buffer_mut();
    if is_chosen {
        buffer.set_style(row, theme.selection(true));
        put(buffer, row, "▸", theme.selection(true));
    }
    put(
        buffer,
        right_of(row, 2),
        &command.usage(),
        theme.tone(Tone::Plain),
    );
    let help = right_of(row, 2 + names + 2);
    put(buffer, help, command.help, theme.tone(Tone::Muted));
}

/// The first word of a line, and the rest.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    (word, rest.trim())
}

/// Whether the letters of `word` occur in `name` in this order: `dc` in `disconnect`.
fn has_in_order(name: &str, word: &str) -> bool {
    let mut letters = name.chars();
    word.chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}

/// The key that opens a palette.
pub const OPEN: Key = Key::char(':');

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: &[Command] = &[
        command("users", ""),
        command("suspend", "USER REASON"),
        command("disconnect", "USER"),
        command("discard", ""),
    ];

    const fn command(name: &'static str, arguments: &'static str) -> Command {
        Command {
            name,
            arguments,
            help: "does it",
        }
    }

    fn palette(line: &str) -> Palette {
        let mut palette = Palette::new(COMMANDS);
        palette.input(&Input::Paste(line.into()));
        palette
    }

    fn names(line: &str) -> Vec<&'static str> {
        let matching = palette(line).matching();
        matching.iter().map(|command| command.name).collect()
    }

    fn press(palette: &mut Palette, code: Code) -> Choice {
        palette.input(&Input::Key(Key::of(code)))
    }

    #[test]
    fn the_likeliest_command_comes_first() {
        assert_eq!(names("").len(), COMMANDS.len());
        assert_eq!(names("us"), ["users", "suspend"]);
        assert_eq!(names("DC"), ["disconnect", "discard"]);
        assert_eq!(names("disconnect mona"), ["disconnect"]);
        assert_eq!(names("xyz"), Vec::<&str>::new());
    }

    #[test]
    fn a_command_runs_with_what_follows_it() {
        let mut palette = palette("dis");
        press(&mut palette, Code::Tab);
        assert_eq!(palette.line.text(), "disconnect ");
        palette.input(&Input::Paste("mona".into()));
        assert_eq!(
            press(&mut palette, Code::Enter),
            Choice::Run("disconnect", "mona".into())
        );
    }

    #[test]
    fn another_command_can_be_chosen_and_nothing_typed_runs_nothing() {
        let mut chosen = palette("");
        assert_eq!(press(&mut chosen, Code::Enter), Choice::Close);
        press(&mut chosen, Code::Down);
        assert_eq!(
            press(&mut chosen, Code::Enter),
            Choice::Run("suspend", String::new())
        );
        for _ in 0..9 {
            press(&mut chosen, Code::Down);
        }
        assert_eq!(chosen.chosen, COMMANDS.len() - 1);
        assert_eq!(press(&mut palette("xyz"), Code::Enter), Choice::Open);
        assert_eq!(press(&mut palette(""), Code::Backspace), Choice::Close);
        assert_eq!(press(&mut palette("x"), Code::Esc), Choice::Close);
    }
}
