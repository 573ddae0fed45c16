//! One command, from the arguments to its area.

use std::process::ExitCode;

use crate::cli::args::{Arguments, Command, MemberCommand};
use crate::cli::failure::Failure;
use crate::cli::session::Context;
use crate::cli::{accounts, catalog, chat, export, manual, presence, purchases, settings, watch};
use crate::terminal::doubt::Doubt;
use crate::tui;

/// Runs what was asked for and returns the exit code.
pub(crate) async fn run(arguments: Arguments, doubt: Doubt) -> Result<ExitCode, Failure> {
    let Arguments {
        globals,
        screen,
        command,
    } = arguments;
    match command {
        None => return tui::run(globals, screen, doubt).await,
        Some(Command::Member(command)) => {
            run_for_member(&Context::new(globals, doubt)?, command).await?;
        }
        // These need no server, and no settings that are in order.
        Some(Command::Config(command)) => settings::config(globals.output(), command)?,
        Some(Command::Completions { shell }) => manual::completions(shell)?,
        Some(Command::Man) => manual::manual()?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_for_member(context: &Context, command: MemberCommand) -> Result<(), Failure> {
    match command {
        MemberCommand::Register(arguments) => accounts::register(context, arguments).await,
        MemberCommand::Login(arguments) => accounts::login(context, arguments).await,
        MemberCommand::Logout => accounts::logout(context).await,
        MemberCommand::WhoAmI => accounts::whoami(context).await,
        MemberCommand::Passwd(arguments) => accounts::passwd(context, &arguments).await,
        MemberCommand::Quota => accounts::quota(context).await,
        MemberCommand::Export(arguments) => export::export(context, arguments).await,
        MemberCommand::DeleteAccount(arguments) => {
            accounts::delete_account(context, &arguments).await
        }
        MemberCommand::Products(arguments) => catalog::products(context, arguments).await,
        MemberCommand::Show { id } => catalog::show(context, id).await,
        MemberCommand::Picture(arguments) => catalog::picture(context, arguments).await,
        MemberCommand::Sellers(arguments) => presence::sellers(context, arguments.limit).await,
        MemberCommand::Online { names } => presence::online(context, names).await,
        MemberCommand::Sell(arguments) => catalog::sell(context, arguments).await,
        MemberCommand::Edit(arguments) => catalog::edit(context, arguments).await,
        MemberCommand::Withdraw(arguments) => catalog::withdraw(context, arguments).await,
        MemberCommand::Buy(arguments) => purchases::buy(context, arguments).await,
        MemberCommand::Purchases(arguments) => purchases::purchases(context, arguments.limit).await,
        MemberCommand::Chat(arguments) => chat::chat(context, arguments).await,
        MemberCommand::Inbox(arguments) => chat::inbox(context, arguments.limit).await,
        MemberCommand::Watch(arguments) => watch::watch(context, arguments).await,
        MemberCommand::Sales(arguments) => purchases::sales(context, arguments.limit).await,
    }
}
