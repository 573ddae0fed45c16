//! The products for sale, in memory: what every list is made from.
//!
//! Listing is the most frequent request, and reading a page from the database costs far more than
//! putting one together from encoded items. The catalog is loaded at the start and changed
//! only by committed changes, before anybody is told of them ([`CommitObserver`]). It never decides a
//! purchase: the database does.

mod item;
mod shelves;

use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use auboutique_protocol::catalog::Sort;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::page::Cursor;

use self::shelves::Shelves;
use crate::store::catalog::ForSale;
use crate::store::{Change, CommitObserver};

/// Most entries that one page looks at: filters that match little give short pages, not slow ones.
pub(crate) const EXAMINED_MAX: usize = 2_000;

/// Which products a page holds.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) owner: Option<String>,
    pub(crate) category: Option<String>,
    /// Prices in minor units.
    pub(crate) prices: RangeInclusive<u64>,
    pub(crate) sort: Sort,
    pub(crate) after: Option<Position>,
    pub(crate) limit: usize,
}

/// The place of a product in a list, and with it where the next page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// In a list by time: ids ascend with it.
    Time(ProductId),
    /// In a list by price.
    Price(u64, ProductId),
}

impl Position {
    /// The position as a client carries it.
    pub(crate) fn to_cursor(self) -> Cursor {
        let mut bytes = Vec::with_capacity(17);
        match self {
            Self::Time(id) => {
                bytes.push(b't');
                bytes.extend(id.0.to_be_bytes());
            }
            Self::Price(price, id) => {
                bytes.push(b'p');
                bytes.extend(price.to_be_bytes());
                bytes.extend(id.0.to_be_bytes());
            }
        }
        Cursor::new(bytes)
    }

    /// Reads a cursor of a list in this order; `None` when it is not one.
    pub(crate) fn from_cursor(cursor: &Cursor, sort: Sort) -> Option<Self> {
        let (kind, rest) = cursor.as_bytes().split_first()?;
        let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
        match (kind, sort) {
            (b't', Sort::Newest | Sort::Oldest) => Some(Self::Time(ProductId(number(rest)?))),
            (b'p', Sort::Cheapest | Sort::Dearest) => {
                let (price, id) = rest.split_at_checked(8)?;
                Some(Self::Price(number(price)?, ProductId(number(id)?)))
            }
            _ => None,
        }
    }
}

/// A page of encoded items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct EncodedPage {
    /// How many items there are.
    pub(crate) count: u64,
    /// The items, one after the other.
    pub(crate) items: Vec<u8>,
    /// Where the next page starts; `None` on the last.
    pub(crate) next: Option<Position>,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    shelves: RwLock<Shelves>,
}

impl Catalog {
    /// A page of products for sale.
    pub(crate) fn page(&self, query: &Query) -> EncodedPage {
        self.read().page(query)
    }

    /// The users behind `after` who have something for sale, by username, with how many products
    /// each has; at most `limit`, and whether there are more.
    pub(crate) fn owners(&self, after: Option<&str>, limit: usize) -> (Vec<(Arc<str>, u64)>, bool) {
        self.read().owners(after, limit)
    }

    /// A page of those products among `found` that are for sale. They stand in the order of the page,
    /// and behind the query's position; one more than [`EXAMINED_MAX`] says that there are more.
    pub(crate) fn page_of(&self, found: &[ProductId], query: &Query) -> EncodedPage {
        self.read().page_of(found, query)
    }

    /// How many products are for sale.
    pub(crate) fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether a product is for sale.
    pub(crate) fn contains(&self, id: ProductId) -> bool {
        self.read().contains(id)
    }

    /// The owner of a product, if it is for sale.
    pub(crate) fn owner(&self, id: ProductId) -> Option<Arc<str>> {
        self.read().owner(id)
    }

    /// The encoded list item of a product, if it is for sale.
    pub(crate) fn item(&self, id: ProductId) -> Option<Arc<[u8]>> {
        self.read().encoded(id).map(Arc::from)
    }

    /// Shows what was committed.
    pub(crate) fn follow(&self, changes: &[Change]) {
        let mut shelves = self.write();
        for change in changes {
            match change {
                Change::Listed(product) | Change::Changed(product) => shelves.insert(product),
                Change::Sold(id) | Change::Withdrawn(id) => shelves.remove(*id),
                Change::Sent(_) => {}
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelves> {
        // A panic while changing would be a bug of ours; what stands there is still consistent
        // enough to read, and the database decides every purchase.
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves> {
        self.shelves.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommitObserver for Catalog {
    fn apply(&self, changes: Vec<Change>) {
        self.follow(&changes);
    }

    fn rebuild(&self, for_sale: Vec<ForSale>) {
        let mut shelves = Shelves::default();
        for_sale.iter().for_each(|product| shelves.insert(product));
        *self.write() = shelves;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_position_and_only_in_its_order() {
        let id = ProductId(7);
        for (position, sort, other) in [
            (Position::Time(id), Sort::Newest, Sort::Cheapest),
            (Position::Price(1250, id), Sort::Dearest, Sort::Oldest),
        ] {
            let cursor = position.to_cursor();
            assert_eq!(Position::from_cursor(&cursor, sort), Some(position));
            assert_eq!(Position::from_cursor(&cursor, other), None);
        }
        for bytes in [
            &b""[..],
            b"t",
            b"t1234567",
            b"t123456789",
            b"p12345678",
            b"x12345678",
        ] {
            for sort in [Sort::Newest, Sort::Cheapest] {
                assert_eq!(
                    Position::from_cursor(&Cursor::new(bytes.to_vec()), sort),
                    None
                );
            }
        }
    }
}
