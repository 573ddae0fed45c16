//! What can be typed on the command line.
//!
//! Values that have a form are checked here, so that a mistake is told before anything happens.

use std::path::PathBuf;
use std::str::FromStr;

use auboutique_certs::{Invite, ServerAddress};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::Sort;
use auboutique_protocol::event::Topic;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::CURSOR_BYTES_MAX;
use auboutique_protocol::money::{Currency, Money, PriceError};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{
    Category, Description, Email, MessageText, PersonName, ProductName, SearchText, TextError,
    Username,
};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::cli::files::unhex;

/// Buy and sell on AUBoutique.
#[derive(Debug, Parser)]
#[command(
    name = "auboutique",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Example:\n  auboutique login --server market.example.org:7443 --username mona\n  \
                  auboutique products --category textbooks"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Globals {
    /// The server: HOST, HOST:PORT or an invite auboutique://…; remembered after the first success
    #[arg(long, global = true, env = "AUBOUTIQUE_SERVER", value_name = "SERVER")]
    pub(crate) server: Option<ServerChoice>,
    /// Trust the certificate authority in this PEM file; remembered likewise
    #[arg(long, global = true, env = "AUBOUTIQUE_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Keep separate logins apart by a name of a-z, 0-9, _ and -; `default` unless given
    #[arg(long, global = true, env = "AUBOUTIQUE_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<ProfileName>,
    /// Print the result as one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Never ask; a missing value is an error
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// When to use colours; on terminals unless told otherwise
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub(crate) color: Option<Color>,
    /// Print the result and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Member(MemberCommand),
    /// Show or change the settings of this program
    #[command(
        subcommand,
        after_help = "Example:\n  auboutique config set server market.example.org:7443\n  \
                            auboutique config list"
    )]
    Config(Config),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  auboutique completions bash > \
                            ~/.local/share/bash-completion/completions/auboutique")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  auboutique man > auboutique.1\n  man ./auboutique.1")]
    Man,
}

/// What a member does with the market.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Create an account
    #[command(
        after_help = "Example:\n  auboutique register --server localhost --username mona \
                            --name 'Mona Khoury' --email mona@example.org"
    )]
    Register(Register),
    /// Log in, and show the newest products
    #[command(after_help = "Example:\n  auboutique login --server localhost --username mona")]
    Login(Login),
    /// End the session of this profile
    #[command(after_help = "Example:\n  auboutique logout")]
    Logout,
    /// Show who is logged in
    #[command(name = "whoami", after_help = "Example:\n  auboutique whoami --json")]
    WhoAmI,
    /// Change the password, and end all other logins
    #[command(
        after_help = "Example:\n  auboutique passwd\n  printf '%s\\n%s\\n' \"$OLD\" \"$NEW\" | \
                            auboutique passwd --password-stdin"
    )]
    Passwd(Passwd),
    /// Show how much of each quota is used
    #[command(after_help = "Example:\n  auboutique quota")]
    Quota,
    /// Save everything that the server keeps about you, with your pictures
    #[command(after_help = "Example:\n  auboutique export -o my-account")]
    Export(Export),
    /// Delete the account for good
    #[command(after_help = "Example:\n  auboutique delete-account")]
    DeleteAccount(DeleteAccount),
    /// List the products for sale, or search them
    #[command(
        after_help = "Example:\n  auboutique products --owner mona --max-price 20 --sort price\n  \
                            auboutique products --search 'anatomy atl'"
    )]
    Products(Products),
    /// Show everything about a product
    #[command(after_help = "Example:\n  auboutique show 17")]
    Show {
        /// The product's number
        #[arg(value_name = "ID")]
        id: ProductId,
    },
    /// Show the picture of a product in the terminal, or save it
    #[command(
        after_help = "Example:\n  auboutique picture 17\n  auboutique picture 17 -o atlas.jpg"
    )]
    Picture(Picture),
    /// List who has something for sale, and who of them is online
    #[command(after_help = "Example:\n  auboutique sellers")]
    Sellers(Paged),
    /// Show whether members are online; without names, which sellers are
    #[command(after_help = "Example:\n  auboutique online mona omar")]
    Online {
        /// Usernames, at most 100
        #[arg(value_name = "USER", value_parser = username, num_args = 0..=100)]
        names: Vec<Username>,
    },
    /// Put a product up for sale
    #[command(
        after_help = "Example:\n  auboutique sell --name 'Atlas of anatomy' --price 12.50 \
                            --category textbooks --picture atlas.png"
    )]
    Sell(Sell),
    /// Change a product of yours that is for sale
    #[command(after_help = "Example:\n  auboutique edit 17 --price 10")]
    Edit(Edit),
    /// Take a product of yours off the market
    #[command(after_help = "Example:\n  auboutique withdraw 17")]
    Withdraw(Withdraw),
    /// Buy a product
    #[command(after_help = "Example:\n  auboutique buy 17")]
    Buy(Buy),
    /// List what you bought, with where and when to collect it
    #[command(after_help = "Example:\n  auboutique purchases")]
    Purchases(Paged),
    /// List what you put up for sale, with who bought it
    #[command(after_help = "Example:\n  auboutique sales --json")]
    Sales(Paged),
    /// Talk with another member, live; or send one message
    #[command(after_help = "Example:\n  auboutique chat mona --about 17\n  \
                            auboutique chat mona --message 'I will be there at noon' --keep")]
    Chat(Chat),
    /// List your conversations, with what you have not read
    #[command(after_help = "Example:\n  auboutique inbox")]
    Inbox(Paged),
    /// Follow the market as it happens: products, people, messages, your sales
    #[command(after_help = "Example:\n  auboutique watch\n  \
                            auboutique watch --topics products --json")]
    Watch(Watch),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print where the settings are kept
    #[command(after_help = "Example:\n  auboutique config path")]
    Path,
    /// Print all settings that are made
    #[command(after_help = "Example:\n  auboutique config list --json")]
    List,
    /// Print one setting
    #[command(after_help = "Example:\n  auboutique config get server")]
    Get {
        /// server, ca, profile or color
        key: SettingKey,
    },
    /// Make a setting; flags and the environment win over it
    #[command(after_help = "Example:\n  auboutique config set profile work")]
    Set {
        /// server, ca, profile or color
        key: SettingKey,
        /// What the flag of the same name takes
        value: String,
    },
    /// Take a setting back
    #[command(after_help = "Example:\n  auboutique config unset server")]
    Unset {
        /// server, ca, profile or color
        key: SettingKey,
    },
}

/// A setting, named as its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SettingKey {
    /// The server
    Server,
    /// The file of its certificate authority
    Ca,
    /// The profile
    Profile,
    /// When to use colours
    Color,
}

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

/// A server as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerChoice {
    Address(ServerAddress),
    Invite(Invite),
}

impl ServerChoice {
    pub(crate) fn address(&self) -> ServerAddress {
        match self {
            Self::Address(address) => address.clone(),
            Self::Invite(invite) => invite.address(),
        }
    }
}

impl FromStr for ServerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            let invite = text.parse().map(Self::Invite);
            return invite.map_err(|error: auboutique_certs::InviteError| error.to_string());
        }
        let address = text.parse().map(Self::Address);
        address.map_err(|error: auboutique_certs::AddressError| error.to_string())
    }
}

/// The name of a profile: it becomes the name of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileName(String);

impl Default for ProfileName {
    fn default() -> Self {
        Self("default".into())
    }
}

impl ProfileName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a profile's name is 1 to 32 of a-z, 0-9, _ and -")
        }
    }
}

/// A price as it was typed. Its currency is known only once the server said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PriceText(String);

impl PriceText {
    pub(crate) fn in_currency(&self, currency: Currency) -> Result<Money, PriceError> {
        currency.parse_price(&self.0)
    }
}

impl FromStr for PriceText {
    type Err = PriceError;

    /// Refuses what is a price in no currency at all.
    fn from_str(text: &str) -> Result<Self, PriceError> {
        if Currency::Lbp.parse_price(text).is_err() {
            Currency::Usd.parse_price(text)?;
        }
        Ok(Self(text.to_owned()))
    }
}

fn person_name(text: &str) -> Result<PersonName, TextError> {
    PersonName::parse(text)
}

fn email(text: &str) -> Result<Email, TextError> {
    Email::parse(text)
}

fn username(text: &str) -> Result<Username, TextError> {
    Username::parse(text)
}

fn product_name(text: &str) -> Result<ProductName, TextError> {
    ProductName::parse(text)
}

fn description(text: &str) -> Result<Description, TextError> {
    Description::parse(text)
}

fn message_text(text: &str) -> Result<MessageText, TextError> {
    MessageText::parse(text)
}

fn search_text(text: &str) -> Result<SearchText, TextError> {
    SearchText::parse(text)
}

fn category(text: &str) -> Result<Category, TextError> {
    Category::parse(text)
}

fn cursor(text: &str) -> Result<Cursor, &'static str> {
    match unhex(text) {
        Some(bytes) if bytes.len() <= CURSOR_BYTES_MAX => Ok(Cursor(ByteString(bytes))),
        _ => Err("not the `next` of a list"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_command_shows_an_example() {
        let mut command = Arguments::command();
        command.clone().debug_assert();
        command.build();
        for subcommand in command.get_subcommands_mut() {
            let name = subcommand.get_name().to_owned();
            if name != "help" {
                let help = subcommand.render_long_help().to_string();
                assert!(help.contains("Example:\n  auboutique "), "{name}: {help}");
            }
        }
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in [
            "auboutique --json --server localhost products",
            "auboutique products --json --server localhost",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert!(arguments.globals.json);
            let server = arguments.globals.server.unwrap().address();
            assert_eq!(server.to_string(), "localhost:7443");
        }
    }

    #[test]
    fn an_order_may_begin_with_a_minus() {
        let line = "auboutique products --sort -price";
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        let Command::Member(MemberCommand::Products(products)) = arguments.command else {
            panic!("{:?}", arguments.command);
        };
        assert_eq!(products.sort, Some(Sort::Dearest));
    }

    #[test]
    fn values_of_the_wrong_form_are_wrong_usage() {
        for line in [
            "auboutique sell --name x --price 0",
            "auboutique sell --name x --price -5",
            "auboutique sell --name x --price 1.234",
            "auboutique sell --name x --price 1e3",
            "auboutique sell --name x --price 99999999999",
            "auboutique sell --name \u{202e}x --price 5",
            "auboutique register --username m",
            "auboutique register --email mona",
            "auboutique register --generate-password --password-stdin",
            "auboutique products --sort sideways",
            "auboutique products --search \u{3000}",
            "auboutique products --limit 0",
            "auboutique products --limit 3 --all",
            "auboutique products --cursor xyz",
            "auboutique --profile ../x whoami",
            "auboutique --server localhost:0 whoami",
            "auboutique --server auboutique://localhost#12 whoami",
            "auboutique show -1",
            "auboutique edit 17",
            "auboutique edit --price 5",
            "auboutique edit 17 --price 0",
            "auboutique edit 17 --name \u{3000}",
            "auboutique withdraw",
            "auboutique picture 17 --force",
            "auboutique frobnicate",
        ] {
            let error = Arguments::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
