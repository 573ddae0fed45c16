//! Which sales their sellers have been told of.

use async_trait::async_trait;
use auboutique_protocol::event::YourProductSold;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

use super::{StoreError, UserId};

/// A sale as its seller is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SaleNotice {
    pub(crate) seller: Username,
    pub(crate) sold: YourProductSold,
}

/// Remembers which sales were told.
#[async_trait]
pub(crate) trait NoticeStore {
    /// The sales of a user that the user has not been told of, oldest product first; at most `limit`.
    async fn untold_sales(
        &self,
        seller: UserId,
        limit: usize,
    ) -> Result<Vec<SaleNotice>, StoreError>;

    /// The sales of these products. What was not sold is left out.
    async fn sale_notices(&self, products: &[ProductId]) -> Result<Vec<SaleNotice>, StoreError>;

    /// Notes down that the sellers of these products were told.
    async fn mark_told(&self, products: Vec<ProductId>) -> Result<(), StoreError>;
}
