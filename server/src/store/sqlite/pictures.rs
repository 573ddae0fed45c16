//! Pictures in SQLite, in a database of their own.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, UnixMillis};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, from_sql, to_sql};
use crate::data_dir::PicturesHold;
use crate::pictures::{EncodedPicture, ProcessedPicture};
use crate::store::StoreError;
use crate::store::pictures::{PicturePosition, PictureStore, Sweep};

/// Most pictures that one look looks at: their removal is one commit that others wait for.
const SWEPT_AT_ONCE_MAX: usize = 64;

#[async_trait]
impl PictureStore for SqliteStore {
    async fn put_picture(
        &self,
        picture: ProcessedPicture,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let pool = self.picture_write.clone();
        let log = Arc::clone(&self.picture_log);
        // In a task of its own: when the requester goes away the write is finished all the same.
        let write = tokio::spawn(async move {
            let mut connection = pool.acquire().await?;
            let written = sqlx::query(
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
            .execute(&mut *connection)
            .await;
            log.lock().await.keep(&mut connection).await;
            written
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

    async fn sweep_pictures(
        &self,
        before: UnixMillis,
        after: Option<PicturePosition>,
    ) -> Result<Sweep, StoreError> {
        // A backup copies the pictures after the products, and needs all that these name.
        let hold = PicturesHold::try_remove(&self.directory);
        let Some(_hold) = hold.map_err(|error| StoreError::Failed(error.into()))? else {
            let next = None;
            return Ok(Sweep { removed: 0, next });
        };
        let old = self.stored_before(before, after).await?;
        let in_use = self.in_use(&old).await?;
        let unused = old
            .iter()
            .map(|position| position.hash)
            .filter(|hash| !in_use.contains(hash));
        let unused: Vec<PictureHash> = unused.collect();
        let next = old.last().filter(|_| old.len() == SWEPT_AT_ONCE_MAX);
        Ok(Sweep {
            removed: self.remove(&unused, before).await?,
            next: next.copied(),
        })
    }
}

impl SqliteStore {
    /// Some of the pictures that were last stored before this moment, the first in front.
    async fn stored_before(
        &self,
        before: UnixMillis,
        after: Option<PicturePosition>,
    ) -> Result<Vec<PicturePosition>, sqlx::Error> {
        let (touched_at, hash) = match &after {
            Some(after) => (to_sql(after.touched_at.0), &after.hash.0[..]),
            None => (-1, &[][..]),
        };
        let rows = sqlx::query(
            "SELECT touched_at, hash FROM pictures
             WHERE touched_at < ? AND (touched_at, hash) > (?, ?)
             ORDER BY touched_at, hash
             LIMIT ?",
        )
        .bind(to_sql(before.0))
        .bind(touched_at)
        .bind(hash)
        .bind(to_sql(SWEPT_AT_ONCE_MAX as u64))
        .fetch_all(&self.picture_read)
        .await?;
        let position = |row: &SqliteRow| {
            Ok(PicturePosition {
                touched_at: UnixMillis(from_sql(row.try_get("touched_at")?)),
                hash: hash_of(row.try_get("hash")?)?,
            })
        };
        rows.iter().map(position).collect()
    }

    /// Those of these pictures that a product names.
    async fn in_use(&self, old: &[PicturePosition]) -> Result<HashSet<PictureHash>, sqlx::Error> {
        // The terms of the partial index `products_by_picture`.
        let rows = sqlx::query(
            "SELECT DISTINCT picture FROM products
             WHERE picture IS NOT NULL AND picture IN (SELECT unhex(value) FROM json_each(?))",
        )
        .bind(hashes_json(old.iter().map(|position| position.hash)))
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| hash_of(row.try_get("picture")?))
            .collect()
    }

    /// Removes these pictures, but for those that somebody has stored again meanwhile.
    async fn remove(&self, unused: &[PictureHash], before: UnixMillis) -> Result<u64, sqlx::Error> {
        if unused.is_empty() {
            return Ok(0);
        }
        let removed = sqlx::query(
            "DELETE FROM pictures
             WHERE touched_at < ? AND hash IN (SELECT unhex(value) FROM json_each(?))",
        )
        .bind(to_sql(before.0))
        .bind(hashes_json(unused.iter().copied()))
        .execute(&self.picture_write)
        .await?;
        Ok(removed.rows_affected())
    }
}

/// The hash that a column holds.
pub(super) fn hash_of(bytes: Vec<u8>) -> Result<PictureHash, sqlx::Error> {
    let hash = bytes.try_into();
    hash.map(PictureHash)
        .map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
}

/// Hashes as `json_each` and `unhex` take them.
fn hashes_json(hashes: impl Iterator<Item = PictureHash>) -> String {
    let quoted: Vec<String> = hashes.map(|hash| format!("\"{hash}\"")).collect();
    format!("[{}]", quoted.join(","))
}
