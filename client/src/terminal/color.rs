//! When to use colours: one choice for results, for the log, and for what is said of a command line
//! that is wrong.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::{ColorChoice, ValueEnum};
use serde::{Deserialize, Serialize};

/// When to use colours, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    /// Always.
    #[value(help = None)]
    Always,
    /// Never.
    #[value(help = None)]
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Always => Self::Always,
            Color::Never => Self::Never,
            Color::Auto => Self::Auto,
        }
    }
}

/// Whether results are coloured.
#[must_use]
pub fn of_results(choice: Option<Color>) -> bool {
    is_wanted(choice, io::stdout().is_terminal())
}

/// Whether the log is coloured.
#[must_use]
pub fn of_log(choice: Option<Color>) -> bool {
    is_wanted(choice, io::stderr().is_terminal())
}

fn is_wanted(choice: Option<Color>, is_terminal: bool) -> bool {
    match choice.unwrap_or(Color::Auto) {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            // https://no-color.org: present and not empty.
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            !refused && !dumb && is_terminal
        }
    }
}

/// Finds the choice in a command line that is not understood yet. By itself the parser knows terminals
/// and NO_COLOR, and nothing of it.
pub fn typed(arguments: impl IntoIterator<Item = OsString>) -> Option<Color> {
    let mut arguments = arguments.into_iter().skip(1);
    let mut choice = None;
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy();
        if argument == "--" {
            break;
        }
        let value = match argument.strip_prefix("--color") {
            Some("") => arguments
                .next()
                .map(|value| value.to_string_lossy().into_owned()),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let value = value.and_then(|value| Color::from_str(&value, false).ok());
        choice = value.or(choice);
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_found_in_a_line_that_is_wrong() {
        for (line, choice) in [
            ("auboutique frobnicate --color never", Some(Color::Never)),
            ("auboutique --color=always frobnicate", Some(Color::Always)),
            (
                "auboutique --color auto x --color never",
                Some(Color::Never),
            ),
            ("auboutique --color pink x", None),
            ("auboutique x -- --color never", None),
            ("auboutique --colors never", None),
            ("auboutique --color", None),
            ("auboutique", None),
        ] {
            let words = line.split(' ').map(OsString::from);
            assert_eq!(typed(words), choice, "{line}");
        }
    }
}
