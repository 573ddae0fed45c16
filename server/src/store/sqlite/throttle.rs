//! What the login throttle remembers, in SQLite.

use async_trait::async_trait;
use auboutique_protocol::ids::UnixMillis;
use sqlx::Row as _;

use super::writer::Effect;
use super::{SqliteStore, from_sql, to_sql};
use crate::store::StoreError;
use crate::store::throttle::{ThrottleEntry, ThrottleStore, ThrottleTable};

#[async_trait]
impl ThrottleStore for SqliteStore {
    async fn throttle_entries(&self) -> Result<Vec<ThrottleEntry>, StoreError> {
        let rows = sqlx::query("SELECT about, key, count, at FROM throttle ORDER BY about, at")
            .fetch_all(&self.read)
            .await?;
        let entry = |row: &sqlx::sqlite::SqliteRow| {
            let about: String = row.try_get("about")?;
            let table = ThrottleTable::named(&about)
                .ok_or_else(|| StoreError::Failed("an unknown table of the throttle".into()))?;
            Ok(ThrottleEntry {
                table,
                key: row.try_get("key")?,
                count: u32::try_from(row.try_get::<i64, _>("count")?).unwrap_or(u32::MAX),
                at: UnixMillis(from_sql(row.try_get("at")?)),
            })
        };
        rows.iter().map(entry).collect()
    }

    async fn keep_throttle_entries(
        &self,
        kept: Vec<ThrottleEntry>,
        forgotten: Vec<(ThrottleTable, String)>,
    ) -> Result<(), StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    for ThrottleEntry {
                        table,
                        key,
                        count,
                        at,
                    } in kept
                    {
                        sqlx::query(
                            "INSERT INTO throttle (about, key, count, at) VALUES (?, ?, ?, ?)
                             ON CONFLICT DO UPDATE SET count = excluded.count, at = excluded.at",
                        )
                        .bind(table.name())
                        .bind(key)
                        .bind(i64::from(count))
                        .bind(to_sql(at.0))
                        .execute(&mut *connection)
                        .await?;
                    }
                    for (table, key) in forgotten {
                        sqlx::query("DELETE FROM throttle WHERE about = ? AND key = ?")
                            .bind(table.name())
                            .bind(key)
                            .execute(&mut *connection)
                            .await?;
                    }
                    Ok(Effect::only(()))
                })
            })
            .await
    }

    async fn forget_throttle_entries(
        &self,
        table: ThrottleTable,
        before: UnixMillis,
        limit: usize,
    ) -> Result<u64, StoreError> {
        self.writer
            .execute(move |connection| {
                Box::pin(async move {
                    let removed = sqlx::query(
                        "DELETE FROM throttle WHERE about = ?1 AND key IN (
                           SELECT key FROM throttle WHERE about = ?1 AND at < ?2 LIMIT ?3)",
                    )
                    .bind(table.name())
                    .bind(to_sql(before.0))
                    .bind(to_sql(limit as u64))
                    .execute(connection)
                    .await?;
                    Ok(Effect::only(removed.rows_affected()))
                })
            })
            .await
    }
}
