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

use std::process::ExitCode;

use auboutique_client::terminal::doubt::Doubt;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::screen::{Screen, require_terminal};
use auboutique_client::ui::runtime::{self, Exit};
use auboutique_client::ui::theme::Tone;
use jiff::tz::TimeZone;

pub use keys::manual;

use crate::args::Globals;
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
    require_terminal("auboutique-admin", globals.json || globals.no_input)?;
    let theme = screen.theme(globals.color);
    let context = Context::new(globals, doubt)?;
    let mut console = Console::new(context.server().to_string(), TimeZone::system());
    if let Some(notice) = context.check_identity()? {
        console.toasts.push(Tone::Warning, notice);
    }
    let network = Network::new(context);
    let perform = |effect, messages| network.clone().perform(effect, messages);
    let exit = runtime::run(&mut console, theme, screen.options(), perform).await;
    network.close().await;
    if let Some(failure) = console.into_failure() {
        return Err(failure);
    }
    let exit = exit.map_err(|error| Failure::failed(format!("the console ends: {error}")))?;
    Ok(exit_code(exit))
}

fn exit_code(exit: Exit) -> ExitCode {
    exit.code().map_or(ExitCode::SUCCESS, ExitCode::from)
}
