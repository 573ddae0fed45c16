//! Following a list from page to page until enough was seen.

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::limits::{CURSOR_BYTES_MAX, PAGE_ITEMS_MAX};
use auboutique_protocol::page::Cursor;

use crate::terminal::files::{hex, unhex};

/// Reads where a list goes on, as [`cursor_text`] wrote it.
///
/// # Errors
/// It never was one.
pub fn cursor(text: &str) -> Result<Cursor, &'static str> {
    match unhex(text) {
        Some(bytes) if bytes.len() <= CURSOR_BYTES_MAX => Ok(Cursor(ByteString(bytes))),
        _ => Err("not the `next` of a list"),
    }
}

/// Where a list goes on, as text.
#[must_use]
pub fn cursor_text(cursor: &Cursor) -> String {
    hex(cursor.as_bytes())
}

/// How far a list was followed, and how much is still wanted. A page may be short, even empty, and
/// still name a next one.
#[derive(Debug)]
pub struct Pages<T> {
    /// What was seen.
    pub items: Vec<T>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Cursor>,
    wanted: Option<u32>,
}

impl<T> Pages<T> {
    /// Begins a list of which `wanted` items are wanted, or all.
    #[must_use]
    pub fn new(wanted: Option<u32>, start: Option<Cursor>) -> Self {
        Self {
            items: Vec::new(),
            next: start,
            wanted,
        }
    }

    /// How many items to ask for on the next page.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.missing()
            .map_or(PAGE_ITEMS_MAX, |missing| missing.min(PAGE_ITEMS_MAX))
    }

    /// Adds a page; returns whether another one is wanted.
    pub fn add(&mut self, items: Vec<T>, next: Option<Cursor>) -> bool {
        // A page that neither holds anything nor leads anywhere would be asked for forever.
        let stuck = items.is_empty() && next == self.next;
        self.items.extend(items);
        self.next = next;
        self.next.is_some() && !stuck && self.missing() != Some(0)
    }

    fn missing(&self) -> Option<u32> {
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.wanted.map(|wanted| wanted.saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(byte: u8) -> Option<Cursor> {
        Some(Cursor::new(vec![byte]))
    }

    #[test]
    fn a_list_is_followed_over_short_and_empty_pages() {
        let mut pages = Pages::new(Some(150), None);
        assert_eq!(pages.limit(), 100);
        assert!(pages.add(vec![0; 60], cursor(1)));
        assert_eq!(pages.limit(), 90);
        assert!(pages.add(vec![], cursor(2)));
        assert!(!pages.add(vec![0; 90], cursor(3)), "enough was seen");
        assert_eq!(pages.items.len(), 150);
        let mut pages = Pages::new(None, None);
        assert!(pages.add(vec![0; 100], cursor(1)));
        assert_eq!(pages.limit(), 100);
        assert!(!pages.add(vec![0; 3], None), "the list ends");
    }

    #[test]
    fn a_server_that_leads_nowhere_is_not_followed() {
        let mut pages = Pages::<u8>::new(None, None);
        assert!(pages.add(vec![], cursor(1)));
        assert!(!pages.add(vec![], cursor(1)));
    }
}
