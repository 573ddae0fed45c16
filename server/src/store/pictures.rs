//! Pictures as they are kept: by the hash of their content, apart from everything else.

use async_trait::async_trait;
use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, UnixMillis};

use super::StoreError;
use crate::pictures::{EncodedPicture, ProcessedPicture};

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
}
