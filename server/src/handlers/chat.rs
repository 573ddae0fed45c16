//! Chat: messages between two users.

use auboutique_protocol::chat::{
    ConversationPage, Conversations, History, HistoryPage, MarkRead, MarkedRead, MessageSent,
    SendMessage,
};

use crate::context::Context;
use crate::error::ServiceError;
use crate::session::User;

pub(crate) async fn send_message(
    _request: SendMessage,
    _user: &User,
    _context: &Context,
) -> Result<MessageSent, ServiceError> {
    unimplemented!("chat slice")
}

pub(crate) async fn conversations(
    _request: &Conversations,
    _user: &User,
    _context: &Context,
) -> Result<ConversationPage, ServiceError> {
    unimplemented!("chat slice")
}

pub(crate) async fn history(
    _request: &History,
    _user: &User,
    _context: &Context,
) -> Result<HistoryPage, ServiceError> {
    unimplemented!("chat slice")
}

pub(crate) async fn mark_read(
    _request: &MarkRead,
    _user: &User,
    _context: &Context,
) -> Result<MarkedRead, ServiceError> {
    unimplemented!("chat slice")
}
