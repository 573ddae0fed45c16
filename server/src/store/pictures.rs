//! Pictures as they are kept: by the hash of their content, apart from everything else.

use async_trait::async_trait;
use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, UnixMillis};

use super::StoreError;
use crate::pictures::{EncodedPicture, ProcessedPicture};

/// Where a look through the pictures goes on: after this one, in the order of their last storing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PicturePosition {
    pub(crate) touched_at: UnixMillis,
    pub(crate) hash: PictureHash,
}

/// What came of a look at some of the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sweep {
    /// How many were removed.
    pub(crate) removed: u64,
    /// Where to go on; `None` when that was the last of them, or while somebody copies pictures.
    pub(crate) next: Option<PicturePosition>,
}

/// Keeps pictures.
#[async_trait]
pub(crate) trait PictureStore {
    /// Stores a picture, or notes that a stored one is wanted again. Committed when it returns, so
    /// that a product row never names a picture that a crash could take away.
    async fn put_picture(
        &self,
        picture: ProcessedPicture,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// One form of a stored picture.
    async fn picture(
        &self,
        hash: PictureHash,
        size: PictureSize,
    ) -> Result<Option<EncodedPicture>, StoreError>;

    /// Looks at some of the pictures that were last stored before `before`, and removes those that no
    /// product names. `before` lies so far back that whoever stored one has sold the product by now.
    async fn sweep_pictures(
        &self,
        before: UnixMillis,
        after: Option<PicturePosition>,
    ) -> Result<Sweep, StoreError>;
}
