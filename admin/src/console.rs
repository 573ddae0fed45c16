//! The console: the market on a full screen, live.
//!
//! It is built on the kit of [`auboutique_client::ui`]: `app` is the state with what changes it and
//! how it is drawn, `message` what comes in and what is wanted, and `network` does what is wanted.
//! Nothing in the state waits: whatever is asked for carries a ticket, and an answer under an old one
//! is dropped.
//!
//! | module | is |
//! |---|---|
//! | `app` | the state, routing, overlays; what the person does (`acting`), what the server tells (`telling`) |
//! | `screens` | one folder a screen |
//! | `list` | what lists have in common: a filter, pages, what is told live |
//! | `deed`, `dialog` | what can be done, and the way to it: words, the consequence, a question |
//! | `keys`, `commands` | one table for bindings, footer, help and manual; what `:` knows |
//! | `network` | the connection |
//! | [`testing`] | a console full of data, for tests and benches |

mod app;
mod commands;
mod deed;
mod dialog;
mod keys;
mod list;
mod message;
mod network;
mod screens;
pub mod testing;

use std::io::{IsTerminal as _, stdin, stdout};
use std::process::ExitCode;

use auboutique_client::terminal::color::Color;
use auboutique_client::terminal::doubt::Doubt;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::ui::runtime::{self, Exit};
use auboutique_client::ui::terminal::Options;
use auboutique_client::ui::theme::{ColorChoice, Shade, Theme, Tone};
use jiff::tz::TimeZone;

pub use keys::manual;

use crate::args::{Background, Globals, Screen};
use crate::context::Context;
use app::Console;
use network::Network;

/// Runs the console until the operator leaves it, and returns the exit code.
///
/// # Errors
/// There is no terminal, the identity cannot be used, or the server does not take it.
pub(crate) async fn run(
    globals: Globals,
    screen: Screen,
    doubt: Doubt,
) -> Result<ExitCode, Failure> {
    if globals.json || globals.no_input || !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(Failure::usage("no command was given")
            .hint("`auboutique-admin --help` lists them; the console needs a terminal"));
    }
    let theme = theme(globals.color, screen.theme);
    let context = Context::new(globals, doubt)?;
    let mut console = Console::new(context.server().to_string(), TimeZone::system());
    if let Some(notice) = context.check_identity()? {
        console.toasts.push(Tone::Warning, notice);
    }
    let network = Network::new(context);
    let options = Options {
        mouse: screen.mouse,
    };
    let perform = |effect, messages| network.clone().perform(effect, messages);
    let exit = runtime::run(&mut console, theme, options, perform).await;
    network.close().await;
    if let Some(failure) = console.into_failure() {
        return Err(failure);
    }
    let exit = exit.map_err(|error| Failure::failed(format!("the console ends: {error}")))?;
    Ok(exit_code(exit))
}

fn theme(color: Option<Color>, background: Option<Background>) -> Theme {
    let choice = match color {
        None | Some(Color::Auto) => ColorChoice::Auto,
        Some(Color::Always) => ColorChoice::Always,
        Some(Color::Never) => ColorChoice::Never,
    };
    let shade = background.map(|background| match background {
        Background::Dark => Shade::Dark,
        Background::Light => Shade::Light,
    });
    Theme::of_environment(choice, shade)
}

fn exit_code(exit: Exit) -> ExitCode {
    exit.code().map_or(ExitCode::SUCCESS, ExitCode::from)
}
