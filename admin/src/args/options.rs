//! What each command takes, beside the options of every command.

use std::path::PathBuf;

use auboutique_certs::AdminName;
use auboutique_client::terminal::paging::cursor;
use auboutique_protocol::admin::{
    ProductStateName, Series, SessionNumber, SessionSort, Topic, UserSort, UserStateName,
};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{AnnouncementText, Reason, SearchText, Username};
use clap::Args;

use super::values::{announcement, reason, search_text, username};
use crate::dates::{Until, When};

/// How much of a list, and in which form.
#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// Most entries to list; 50 unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "all")]
    pub(crate) limit: Option<u32>,
    /// List them all
    #[arg(long)]
    pub(crate) all: bool,
    /// Go on after an earlier list: its `next`
    #[arg(long, value_name = "CURSOR", value_parser = cursor)]
    pub(crate) cursor: Option<Cursor>,
    /// Print the list as CSV, for a spreadsheet
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Users {
    /// Only those with this text in username, name or e-mail address
    #[arg(long, value_name = "TEXT", value_parser = search_text)]
    pub(crate) search: Option<SearchText>,
    /// Only those that are active, suspended or deleted
    #[arg(long)]
    pub(crate) state: Option<UserStateName>,
    /// The order: username, newest, oldest
    #[arg(long, value_name = "ORDER")]
    pub(crate) sort: Option<UserSort>,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Sessions {
    /// Only this user's
    #[arg(long, value_parser = username)]
    pub(crate) user: Option<Username>,
    /// The order: newest, oldest
    #[arg(long, value_name = "ORDER")]
    pub(crate) sort: Option<SessionSort>,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

/// Which sales.
#[derive(Debug, Args)]
pub(crate) struct SaleFilter {
    /// Only from this day on: YYYY-MM-DD, in this computer's time zone; or from a moment such as
    /// 2026-05-01T08:00:00Z
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<When>,
    /// Only up to this day, which counts in full; or before a moment
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Until>,
    /// Only what this user sold
    #[arg(long, value_name = "USER", value_parser = username)]
    pub(crate) seller: Option<Username>,
    /// Only what this user bought
    #[arg(long, value_name = "USER", value_parser = username)]
    pub(crate) buyer: Option<Username>,
    /// Only the sale of this product
    #[arg(long, value_name = "ID")]
    pub(crate) product: Option<ProductId>,
}

#[derive(Debug, Args)]
pub(crate) struct Sales {
    #[command(flatten)]
    pub(crate) filter: SaleFilter,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Products {
    /// Only those with this text in their name
    #[arg(long, value_name = "TEXT", value_parser = search_text)]
    pub(crate) search: Option<SearchText>,
    /// Only this user's
    #[arg(long, value_name = "USER", value_parser = username)]
    pub(crate) owner: Option<Username>,
    /// Only those that are for_sale, hidden, sold, withdrawn or removed
    #[arg(long)]
    pub(crate) state: Option<ProductStateName>,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Statistics {
    /// Also how it did: the last 60 minutes (minute), 48 hours (hour) or 60 days (day)
    #[arg(long, value_name = "STEP")]
    pub(crate) series: Option<Series>,
    /// Print the series as CSV; without one, the moment
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what this administrator did, by the name of the certificate
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<AdminName>,
    /// Only what was done to this user, or to a product of this user's
    #[arg(long, value_parser = username)]
    pub(crate) user: Option<Username>,
    #[command(flatten)]
    pub(crate) paging: Paging,
}

#[derive(Debug, Args)]
pub(crate) struct Disconnect {
    /// The user all of whose sessions end
    #[arg(value_name = "USER", value_parser = username, required_unless_present = "session",
          conflicts_with = "session")]
    pub(crate) user: Option<Username>,
    /// One session, by its number in `auboutique-admin sessions`
    #[arg(long, value_name = "N")]
    pub(crate) session: Option<SessionNumber>,
    /// Why; the user is told
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) why: Option<Reason>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Suspend {
    /// The user
    #[arg(value_name = "USER", value_parser = username)]
    pub(crate) user: Username,
    /// Why; the user is told at each login
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: Reason,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reinstate {
    /// The user
    #[arg(value_name = "USER", value_parser = username)]
    pub(crate) user: Username,
    /// Why; for the audit
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) why: Option<Reason>,
}

#[derive(Debug, Args)]
pub(crate) struct ResetPassword {
    /// The user
    #[arg(value_name = "USER", value_parser = username)]
    pub(crate) user: Username,
    /// Why; for the audit
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) why: Option<Reason>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveProduct {
    /// The product's number
    #[arg(value_name = "ID")]
    pub(crate) id: ProductId,
    /// Why; the owner is told
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: Reason,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Announce {
    /// The words
    #[arg(value_name = "TEXT", value_parser = announcement)]
    pub(crate) text: AnnouncementText,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportSales {
    #[command(flatten)]
    pub(crate) filter: SaleFilter,
    /// As CSV, which is the only form there is
    #[arg(long)]
    pub(crate) csv: bool,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// What to follow: sessions, sales, products, users, audit, statistics; all but statistics when
    /// absent
    #[arg(value_name = "TOPIC", value_delimiter = ',')]
    pub(crate) topics: Vec<Topic>,
    /// Stop after so many lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
}
