//! What administrators look at and do, as it is kept.
//!
//! Every action is one transaction that writes its row of the audit together with its effect.

use async_trait::async_trait;
use auboutique_protocol::admin::{
    AuditEntry, Product, ProductStateName, Sale, SalesTotals, SessionNumber, UserDetail, UserSort,
    UserStateName, UserSummary,
};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::text::{AnnouncementText, Reason, SearchText, Username};

use super::purchases::{Page, PurchasePosition};
use super::{StoreError, UserId};
use crate::auth::token::TokenDigest;

/// Which users a page holds.
#[derive(Debug, Clone)]
pub(crate) struct UserQuery {
    pub(crate) text: Option<SearchText>,
    pub(crate) state: Option<UserStateName>,
    pub(crate) sort: UserSort,
    pub(crate) after: Option<UserPosition>,
    pub(crate) limit: usize,
}

/// Behind which user a page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserPosition {
    /// In a list by username; not parsed, because those of deleted accounts may be longer.
    Username(String),
    /// In a list by time: numbers ascend with it.
    Number(u64),
}

/// Which sales.
#[derive(Debug, Clone, Default)]
pub(crate) struct SaleFilter {
    pub(crate) from: Option<UnixMillis>,
    pub(crate) to: Option<UnixMillis>,
    pub(crate) seller: Option<Username>,
    pub(crate) buyer: Option<Username>,
    pub(crate) product: Option<ProductId>,
}

/// Which products a page holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProductFilter {
    pub(crate) text: Option<SearchText>,
    pub(crate) owner: Option<Username>,
    pub(crate) state: Option<ProductStateName>,
}

/// Which entries of the audit a page holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditFilter {
    pub(crate) actor: Option<String>,
    pub(crate) username: Option<Username>,
}

/// Who does something, when and why.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) actor: String,
    pub(crate) at: UnixMillis,
    pub(crate) why: Option<Reason>,
}

/// What was done to a user.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) user: UserId,
    /// How many sessions ended.
    pub(crate) sessions: u64,
    /// How many products were hidden, or shown again.
    pub(crate) products: u64,
    pub(crate) entry: AuditEntry,
}

/// Why something cannot be done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impossible {
    /// There never was such a user.
    NotFound,
    /// The user has left.
    Deleted,
    /// The user is suspended already.
    AlreadySuspended,
    /// The user is not suspended.
    NotSuspended,
}

/// A product that was taken off the market.
#[derive(Debug, Clone)]
pub(crate) struct RemovedProduct {
    pub(crate) removal: Removal,
    pub(crate) owner: Username,
    pub(crate) entry: AuditEntry,
}

/// What an owner is told about a product that was taken off the market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) product: ProductId,
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) at: UnixMillis,
}

/// Why a product cannot be taken off the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Irremovable {
    NotFound,
    Sold,
    Withdrawn,
}

/// A session to be ended, with what the audit says of it.
#[derive(Debug, Clone)]
pub(crate) struct SessionTarget {
    pub(crate) user: UserId,
    pub(crate) token: TokenDigest,
    pub(crate) number: SessionNumber,
}

/// What the statistics start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Accounts that are not deleted.
    pub(crate) users: u64,
    /// Sales since a moment.
    pub(crate) sales: u64,
    /// What was paid for them, in minor units.
    pub(crate) revenue_minor: u64,
}

/// A span of time: from a moment on, before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: UnixMillis,
    pub(crate) to: UnixMillis,
}

/// How large the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Size {
    pub(crate) database_bytes: u64,
    pub(crate) log_bytes: u64,
    /// Jobs that wait for the writer.
    pub(crate) writer_queue: u64,
    /// Whether the writer has its database open.
    pub(crate) writer_is_open: bool,
}

/// Serves administrators. Users come without whether they are online, which the store does not know.
#[async_trait]
pub(crate) trait AdminStore {
    /// A page of users.
    async fn users(&self, query: UserQuery) -> Result<Page<UserSummary, UserPosition>, StoreError>;

    /// These users, by number.
    async fn users_by_id(&self, users: &[UserId]) -> Result<Vec<UserSummary>, StoreError>;

    /// Everything about one user.
    async fn user_detail(&self, username: &Username) -> Result<Option<UserDetail>, StoreError>;

    /// A page of sales, newest first.
    async fn all_sales(
        &self,
        filter: &SaleFilter,
        after: Option<PurchasePosition>,
        limit: usize,
    ) -> Result<Page<Sale, PurchasePosition>, StoreError>;

    /// What these sales come to.
    async fn sales_totals(&self, filter: &SaleFilter) -> Result<SalesTotals, StoreError>;

    /// The sales of these products, as far as there are any.
    async fn sales_of(&self, products: &[ProductId]) -> Result<Vec<Sale>, StoreError>;

    /// A page of products, newest first. It may be short and still have a next one.
    async fn all_products(
        &self,
        filter: &ProductFilter,
        before: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<Product, ProductId>, StoreError>;

    /// A page of the audit, newest first.
    async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<AuditEntry, u64>, StoreError>;

    /// How many sales there were in each span, and what was paid.
    async fn sales_in(&self, spans: &[Span]) -> Result<Vec<(u64, Money)>, StoreError>;

    /// What the statistics start from: all users, and the sales since a moment.
    async fn tally(&self, since: UnixMillis) -> Result<Tally, StoreError>;

    /// How large the store is.
    fn size(&self) -> Size;

    /// Ends all sessions of a user.
    async fn end_sessions(
        &self,
        act: Act,
        username: &Username,
    ) -> Result<Result<Done, Impossible>, StoreError>;

    /// Ends one session.
    async fn end_session(&self, act: Act, session: SessionTarget) -> Result<Done, StoreError>;

    /// Suspends a user: ends all sessions, hides what is for sale. The reason is the act's.
    async fn suspend(
        &self,
        act: Act,
        username: &Username,
        reason: Reason,
    ) -> Result<Result<Done, Impossible>, StoreError>;

    /// Ends a suspension.
    async fn reinstate(
        &self,
        act: Act,
        username: &Username,
    ) -> Result<Result<Done, Impossible>, StoreError>;

    /// Gives a user a password (a PHC string) that must be changed, and ends all sessions.
    async fn reset_password(
        &self,
        act: Act,
        username: &Username,
        password: String,
    ) -> Result<Result<Done, Impossible>, StoreError>;

    /// Takes a product off the market.
    async fn remove_product(
        &self,
        act: Act,
        product: ProductId,
        reason: Reason,
    ) -> Result<Result<RemovedProduct, Irremovable>, StoreError>;

    /// Notes down an announcement.
    async fn announce(&self, act: Act, text: &AnnouncementText) -> Result<AuditEntry, StoreError>;

    /// Removals that an owner was not told of, oldest first.
    async fn untold_removals(
        &self,
        owner: UserId,
        limit: usize,
    ) -> Result<Vec<Removal>, StoreError>;

    /// Owners were told of the removal of these products.
    async fn mark_removals_told(&self, products: Vec<ProductId>) -> Result<(), StoreError>;
}
