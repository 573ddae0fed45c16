//! A conversation on the screen: what was said, what comes, what is typed.
//!
//! It follows the numbers of the messages. Whatever event was lost, what comes after the last number
//! that was shown can be read; and as read is marked what was shown, nothing else.

use auboutique_protocol::chat::{History, HistoryPage, MarkRead, Message, SendMessage};
use auboutique_protocol::event::{Event, Topic};
use auboutique_protocol::limits::PAGE_ITEMS_MAX;
use auboutique_protocol::presence::Presence;
use auboutique_protocol::text::term_safe;

use super::refuse_oneself;
use super::typed::Typed;
use super::wording::{explain, message_line, seen_note};
use crate::cli::args::{self, HistoryLength};
use crate::cli::failure::Failure;
use crate::cli::news::{announced, sold};
use crate::cli::session::{Context, Member};
use crate::cli::views::MessageView;
use crate::terminal::output::{begin_line, escape_hostile};
use crate::terminal::reachability::{BACK, Change, Reachability};
use crate::{Error, Notice};

/// How many messages a conversation begins with, unless more are unread or asked for.
const BEGINNING_MESSAGES: u32 = 20;

/// Talks until the input ends.
pub(super) async fn talk(context: &Context, arguments: args::Chat) -> Result<(), Failure> {
    let (member, mut events) = context.listening_member().await?;
    refuse_oneself(&arguments, &member)?;
    let mut talk = Talk::new(context, &member, arguments);
    talk.begin().await?;
    let mut typed = Typed::of_standard_input();
    loop {
        tokio::select! {
            biased;
            notice = events.next() => match notice {
                Some(notice) => talk.hear(notice).await?,
                None => return Err(talk.reachability.end()),
            },
            line = typed.next(talk.asked.is_some()) => match (line?, talk.asked.take()) {
                (Some(line), Some(request)) => talk.answer(line, request, &mut typed).await?,
                (Some(line), None) => talk.say(line, &mut typed).await?,
                (None, Some(_)) => {
                    let count = 1 + typed.give_up();
                    talk.note(&format!("The input ended; not sent: {count}."));
                    break;
                }
                (None, None) => break,
            },
        }
    }
    talk.catch_up(None).await?;
    member.client.close().await;
    Ok(())
}

pub(super) struct Talk<'a> {
    pub(super) context: &'a Context,
    pub(super) member: &'a Member,
    pub(super) arguments: args::Chat,
    reachability: Reachability,
    /// The number of the last message that was shown.
    shown: u64,
    /// The number of the last message that the other has read.
    seen: u64,
    /// Own messages that were shown, and those of them that the other had not read.
    own: u64,
    own_unseen: u64,
    /// A message that the next answer is about: whether to keep it.
    pub(super) asked: Option<SendMessage>,
    /// The person wants to have kept what they send while the other is away.
    pub(super) keeps: bool,
    /// Nobody reads the output any more; what is left of the input is sent all the same.
    is_silent: bool,
}

impl<'a> Talk<'a> {
    fn new(context: &'a Context, member: &'a Member, arguments: args::Chat) -> Self {
        Self {
            context,
            member,
            arguments,
            reachability: Reachability::default(),
            shown: 0,
            seen: 0,
            own: 0,
            own_unseen: 0,
            asked: None,
            keeps: false,
            is_silent: false,
        }
    }

    /// Shows what was said before, and whether the other is there.
    async fn begin(&mut self) -> Result<(), Failure> {
        let limit = match self.arguments.history {
            Some(HistoryLength::Last(count)) => count.clamp(1, PAGE_ITEMS_MAX),
            Some(HistoryLength::All) | None => BEGINNING_MESSAGES,
        };
        let latest = self.history(None, None, limit).await;
        let latest = latest.map_err(|error| explain(error, &self.arguments))?;
        self.shown = self.start(&latest).await?;
        self.seen = latest.seen;
        let first = latest.messages.first().map_or(0, |message| message.number);
        if first > self.shown + 1 {
            self.catch_up(None).await?;
        } else {
            let messages = latest.messages.as_slice();
            let from = messages.partition_point(|message| message.number <= self.shown);
            self.show_and_mark(&messages[from..], None).await?;
        }
        // Watched first, so that nobody comes or goes unnoticed.
        self.member.client.watch(&[Topic::Presence]).await?;
        let user = self.arguments.user.as_str();
        let names = vec![user.to_owned()];
        let online = self.member.client.call(&Presence { names }).await?.online;
        if let Some(note) = seen_note(user, self.own, self.own_unseen) {
            self.note(&note);
        }
        let state = if online.is_empty() {
            "offline"
        } else {
            "online"
        };
        let user = term_safe(user);
        self.note(&format!(
            "{user} is {state}. Type a line to send it; Ctrl-D ends."
        ));
        Ok(())
    }

    /// The number after which to begin: as much as was asked for, and everything unread.
    async fn start(&self, latest: &HistoryPage) -> Result<u64, Failure> {
        let last = latest.messages.last().map_or(0, |message| message.number);
        let wanted = match self.arguments.history {
            Some(HistoryLength::All) => return Ok(0),
            Some(HistoryLength::Last(count)) => count,
            None => BEGINNING_MESSAGES,
        };
        let wanted = last.saturating_sub(wanted.into());
        // Marks nothing, and tells how many of the other's messages are unread.
        let with = self.arguments.user.as_str().to_owned();
        let mark = MarkRead { upto: 0, with };
        let mut unread = self.member.client.call(&mark).await?.unread;
        if unread == 0 {
            return Ok(wanted);
        }
        let mut page = latest.clone();
        let mut before = u64::MAX;
        loop {
            for message in page.messages.iter().rev() {
                if message.from == self.arguments.user.as_str() {
                    unread -= 1;
                }
                if unread == 0 {
                    return Ok(wanted.min(message.number.saturating_sub(1)));
                }
            }
            // A page that leads nowhere would be asked for forever.
            let first = page.messages.first().map(|message| message.number);
            let Some(first) = first.filter(|first| page.more && *first < before) else {
                return Ok(0);
            };
            before = first;
            page = self.history(None, Some(before), PAGE_ITEMS_MAX).await?;
        }
    }

    async fn history(
        &self,
        after: Option<u64>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<HistoryPage, Error> {
        let request = History {
            with: self.arguments.user.as_str().to_owned(),
            after,
            limit: Some(limit),
            before,
        };
        self.member.client.call(&request).await
    }

    /// Shows what concerns this conversation, and mentions the rest.
    async fn hear(&mut self, notice: Notice) -> Result<(), Failure> {
        match self.reachability.follow(&notice) {
            Some(Change::Lost(reason)) => self.note(&format!("{reason}; trying again")),
            Some(Change::Back) => self.note(BACK),
            None => {}
        }
        match notice {
            Notice::Event(Event::Message(message)) => self.receive(message).await,
            Notice::Missed => self.catch_up_later().await,
            Notice::Event(Event::YourProductSold(sale)) => {
                self.note(&sold(&sale));
                Ok(())
            }
            Notice::Event(Event::Announcement(event)) => {
                self.note(&announced(&event));
                Ok(())
            }
            Notice::Event(Event::Presence(changes)) => {
                let user = self.arguments.user.as_str();
                let has = |names: &[String]| names.iter().any(|name| name == user);
                if has(&changes.online) {
                    self.note(&format!("{} is online now.", term_safe(user)));
                    self.keeps = false;
                    // Nothing is left to ask: it was typed to be sent.
                    if let Some(request) = self.asked.take() {
                        return self.send_kept(request).await;
                    }
                } else if has(&changes.offline) {
                    self.note(&format!("{} has gone offline.", term_safe(user)));
                }
                Ok(())
            }
            Notice::Event(_) | Notice::Lost { .. } => Ok(()),
        }
    }

    async fn receive(&mut self, message: Message) -> Result<(), Failure> {
        let user = self.arguments.user.as_str();
        if message.from != user && message.to != user {
            let from = term_safe(&message.from);
            self.note(&format!("{from} wrote to you; see `auboutique inbox`."));
            return Ok(());
        }
        if message.number == self.shown + 1 {
            return self.show_and_mark(&[message], None).await;
        }
        // What came before it is not here yet; or it has been shown already.
        self.catch_up_later().await
    }

    /// As [`Self::catch_up`]. Once a server that is away now is back, a notice asks for it again.
    async fn catch_up_later(&mut self) -> Result<(), Failure> {
        match self.catch_up(None).await {
            Err(failure) if failure.is_of_connection() => Ok(()),
            outcome => outcome,
        }
    }

    /// Shows what follows the last message shown. `own` was typed here, and stands there already.
    pub(super) async fn catch_up(&mut self, own: Option<u64>) -> Result<(), Failure> {
        while !self.is_silent {
            if own == Some(self.shown + 1) && !self.context.out.json {
                self.shown += 1;
                return Ok(());
            }
            let page = self.history(Some(self.shown), None, PAGE_ITEMS_MAX).await?;
            let before = self.shown;
            self.seen = page.seen;
            self.show_and_mark(&page.messages, own).await?;
            // A page that leads nowhere would be asked for forever.
            if !page.more || self.shown == before {
                break;
            }
        }
        Ok(())
    }

    /// Shows messages, and marks as read what the other wrote of these.
    async fn show_and_mark(
        &mut self,
        messages: &[Message],
        own: Option<u64>,
    ) -> Result<(), Failure> {
        if self.is_silent {
            return Ok(());
        }
        match self.show(messages, own) {
            // A script may have read as much as it wanted and have more to say.
            Err(failure) if failure.is_closed_output() && !self.has_person() => {
                self.is_silent = true;
                return Ok(());
            }
            outcome => outcome?,
        }
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

    fn show(&mut self, messages: &[Message], own: Option<u64>) -> Result<(), Failure> {
        let me = &self.member.profile.username;
        let mut lines = Vec::new();
        for message in messages {
            self.shown = self.shown.max(message.number);
            if message.from == *me {
                self.own += 1;
                self.own_unseen += u64::from(message.number > self.seen);
            }
            if self.context.out.json {
                let view = MessageView::in_conversation(message, me, self.seen);
                let json = serde_json::to_string(&view).map_err(std::io::Error::from)?;
                lines.push(escape_hostile(&json));
            } else if own != Some(message.number) {
                lines.push(message_line(message, me));
            }
        }
        if !lines.is_empty() && !self.context.out.json {
            begin_line();
        }
        self.context.out.lines(lines)
    }

    /// Tells the person something beside the conversation.
    pub(super) fn note(&self, text: &str) {
        if !self.context.out.quiet {
            begin_line();
        }
        self.context.out.note(text);
    }

    /// Whether somebody types who can be asked, and told what became of a line.
    pub(super) fn has_person(&self) -> bool {
        self.context.prompter.may_ask()
    }
}
