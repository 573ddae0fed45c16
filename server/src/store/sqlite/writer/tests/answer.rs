//! Questions and answers of different kinds in one type, so that they fit into one batch.

use std::sync::Arc;

use auboutique_protocol::ids::ProductId;

use crate::auth::token::TokenDigest;
use crate::store::accounts::AccountStore as _;
use crate::store::catalog::{
    CatalogStore as _, Immutable, ProductEdit, ProductRecord, SellOutcome,
};
use crate::store::conformance::market::{Asked, NOW, edit, listed, new_product, new_user, usd};
use crate::store::purchases::{NewPurchase, PurchaseOutcome, PurchaseStore as _};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store as _, StoreError, UserId};

/// The answer to a write of any kind, in brief.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Bought,
    NotBought(PurchaseOutcome),
    Listed(ProductId),
    NotListed(SellOutcome),
    /// Edited, at this price.
    Edited(u64),
    NotEdited(Immutable),
    User(Option<UserId>),
    Session,
    Closed,
    Busy,
    Unknown,
    Failed,
}

impl<T: Into<Self>> From<Result<T, StoreError>> for Answer {
    fn from(answer: Result<T, StoreError>) -> Self {
        match answer {
            Ok(value) => value.into(),
            Err(StoreError::Busy) => Self::Busy,
            Err(StoreError::OutcomeUnknown(_)) => Self::Unknown,
            Err(StoreError::Failed(_)) => Self::Failed,
        }
    }
}

impl From<PurchaseOutcome> for Answer {
    fn from(outcome: PurchaseOutcome) -> Self {
        match outcome {
            PurchaseOutcome::Confirmed(_) => Self::Bought,
            PurchaseOutcome::KeyConflict
            | PurchaseOutcome::BuyerGone
            | PurchaseOutcome::NotFound
            | PurchaseOutcome::OwnProduct
            | PurchaseOutcome::AlreadySold { .. }
            | PurchaseOutcome::Withdrawn
            | PurchaseOutcome::PriceChanged(_) => Self::NotBought(outcome),
        }
    }
}

impl From<SellOutcome> for Answer {
    fn from(outcome: SellOutcome) -> Self {
        match outcome {
            SellOutcome::Listed { .. } => Self::Listed(listed(&outcome).product),
            SellOutcome::KeyConflict
            | SellOutcome::OwnerGone
            | SellOutcome::TooManyProducts
            | SellOutcome::TooManyPictureBytes => Self::NotListed(outcome),
        }
    }
}

impl From<Result<ProductRecord, Immutable>> for Answer {
    fn from(edited: Result<ProductRecord, Immutable>) -> Self {
        match edited {
            Ok(product) => Self::Edited(product.price.minor),
            Err(refusal) => Self::NotEdited(refusal),
        }
    }
}

impl From<Option<UserId>> for Answer {
    fn from(user: Option<UserId>) -> Self {
        Self::User(user)
    }
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self::Session
    }
}

pub(super) fn buy<'a>(store: &'a Arc<SqliteStore>, purchase: &NewPurchase) -> Asked<'a, Answer> {
    let purchase = purchase.clone();
    Box::pin(async move { store.buy(purchase).await.into() })
}

pub(super) fn sell(store: &Arc<SqliteStore>, owner: UserId) -> Asked<'_, Answer> {
    Box::pin(async move { store.sell(new_product(owner, 700)).await.into() })
}

/// Asks for a new price.
pub(super) fn reprice(
    store: &Arc<SqliteStore>,
    user: UserId,
    product: ProductId,
    price: u64,
) -> Asked<'_, Answer> {
    let change = ProductEdit {
        price: Some(usd(price)),
        ..edit(user, product)
    };
    Box::pin(async move { store.edit(change).await.into() })
}

pub(super) fn create_user<'a>(store: &'a Arc<SqliteStore>, username: &'a str) -> Asked<'a, Answer> {
    Box::pin(async move { store.create_user(new_user(username)).await.into() })
}

/// Opens a session, which fails for a user who does not exist.
pub(super) fn open_session(store: &Arc<SqliteStore>, user: UserId) -> Asked<'_, Answer> {
    Box::pin(async move {
        let token = TokenDigest::from_bytes([1; 32]);
        let opened = store.open_session(user, "PHC of mona", token, NOW).await;
        opened.map(drop).into()
    })
}

pub(super) fn close(store: &Arc<SqliteStore>) -> Asked<'_, Answer> {
    Box::pin(async move {
        store.close().await;
        Answer::Closed
    })
}
