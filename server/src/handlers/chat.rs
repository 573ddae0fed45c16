//! Chat: messages between two users, stored first and told afterwards.

use auboutique_protocol::chat::{
    Conversation, ConversationPage, Conversations, History, HistoryPage, IfOffline, MarkRead,
    MarkedRead, SendMessage,
};
use auboutique_protocol::codec;
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::text::{MessageText, Username};
use sha2::{Digest as _, Sha256};

use super::{cursor, numbers, page_limit, timestamp};
use crate::context::Context;
use crate::dispatch::Encoded;
use crate::error::ServiceError;
use crate::session::User;
use crate::store::chat::{
    ConversationPosition, MarkOutcome, NewMessage, Recipient, SendOutcome, Span,
};

pub(crate) async fn send_message(
    request: SendMessage,
    user: &User,
    context: &Context,
) -> Result<Encoded, ServiceError> {
    let digest = Sha256::digest(codec::encode(&request)).into();
    let to = Username::parse(&request.to).map_err(ServiceError::text("to"))?;
    let text = MessageText::parse(&request.text).map_err(ServiceError::text("text"))?;
    if to == *user.username() {
        return Err(ServiceError::field("to", "yourself"));
    }
    // Asked before the transaction, because the reply that the key is bound to says it: what happens
    // when the message is published comes after the commit, and could not be in a stored reply.
    let recipient = match request.if_offline {
        _ if context.presence.is_online(&to) => Recipient::Online,
        IfOffline::Keep => Recipient::MayWait,
        IfOffline::Refuse => Recipient::Unreachable,
    };
    let sent_at = context.now();
    let per_day_max = context.market.messages_per_day_max;
    let message = NewMessage {
        from: user.id(),
        to,
        key: request.key,
        digest,
        text,
        about: request.about,
        sent_at,
        day: context.market.calendar.day(timestamp(sent_at)),
        per_day_max,
        recipient,
        origin: user.connection(),
    };
    match context.store.send(message).await? {
        SendOutcome::Sent { reply } => Ok(Encoded(reply)),
        SendOutcome::KeyConflict => Err(ErrorCode::KeyConflict(Nothing {}).into()),
        SendOutcome::NotFound => Err(not_found()),
        SendOutcome::UnknownProduct => Err(ServiceError::field("about", "unknown_value")),
        SendOutcome::Offline => Err(ErrorCode::RecipientOffline(Nothing {}).into()),
        SendOutcome::TooMany => Err(ServiceError::quota("messages_per_day", per_day_max)),
        SendOutcome::SenderGone => Err(ErrorCode::Unauthenticated(Nothing {}).into()),
    }
}

pub(crate) async fn conversations(
    request: &Conversations,
    user: &User,
    context: &Context,
) -> Result<ConversationPage, ServiceError> {
    let limit = page_limit(request.limit)?;
    let position = |[last_at, conversation]: [u64; 2]| ConversationPosition {
        last_at: UnixMillis(last_at),
        conversation,
    };
    let after = numbers(request.cursor.as_ref())?.map(position);
    let page = context.store.conversations(user.id(), after, limit).await?;
    let conversations = page.items.into_iter().map(|record| Conversation {
        last: record.last,
        online: context.presence.is_online(&record.with),
        with: record.with.into(),
        unread: record.unread,
    });
    Ok(ConversationPage {
        next: page
            .next
            .map(|position| cursor([position.last_at.0, position.conversation])),
        unread: context.store.unread(user.id()).await?,
        conversations: conversations.collect(),
    })
}

pub(crate) async fn history(
    request: &History,
    user: &User,
    context: &Context,
) -> Result<HistoryPage, ServiceError> {
    let with = Username::parse(&request.with).map_err(ServiceError::text("with"))?;
    let limit = page_limit(request.limit)?;
    let span = match (request.after, request.before) {
        (Some(_), Some(_)) => return Err(ServiceError::field("history", "unsupported")),
        (Some(after), None) => Span::After(after),
        (None, before) => Span::Before(before.unwrap_or(u64::MAX)),
    };
    let page = context
        .store
        .history(user.id(), &with, span, limit)
        .await?
        .ok_or_else(not_found)?;
    Ok(HistoryPage {
        more: page.more,
        seen: page.seen,
        messages: page.messages,
    })
}

pub(crate) async fn mark_read(
    request: &MarkRead,
    user: &User,
    context: &Context,
) -> Result<MarkedRead, ServiceError> {
    let with = Username::parse(&request.with).map_err(ServiceError::text("with"))?;
    match context
        .store
        .mark_read(user.id(), &with, request.upto)
        .await?
    {
        MarkOutcome::Marked { unread } => Ok(MarkedRead { unread }),
        MarkOutcome::BeyondTheEnd => Err(ServiceError::field("upto", "out_of_range")),
        MarkOutcome::NotFound => Err(not_found()),
    }
}

fn not_found() -> ServiceError {
    ErrorCode::NotFound(Nothing {}).into()
}
