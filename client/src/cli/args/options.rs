//! What each command takes, beside the options of every command.

use std::path::PathBuf;

use auboutique_protocol::catalog::Sort;
use auboutique_protocol::event::Topic;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{
    Category, Description, Email, MessageText, PersonName, ProductName, SearchText, Username,
};
use clap::{ArgGroup, Args};

use crate::terminal::paging::cursor;

use super::values::{
    HistoryLength, PriceText, category, description, email, message_text, person_name,
    product_name, search_text, username,
};

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// Your name, as others see it
    #[arg(long, value_parser = person_name)]
    pub(crate) name: Option<PersonName>,
    /// Your e-mail address
    #[arg(long, value_parser = email)]
    pub(crate) email: Option<Email>,
    /// The name to log in by: 3 to 32 of a-z, 0-9, _ . -
    #[arg(long, value_parser = username)]
    pub(crate) username: Option<Username>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Have a passphrase made up, and shown once
    #[arg(long, conflicts_with = "password_stdin")]
    pub(crate) generate_password: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The name to log in by
    #[arg(long, value_parser = username)]
    pub(crate) username: Option<Username>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Passwd {
    /// Read the old password from the first line of standard input, the new one from the second
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The directory to make; auboutique-USERNAME when absent
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteAccount {
    /// Do not ask whether you are sure
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Products {
    /// Only those with these words in name or description, newest first; the last word may be a
    /// beginning
    #[arg(long, value_name = "TEXT", value_parser = search_text)]
    pub(crate) search: Option<SearchText>,
    /// Only this user's
    #[arg(long, value_parser = username)]
    pub(crate) owner: Option<Username>,
    /// Only this category
    #[arg(long, value_parser = category)]
    pub(crate) category: Option<Category>,
    /// Only at this price or above
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    pub(crate) min_price: Option<PriceText>,
    /// Only at this price or below
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    pub(crate) max_price: Option<PriceText>,
    /// The order: newest, oldest, price, -price
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    pub(crate) sort: Option<Sort>,
    /// Most products to list
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "all")]
    pub(crate) limit: Option<u32>,
    /// List them all
    #[arg(long)]
    pub(crate) all: bool,
    /// Go on after an earlier list: its `next`
    #[arg(long, value_name = "CURSOR", value_parser = cursor)]
    pub(crate) cursor: Option<Cursor>,
}

#[derive(Debug, Args)]
pub(crate) struct Picture {
    /// The product's number
    #[arg(value_name = "ID")]
    pub(crate) id: ProductId,
    /// Where to save it; - is standard output. Without it the picture is drawn in the terminal
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Save the small form
    #[arg(long, requires = "output")]
    pub(crate) thumbnail: bool,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sell {
    /// What it is
    #[arg(long, value_parser = product_name)]
    pub(crate) name: ProductName,
    /// What it costs, such as 12.50
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) price: PriceText,
    /// More about it
    #[arg(long, default_value = "", hide_default_value = true, value_parser = description)]
    pub(crate) description: Description,
    /// One of the server's categories
    #[arg(long, value_parser = category)]
    pub(crate) category: Option<Category>,
    /// A PNG, JPEG or WebP file; it is scaled down as needed
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["name", "price", "description", "category"]))]
pub(crate) struct Edit {
    /// The product's number
    #[arg(value_name = "ID")]
    pub(crate) id: ProductId,
    /// What it is
    #[arg(long, value_parser = product_name)]
    pub(crate) name: Option<ProductName>,
    /// What it costs from now on, such as 12.50
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) price: Option<PriceText>,
    /// More about it; may be empty
    #[arg(long, value_parser = description)]
    pub(crate) description: Option<Description>,
    /// One of the server's categories
    #[arg(long, value_parser = category)]
    pub(crate) category: Option<Category>,
}

#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The product's number
    #[arg(value_name = "ID")]
    pub(crate) id: ProductId,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Buy {
    /// The product's number
    #[arg(value_name = "ID")]
    pub(crate) id: ProductId,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Paged {
    /// Most entries to list; all when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Chat {
    /// The other member
    #[arg(value_name = "USER", value_parser = username)]
    pub(crate) user: Username,
    /// The product that it is about
    #[arg(long, value_name = "ID")]
    pub(crate) about: Option<ProductId>,
    /// Send this and end
    #[arg(long, short, value_name = "TEXT", value_parser = message_text)]
    pub(crate) message: Option<MessageText>,
    /// Keep what is sent until the other comes, if they are offline
    #[arg(long)]
    pub(crate) keep: bool,
    /// Begin with the last N messages or with all; 20 unless given, and always with what is unread
    #[arg(long, value_name = "N|all", conflicts_with = "message")]
    pub(crate) history: Option<HistoryLength>,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// What to follow beside what concerns you: products, presence; both when absent
    #[arg(long, value_name = "TOPIC", value_delimiter = ',')]
    pub(crate) topics: Vec<Topic>,
    /// Stop after so many lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
}
