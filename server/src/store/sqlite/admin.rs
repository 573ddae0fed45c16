//! What administrators look at and do, in SQLite.

mod actions;
mod audit;
mod products;
mod removals;
mod sales;
#[cfg(test)]
mod tests;
mod users;

use async_trait::async_trait;
use auboutique_protocol::admin::{AuditEntry, Product, Sale, SalesTotals, UserDetail, UserSummary};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::text::{AnnouncementText, Reason, Username};

use super::SqliteStore;
use crate::store::admin::{
    Act, AdminStore, AuditFilter, Done, Impossible, Irremovable, ProductFilter, Removal,
    RemovedProduct, SaleFilter, SessionTarget, Size, Span, Tally, UserPosition, UserQuery,
};
use crate::store::purchases::{Page, PurchasePosition};
use crate::store::{StoreError, UserId};

#[async_trait]
impl AdminStore for SqliteStore {
    async fn users(&self, query: UserQuery) -> Result<Page<UserSummary, UserPosition>, StoreError> {
        self.user_page(query).await
    }

    async fn users_by_id(&self, users: &[UserId]) -> Result<Vec<UserSummary>, StoreError> {
        self.users_of(users).await
    }

    async fn user_detail(&self, username: &Username) -> Result<Option<UserDetail>, StoreError> {
        self.detail_of(username).await
    }

    async fn all_sales(
        &self,
        filter: &SaleFilter,
        after: Option<PurchasePosition>,
        limit: usize,
    ) -> Result<Page<Sale, PurchasePosition>, StoreError> {
        self.sale_page(filter, after, limit).await
    }

    async fn sales_totals(&self, filter: &SaleFilter) -> Result<SalesTotals, StoreError> {
        self.totals(filter).await
    }

    async fn sales_of(&self, products: &[ProductId]) -> Result<Vec<Sale>, StoreError> {
        self.sales_by_product(products).await
    }

    async fn all_products(
        &self,
        filter: &ProductFilter,
        before: Option<ProductId>,
        limit: usize,
    ) -> Result<Page<Product, ProductId>, StoreError> {
        self.product_page(filter, before, limit).await
    }

    async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<AuditEntry, u64>, StoreError> {
        self.audit_page(filter, before, limit).await
    }

    async fn sales_in(&self, spans: &[Span]) -> Result<Vec<(u64, Money)>, StoreError> {
        self.sums(spans).await
    }

    async fn tally(&self, since: UnixMillis) -> Result<Tally, StoreError> {
        self.tally_since(since).await
    }

    fn size(&self) -> Size {
        let bytes = |name: &str| {
            let file = self.directory.join(name);
            // What cannot be looked at counts as nothing.
            file.metadata().map_or(0, |metadata| metadata.len())
        };
        Size {
            database_bytes: bytes("auboutique.db") + bytes("pictures.db"),
            log_bytes: bytes("auboutique.db-wal") + bytes("pictures.db-wal"),
            writer_queue: self.writer.waiting() as u64,
            writer_is_open: self.writer.is_open(),
        }
    }

    async fn end_sessions(
        &self,
        act: Act,
        username: &Username,
    ) -> Result<Result<Done, Impossible>, StoreError> {
        let username = username.clone();
        self.writer
            .execute(move |connection| Box::pin(actions::end_sessions(connection, act, username)))
            .await
    }

    async fn end_session(&self, act: Act, session: SessionTarget) -> Result<Done, StoreError> {
        self.writer
            .execute(move |connection| Box::pin(actions::end_session(connection, act, session)))
            .await
    }

    async fn suspend(
        &self,
        act: Act,
        username: &Username,
        reason: Reason,
    ) -> Result<Result<Done, Impossible>, StoreError> {
        let (username, currency) = (username.clone(), self.currency);
        self.writer
            .execute(move |connection| {
                Box::pin(actions::suspend(
                    connection, currency, act, username, reason,
                ))
            })
            .await
    }

    async fn reinstate(
        &self,
        act: Act,
        username: &Username,
    ) -> Result<Result<Done, Impossible>, StoreError> {
        let (username, currency) = (username.clone(), self.currency);
        self.writer
            .execute(move |connection| {
                Box::pin(actions::reinstate(connection, currency, act, username))
            })
            .await
    }

    async fn reset_password(
        &self,
        act: Act,
        username: &Username,
        password: String,
    ) -> Result<Result<Done, Impossible>, StoreError> {
        let username = username.clone();
        self.writer
            .execute(move |connection| {
                Box::pin(actions::reset_password(connection, act, username, password))
            })
            .await
    }

    async fn remove_product(
        &self,
        act: Act,
        product: ProductId,
        reason: Reason,
    ) -> Result<Result<RemovedProduct, Irremovable>, StoreError> {
        self.writer
            .execute(move |connection| Box::pin(removals::remove(connection, act, product, reason)))
            .await
    }

    async fn announce(&self, act: Act, text: &AnnouncementText) -> Result<AuditEntry, StoreError> {
        let text = text.clone();
        self.writer
            .execute(move |connection| Box::pin(actions::announce(connection, act, text)))
            .await
    }

    async fn untold_removals(
        &self,
        owner: UserId,
        limit: usize,
    ) -> Result<Vec<Removal>, StoreError> {
        self.removals_untold(owner, limit).await
    }

    async fn mark_removals_told(&self, products: Vec<ProductId>) -> Result<(), StoreError> {
        self.writer
            .execute(move |connection| Box::pin(removals::mark_told(connection, products)))
            .await
    }
}
