//! What the login throttle remembers across a restart.

use async_trait::async_trait;
use auboutique_protocol::ids::UnixMillis;

use super::StoreError;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ThrottleTable {
    /// Failures in a row of a username from a source.
    Failures,
    /// A username that logged in from a source.
    Known,
    /// Failures of a username, wherever they came from.
    Name,
    /// Failures of a source.
    Source,
}

impl ThrottleTable {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Failures, Self::Known, Self::Name, Self::Source];

    /// As it is stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Known => "known",
            Self::Name => "name",
            Self::Source => "source",
        }
    }

    /// What [`name`](Self::name) made; `None` for other texts.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// One thing that the throttle remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThrottleEntry {
    pub(crate) table: ThrottleTable,
    /// The throttle alone knows what it means.
    pub(crate) key: String,
    pub(crate) count: u32,
    pub(crate) at: UnixMillis,
}

/// Keeps what the throttle remembers. The key of an entry is that of its table and its text.
#[async_trait]
pub(crate) trait ThrottleStore {
    /// All entries, those of a table oldest first.
    async fn throttle_entries(&self) -> Result<Vec<ThrottleEntry>, StoreError>;

    /// Stores these entries over those with the same key, and removes those with the keys that are
    /// forgotten.
    async fn keep_throttle_entries(
        &self,
        kept: Vec<ThrottleEntry>,
        forgotten: Vec<(ThrottleTable, String)>,
    ) -> Result<(), StoreError>;

    /// Removes entries of a table from before this moment, at most `limit` of them, and says how many.
    async fn forget_throttle_entries(
        &self,
        table: ThrottleTable,
        before: UnixMillis,
        limit: usize,
    ) -> Result<u64, StoreError>;
}
