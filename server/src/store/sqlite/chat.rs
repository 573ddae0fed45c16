//! Messages in SQLite: reading. Sending and marking stand in [`writing`].

mod retention;
mod writing;

use async_trait::async_trait;
use auboutique_protocol::chat::Message;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::text::Username;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

pub(super) use self::writing::forget;
use super::{SqliteStore, from_sql, to_sql};
use crate::store::chat::{
    ChatStore, ConversationPosition, ConversationRecord, Forgotten, MarkOutcome, MessagePage,
    MessagePosition, NewMessage, SendOutcome, Span,
};
use crate::store::purchases::Page;
use crate::store::{StoreError, UserId};

/// The messages of one conversation on one side of a number, in the order that leads away from it.
macro_rules! history {
    ($side:literal, $order:literal) => {
        concat!(
            "SELECT me.username AS me, other.username AS other, theirs.seen,
                    message.number, message.text, message.about, message.sent_at,
                    message.sender = mine.user AS is_mine
             FROM participants AS mine
             JOIN participants AS theirs ON theirs.conversation = mine.conversation
                                        AND theirs.user = mine.other
             JOIN messages AS message ON message.conversation = mine.conversation
             JOIN users AS me ON me.id = mine.user
             JOIN users AS other ON other.id = mine.other
             WHERE mine.user = ? AND mine.other = ? AND message.number ",
            $side,
            " ORDER BY message.number ",
            $order,
            " LIMIT ?"
        )
    };
}

#[async_trait]
impl ChatStore for SqliteStore {
    async fn send(&self, message: NewMessage) -> Result<SendOutcome, StoreError> {
        self.writer
            .execute(move |connection| Box::pin(writing::send(connection, message)))
            .await
    }

    async fn conversations(
        &self,
        user: UserId,
        after: Option<ConversationPosition>,
        limit: usize,
    ) -> Result<Page<ConversationRecord, ConversationPosition>, StoreError> {
        let after = after.unwrap_or(ConversationPosition {
            last_at: UnixMillis(u64::MAX),
            conversation: u64::MAX,
        });
        let rows = sqlx::query(
            "SELECT mine.conversation, mine.unread, mine.last_at,
                    me.username AS me, other.username AS other,
                    message.number, message.text, message.about, message.sent_at,
                    message.sender = mine.user AS is_mine
             FROM participants AS mine
             JOIN conversations AS conversation ON conversation.id = mine.conversation
             JOIN messages AS message ON message.conversation = conversation.id
                                     AND message.number = conversation.last
             JOIN users AS me ON me.id = mine.user
             JOIN users AS other ON other.id = mine.other
             WHERE mine.user = ? AND (mine.last_at, mine.conversation) < (?, ?)
             ORDER BY mine.last_at DESC, mine.conversation DESC
             LIMIT ?",
        )
        .bind(user.0)
        .bind(to_sql(after.last_at.0))
        .bind(to_sql(after.conversation))
        .bind(to_sql(limit as u64 + 1))
        .fetch_all(&self.read)
        .await?;
        let items = rows.iter().map(conversation).collect::<Result<_, _>>()?;
        Ok(super::purchases::page(
            items,
            limit,
            |last: &ConversationRecord| last.position,
        ))
    }

    async fn unread(&self, user: UserId) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT coalesce(sum(unread), 0) AS unread FROM participants WHERE user = ?",
        )
        .bind(user.0)
        .fetch_one(&self.read)
        .await?;
        Ok(from_sql(row.try_get("unread")?))
    }

    async fn history(
        &self,
        user: UserId,
        with: &Username,
        span: Span,
        limit: usize,
    ) -> Result<Option<MessagePage>, StoreError> {
        let Some(other) = user_by_name(&self.read, with).await? else {
            return Ok(None);
        };
        let (statement, bound) = match span {
            Span::After(number) => (history!("> ?", "ASC"), number),
            Span::Before(number) => (history!("< ?", "DESC"), number),
        };
        let rows = sqlx::query(statement)
            .bind(user.0)
            .bind(other.0)
            .bind(to_sql(bound))
            .bind(to_sql(limit as u64 + 1))
            .fetch_all(&self.read)
            .await?;
        let mut messages: Vec<Message> = rows.iter().map(message).collect::<Result<_, _>>()?;
        let more = messages.len() > limit;
        messages.truncate(limit);
        messages.sort_by_key(|message| message.number);
        let seen = match rows.first() {
            Some(row) => from_sql(row.try_get("seen")?),
            None => self.seen(other, user).await?,
        };
        Ok(Some(MessagePage {
            messages,
            more,
            seen,
        }))
    }

    async fn mark_read(
        &self,
        user: UserId,
        with: &Username,
        upto: u64,
    ) -> Result<MarkOutcome, StoreError> {
        let with = with.clone();
        self.writer
            .execute(move |connection| {
                Box::pin(async move { writing::mark_read(connection, user, &with, upto).await })
            })
            .await
    }

    async fn messages_sent(&self, user: UserId, day: &str) -> Result<u64, StoreError> {
        Ok(writing::sent_on(&self.read, user, day).await?)
    }

    async fn own_messages(
        &self,
        user: UserId,
        after: Option<MessagePosition>,
        limit: usize,
    ) -> Result<Page<Message, MessagePosition>, StoreError> {
        let after = after.unwrap_or_default();
        let rows = sqlx::query(
            "SELECT mine.conversation, me.username AS me, other.username AS other,
                    message.number, message.text, message.about, message.sent_at,
                    message.sender = mine.user AS is_mine
             FROM participants AS mine
             JOIN messages AS message ON message.conversation = mine.conversation
             JOIN users AS me ON me.id = mine.user
             JOIN users AS other ON other.id = mine.other
             WHERE mine.user = ? AND (message.conversation, message.number) > (?, ?)
             ORDER BY message.conversation, message.number
             LIMIT ?",
        )
        .bind(user.0)
        .bind(to_sql(after.conversation))
        .bind(to_sql(after.number))
        .bind(to_sql(limit as u64 + 1))
        .fetch_all(&self.read)
        .await?;
        let item = |row: &SqliteRow| {
            let conversation = from_sql(row.try_get("conversation")?);
            Ok((conversation, message(row)?))
        };
        let items = rows
            .iter()
            .map(item)
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        let page = super::purchases::page(items, limit, |(conversation, last)| MessagePosition {
            conversation: *conversation,
            number: last.number,
        });
        Ok(Page {
            items: page.items.into_iter().map(|(_, message)| message).collect(),
            next: page.next,
        })
    }

    async fn forget_messages(
        &self,
        before: UnixMillis,
        after: Option<u64>,
    ) -> Result<Forgotten, StoreError> {
        retention::forget_some(&self.read, &self.writer, before, after).await
    }
}

impl SqliteStore {
    /// What a user has marked as read in the conversation with another.
    async fn seen(&self, user: UserId, other: UserId) -> Result<u64, sqlx::Error> {
        let row = sqlx::query("SELECT seen FROM participants WHERE user = ? AND other = ?")
            .bind(user.0)
            .bind(other.0)
            .fetch_optional(&self.read)
            .await?;
        row.map_or(Ok(0), |row| Ok(from_sql(row.try_get("seen")?)))
    }
}

/// A user who has not left.
async fn user_by_name(
    executor: impl SqliteExecutor<'_>,
    username: &Username,
) -> Result<Option<UserId>, sqlx::Error> {
    let row = sqlx::query("SELECT id FROM users WHERE username = ? AND deleted_at IS NULL")
        .bind(username.as_str())
        .fetch_optional(executor)
        .await?;
    row.map(|row| Ok(UserId(row.try_get("id")?))).transpose()
}

fn conversation(row: &SqliteRow) -> Result<ConversationRecord, StoreError> {
    let with: String = row.try_get("other")?;
    Ok(ConversationRecord {
        with: Username::parse(&with)
            .map_err(|error| StoreError::Failed(format!("a stored username: {error}").into()))?,
        unread: from_sql(row.try_get("unread")?),
        last: message(row)?,
        position: ConversationPosition {
            last_at: UnixMillis(from_sql(row.try_get("last_at")?)),
            conversation: from_sql(row.try_get("conversation")?),
        },
    })
}

fn message(row: &SqliteRow) -> Result<Message, sqlx::Error> {
    let (me, other) = (row.try_get("me")?, row.try_get("other")?);
    let is_mine: bool = row.try_get("is_mine")?;
    let (from, to) = if is_mine { (me, other) } else { (other, me) };
    let about: Option<i64> = row.try_get("about")?;
    Ok(Message {
        to,
        from,
        text: row.try_get("text")?,
        about: about.map(|product| ProductId(from_sql(product))),
        number: from_sql(row.try_get("number")?),
        sent_at: UnixMillis(from_sql(row.try_get("sent_at")?)),
    })
}
