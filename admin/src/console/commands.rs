//! Commands that are typed after `:`.

use auboutique_client::ui::widgets::palette::Command;
use auboutique_protocol::text::{SearchText, Username};

use crate::console::deed::Deed;
use crate::console::screens::Tab;

/// What a typed command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    Show(Tab),
    /// A screen, with what to look for.
    Find(Tab, SearchText),
    User(Username),
    Do(Deed),
    Reload,
    Help,
    Quit,
}

const fn command(name: &'static str, arguments: &'static str, help: &'static str) -> Command {
    Command {
        name,
        arguments,
        help,
    }
}

/// All commands.
pub(crate) const COMMANDS: &[Command] = &[
    command("overview", "", "how the market does"),
    command("users", "[TEXT]", "the users, or those with a text"),
    command("user", "USER", "everything about a user"),
    command("sessions", "[TEXT]", "who is connected"),
    command("sales", "", "the sales"),
    command("products", "[TEXT]", "the products, in any state"),
    command("audit", "", "what administrators did"),
    command("disconnect", "USER", "end all sessions of a user"),
    command("suspend", "USER", "no login, nothing for sale"),
    command("reinstate", "USER", "end a suspension"),
    command("reset-password", "USER", "give a one-time password"),
    command("remove-product", "ID", "take it off the market"),
    command("announce", "", "say something to everybody online"),
    command("reload", "", "read the screen anew"),
    command("help", "", "the keys"),
    command("quit", "", "leave"),
];

/// Reads what was typed.
///
/// # Errors
/// What is missing or wrong.
pub(crate) fn parse(name: &str, rest: &str) -> Result<Order, String> {
    let user = || {
        if rest.is_empty() {
            return Err(format!("{name}: of which user?"));
        }
        Username::parse(rest).map_err(|error| format!("the user {error}"))
    };
    let find = |tab| -> Result<Order, String> {
        if rest.is_empty() {
            return Ok(Order::Show(tab));
        }
        let text = SearchText::parse(rest).map_err(|error| format!("the text {error}"))?;
        Ok(Order::Find(tab, text))
    };
    Ok(match name {
        "overview" => Order::Show(Tab::Overview),
        "users" => find(Tab::Users)?,
        "user" => Order::User(user()?),
        "sessions" => find(Tab::Sessions)?,
        "sales" => Order::Show(Tab::Sales),
        "products" => find(Tab::Products)?,
        "audit" => Order::Show(Tab::Audit),
        "disconnect" => Order::Do(Deed::Disconnect(user()?)),
        "suspend" => Order::Do(Deed::Suspend(user()?)),
        "reinstate" => Order::Do(Deed::Reinstate(user()?)),
        "reset-password" => Order::Do(Deed::ResetPassword(user()?)),
        "remove-product" => {
            let id = rest.trim_start_matches('#').parse();
            Order::Do(Deed::RemoveProduct(
                id.map_err(|_| format!("{name}: which product, by its number?"))?,
            ))
        }
        "announce" => Order::Do(Deed::Announce),
        "reload" => Order::Reload,
        "help" => Order::Help,
        "quit" => Order::Quit,
        other => return Err(format!("there is no command {other}")),
    })
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::ids::ProductId;

    use super::*;

    #[test]
    fn every_command_that_is_listed_is_known() {
        for command in COMMANDS {
            let rest = match command.arguments {
                "ID" => "7",
                "" => "",
                _ => "mona",
            };
            let order = parse(command.name, rest);
            assert!(order.is_ok(), "{}: {order:?}", command.name);
        }
        assert!(parse("dance", "").is_err());
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (name, rest) in [
            ("user", ""),
            ("suspend", "m"),
            ("remove-product", "lamp"),
            ("remove-product", ""),
            ("users", "\u{202e}"),
        ] {
            assert!(parse(name, rest).is_err(), "{name} {rest:?}");
        }
        let product = Order::Do(Deed::RemoveProduct(ProductId(7)));
        assert_eq!(parse("remove-product", "#7"), Ok(product));
    }
}
