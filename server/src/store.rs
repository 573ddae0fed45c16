//! What is kept: one trait per area, one method per use case, one transaction per method.
//!
//! Handlers hold an `Arc<dyn Store>` and never a transaction. SQL stands only under
//! `store/<backend>/`; the suite in `store/conformance/` runs against every backend. A write is
//! answered only after its commit; what a commit changed reaches the [`CommitObserver`] before the
//! answer leaves, so nobody is told of a change that others cannot see yet.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod catalog;
pub(crate) mod chat;
#[cfg(test)]
mod conformance;
pub(crate) mod notices;
pub(crate) mod pictures;
pub(crate) mod purchases;
pub(crate) mod sqlite;
pub(crate) mod throttle;

use std::time::Duration;

use async_trait::async_trait;
use auboutique_protocol::chat::Message;
use auboutique_protocol::ids::ProductId;

use self::catalog::ForSale;
use crate::presence::ConnectionId;

/// A user, by the database's number; usernames go out, numbers stay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct UserId(pub(crate) i64);

/// The whole store.
#[async_trait]
pub(crate) trait Store:
    accounts::AccountStore
    + admin::AdminStore
    + catalog::CatalogStore
    + chat::ChatStore
    + notices::NoticeStore
    + pictures::PictureStore
    + purchases::PurchaseStore
    + throttle::ThrottleStore
    + Send
    + Sync
{
    /// Finishes what is queued and closes the databases. Later calls fail.
    async fn close(&self);
}

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The writer's queue is full. Nothing was applied.
    #[error("the writer's queue is full")]
    Busy,
    /// A write whose outcome is unknown: its commit failed or was never answered.
    #[error("the outcome of a write is unknown: {0}")]
    OutcomeUnknown(String),
    /// The database refused, or a read failed. Nothing was applied.
    #[error("the database failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Follows the committed changes, in the order of their commits.
pub(crate) trait CommitObserver: Send + Sync + 'static {
    /// A batch of changes was committed. Returns when readers see them.
    fn apply(&self, changes: Vec<Change>);

    /// So many jobs were committed together, and it took so long.
    fn committed(&self, _jobs: usize, _took: Duration) {}

    /// The outcome of a commit is unknown.
    fn commit_failed(&self) {}

    /// Start again from all products for sale: at the start, and after a commit of unknown outcome.
    fn rebuild(&self, for_sale: Vec<ForSale>);
}

/// What a commit changed in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A product can be bought.
    Listed(Box<ForSale>),
    /// A product for sale is described or priced otherwise.
    Changed(Box<ForSale>),
    /// A product was sold.
    Sold(ProductId),
    /// A product was taken off the market.
    Withdrawn(ProductId),
    /// A message was sent.
    Sent(Box<SentMessage>),
}

/// A message that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentMessage {
    pub(crate) message: Message,
    /// The sender's connection, which need not be told of its own message.
    pub(crate) origin: ConnectionId,
}
