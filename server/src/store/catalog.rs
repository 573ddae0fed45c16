//! Products as they are kept.

use async_trait::async_trait;
use auboutique_protocol::catalog::ProductState;
use auboutique_protocol::ids::{Key, PictureHash, ProductId, UnixMillis};
use auboutique_protocol::money::Money;
use auboutique_protocol::text::{Category, Description, ProductName, SearchText};

use super::{StoreError, UserId};

/// What it takes to list a product.
#[derive(Debug, Clone)]
pub(crate) struct NewProduct {
    pub(crate) owner: UserId,
    pub(crate) key: Key,
    /// SHA-256 of the request's canonical body.
    pub(crate) digest: [u8; 32],
    pub(crate) name: ProductName,
    pub(crate) description: Description,
    pub(crate) category: Category,
    pub(crate) price: Money,
    pub(crate) picture: Option<NewPicture>,
    pub(crate) listed_at: UnixMillis,
    pub(crate) quota: SellerQuota,
}

/// A picture that is stored already and waits for its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewPicture {
    pub(crate) hash: PictureHash,
    /// Size of its full form.
    pub(crate) bytes: u64,
}

/// How much one user may have for sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SellerQuota {
    pub(crate) products: u64,
    pub(crate) picture_bytes: u64,
}

/// What became of a request to list a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SellOutcome {
    /// It is for sale; the same encoded reply for every repetition.
    Listed { reply: Vec<u8> },
    /// The key made something else.
    KeyConflict,
    /// The owner has as many products for sale as allowed.
    TooManyProducts,
    /// The owner's pictures fill what is allowed.
    TooManyPictureBytes,
    /// The owner has deleted the account meanwhile.
    OwnerGone,
}

/// What a user wants changed on a product of theirs. What is `None` stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct ProductEdit {
    pub(crate) user: UserId,
    pub(crate) product: ProductId,
    pub(crate) name: Option<ProductName>,
    pub(crate) price: Option<Money>,
    pub(crate) category: Option<Category>,
    pub(crate) description: Option<Description>,
}

/// Why a user cannot change a product, or take it off the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Immutable {
    /// No such product.
    NotFound,
    /// It is somebody else's.
    NotYours,
    /// Somebody bought it.
    Sold,
    /// It is off the market.
    Withdrawn,
}

/// A product for sale, with what the catalog in memory shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForSale {
    pub(crate) id: ProductId,
    pub(crate) owner: UserId,
    pub(crate) owner_username: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) category: String,
    pub(crate) price: Money,
    pub(crate) picture: Option<PictureHash>,
    pub(crate) listed_at: UnixMillis,
}

/// A product with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductRecord {
    pub(crate) id: ProductId,
    pub(crate) owner_username: String,
    pub(crate) owner_name: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) category: String,
    pub(crate) price: Money,
    pub(crate) picture: Option<PictureHash>,
    pub(crate) listed_at: UnixMillis,
    pub(crate) state: ProductState,
}

/// How much of a [`SellerQuota`] is used. A withdrawn product's picture counts until it is given up:
/// otherwise whoever lists and withdraws in turns could fill the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SellerUsage {
    pub(crate) products: u64,
    pub(crate) picture_bytes: u64,
}

/// Keeps products.
#[async_trait]
pub(crate) trait CatalogStore {
    /// Lists a product, once per key. Its picture must be stored already.
    async fn sell(&self, product: NewProduct) -> Result<SellOutcome, StoreError>;

    /// The outcome of an earlier listing with this key, as [`CatalogStore::sell`] would repeat it.
    async fn earlier_listing(
        &self,
        owner: UserId,
        key: Key,
        digest: [u8; 32],
    ) -> Result<Option<SellOutcome>, StoreError>;

    /// Changes a product for sale; returns it as it is then. Doing it again changes nothing.
    async fn edit(&self, edit: ProductEdit)
    -> Result<Result<ProductRecord, Immutable>, StoreError>;

    /// Takes a user's product off the market. Doing it again changes nothing.
    async fn withdraw(
        &self,
        user: UserId,
        product: ProductId,
        at: UnixMillis,
    ) -> Result<Result<(), Immutable>, StoreError>;

    /// Products whose name or description holds these words, last listed first, from `before` on
    /// and at most `limit`. Some may have been sold meanwhile; the catalog knows.
    async fn search(
        &self,
        text: &SearchText,
        before: Option<ProductId>,
        limit: usize,
    ) -> Result<Vec<ProductId>, StoreError>;

    /// Has some of the products that were withdrawn before this moment give up their pictures, and
    /// returns how many did; none when none is left.
    async fn release_pictures(&self, withdrawn_before: UnixMillis) -> Result<u64, StoreError>;

    /// How much a user has for sale, and in pictures of what was for sale and not sold.
    async fn seller_usage(&self, owner: UserId) -> Result<SellerUsage, StoreError>;

    /// One product, for sale or not.
    async fn product(&self, id: ProductId) -> Result<Option<ProductRecord>, StoreError>;
}
