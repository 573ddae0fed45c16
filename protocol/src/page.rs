//! Keyset pagination: a page names where the next one starts.

use serde::{Deserialize, Serialize};

use crate::bytes::ByteString;
use crate::limits::{CURSOR_BYTES_MAX, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};

/// Where the next page starts. Opaque to clients: send it back as it came, with the same filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub ByteString);

impl Cursor {
    /// Wraps bytes of a server's choice, at most [`CURSOR_BYTES_MAX`].
    ///
    /// # Panics
    /// If there are more; servers use a few fixed-length numbers.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        assert!(bytes.len() <= CURSOR_BYTES_MAX, "a cursor is short");
        Self(ByteString(bytes))
    }

    /// The bytes as the server made them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// How many items a page may hold: 1 to [`PAGE_ITEMS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u32);

impl PageLimit {
    /// Checks what a request asked for; absent means [`PAGE_ITEMS_DEFAULT`].
    #[must_use]
    pub fn parse(asked: Option<u32>) -> Option<Self> {
        match asked.unwrap_or(PAGE_ITEMS_DEFAULT) {
            0 => None,
            limit if limit <= PAGE_ITEMS_MAX => Some(Self(limit)),
            _ => None,
        }
    }

    /// The number of items.
    #[must_use]
    pub fn items(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_one_to_a_hundred_items() {
        let items = |asked| PageLimit::parse(asked).map(PageLimit::items);
        assert_eq!(items(None), Some(50));
        assert_eq!(items(Some(1)), Some(1));
        assert_eq!(items(Some(100)), Some(100));
        assert_eq!(items(Some(0)), None);
        assert_eq!(items(Some(101)), None);
    }
}
