//! Requests and replies about messages.

use auboutique_protocol::chat::{
    Conversation, ConversationPage, Conversations, History, HistoryPage, IfOffline, MarkRead,
    MarkedRead, Message, MessageSent, SendMessage,
};

use super::{PRODUCT, SOLD_AT, Vector, cursor, key, reply, request};

pub(super) fn all() -> Vec<Vector> {
    let send = |about, if_offline| SendMessage {
        to: "mona".into(),
        key: key(3),
        text: "Is it still there?".into(),
        about,
        if_offline,
    };
    let sent = |delivered| MessageSent {
        number: 1,
        sent_at: SOLD_AT,
        delivered,
    };
    let history = |after, before| History {
        with: "mona".into(),
        after,
        limit: Some(20),
        before,
    };
    vec![
        request("minimal", &send(None, IfOffline::Refuse)),
        request("full", &send(Some(PRODUCT), IfOffline::Keep)),
        reply::<SendMessage>("delivered", &sent(true)),
        reply::<SendMessage>("kept", &sent(false)),
        request("minimal", &Conversations::default()),
        request(
            "full",
            &Conversations {
                limit: Some(20),
                cursor: Some(cursor()),
            },
        ),
        reply::<Conversations>(
            "minimal",
            &ConversationPage {
                next: None,
                unread: 0,
                conversations: vec![],
            },
        ),
        reply::<Conversations>(
            "full",
            &ConversationPage {
                next: Some(cursor()),
                unread: 3,
                conversations: vec![Conversation {
                    last: message(),
                    with: "karim".into(),
                    online: true,
                    unread: 1,
                }],
            },
        ),
        request(
            "minimal",
            &History {
                with: "mona".into(),
                after: None,
                limit: None,
                before: None,
            },
        ),
        request("after", &history(Some(1), None)),
        // Of the right form, and refused: both directions at once.
        request("full", &history(Some(1), Some(9))),
        reply::<History>(
            "minimal",
            &HistoryPage {
                more: false,
                seen: 0,
                messages: vec![],
            },
        ),
        reply::<History>(
            "full",
            &HistoryPage {
                more: true,
                seen: 1,
                messages: vec![
                    message(),
                    Message {
                        to: "karim".into(),
                        from: "mona".into(),
                        text: "Yes.\nNoon at the gate?".into(),
                        about: None,
                        number: 2,
                        sent_at: SOLD_AT,
                    },
                ],
            },
        ),
        request(
            "",
            &MarkRead {
                upto: 2,
                with: "mona".into(),
            },
        ),
        reply::<MarkRead>("", &MarkedRead { unread: 0 }),
    ]
}

/// A message from a buyer to a seller.
pub(super) fn message() -> Message {
    Message {
        to: "mona".into(),
        from: "karim".into(),
        text: "Is it still there?".into(),
        about: Some(PRODUCT),
        number: 1,
        sent_at: SOLD_AT,
    }
}
