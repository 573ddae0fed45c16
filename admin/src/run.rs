//! One command, from the arguments to its area.

use std::process::ExitCode;

use auboutique_client::terminal::doubt::Doubt;
use auboutique_client::terminal::failure::Failure;

use crate::args::{Arguments, Command, Export, MarketCommand};
use crate::context::Context;
use crate::{actions, audit, console, export, manual, market, sessions, statistics, users, watch};

/// Runs what was asked for and returns the exit code.
pub(crate) async fn run(arguments: Arguments, doubt: Doubt) -> Result<ExitCode, Failure> {
    let Arguments {
        globals,
        screen,
        command,
    } = arguments;
    match command {
        None => return console::run(globals, screen, doubt).await,
        Some(Command::Market(command)) => {
            run_on_market(&Context::new(globals, doubt)?, command).await?;
        }
        // These need no server and no identity.
        Some(Command::Completions { shell }) => manual::completions(shell)?,
        Some(Command::Man) => manual::manual()?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_on_market(context: &Context, command: MarketCommand) -> Result<(), Failure> {
    match command {
        MarketCommand::Users(arguments) => users::users(context, arguments).await,
        MarketCommand::User { name } => users::user(context, &name).await,
        MarketCommand::Sessions(arguments) => sessions::sessions(context, arguments).await,
        MarketCommand::Sales(arguments) => market::sales(context, arguments).await,
        MarketCommand::Products(arguments) => market::products(context, arguments).await,
        MarketCommand::Stats(arguments) => statistics::statistics(context, arguments).await,
        MarketCommand::Audit(arguments) => audit::audit(context, arguments).await,
        MarketCommand::Disconnect(arguments) => actions::disconnect(context, arguments).await,
        MarketCommand::Suspend(arguments) => actions::suspend(context, arguments).await,
        MarketCommand::Reinstate(arguments) => actions::reinstate(context, arguments).await,
        MarketCommand::ResetPassword(arguments) => {
            actions::reset_password(context, arguments).await
        }
        MarketCommand::RemoveProduct(arguments) => {
            actions::remove_product(context, arguments).await
        }
        MarketCommand::Announce(arguments) => actions::announce(context, arguments).await,
        MarketCommand::Export(Export::Sales(arguments)) => export::sales(context, arguments).await,
        MarketCommand::Watch(arguments) => watch::watch(context, arguments).await,
    }
}
