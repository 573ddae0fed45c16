//! Chat: text between two users, through the server.
//!
//! The messages between two users are one conversation, numbered from 1 in the order in which the
//! server stored them. Nothing depends on an event arriving: whoever knows the number of the last
//! message that they have can ask for what came after it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::ids::{Key, ProductId, UnixMillis};
use crate::page::Cursor;

closed_list! {
    /// What becomes of a message when its recipient is offline.
    IfOffline {
        /// It is not sent.
        Refuse = "refuse",
        /// It waits until the recipient comes.
        Keep = "keep"
    }
    "refuse, keep"
}

/// Sends a message to another user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// The recipient's username.
    pub to: String,
    /// Makes the request repeatable.
    pub key: Key,
    /// See [`crate::text::MessageText`].
    pub text: String,
    /// The product that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<ProductId>,
    /// Whether it may wait for an offline recipient.
    pub if_offline: IfOffline,
}

/// The message is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSent {
    /// Its number in the conversation.
    pub number: u64,
    /// When it was stored.
    pub sent_at: UnixMillis,
    /// Whether the recipient was online just before it was stored. It is pushed once it is stored, to
    /// whoever is still there.
    pub delivered: bool,
}

/// A message, to one of the two it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The recipient's username.
    pub to: String,
    /// The sender's username.
    pub from: String,
    /// The text.
    pub text: String,
    /// The product that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<ProductId>,
    /// Its number in the conversation.
    pub number: u64,
    /// When it was stored.
    pub sent_at: UnixMillis,
}

/// Lists one's conversations, the one with the latest message first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversations {
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page starts, from the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// Conversations of the asking user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// Unread messages in all conversations, of this page or not.
    pub unread: u64,
    /// The conversations, the one with the latest message first.
    pub conversations: Vec<Conversation>,
}

/// A conversation, to one of the two who have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The latest message.
    pub last: Message,
    /// The other user.
    pub with: String,
    /// Whether the other user is online at this moment.
    pub online: bool,
    /// How many messages of the other user stand behind the one marked as read last.
    pub unread: u64,
}

/// Reads a conversation, in pages. Without `after` and `before` it is the latest messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The other user.
    pub with: String,
    /// The messages that follow the one with this number; 0 for those from the first on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Most items on the page; see [`crate::page::PageLimit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The messages that lead up to the one with this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// Whether there are more messages in the direction asked for: later ones with `after`, earlier
    /// ones otherwise.
    pub more: bool,
    /// The number of the last message that the other user marked as read; 0 when there is none.
    pub seen: u64,
    /// The messages, in the order of their numbers, whichever way was asked.
    pub messages: Vec<Message>,
}

/// Marks the messages of a conversation up to a number as read. What was marked stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// The number of the last message read.
    pub upto: u64,
    /// The other user.
    pub with: String,
}

/// The messages are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRead {
    /// How many messages of this conversation are still unread.
    pub unread: u64,
}
