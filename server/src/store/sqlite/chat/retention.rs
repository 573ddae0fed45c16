//! Removing old messages, a part of one conversation at a time.
//!
//! What is removed is always the beginning of a conversation, so that those who read on find no hole, and
//! the last message, which stands for its conversation in lists, goes last.

use auboutique_protocol::ids::UnixMillis;
use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, SqliteConnection};

use crate::store::StoreError;
use crate::store::chat::Forgotten;
use crate::store::sqlite::writer::{Effect, Writer};
use crate::store::sqlite::{from_sql, to_sql};

/// Conversations that are looked at in one read.
const CONVERSATIONS: i64 = 100;
/// Messages that are removed in one commit.
const MESSAGES: u64 = 500;

/// Removes old messages of the first conversation after this one that has any.
pub(super) async fn forget_some(
    read: &SqlitePool,
    writer: &Writer,
    before: UnixMillis,
    after: Option<u64>,
) -> Result<Forgotten, StoreError> {
    let rows = sqlx::query(
        "SELECT id, (SELECT sent_at FROM messages WHERE conversation = conversations.id
                     ORDER BY number LIMIT 1) < ? AS is_old
         FROM conversations WHERE id > ? ORDER BY id LIMIT ?",
    )
    .bind(to_sql(before.0))
    .bind(to_sql(after.unwrap_or(0)))
    .bind(CONVERSATIONS)
    .fetch_all(read)
    .await?;
    let (mut last, mut old) = (None, None);
    for row in rows {
        let id: i64 = row.try_get("id")?;
        last = Some(from_sql(id));
        if row.try_get("is_old")? {
            old = Some(id);
            break;
        }
    }
    let Some(conversation) = old else {
        return Ok(Forgotten {
            removed: 0,
            next: last,
        });
    };
    let removed = writer
        .execute(move |connection| Box::pin(forget(connection, conversation, before)))
        .await?;
    let this = from_sql(conversation);
    // There may be more of the same.
    let is_done = removed < MESSAGES;
    Ok(Forgotten {
        removed,
        next: Some(if is_done { this } else { this - 1 }),
    })
}

async fn forget(
    connection: &mut SqliteConnection,
    conversation: i64,
    before: UnixMillis,
) -> Result<Effect<u64>, sqlx::Error> {
    let removed = sqlx::query(
        "DELETE FROM messages WHERE conversation = ?1 AND number IN
             (SELECT number FROM messages WHERE conversation = ?1 AND number <
                  coalesce((SELECT min(number) FROM messages
                            WHERE conversation = ?1 AND sent_at >= ?2), 9223372036854775807)
              ORDER BY number LIMIT ?3)",
    )
    .bind(conversation)
    .bind(to_sql(before.0))
    .bind(to_sql(MESSAGES))
    .execute(&mut *connection)
    .await?
    .rows_affected();
    // Participants go with their conversation.
    sqlx::query(
        "DELETE FROM conversations WHERE id = ?1
             AND NOT EXISTS (SELECT 1 FROM messages WHERE conversation = ?1)",
    )
    .bind(conversation)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE participants SET unread =
             (SELECT count(*) FROM messages AS message
              WHERE message.conversation = participants.conversation
                AND message.number > participants.seen AND message.sender = participants.other)
         WHERE conversation = ?",
    )
    .bind(conversation)
    .execute(&mut *connection)
    .await?;
    Ok(Effect::only(removed))
}
