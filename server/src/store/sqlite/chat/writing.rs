//! Sending and marking, in the writer's transactions.

use auboutique_protocol::chat::{Message, MessageSent};
use auboutique_protocol::codec;
use auboutique_protocol::text::Username;
use sqlx::sqlite::SqliteExecutor;
use sqlx::{Row as _, SqliteConnection};

use super::user_by_name;
use crate::store::chat::{MarkOutcome, NewMessage, Recipient, SendOutcome};
use crate::store::sqlite::writer::Effect;
use crate::store::sqlite::{from_sql, to_sql};
use crate::store::{Change, SentMessage, UserId};

/// Stores a message, or says why not.
pub(super) async fn send(
    connection: &mut SqliteConnection,
    message: NewMessage,
) -> Result<Effect<SendOutcome>, sqlx::Error> {
    if let Some(outcome) = repetition(connection, &message).await? {
        return Ok(Effect::only(outcome));
    }
    let Some(from) = living_name(connection, message.from).await? else {
        return Ok(Effect::only(SendOutcome::SenderGone));
    };
    let Some(to) = user_by_name(&mut *connection, &message.to).await? else {
        return Ok(Effect::only(SendOutcome::NotFound));
    };
    if let Some(refusal) = refusal(connection, &message).await? {
        return Ok(Effect::only(refusal));
    }
    let number = append(connection, &message, to).await?;
    let reply = codec::encode(&MessageSent {
        number,
        sent_at: message.sent_at,
        delivered: message.recipient == Recipient::Online,
    });
    note(connection, &message, &reply).await?;
    let sent = SentMessage {
        message: Message {
            to: message.to.into(),
            from,
            text: message.text.into(),
            about: message.about,
            number,
            sent_at: message.sent_at,
        },
        origin: message.origin,
    };
    Ok(Effect {
        value: SendOutcome::Sent { reply },
        changes: vec![Change::Sent(Box::new(sent))],
    })
}

/// The outcome of an earlier message with this key.
async fn repetition(
    connection: &mut SqliteConnection,
    message: &NewMessage,
) -> Result<Option<SendOutcome>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT digest, reply FROM request_keys
         WHERE key = ? AND user = ? AND kind = 'send_message'",
    )
    .bind(&message.key.0[..])
    .bind(message.from.0)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let digest: Vec<u8> = row.try_get("digest")?;
    Ok(Some(if digest == message.digest {
        SendOutcome::Sent {
            reply: row.try_get("reply")?,
        }
    } else {
        SendOutcome::KeyConflict
    }))
}

/// The username of somebody who has not left.
async fn living_name(
    connection: &mut SqliteConnection,
    user: UserId,
) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT username FROM users WHERE id = ? AND deleted_at IS NULL")
        .bind(user.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get("username")).transpose()
}

/// What stands against a message between two who exist.
async fn refusal(
    connection: &mut SqliteConnection,
    message: &NewMessage,
) -> Result<Option<SendOutcome>, sqlx::Error> {
    if let Some(product) = message.about {
        let known = sqlx::query("SELECT 1 FROM products WHERE id = ?")
            .bind(to_sql(product.0))
            .fetch_optional(&mut *connection)
            .await?;
        if known.is_none() {
            return Ok(Some(SendOutcome::UnknownProduct));
        }
    }
    if message.recipient == Recipient::Unreachable {
        return Ok(Some(SendOutcome::Offline));
    }
    let sent = sent_on(connection, message.from, &message.day).await?;
    Ok((sent >= message.per_day_max).then_some(SendOutcome::TooMany))
}

/// How many messages a user has sent on this day.
pub(super) async fn sent_on(
    executor: impl SqliteExecutor<'_>,
    user: UserId,
    day: &str,
) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT count FROM messages_sent WHERE user = ? AND day = ?")
        .bind(user.0)
        .bind(day)
        .fetch_optional(executor)
        .await?;
    row.map_or(Ok(0), |row| Ok(from_sql(row.try_get("count")?)))
}

/// Puts the message at the end of its conversation, and returns its number.
async fn append(
    connection: &mut SqliteConnection,
    message: &NewMessage,
    to: UserId,
) -> Result<u64, sqlx::Error> {
    let row = sqlx::query(
        "INSERT INTO conversations (first, second, last) VALUES (min(?1, ?2), max(?1, ?2), 1)
         ON CONFLICT (first, second) DO UPDATE SET last = last + 1
         RETURNING id, last",
    )
    .bind(message.from.0)
    .bind(to.0)
    .fetch_one(&mut *connection)
    .await?;
    let conversation: i64 = row.try_get("id")?;
    let number: i64 = row.try_get("last")?;
    sqlx::query(
        "INSERT INTO messages (conversation, number, sender, about, text, sent_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(conversation)
    .bind(number)
    .bind(message.from.0)
    .bind(message.about.map(|product| to_sql(product.0)))
    .bind(message.text.as_str())
    .bind(to_sql(message.sent_at.0))
    .execute(&mut *connection)
    .await?;
    for (user, other, unread) in [(message.from, to, 0), (to, message.from, 1)] {
        sqlx::query(
            "INSERT INTO participants (user, conversation, other, unread, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (conversation, user)
             DO UPDATE SET unread = unread + ?4, last_at = max(last_at, ?5)",
        )
        .bind(user.0)
        .bind(conversation)
        .bind(other.0)
        .bind(unread)
        .bind(to_sql(message.sent_at.0))
        .execute(&mut *connection)
        .await?;
    }
    Ok(from_sql(number))
}

/// Binds the key and counts the message.
async fn note(
    connection: &mut SqliteConnection,
    message: &NewMessage,
    reply: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO request_keys (key, user, kind, digest, reply, created_at)
         VALUES (?, ?, 'send_message', ?, ?, ?)",
    )
    .bind(&message.key.0[..])
    .bind(message.from.0)
    .bind(&message.digest[..])
    .bind(reply)
    .bind(to_sql(message.sent_at.0))
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO messages_sent (user, day, count) VALUES (?1, ?2, 1)
         ON CONFLICT (user) DO UPDATE SET count = iif(day = ?2, count + 1, 1), day = ?2",
    )
    .bind(message.from.0)
    .bind(&message.day)
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks the messages of the other up to this one as read.
pub(super) async fn mark_read(
    connection: &mut SqliteConnection,
    user: UserId,
    with: &Username,
    upto: u64,
) -> Result<Effect<MarkOutcome>, sqlx::Error> {
    let Some(other) = user_by_name(&mut *connection, with).await? else {
        return Ok(Effect::only(MarkOutcome::NotFound));
    };
    let row = sqlx::query(
        "SELECT mine.conversation, mine.seen, mine.unread, conversation.last
         FROM participants AS mine
         JOIN conversations AS conversation ON conversation.id = mine.conversation
         WHERE mine.user = ? AND mine.other = ?",
    )
    .bind(user.0)
    .bind(other.0)
    .fetch_optional(&mut *connection)
    .await?;
    let (conversation, seen, unread, last) = match row {
        Some(row) => (
            row.try_get::<i64, _>("conversation")?,
            from_sql(row.try_get("seen")?),
            from_sql(row.try_get("unread")?),
            from_sql(row.try_get("last")?),
        ),
        None => (0, 0, 0, 0),
    };
    if upto > last {
        return Ok(Effect::only(MarkOutcome::BeyondTheEnd));
    }
    if upto <= seen {
        return Ok(Effect::only(MarkOutcome::Marked { unread }));
    }
    let row = sqlx::query(
        "UPDATE participants
         SET seen = ?3,
             unread = (SELECT count(*) FROM messages
                       WHERE messages.conversation = ?2 AND number > ?3 AND sender <> ?1)
         WHERE user = ?1 AND conversation = ?2
         RETURNING unread",
    )
    .bind(user.0)
    .bind(conversation)
    .bind(to_sql(upto))
    .fetch_one(connection)
    .await?;
    Ok(Effect::only(MarkOutcome::Marked {
        unread: from_sql(row.try_get("unread")?),
    }))
}

/// Forgets what a user wrote and what was written to them: a conversation of a deleted account is
/// gone for both.
pub(in crate::store::sqlite) async fn forget(
    connection: &mut SqliteConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    for statement in [
        // Messages and participants go with their conversation.
        "DELETE FROM conversations WHERE id IN (SELECT conversation FROM participants WHERE user = ?)",
        "DELETE FROM messages_sent WHERE user = ?",
    ] {
        sqlx::query(statement)
            .bind(user.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
