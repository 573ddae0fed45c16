//! One command, from the arguments to its area.

use crate::cli::args::{Arguments, Command};
use crate::cli::failure::Failure;
use crate::cli::session::Context;
use crate::cli::{accounts, catalog, chat, export, presence, purchases, watch};

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let context = Context::new(arguments.globals)?;
    match arguments.command {
        Command::Register(arguments) => accounts::register(&context, arguments).await,
        Command::Login(arguments) => accounts::login(&context, arguments).await,
        Command::Logout => accounts::logout(&context).await,
        Command::WhoAmI => accounts::whoami(&context).await,
        Command::Passwd(arguments) => accounts::passwd(&context, &arguments).await,
        Command::Quota => accounts::quota(&context).await,
        Command::Export(arguments) => export::export(&context, arguments).await,
        Command::DeleteAccount(arguments) => accounts::delete_account(&context, &arguments).await,
        Command::Products(arguments) => catalog::products(&context, arguments).await,
        Command::Show { id } => catalog::show(&context, id).await,
        Command::Picture(arguments) => catalog::picture(&context, arguments).await,
        Command::Sellers(arguments) => presence::sellers(&context, arguments.limit).await,
        Command::Online { names } => presence::online(&context, names).await,
        Command::Sell(arguments) => catalog::sell(&context, arguments).await,
        Command::Edit(arguments) => catalog::edit(&context, arguments).await,
        Command::Withdraw(arguments) => catalog::withdraw(&context, arguments).await,
        Command::Buy(arguments) => purchases::buy(&context, arguments).await,
        Command::Purchases(arguments) => purchases::purchases(&context, arguments.limit).await,
        Command::Chat(arguments) => chat::chat(&context, arguments).await,
        Command::Inbox(arguments) => chat::inbox(&context, arguments.limit).await,
        Command::Watch(arguments) => watch::watch(&context, arguments).await,
        Command::Sales(arguments) => purchases::sales(&context, arguments.limit).await,
    }
}
