//! Commands about chat: chat, inbox.
//!
//! One message is sent from here; a conversation that goes on is a [`talk::Talk`].

mod saying;
mod talk;
mod typed;
mod wording;

use auboutique_protocol::chat::{Conversation, Conversations, IfOffline, MessageSent, SendMessage};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::Key;
use auboutique_protocol::text::{MessageText, term_safe};
use serde_json::json;

use crate::Error;
use crate::cli::args;
use crate::cli::failure::Failure;
use crate::cli::session::{Context, Member};
use crate::cli::views::MessageView;
use crate::terminal::output::{Output, local_time, rfc3339};
use crate::terminal::paging::Pages;
use crate::terminal::table::{layout, left, right};

/// Lists the conversations.
pub(crate) async fn inbox(context: &Context, limit: Option<u32>) -> Result<(), Failure> {
    let member = context.member().await?;
    let mut pages = Pages::new(limit, None);
    let unread = loop {
        let request = Conversations {
            limit: Some(pages.limit()),
            cursor: pages.next.clone(),
        };
        let page = member.client.call(&request).await?;
        if !pages.add(page.conversations, page.next) {
            break page.unread;
        }
    };
    member.client.close().await;
    let conversations = pages.items;
    let view = |conversation: &Conversation| {
        json!({
            "with": conversation.with,
            "online": conversation.online,
            "unread": conversation.unread,
            "last": MessageView::from(&conversation.last),
        })
    };
    let views: Vec<_> = conversations.iter().map(view).collect();
    let value = json!({ "unread": unread, "conversations": views });
    context
        .out
        .result(&value, || inbox_table(context.out, &conversations))
}

fn inbox_table(out: Output, conversations: &[Conversation]) -> Vec<String> {
    if conversations.is_empty() {
        return vec!["No messages yet. `auboutique chat USER` begins a conversation.".into()];
    }
    let columns = [
        left("WITH"),
        left("ONLINE"),
        right("UNREAD"),
        left("LAST"),
        left("MESSAGE"),
    ];
    let row = |conversation: &Conversation| {
        let online = if conversation.online { "online" } else { "" };
        let unread = match conversation.unread {
            0 => String::new(),
            count => count.to_string(),
        };
        [
            conversation.with.clone(),
            online.to_owned(),
            unread,
            local_time(conversation.last.sent_at),
            conversation.last.text.replace('\n', " "),
        ]
    };
    let rows: Vec<_> = conversations.iter().map(row).collect();
    out.with_heading(layout(columns, 4, &rows, out.width))
}

/// Sends one message, or talks until the input ends.
pub(crate) async fn chat(context: &Context, arguments: args::Chat) -> Result<(), Failure> {
    match arguments.message.clone() {
        Some(text) => send_one(context, &arguments, text).await,
        None => talk::talk(context, arguments).await,
    }
}

async fn send_one(
    context: &Context,
    arguments: &args::Chat,
    text: MessageText,
) -> Result<(), Failure> {
    let member = context.member().await?;
    refuse_oneself(arguments, &member)?;
    let mut request = request(arguments, text.into());
    let mut outcome = send(context, &member, &request).await;
    if is_offline(&outcome) && !arguments.keep && context.prompter.may_ask() {
        let user = term_safe(arguments.user.as_str());
        let question = format!("{user} is offline. Keep the message until they come?");
        if context.prompter.confirm(&question).await? {
            request.if_offline = IfOffline::Keep;
            outcome = send(context, &member, &request).await;
        }
    }
    let sent = outcome.map_err(|error| wording::explain(error, arguments))?;
    member.client.close().await;
    let value = json!({
        "number": sent.number,
        "sent_at": rfc3339(sent.sent_at),
        "delivered": sent.delivered,
    });
    context.out.result(&value, || {
        let user = term_safe(arguments.user.as_str());
        vec![if sent.delivered {
            format!("Sent to {user}.")
        } else {
            format!("Kept for {user}.")
        }]
    })
}

/// The server refuses each message to oneself; a conversation need not even begin.
fn refuse_oneself(arguments: &args::Chat, member: &Member) -> Result<(), Failure> {
    if arguments.user.as_str() == member.profile.username {
        let message = "nobody chats with themselves: this is your own username";
        return Err(Failure::invalid_field("to", "yourself", message));
    }
    Ok(())
}

fn request(arguments: &args::Chat, text: String) -> SendMessage {
    SendMessage {
        to: arguments.user.as_str().to_owned(),
        key: Key::now(),
        text,
        about: arguments.about,
        if_offline: if arguments.keep {
            IfOffline::Keep
        } else {
            IfOffline::Refuse
        },
    }
}

async fn send(
    context: &Context,
    member: &Member,
    request: &SendMessage,
) -> Result<MessageSent, Error> {
    let advice = wording::doubt(&request.to);
    let sending = member.client.call(request);
    context.doubt.during(&advice, sending).await
}

fn is_offline<T>(outcome: &Result<T, Error>) -> bool {
    let code = outcome.as_ref().err().and_then(Error::code);
    matches!(code, Some(ErrorCode::RecipientOffline(_)))
}

/// One line for a person who has unread messages.
pub(crate) fn unread_note(unread: u64) -> Option<String> {
    match unread {
        0 => None,
        1 => Some("You have an unread message: `auboutique inbox`".into()),
        more => Some(format!(
            "You have {more} unread messages: `auboutique inbox`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_nothing_to_read_is_not_told_so() {
        assert_eq!(unread_note(0), None);
        assert!(unread_note(1).unwrap().contains("an unread message"));
        assert!(unread_note(2).unwrap().contains("2 unread messages"));
    }
}
