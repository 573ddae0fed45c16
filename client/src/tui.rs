//! The member's screen: the market on a full screen, with pictures, live.
//!
//! It is built on the kit of [`crate::ui`], as the operator's console is: `app` is the state with what
//! changes it and how it is drawn, `message` what comes in and what is wanted, and `network` does what is
//! wanted. Nothing in the state waits.
//!
//! | module | is |
//! |---|---|
//! | `app` | the state, routing, overlays; what the person does (`acting`) and answers (`answering`), what the server tells (`telling`) |
//! | `screens` | one folder a screen: the way in, what is for sale, a product, selling, one's own, chat |
//! | `pictures` | what there is of pictures, their files on disk, and how they get onto the screen |
//! | `keys` | one table for bindings, footer, help and manual |
//! | `network` | the connection: entering, reading, buying, sending |
//! | [`testing`] | a screen full of products, for tests and benches |

mod app;
mod keys;
mod message;
mod network;
mod pictures;
mod screens;
pub mod testing;

use std::io::stdout;
use std::process::ExitCode;

use jiff::tz::TimeZone;

use crate::cli::args::{Globals, MarketScreen};
use crate::cli::failure::Failure;
use crate::cli::session::Context;
use crate::cli::settings::Settings;
use crate::terminal::doubt::Doubt;
use crate::terminal::screen::require_terminal;
use crate::ui::runtime;

pub(crate) use pictures::view::Images;

use app::Shop;
use network::Network;
use pictures::view::Way;

/// Runs the screen until the member leaves it, and returns the exit code.
///
/// # Errors
/// There is no terminal, or the settings cannot be used.
pub(crate) async fn run(
    globals: Globals,
    screen: MarketScreen,
    doubt: Doubt,
) -> Result<ExitCode, Failure> {
    require_terminal("auboutique", globals.json || globals.no_input)?;
    let MarketScreen { screen, images } = screen;
    let globals = Settings::load()?.under(globals)?;
    let theme = screen.theme(globals.color);
    let context = Context::new(globals, doubt)?;
    let images = images.unwrap_or(Images::Auto);
    let way = Way::new(images, cell_pixels(), |name| std::env::var(name).ok());
    let network = Network::new(context, way);
    let mut shop = Shop::new(TimeZone::system());
    let perform = |effect, messages| network.clone().perform(effect, messages);
    let exit = runtime::run(&mut shop, theme, screen.options(), perform).await;
    network.close().await;
    let exit = exit.map_err(|error| Failure::failed(format!("the screen ends: {error}")))?;
    Ok(exit.code().map_or(ExitCode::SUCCESS, ExitCode::from))
}

/// The pixels of a cell, if the terminal's driver knows them; the terminal itself is not asked.
fn cell_pixels() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    let width = size.ws_xpixel.checked_div(size.ws_col)?;
    let height = size.ws_ypixel.checked_div(size.ws_row)?;
    (width > 0 && height > 0).then_some((width, height))
}
