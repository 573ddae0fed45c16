//! The rows of a list that is read page by page, and kept up to date by what is told meanwhile.
//!
//! What is told and what was read may overtake each other: a page that was asked for before something
//! happened may come after it was told. So what is told while the first page is awaited is put into it
//! again, and a page that nobody waits for any more is dropped.

use std::cmp::Ordering;

use auboutique_protocol::page::Cursor;

use crate::ui::ticket::Ticket;
use crate::ui::widgets::table::{Content, Move, Row, Table};

/// So many rows below the selected one are a reason to read the next page.
const ROWS_AHEAD: usize = 25;

/// Rows in the order of the list, as far as they were read.
#[derive(Debug)]
pub struct Rows<R: Row> {
    table: Table<R>,
    /// Where the next page starts; `None` on the last.
    next: Option<Cursor>,
    awaited: Option<Awaited>,
    /// What was told since the first page was asked for: the page may be older.
    meanwhile: Vec<R>,
    /// What went since then.
    gone: Vec<R::Key>,
    is_stale: bool,
    /// The first row stays selected, whichever it is: until the person chooses another.
    follows_first: bool,
}

/// A page that was asked for.
#[derive(Debug, Clone, Copy)]
struct Awaited {
    ticket: Ticket,
    is_first: bool,
}

/// An order of rows.
pub type Order<'a, R> = &'a dyn Fn(&R, &R) -> Ordering;

impl<R: Row + Clone> Default for Rows<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Row + Clone> Rows<R> {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: Table::loading(),
            next: None,
            awaited: None,
            meanwhile: Vec::new(),
            gone: Vec::new(),
            is_stale: true,
            follows_first: true,
        }
    }

    /// The rows as a table.
    #[must_use]
    pub const fn table(&self) -> &Table<R> {
        &self.table
    }

    /// The table, to be told its height, or to select a row.
    pub const fn table_mut(&mut self) -> &mut Table<R> {
        &mut self.table
    }

    /// Whether there are more than were read.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Whether the list has to be read before it is shown.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Something may have happened that was not told.
    pub const fn make_stale(&mut self) {
        self.is_stale = true;
    }

    /// The first page is being read. The rows stay until it is there.
    pub fn begin(&mut self, ticket: Ticket) {
        self.is_stale = false;
        self.meanwhile.clear();
        self.gone.clear();
        self.await_page(ticket, true);
    }

    /// The first page of other rows is being read.
    pub fn begin_anew(&mut self, ticket: Ticket) {
        self.follows_first = true;
        self.table.set_rows(Vec::new());
        self.next = None;
        self.begin(ticket);
    }

    fn await_page(&mut self, ticket: Ticket, is_first: bool) {
        self.awaited = Some(Awaited { ticket, is_first });
        self.table.set_content(Content::Loading);
    }

    /// Moves the selection. Returns where the next page starts if it should be read.
    pub fn go(&mut self, way: Move) -> Option<Cursor> {
        self.table.go(way);
        self.follows_first = way == Move::First;
        let is_near_the_end = self.table.rows_below() < ROWS_AHEAD;
        if !is_near_the_end || self.awaited.is_some() {
            return None;
        }
        self.next.clone()
    }

    /// Selects the row on a line of the table, as [`Table::select_line`].
    pub fn select_line(&mut self, line_of_the_table: u16) {
        if self.table.select_line(line_of_the_table) {
            self.follows_first = false;
        }
    }

    /// The next page is being read.
    pub fn begin_more(&mut self, ticket: Ticket) {
        self.await_page(ticket, false);
    }

    /// Takes a page, if it is the one that is waited for.
    pub fn take(
        &mut self,
        ticket: Ticket,
        items: Vec<R>,
        next: Option<Cursor>,
        order: Order<'_, R>,
    ) -> bool {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.ticket == ticket) else {
            return false;
        };
        self.next = next;
        if awaited.is_first {
            self.table.set_rows(items);
            for key in std::mem::take(&mut self.gone) {
                self.table.remove(&key);
            }
            for row in std::mem::take(&mut self.meanwhile) {
                self.put_now(row, order);
            }
            self.follow_first();
        } else {
            self.table.append(items);
        }
        true
    }

    /// Says why a page could not be read, if it is the one that is waited for.
    pub fn fail(&mut self, ticket: Ticket, reason: &str) -> bool {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.ticket == ticket) else {
            return false;
        };
        self.is_stale |= awaited.is_first;
        self.table.set_content(Content::Failed(reason.to_owned()));
        true
    }

    /// Replaces a row, or puts a new one in its place. One that belongs to a page that was not read
    /// is left to it. Returns whether the row is new.
    pub fn put(&mut self, row: R, order: Order<'_, R>) -> bool {
        if self.is_first_awaited() {
            self.meanwhile.push(row.clone());
        }
        self.put_now(row, order)
    }

    fn put_now(&mut self, row: R, order: Order<'_, R>) -> bool {
        let key = row.key();
        let rows = self.table.rows();
        let is_new = !rows.iter().any(|known| known.key() == key);
        let place = rows.partition_point(|known| order(known, &row) == Ordering::Less);
        if is_new && place == rows.len() && self.has_more() {
            return false;
        }
        self.table.put(place, row);
        self.follow_first();
        is_new
    }

    fn is_first_awaited(&self) -> bool {
        self.awaited.is_some_and(|awaited| awaited.is_first)
    }

    fn follow_first(&mut self) {
        if self.follows_first {
            self.table.go(Move::First);
        }
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: &R::Key) -> Option<R> {
        self.meanwhile.retain(|row| row.key() != *key);
        if self.is_first_awaited() {
            self.gone.push(key.clone());
        }
        self.table.remove(key)
    }

    /// Changes a row that is here.
    pub fn change(&mut self, key: &R::Key, change: impl Fn(&mut R)) {
        let mut rows = self.table.rows().iter();
        let found = rows.find(|row| row.key() == *key).cloned();
        if let Some(mut row) = found {
            change(&mut row);
            self.put(row, &|_, _| Ordering::Less);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::ticket::Tickets;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Number(u32, char);

    impl Row for Number {
        type Key = u32;
        fn key(&self) -> u32 {
            self.0
        }
    }

    fn newest_first(one: &Number, other: &Number) -> Ordering {
        other.0.cmp(&one.0)
    }

    fn numbers(rows: &Rows<Number>) -> Vec<u32> {
        rows.table().rows().iter().map(|row| row.0).collect()
    }

    fn cursor() -> Option<Cursor> {
        Some(Cursor::new(vec![1]))
    }

    fn three_of_more() -> (Rows<Number>, Tickets) {
        let (mut rows, mut tickets) = (Rows::new(), Tickets::default());
        let ticket = tickets.next();
        rows.begin(ticket);
        let items = [9, 7, 5].map(|number| Number(number, 'a')).to_vec();
        assert!(rows.take(ticket, items, cursor(), &newest_first));
        (rows, tickets)
    }

    #[test]
    fn what_was_told_while_the_first_page_was_read_is_kept() {
        let (mut rows, mut tickets) = (Rows::new(), Tickets::default());
        let ticket = tickets.next();
        rows.begin(ticket);
        rows.put(Number(9, 'b'), &newest_first);
        rows.put(Number(5, 'b'), &newest_first);
        let page = vec![Number(7, 'a'), Number(5, 'a')];
        assert!(rows.take(ticket, page, None, &newest_first));
        let expected = [Number(9, 'b'), Number(7, 'a'), Number(5, 'b')];
        assert_eq!(rows.table().rows(), expected);
    }

    #[test]
    fn what_went_while_the_first_page_was_read_stays_gone() {
        let (mut rows, mut tickets) = three_of_more();
        let ticket = tickets.next();
        rows.begin(ticket);
        assert_eq!(rows.remove(&7), Some(Number(7, 'a')));
        assert_eq!(numbers(&rows), [9, 5]);
        let page = vec![Number(9, 'a'), Number(7, 'a')];
        assert!(rows.take(ticket, page, None, &newest_first));
        assert_eq!(numbers(&rows), [9]);
    }

    #[test]
    fn a_page_that_comes_too_late_is_dropped() {
        let (mut rows, mut tickets) = three_of_more();
        let [old, new] = [tickets.next(), tickets.next()];
        rows.begin(old);
        rows.begin_anew(new);
        assert!(!rows.take(old, vec![Number(1, 'a')], None, &newest_first));
        assert!(!rows.fail(old, "lost"));
        assert!(numbers(&rows).is_empty());
        assert!(rows.take(new, vec![Number(2, 'a')], None, &newest_first));
        assert_eq!(numbers(&rows), [2]);
    }

    #[test]
    fn a_row_of_a_page_that_was_not_read_is_left_to_it() {
        let (mut rows, mut tickets) = three_of_more();
        assert!(rows.put(Number(8, 'a'), &newest_first));
        assert!(!rows.put(Number(3, 'a'), &newest_first));
        assert_eq!(numbers(&rows), [9, 8, 7, 5]);
        let ticket = tickets.next();
        assert_eq!(rows.go(Move::Last), cursor());
        rows.begin_more(ticket);
        assert_eq!(rows.go(Move::Last), None, "it is being read");
        rows.take(ticket, vec![Number(3, 'a')], None, &newest_first);
        assert!(
            rows.put(Number(1, 'a'), &newest_first),
            "the list ends here"
        );
        assert_eq!(numbers(&rows), [9, 8, 7, 5, 3, 1]);
    }

    #[test]
    fn a_failure_is_said_and_the_list_is_read_again_when_it_is_shown() {
        let (mut rows, mut tickets) = three_of_more();
        let ticket = tickets.next();
        rows.begin(ticket);
        assert!(!rows.is_stale());
        assert!(rows.fail(ticket, "lost"));
        assert!(rows.is_stale());
        assert_eq!(*rows.table().content(), Content::Failed("lost".into()));
        assert_eq!(numbers(&rows), [9, 7, 5]);
    }

    #[test]
    fn the_first_row_is_followed_until_another_is_chosen() {
        let (mut rows, _) = three_of_more();
        let selected = |rows: &Rows<Number>| rows.table().selected().map(|row| row.0);
        rows.put(Number(10, 'a'), &newest_first);
        assert_eq!(selected(&rows), Some(10));
        rows.go(Move::Down);
        rows.put(Number(11, 'a'), &newest_first);
        assert_eq!(selected(&rows), Some(9));
        rows.go(Move::First);
        rows.put(Number(12, 'a'), &newest_first);
        assert_eq!(selected(&rows), Some(12));
    }

    #[test]
    fn a_row_is_changed_where_it_stands() {
        let (mut rows, _) = three_of_more();
        rows.change(&7, |row| row.1 = 'c');
        rows.change(&6, |row| row.1 = 'c');
        assert_eq!(rows.table().rows()[1], Number(7, 'c'));
        assert_eq!(numbers(&rows), [9, 7, 5]);
    }
}
