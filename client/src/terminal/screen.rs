//! What the command lines of full-screen programs have in common: the terminal's background, the mouse,
//! and how both become a theme and a way to take the terminal.

use std::io::{IsTerminal as _, stdin, stdout};

use clap::{Args, ValueEnum};

use crate::terminal::color::Color;
use crate::terminal::failure::Failure;
use crate::ui::terminal::Options;
use crate::ui::theme::{ColorChoice, Shade, Theme};

/// Options of a full screen.
#[derive(Debug, Clone, Copy, Args)]
pub struct Screen {
    /// The terminal's background; taken from COLORFGBG, else dark, unless given
    #[arg(long, value_name = "SHADE", value_enum)]
    pub theme: Option<Background>,
    /// Choose rows with the mouse and scroll with its wheel; then text is selected with Shift held
    #[arg(long)]
    pub mouse: bool,
}

/// The background of a terminal, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Background {
    /// Light text on dark
    Dark,
    /// Dark text on light
    Light,
}

impl Screen {
    /// The theme for this process's terminal, with what was typed about colours.
    #[must_use]
    pub fn theme(&self, color: Option<Color>) -> Theme {
        let choice = match color {
            None | Some(Color::Auto) => ColorChoice::Auto,
            Some(Color::Always) => ColorChoice::Always,
            Some(Color::Never) => ColorChoice::Never,
        };
        let shade = self.theme.map(|background| match background {
            Background::Dark => Shade::Dark,
            Background::Light => Shade::Light,
        });
        Theme::of_environment(choice, shade)
    }

    /// What is wanted of the terminal.
    #[must_use]
    pub const fn options(&self) -> Options {
        Options { mouse: self.mouse }
    }
}

/// Refuses a full screen where nobody could see it, or somebody wants something for scripts.
///
/// # Errors
/// Standard input or output is no terminal, or `is_for_scripts`.
pub fn require_terminal(program: &str, is_for_scripts: bool) -> Result<(), Failure> {
    if is_for_scripts || !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(Failure::usage("no command was given").hint(format!(
            "`{program} --help` lists them; the full screen needs a terminal"
        )));
    }
    Ok(())
}
