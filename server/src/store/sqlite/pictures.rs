//! Pictures in SQLite, in a database of their own.

use async_trait::async_trait;
use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, UnixMillis};
use sqlx::Row as _;

use super::{SqliteStore, to_sql};
use crate::pictures::{EncodedPicture, ProcessedPicture};
use crate::store::StoreError;
use crate::store::pictures::PictureStore;

#[async_trait]
impl PictureStore for SqliteStore {
    async fn put_picture(
        &self,
        picture: ProcessedPicture,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let pool = self.picture_write.clone();
        // In a task of its own: when the requester goes away the write is finished all the same.
        let write = tokio::spawn(async move {
            sqlx::query(
                "INSERT INTO pictures (hash, full, full_width, full_height,
                                       thumbnail, thumbnail_width, thumbnail_height, touched_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (hash) DO UPDATE SET touched_at = excluded.touched_at",
            )
            .bind(&picture.hash[..])
            .bind(picture.full.jpeg)
            .bind(picture.full.width)
            .bind(picture.full.height)
            .bind(picture.thumbnail.jpeg)
            .bind(picture.thumbnail.width)
            .bind(picture.thumbnail.height)
            .bind(to_sql(now.0))
            .execute(&pool)
            .await
        });
        let outcome = write
            .await
            .map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
        outcome
            .map(drop)
            .map_err(|error| StoreError::OutcomeUnknown(error.to_string()))
    }

    async fn picture(
        &self,
        hash: PictureHash,
        size: PictureSize,
    ) -> Result<Option<EncodedPicture>, StoreError> {
        let query = match size {
            PictureSize::Full => {
                "SELECT full AS jpeg, full_width AS width, full_height AS height
                 FROM pictures WHERE hash = ?"
            }
            PictureSize::Thumbnail => {
                "SELECT thumbnail AS jpeg, thumbnail_width AS width, thumbnail_height AS height
                 FROM pictures WHERE hash = ?"
            }
        };
        let row = sqlx::query(query)
            .bind(&hash.0[..])
            .fetch_optional(&self.picture_read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(EncodedPicture {
            jpeg: row.try_get("jpeg")?,
            width: row.try_get("width")?,
            height: row.try_get("height")?,
        }))
    }
}
