//! Messages as they are kept: numbered within their conversation, in the order of their storing.

use async_trait::async_trait;
use auboutique_protocol::chat::Message;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::text::{MessageText, Username};

use super::{StoreError, UserId};
use crate::presence::ConnectionId;
use crate::store::purchases::Page;

/// A message to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) from: UserId,
    pub(crate) to: Username,
    pub(crate) key: Key,
    /// SHA-256 of the request's canonical body.
    pub(crate) digest: [u8; 32],
    pub(crate) text: MessageText,
    pub(crate) about: Option<ProductId>,
    pub(crate) sent_at: UnixMillis,
    /// `YYYY-MM-DD` in the market's time zone.
    pub(crate) day: String,
    /// Most messages that the sender may send on one day.
    pub(crate) per_day_max: u64,
    pub(crate) recipient: Recipient,
    /// The connection that it came on.
    pub(crate) origin: ConnectionId,
}

/// Where the recipient was when the message came, just before it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// Online.
    Online,
    /// Offline; the message may wait.
    MayWait,
    /// Offline; the message is refused.
    Unreachable,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SendOutcome {
    /// It is stored; the same encoded reply for every repetition.
    Sent { reply: Vec<u8> },
    /// The key sent something else.
    KeyConflict,
    /// No such recipient.
    NotFound,
    /// It is about a product that never was.
    UnknownProduct,
    /// The recipient is offline.
    Offline,
    /// The sender has sent as many messages on this day as allowed.
    TooMany,
    /// The sender has deleted the account meanwhile.
    SenderGone,
}

/// A conversation, as one of the two who have it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversationRecord {
    pub(crate) with: Username,
    pub(crate) unread: u64,
    pub(crate) last: Message,
    pub(crate) position: ConversationPosition,
}

/// Where a page of conversations starts: after this one, in falling order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConversationPosition {
    pub(crate) last_at: UnixMillis,
    pub(crate) conversation: u64,
}

/// Where in a conversation to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// From the message behind this one on.
    After(u64),
    /// Up to the message before this one; `u64::MAX` for the last.
    Before(u64),
}

/// A part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MessagePage {
    /// By their numbers.
    pub(crate) messages: Vec<Message>,
    /// There are more in the direction of the span.
    pub(crate) more: bool,
    /// The last message that the other has marked as read.
    pub(crate) seen: u64,
}

/// What became of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkOutcome {
    /// Everything up to it is read; so many messages of the conversation are not.
    Marked { unread: u64 },
    /// No message has this number yet.
    BeyondTheEnd,
    /// No such user.
    NotFound,
}

/// Where a page of all one's messages starts: after this one, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MessagePosition {
    pub(crate) conversation: u64,
    pub(crate) number: u64,
}

/// What came of a look at some of the conversations for old messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// How many messages were removed.
    pub(crate) removed: u64,
    /// The conversation after which to go on; `None` when that was the last.
    pub(crate) next: Option<u64>,
}

/// Keeps messages.
#[async_trait]
pub(crate) trait ChatStore {
    /// Stores a message, once per key.
    async fn send(&self, message: NewMessage) -> Result<SendOutcome, StoreError>;

    /// A user's conversations, the one with the latest message first.
    async fn conversations(
        &self,
        user: UserId,
        after: Option<ConversationPosition>,
        limit: usize,
    ) -> Result<Page<ConversationRecord, ConversationPosition>, StoreError>;

    /// How many messages a user has not read.
    async fn unread(&self, user: UserId) -> Result<u64, StoreError>;

    /// A part of the conversation of two users, empty where they have none; `None` when the other
    /// does not exist.
    async fn history(
        &self,
        user: UserId,
        with: &Username,
        span: Span,
        limit: usize,
    ) -> Result<Option<MessagePage>, StoreError>;

    /// Marks the messages of the other up to this one as read. Never goes back.
    async fn mark_read(
        &self,
        user: UserId,
        with: &Username,
        upto: u64,
    ) -> Result<MarkOutcome, StoreError>;

    /// How many messages a user has sent on this day.
    async fn messages_sent(&self, user: UserId, day: &str) -> Result<u64, StoreError>;

    /// All messages that a user sent or received, one conversation after the other.
    async fn own_messages(
        &self,
        user: UserId,
        after: Option<MessagePosition>,
        limit: usize,
    ) -> Result<Page<Message, MessagePosition>, StoreError>;

    /// Removes messages that were sent before this moment, some at a time, and conversations that have
    /// none left. To be repeated with where it says to go on.
    async fn forget_messages(
        &self,
        before: UnixMillis,
        after: Option<u64>,
    ) -> Result<Forgotten, StoreError>;
}
