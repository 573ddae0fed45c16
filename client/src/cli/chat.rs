//! Commands about chat: chat, inbox.

use auboutique_protocol::chat::{
    Conversation, Conversations, History, IfOffline, MarkRead, Message, MessageSent, SendMessage,
};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::event::{Event, Topic};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::presence::Presence;
use auboutique_protocol::text::{MessageText, Username, term_safe, term_safe_lines};
use serde_json::json;

use crate::cli::args;
use crate::cli::catalog::with_heading;
use crate::cli::failure::Failure;
use crate::cli::lines::Lines;
use crate::cli::news::{announced, sold};
use crate::cli::output::{Output, local_time, rfc3339};
use crate::cli::paging::Pages;
use crate::cli::prompt::Prompter;
use crate::cli::session::{Context, Member};
use crate::cli::table::{layout, left, right};
use crate::cli::views::MessageView;
use crate::{Error, Notice};

/// How many messages a chat begins with.
const BEGINNING_MESSAGES: u32 = 20;

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
    with_heading(out, layout(columns, 4, &rows, out.width))
}

/// Sends one message, or talks until the input ends.
pub(crate) async fn chat(context: &Context, arguments: args::Chat) -> Result<(), Failure> {
    match arguments.message.clone() {
        Some(text) => send_one(context, &arguments, text).await,
        None => talk(context, arguments).await,
    }
}

async fn send_one(
    context: &Context,
    arguments: &args::Chat,
    text: MessageText,
) -> Result<(), Failure> {
    let member = context.member().await?;
    let mut request = request(arguments, text.into());
    let mut outcome = member.client.call(&request).await;
    if is_offline(&outcome) && !arguments.keep && context.prompter.may_ask() {
        let question = keep_question(&arguments.user);
        if context.prompter.confirm(&question).await? {
            request.if_offline = IfOffline::Keep;
            outcome = member.client.call(&request).await;
        }
    }
    let sent = outcome.map_err(explain)?;
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

fn is_offline<T>(outcome: &Result<T, Error>) -> bool {
    let code = outcome.as_ref().err().and_then(Error::code);
    matches!(code, Some(ErrorCode::RecipientOffline(_)))
}

fn keep_question(user: &Username) -> String {
    format!(
        "{} is offline. Keep the message until they come?",
        term_safe(user.as_str())
    )
}

/// Says what to do about somebody who is offline or unknown.
fn explain(error: Error) -> Failure {
    let is_unknown = matches!(error.code(), Some(ErrorCode::NotFound(_)));
    let failure = Failure::from(error);
    if is_unknown {
        return failure.hint("nobody has this username; `auboutique sellers` lists who sells");
    }
    failure
}

/// A conversation on the screen.
struct Talk<'a> {
    member: &'a Member,
    arguments: args::Chat,
    out: Output,
    prompter: Prompter,
    /// The number of the last message that was shown.
    shown: u64,
}

async fn talk(context: &Context, arguments: args::Chat) -> Result<(), Failure> {
    let (member, mut events) = context.listening_member().await?;
    let mut talk = Talk {
        member: &member,
        arguments,
        out: context.out,
        prompter: context.prompter,
        shown: 0,
    };
    talk.begin().await?;
    let mut lines = Lines::of_standard_input();
    loop {
        tokio::select! {
            biased;
            notice = events.next() => {
                talk.hear(notice.ok_or_else(Failure::log_in_again)?).await?;
            }
            line = lines.next() => match line? {
                Some(line) => talk.say(line, &mut lines).await?,
                None => break,
            },
        }
    }
    talk.catch_up(None).await?;
    member.client.close().await;
    Ok(())
}

impl Talk<'_> {
    /// Shows what was said last, and whether the other is there.
    async fn begin(&mut self) -> Result<(), Failure> {
        let with = self.arguments.user.as_str().to_owned();
        let latest = History {
            with: with.clone(),
            after: None,
            limit: Some(BEGINNING_MESSAGES),
            before: None,
        };
        let page = self.member.client.call(&latest).await.map_err(explain)?;
        self.show(&page.messages, None)?;
        self.mark_read(&page.messages).await?;
        // Watched first, so that nobody comes or goes unnoticed.
        self.member.client.watch(&[Topic::Presence]).await?;
        let names = vec![with];
        let online = self.member.client.call(&Presence { names }).await?.online;
        let user = term_safe(self.arguments.user.as_str());
        let presence = if online.is_empty() {
            "offline"
        } else {
            "online"
        };
        self.out.note(&format!(
            "{user} is {presence}. Type a line to send it; Ctrl-D ends."
        ));
        Ok(())
    }

    /// Sends a line, and asks whether to keep it for somebody who is offline.
    async fn say(&mut self, line: String, lines: &mut Lines) -> Result<(), Failure> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let mut request = request(&self.arguments, line);
        let mut outcome: Result<MessageSent, Error> = self.member.client.call(&request).await;
        if is_offline(&outcome) && self.prompter.may_ask() {
            let question = keep_question(&self.arguments.user);
            self.out.note(&format!("{question} [y/N]"));
            let answer = lines.next().await?.unwrap_or_default();
            if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
                self.out.note("The message was not sent.");
                return Ok(());
            }
            request.if_offline = IfOffline::Keep;
            outcome = self.member.client.call(&request).await;
        }
        match outcome {
            Ok(sent) => self.catch_up(Some(sent.number)).await,
            // A line that cannot be sent does not end the conversation of a person.
            Err(error) if self.prompter.may_ask() && error.is_verdict() => {
                self.out.note(&format!("Not sent: {error}"));
                Ok(())
            }
            Err(error) => Err(explain(error)),
        }
    }

    /// Shows what concerns this conversation, and mentions the rest.
    async fn hear(&mut self, notice: Notice) -> Result<(), Failure> {
        match notice {
            Notice::Event(Event::Message(message)) => self.receive(message).await,
            Notice::Missed => self.catch_up(None).await,
            Notice::Lost { reason } => {
                self.out.note(&format!("{reason}; trying again"));
                Ok(())
            }
            Notice::Event(Event::YourProductSold(sale)) => {
                self.out.note(&sold(&sale));
                Ok(())
            }
            Notice::Event(Event::Announcement(event)) => {
                self.out.note(&announced(&event));
                Ok(())
            }
            Notice::Event(Event::Presence(changes)) => {
                let user = self.arguments.user.as_str();
                let has = |names: &[String]| names.iter().any(|name| name == user);
                if has(&changes.online) {
                    self.out
                        .note(&format!("{} is online now.", term_safe(user)));
                } else if has(&changes.offline) {
                    self.out
                        .note(&format!("{} has gone offline.", term_safe(user)));
                }
                Ok(())
            }
            Notice::Event(_) => Ok(()),
        }
    }

    async fn receive(&mut self, message: Message) -> Result<(), Failure> {
        let user = self.arguments.user.as_str();
        if message.from != user && message.to != user {
            let from = term_safe(&message.from);
            self.out
                .note(&format!("{from} wrote to you; see `auboutique inbox`."));
            return Ok(());
        }
        if message.number == self.shown + 1 {
            let messages = [message];
            self.show(&messages, None)?;
            return self.mark_read(&messages).await;
        }
        // What came before it is not here yet; or it has been shown already.
        self.catch_up(None).await
    }

    /// Shows what follows the last message shown. `own` was typed here, and stands there already.
    async fn catch_up(&mut self, own: Option<u64>) -> Result<(), Failure> {
        loop {
            if own == Some(self.shown + 1) && !self.out.json {
                self.shown += 1;
                return Ok(());
            }
            let request = History {
                with: self.arguments.user.as_str().to_owned(),
                after: Some(self.shown),
                limit: Some(PAGE_ITEMS_MAX),
                before: None,
            };
            let page = self.member.client.call(&request).await?;
            self.show(&page.messages, own)?;
            self.mark_read(&page.messages).await?;
            if !page.more || page.messages.is_empty() {
                return Ok(());
            }
        }
    }

    fn show(&mut self, messages: &[Message], own: Option<u64>) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for message in messages {
            self.shown = self.shown.max(message.number);
            if self.out.json {
                let json = serde_json::to_string(&MessageView::from(message));
                let json = json.map_err(std::io::Error::from)?;
                lines.push(crate::cli::output::escape_hostile(&json));
            } else if own != Some(message.number) {
                lines.push(message_line(message, &self.member.profile.username));
            }
        }
        self.out.lines(lines)
    }

    /// Marks as read what the other wrote of these.
    async fn mark_read(&self, messages: &[Message]) -> Result<(), Failure> {
        let with = self.arguments.user.as_str();
        let last = messages.iter().rev().find(|message| message.from == with);
        if let Some(last) = last {
            let mark = MarkRead {
                upto: last.number,
                with: with.to_owned(),
            };
            self.member.client.call(&mark).await?;
        }
        Ok(())
    }
}

/// A message for people. Further lines are set in, so that none can pass for another message.
fn message_line(message: &Message, me: &str) -> String {
    let from = if message.from == me {
        "you".into()
    } else {
        term_safe(&message.from)
    };
    let about = message.about.map_or_else(String::new, about_text);
    let text = term_safe_lines(&message.text).replace('\n', "\n    ");
    format!("{} {from}{about}: {text}", local_time(message.sent_at))
}

fn about_text(product: ProductId) -> String {
    format!(" (about #{product})")
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
    use auboutique_protocol::ids::UnixMillis;

    use super::*;

    #[test]
    fn no_line_of_a_message_passes_for_another_message() {
        let message = Message {
            to: "mona".into(),
            from: "omar".into(),
            text: "one\n2026-01-01 00:00 mona: two\u{1b}[2J".into(),
            about: Some(ProductId(7)),
            number: 1,
            sent_at: UnixMillis(0),
        };
        let line = message_line(&message, "mona");
        assert!(line.contains(" omar (about #7): one\n    2026-"), "{line}");
        assert!(!line.contains('\u{1b}'));
        assert!(message_line(&message, "omar").contains(" you (about"));
    }

    #[test]
    fn whoever_has_nothing_to_read_is_not_told_so() {
        assert_eq!(unread_note(0), None);
        assert!(unread_note(1).unwrap().contains("an unread message"));
        assert!(unread_note(2).unwrap().contains("2 unread messages"));
    }
}
