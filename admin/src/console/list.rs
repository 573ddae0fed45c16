//! A screen with a list that the server filters and orders: what is the same for all of them.
//!
//! A [`Filter`] says which rows there are: as a request for the server, as a test for what is told
//! live, as a form and as words for people. A [`List`] is a filter with the rows that were read.

use auboutique_client::ui::ticket::{Ticket, Tickets};
use std::cmp::Ordering;

use auboutique_client::ui::widgets::form::Form;
use auboutique_client::ui::widgets::table::{Move, Row};
use auboutique_protocol::admin::SalesTotals;
use auboutique_protocol::page::Cursor;
use jiff::tz::TimeZone;

use crate::console::message::{Effect, Read};
use crate::list::Page;
use auboutique_client::ui::rows::Rows;

/// Which rows a list has, and in which order.
pub(crate) trait Filter: Clone + Default + PartialEq {
    /// What a page holds.
    type Item;
    /// A row.
    type Row: Row + Clone + From<Self::Item>;

    /// Asks for a page.
    fn read(&self, cursor: Option<Cursor>) -> Read;

    /// Whether a row belongs to the list.
    fn admits(&self, row: &Self::Row) -> bool;

    /// The order of the list.
    fn order(&self, one: &Self::Row, other: &Self::Row) -> Ordering;

    /// The filter as a form.
    fn form(&self) -> Form;

    /// Reads a form.
    ///
    /// # Errors
    /// The name of a field, and what is wrong with it.
    fn of_form(form: &Form, zone: &TimeZone) -> Result<Self, (&'static str, String)>;

    /// What is filtered, for people; empty where nothing is.
    fn words(&self) -> String;
}

/// A filter, and the rows that were read.
#[derive(Debug)]
pub(crate) struct List<F: Filter> {
    filter: F,
    rows: Rows<F::Row>,
    /// What all rows come to, where that was told.
    totals: Option<SalesTotals>,
}

impl<F: Filter> List<F> {
    /// All there is, of which nothing was read yet.
    pub(crate) fn new() -> Self {
        Self {
            filter: F::default(),
            rows: Rows::new(),
            totals: None,
        }
    }

    pub(crate) const fn filter(&self) -> &F {
        &self.filter
    }

    pub(crate) const fn rows(&self) -> &Rows<F::Row> {
        &self.rows
    }

    pub(crate) const fn totals(&self) -> Option<SalesTotals> {
        self.totals
    }

    pub(crate) fn selected(&self) -> Option<&F::Row> {
        self.rows.table().selected()
    }

    /// Takes the first page, or a later one, if it is the one that is waited for.
    pub(crate) fn found(&mut self, ticket: Ticket, page: Page<F::Item>) {
        let items = page.items.into_iter().map(F::Row::from).collect();
        let filter = &self.filter;
        let order = |one: &F::Row, other: &F::Row| filter.order(one, other);
        if self.rows.take(ticket, items, page.next, &order) {
            self.totals = page.totals.or(self.totals);
        }
    }

    /// Takes a row that was told. Returns whether it is new in the list.
    pub(crate) fn told(&mut self, row: F::Row) -> bool {
        if !self.filter.admits(&row) {
            return false;
        }
        let filter = &self.filter;
        let order = |one: &F::Row, other: &F::Row| filter.order(one, other);
        self.rows.put(row, &order)
    }

    /// Changes a row that is here.
    pub(crate) fn change(&mut self, key: &<F::Row as Row>::Key, change: impl Fn(&mut F::Row)) {
        self.rows.change(key, change);
    }

    pub(crate) const fn totals_mut(&mut self) -> Option<&mut SalesTotals> {
        self.totals.as_mut()
    }

    /// Shows other rows.
    pub(crate) fn filter_by(&mut self, filter: F, tickets: &mut Tickets) -> Effect {
        self.filter = filter;
        self.totals = None;
        let ticket = tickets.next();
        self.rows.begin_anew(ticket);
        self.ask(ticket, None)
    }

    fn ask(&self, ticket: Ticket, cursor: Option<Cursor>) -> Effect {
        let read = self.filter.read(cursor);
        Effect::Read { ticket, read }
    }
}

/// What every screen with rows can do, whatever its rows are.
pub(crate) trait Listed {
    /// It is shown: reads it unless it is up to date.
    fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect>;
    /// Reads it again.
    fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect>;
    /// Something may have happened that was not told.
    fn make_stale(&mut self);
    /// Moves the selection.
    fn go(&mut self, way: Move, tickets: &mut Tickets) -> Vec<Effect>;
    /// Says how many lines the rows have.
    fn set_height(&mut self, lines: u16);
    /// Selects the row on a line of the table.
    fn select_line(&mut self, line_of_the_table: u16);
    /// Something could not be read; perhaps for this screen.
    fn failed(&mut self, ticket: Ticket, reason: &str);
    /// Its filter as a form.
    fn form(&self) -> Form;
    /// Takes a filter from a form.
    ///
    /// # Errors
    /// The name of a field, and what is wrong with it.
    fn take_form(
        &mut self,
        form: &Form,
        zone: &TimeZone,
        tickets: &mut Tickets,
    ) -> Result<Vec<Effect>, (&'static str, String)>;
    /// Whether something is filtered.
    fn is_filtered(&self) -> bool;
    /// Shows all there is.
    fn show_all(&mut self, tickets: &mut Tickets) -> Vec<Effect>;
}

impl<F: Filter> Listed for List<F> {
    fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.rows.is_stale() {
            self.reload(tickets)
        } else {
            Vec::new()
        }
    }

    fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        let ticket = tickets.next();
        self.rows.begin(ticket);
        vec![self.ask(ticket, None)]
    }

    fn make_stale(&mut self) {
        self.rows.make_stale();
    }

    fn go(&mut self, way: Move, tickets: &mut Tickets) -> Vec<Effect> {
        let Some(next) = self.rows.go(way) else {
            return Vec::new();
        };
        let ticket = tickets.next();
        self.rows.begin_more(ticket);
        vec![self.ask(ticket, Some(next))]
    }

    fn set_height(&mut self, lines: u16) {
        self.rows.table_mut().set_height(lines);
    }

    fn select_line(&mut self, line_of_the_table: u16) {
        self.rows.select_line(line_of_the_table);
    }

    fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.rows.fail(ticket, reason);
    }

    fn form(&self) -> Form {
        self.filter.form()
    }

    fn take_form(
        &mut self,
        form: &Form,
        zone: &TimeZone,
        tickets: &mut Tickets,
    ) -> Result<Vec<Effect>, (&'static str, String)> {
        let filter = F::of_form(form, zone)?;
        Ok(vec![self.filter_by(filter, tickets)])
    }

    fn is_filtered(&self) -> bool {
        !self.filter.words().is_empty()
    }

    fn show_all(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        vec![self.filter_by(F::default(), tickets)]
    }
}

/// Words of a filter, one after the other.
pub(crate) fn join(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// What was typed, unless it is empty.
pub(crate) fn typed<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    Some(form.value(name).trim()).filter(|text| !text.is_empty())
}

/// Reads a field that may be empty.
///
/// # Errors
/// Its name, and what is wrong with it.
pub(crate) fn optional<T, E: std::fmt::Display>(
    form: &Form,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, (&'static str, String)> {
    let parsed = typed(form, name).map(parse).transpose();
    parsed.map_err(|error| (name, error.to_string()))
}

/// Whether a text holds another, ASCII letters in any case, as the server decides it.
pub(crate) fn holds(text: &str, part: &str) -> bool {
    let (text, part) = (text.to_ascii_lowercase(), part.to_ascii_lowercase());
    text.contains(&part)
}
