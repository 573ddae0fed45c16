//! What the writer tidies up when it is idle: products that are gone and not closed yet.

use std::collections::VecDeque;

use auboutique_protocol::ids::ProductId;
use sqlx::SqliteConnection;

use super::super::catalog::{close, gone};
use crate::store::Change;

/// Most products that are remembered; for more the database is asked.
const REMEMBERED_MAX: usize = 65_536;
/// Most products that are closed by one commit, so that whoever comes meanwhile waits for little.
const CLOSED_AT_ONCE_MAX: usize = 64;

/// Products that are gone and not closed yet.
#[derive(Debug)]
pub(super) struct Leftovers {
    products: VecDeque<ProductId>,
    /// Whether the database may hold more than is remembered.
    may_be_more: bool,
}

impl Leftovers {
    /// Nothing is known yet: the database has to be asked.
    pub(super) fn unknown() -> Self {
        Self {
            products: VecDeque::new(),
            may_be_more: true,
        }
    }

    /// Whether there is anything to do.
    pub(super) fn any(&self) -> bool {
        self.may_be_more || !self.products.is_empty()
    }

    /// Remembers what these changes leave behind. What was withdrawn was closed with that.
    pub(super) fn note(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Sold(_) if self.products.len() >= REMEMBERED_MAX => self.may_be_more = true,
                Change::Sold(product) => self.products.push_back(*product),
                Change::Listed(_) | Change::Changed(_) | Change::Withdrawn(_) | Change::Sent(_) => {
                }
            }
        }
    }

    /// Closes a few products. After an error nothing more is tried with what was known: a database
    /// that fails is not asked for this again and again, and the next start finds the rest.
    pub(super) async fn clear_some(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let cleared = self.try_clear_some(connection).await;
        if cleared.is_err() {
            self.products.clear();
            self.may_be_more = false;
        }
        cleared
    }

    async fn try_clear_some(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        if self.products.is_empty() {
            let found = gone(connection, REMEMBERED_MAX).await?;
            self.may_be_more = found.len() == REMEMBERED_MAX;
            self.products.extend(found);
            return Ok(());
        }
        let count = self.products.len().min(CLOSED_AT_ONCE_MAX);
        let products: Vec<_> = self.products.drain(..count).collect();
        close(connection, &products).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_remembered_than_the_bound_and_the_rest_is_asked_for_later() {
        let mut leftovers = Leftovers {
            products: VecDeque::new(),
            may_be_more: false,
        };
        assert!(!leftovers.any());
        leftovers.note(&[Change::Withdrawn(ProductId(1))]);
        assert!(!leftovers.any());
        let sold: Vec<_> = (0..=REMEMBERED_MAX as u64)
            .map(|id| Change::Sold(ProductId(id)))
            .collect();
        leftovers.note(&sold[1..]);
        assert!(leftovers.any() && !leftovers.may_be_more);
        leftovers.note(&sold[..1]);
        assert!(leftovers.may_be_more);
        assert_eq!(leftovers.products.len(), REMEMBERED_MAX);
    }
}
