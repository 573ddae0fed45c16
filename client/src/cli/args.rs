//! What can be typed on the command line: the commands here, what each takes in `options`.
//!
//! Values that have a form are checked while they are read (`values`), so that a mistake is told
//! before anything happens.

mod options;
mod values;

use std::path::PathBuf;

use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::options::{
    Buy, Chat, DeleteAccount, Edit, Export, Login, Paged, Passwd, Picture, Products, Register,
    Sell, Watch, Withdraw,
};
use self::values::username;
pub(crate) use self::values::{HistoryLength, PriceText, ProfileName, ServerChoice};
use crate::terminal::color::Color;
use crate::terminal::output::Output;
use crate::terminal::screen::Screen;
use crate::tui::Images;

/// Buy and sell on AUBoutique.
#[derive(Debug, Parser)]
#[command(
    name = "auboutique",
    version,
    after_help = "Without a command, at a terminal, the market opens on a full screen.\n\nExample:\n  \
                  auboutique\n  auboutique login --server market.example.org:7443 --username mona\n  \
                  auboutique products --category textbooks"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(flatten)]
    pub(crate) screen: MarketScreen,
    /// None opens the full screen.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of the full screen.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Options for the full screen")]
pub(crate) struct MarketScreen {
    #[command(flatten)]
    pub(crate) screen: Screen,
    /// How pictures are drawn; the terminal is never asked
    #[arg(long, value_name = "WAY", value_enum)]
    pub(crate) images: Option<Images>,
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

impl Globals {
    /// How this run prints.
    pub(crate) fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.color)
    }
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
                            auboutique chat mona --message 'I will be there at noon' --keep\n  \
                            auboutique chat mona --history all --json < /dev/null")]
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

#[cfg(test)]
mod tests {
    use auboutique_protocol::catalog::Sort;
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
        let Some(Command::Member(MemberCommand::Products(products))) = arguments.command else {
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
            "auboutique chat mona --history some",
            "auboutique chat mona --history -1",
            "auboutique chat mona --history 5 --message x",
            "auboutique frobnicate",
        ] {
            let error = Arguments::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
