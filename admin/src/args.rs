//! What can be typed on the command line: the commands here, what each takes in `options`.
//!
//! Values that have a form are checked while they are read (`values`), so that a mistake is told
//! before anything happens.

mod options;
mod values;

use std::path::PathBuf;

use auboutique_certs::ServerAddress;
use auboutique_client::terminal::color::Color;
use auboutique_client::terminal::output::Output;
use auboutique_client::terminal::screen::Screen;
use auboutique_protocol::text::Username;
use clap::{Args, Parser, Subcommand};

pub(crate) use self::options::{
    Announce, Audit, Disconnect, ExportSales, Paging, Products, Reinstate, RemoveProduct,
    ResetPassword, SaleFilter, Sales, Sessions, Statistics, Suspend, Users, Watch,
};
use self::values::{server, username};

/// See and steer an AUBoutique market.
#[derive(Debug, Parser)]
#[command(
    name = "auboutique-admin",
    version,
    after_help = "Without a command, at a terminal, the console opens: the market on a full screen, \
                  live.\n\nExample:\n  auboutique-admin --server market.example.org:7444\n  \
                  auboutique-admin sessions --user mona\n  \
                  auboutique-admin disconnect mona --why 'a phone was lost'"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(flatten, next_help_heading = "Options for the console")]
    pub(crate) screen: Screen,
    /// None opens the console.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Globals {
    /// The listener for administrators: HOST or HOST:PORT
    #[arg(long, global = true, env = "AUBOUTIQUE_ADMIN_SERVER", value_name = "SERVER",
          value_parser = server, default_value = "localhost:7444")]
    pub(crate) server: ServerAddress,
    /// The folder that `auboutique-certs admin` has written; $XDG_CONFIG_HOME/auboutique/admin unless
    /// given
    #[arg(
        long,
        global = true,
        env = "AUBOUTIQUE_ADMIN_IDENTITY",
        value_name = "DIR"
    )]
    pub(crate) identity: Option<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Never ask; a missing consent is an error
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
    Market(MarketCommand),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  auboutique-admin completions bash > \
                            ~/.local/share/bash-completion/completions/auboutique-admin")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(
        after_help = "Example:\n  auboutique-admin man > auboutique-admin.1\n  \
                      man ./auboutique-admin.1"
    )]
    Man,
}

/// What an operator does with the market.
#[derive(Debug, Subcommand)]
pub(crate) enum MarketCommand {
    /// List the users, or search them
    #[command(
        after_help = "Example:\n  auboutique-admin users --state suspended\n  \
                            auboutique-admin users --search mona --json"
    )]
    Users(Users),
    /// Show everything about a user
    #[command(after_help = "Example:\n  auboutique-admin user mona")]
    User {
        /// The user
        #[arg(value_name = "USER", value_parser = username)]
        name: Username,
    },
    /// List who is connected at this moment
    #[command(after_help = "Example:\n  auboutique-admin sessions --user mona")]
    Sessions(Sessions),
    /// List the sales, last first
    #[command(
        after_help = "Example:\n  auboutique-admin sales --from 2026-05-01 --to 2026-05-31 \
                      --seller mona"
    )]
    Sales(Sales),
    /// List the products in any state, last listed first
    #[command(after_help = "Example:\n  auboutique-admin products --owner mona --state for_sale")]
    Products(Products),
    /// Show how the server does and, with --series, how it did
    #[command(after_help = "Example:\n  auboutique-admin stats --series day --csv")]
    Stats(Statistics),
    /// List what administrators did, last first
    #[command(after_help = "Example:\n  auboutique-admin audit --user mona")]
    Audit(Audit),
    /// End one session, or all of a user: the client must log in again
    #[command(
        after_help = "Example:\n  auboutique-admin disconnect mona --why 'a phone was lost'\n  \
                            auboutique-admin disconnect --session 1234 --yes"
    )]
    Disconnect(Disconnect),
    /// Suspend a user: no login, and nothing for sale, until reinstated
    #[command(
        after_help = "Example:\n  auboutique-admin suspend mona --reason 'sold what was not hers'"
    )]
    Suspend(Suspend),
    /// End a suspension
    #[command(after_help = "Example:\n  auboutique-admin reinstate mona --why 'it was settled'")]
    Reinstate(Reinstate),
    /// Give a user a one-time password, shown once
    #[command(
        after_help = "Example:\n  auboutique-admin reset-password mona --why 'asked at the desk'"
    )]
    ResetPassword(ResetPassword),
    /// Take a product off the market
    #[command(after_help = "Example:\n  auboutique-admin remove-product 17 --reason 'no weapons'")]
    RemoveProduct(RemoveProduct),
    /// Say something to everybody who is online
    #[command(after_help = "Example:\n  auboutique-admin announce 'The market closes at noon.'")]
    Announce(Announce),
    /// Write a file for a spreadsheet
    #[command(
        subcommand,
        after_help = "Example:\n  auboutique-admin export sales --from 2026-05-01 --to 2026-05-31 \
                      --csv -o may.csv"
    )]
    Export(Export),
    /// Follow the market as it happens, line by line
    #[command(after_help = "Example:\n  auboutique-admin watch sales audit --json")]
    Watch(Watch),
}

/// What can be written to a file.
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The sales of some days, first first
    #[command(
        after_help = "Example:\n  auboutique-admin export sales --from 2026-05-01 --to 2026-05-31 \
                      --csv -o may.csv\n  auboutique-admin export sales > sales.csv"
    )]
    Sales(ExportSales),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_port_for_administrators_need_not_be_given() {
        for (typed, address) in [
            ("market.example.org", "market.example.org:7444"),
            ("localhost:9001", "localhost:9001"),
            ("[::1]", "[::1]:7444"),
            ("[::1]:9", "[::1]:9"),
            ("127.0.0.1", "127.0.0.1:7444"),
        ] {
            let arguments = parse(&format!("auboutique-admin audit --server {typed}")).unwrap();
            assert_eq!(arguments.globals.server.to_string(), address);
        }
        assert!(parse("auboutique-admin audit --server ::1").is_err());
        assert!(parse("auboutique-admin audit --server auboutique://localhost").is_err());
    }

    #[test]
    fn values_of_the_wrong_form_are_wrong_usage() {
        for line in [
            "auboutique-admin frobnicate",
            "auboutique-admin --theme blue",
            "auboutique-admin users --limit 0",
            "auboutique-admin users --limit 10001",
            "auboutique-admin users --limit 5 --all",
            "auboutique-admin users --state gone",
            "auboutique-admin users --cursor xyz",
            "auboutique-admin user",
            "auboutique-admin user m",
            "auboutique-admin sales --from yesterday",
            "auboutique-admin sales --from 2026-02-30",
            "auboutique-admin sales --product -1",
            "auboutique-admin stats --series week",
            "auboutique-admin audit --actor Mona",
            "auboutique-admin disconnect",
            "auboutique-admin disconnect mona --session 5",
            "auboutique-admin disconnect mona --why \u{202e}",
            "auboutique-admin suspend mona",
            "auboutique-admin remove-product 17",
            "auboutique-admin announce",
            "auboutique-admin watch weather",
            "auboutique-admin watch --count 0",
            "auboutique-admin export users",
            "auboutique-admin --server localhost:0 audit",
        ] {
            let error = parse(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
