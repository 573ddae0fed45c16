//! What changes the console, and what it wants done: plain values, so that a test can say the one and
//! look at the other.

use auboutique_client::Notice;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::ui::input::{Input, Size};
use auboutique_client::ui::ticket::Ticket;
use auboutique_client::ui::widgets::table::Move;
use auboutique_protocol::admin::{
    AdminEvent, Audit, AuditEntry, Connection, Product, Products, Sale, Sales, Sessions,
    Statistics, StatisticsReport, UserDetail, UserSummary, Users,
};
use auboutique_protocol::text::Username;

use crate::console::deed::{Deed, Done};
use crate::console::keys::Act;
use crate::list::Page;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// A key of the screen.
    Do(Act),
    /// A way through the rows of the screen.
    Go(Move),
    /// The mouse was pressed on a line of the screen.
    Pressed(u16),
    /// Something for what lies over the screen: the help, a form, a question.
    Overlay(Input),
    /// The window has this size.
    Resized(Size),
    /// A second has passed.
    Tick,
    /// The server is there, and tells what happens from now on.
    Connected,
    /// It could not be connected with.
    NotConnected(Failure),
    /// Something happened in the market, or with the connection.
    Told(Notice<AdminEvent>),
    /// Nothing more will be told.
    Over,
    /// What was read, or why it could not be.
    Found {
        ticket: Ticket,
        outcome: Result<Found, String>,
    },
    /// What a deed would lead to, or why it cannot be done.
    Weighed {
        ticket: Ticket,
        outcome: Result<String, String>,
    },
    /// What became of a deed.
    Done {
        ticket: Ticket,
        outcome: Result<Done, String>,
    },
}

/// Something that was read.
#[derive(Debug)]
pub(crate) enum Found {
    Users(Page<UserSummary>),
    Sessions(Page<Connection>),
    Sales(Page<Sale>),
    Products(Page<Product>),
    Audit(Page<AuditEntry>),
    User(Box<UserDetail>),
    Statistics(Box<StatisticsReport>),
}

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    Users(Users),
    Sessions(Sessions),
    Sales(Sales),
    Products(Products),
    Audit(Audit),
    User(Username),
    Statistics(Statistics),
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Connect, and tell what happens from then on.
    Connect,
    /// Read something.
    Read { ticket: Ticket, read: Read },
    /// Find out what a deed would lead to.
    Weigh {
        ticket: Ticket,
        deed: Deed,
        words: Option<String>,
    },
    /// Do it.
    Perform {
        ticket: Ticket,
        deed: Deed,
        words: Option<String>,
    },
}
