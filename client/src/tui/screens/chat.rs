//! Conversations: the list of them, and one.

pub(crate) mod view;

use std::cmp::Reverse;
use std::collections::HashMap;

use auboutique_protocol::chat::{
    Conversation, ConversationPage, Conversations, History, HistoryPage, IfOffline, MarkRead,
    Message, MessageSent, SendMessage,
};
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::{MESSAGE_CHARACTERS_MAX, PAGE_ITEMS_MAX};
use auboutique_protocol::text::{MessageText, Username};

use crate::tui::message::{Effect, Read};
use crate::ui::input::Input;
use crate::ui::ticket::{Ticket, Tickets};
use crate::ui::widgets::table::{Content, Row, Table};
use crate::ui::widgets::text_input::TextInput;

/// The list of conversations, and those that were opened.
#[derive(Debug)]
pub(crate) struct Chats {
    table: Table<ConversationRow>,
    awaited: Option<Ticket>,
    is_stale: bool,
    /// Unread messages in all conversations.
    unread: u64,
    /// Conversations that were opened, with what was typed there.
    talks: HashMap<String, Talk>,
}

/// A conversation in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversationRow(pub(crate) Conversation);

impl Row for ConversationRow {
    type Key = String;

    fn key(&self) -> String {
        self.0.with.clone()
    }
}

/// A conversation.
#[derive(Debug)]
pub(crate) struct Talk {
    with: String,
    messages: Vec<Message>,
    /// The last message that the other has read.
    seen: u64,
    /// What is typed.
    pub(crate) line: TextInput,
    /// The product that the next message is about.
    pub(crate) about: Option<ProductId>,
    /// A message that was sent and not answered.
    pub(crate) sending: Option<String>,
    /// Why the last one was not sent.
    pub(crate) problem: Option<String>,
    pub(crate) content: Content,
    has_earlier: bool,
    /// The latest messages were read once.
    has_history: bool,
    awaited: Option<(Ticket, bool)>,
    /// How much the other has read is being asked for.
    awaited_seen: Option<Ticket>,
    /// The last message that was marked as read.
    marked: u64,
    /// Lines below the window.
    pub(crate) scrolled: u16,
    is_stale: bool,
}

impl Chats {
    /// Nothing was read yet.
    pub(crate) fn new() -> Self {
        Self {
            table: Table::loading(),
            awaited: None,
            is_stale: true,
            unread: 0,
            talks: HashMap::new(),
        }
    }

    pub(crate) const fn table(&self) -> &Table<ConversationRow> {
        &self.table
    }

    pub(crate) const fn table_mut(&mut self) -> &mut Table<ConversationRow> {
        &mut self.table
    }

    pub(crate) const fn unread(&self) -> u64 {
        self.unread
    }

    pub(crate) fn talk(&self, with: &Username) -> Option<&Talk> {
        self.talks.get(with.as_str())
    }

    pub(crate) fn talk_mut(&mut self, with: &Username) -> &mut Talk {
        let name = with.as_str().to_owned();
        let talk = self.talks.entry(name.clone());
        talk.or_insert_with(|| Talk::new(name))
    }

    pub(crate) fn make_stale(&mut self) {
        self.is_stale = true;
        for talk in self.talks.values_mut() {
            talk.is_stale = true;
        }
    }

    pub(crate) fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.is_stale {
            self.reload(tickets)
        } else {
            Vec::new()
        }
    }

    pub(crate) fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        self.is_stale = false;
        let ticket = tickets.next();
        self.awaited = Some(ticket);
        self.table.set_content(Content::Loading);
        let read = Read::Conversations(Conversations {
            limit: Some(PAGE_ITEMS_MAX),
            cursor: None,
        });
        vec![Effect::Read { ticket, read }]
    }

    pub(crate) fn found(&mut self, ticket: Ticket, page: ConversationPage) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.unread = page.unread;
            let rows = page.conversations.into_iter().map(ConversationRow);
            self.table.set_rows(rows.collect());
        }
    }

    pub(crate) fn failed(&mut self, ticket: Ticket, reason: &str) {
        if self.awaited.take_if(|awaited| *awaited == ticket).is_some() {
            self.is_stale = true;
            self.table.set_content(Content::Failed(reason.to_owned()));
        }
        for talk in self.talks.values_mut() {
            talk.failed(ticket, reason);
        }
    }

    pub(crate) fn found_history(&mut self, ticket: Ticket, page: &HistoryPage) {
        for talk in self.talks.values_mut() {
            talk.found(ticket, page);
        }
    }

    /// A message came, or was sent from another of one's programs.
    pub(crate) fn message(&mut self, message: &Message, me: &str) {
        let with = if message.from == me {
            &message.to
        } else {
            &message.from
        };
        if let Some(talk) = self.talks.get_mut(with) {
            talk.add(message.clone());
        }
        let is_unread = message.from != me;
        let known = self.table.rows().iter().find(|row| row.0.with == *with);
        let mut conversation = known.map_or_else(
            || Conversation {
                last: message.clone(),
                with: with.clone(),
                online: is_unread,
                unread: 0,
            },
            |row| row.0.clone(),
        );
        if message.number < conversation.last.number {
            return;
        }
        conversation.last = message.clone();
        if is_unread {
            conversation.unread += 1;
            self.unread += 1;
        }
        let mut rows: Vec<_> = self.table.rows().to_vec();
        rows.retain(|row| row.0.with != *with);
        rows.push(ConversationRow(conversation));
        rows.sort_by_key(|row| Reverse(row.0.last.sent_at));
        let content = self.table.content().clone();
        self.table.set_rows(rows);
        self.table.set_content(content);
    }

    /// Everything in a conversation is read.
    fn read_up(&mut self, with: &str) {
        let mut rows: Vec<_> = self.table.rows().to_vec();
        for row in rows.iter_mut().filter(|row| row.0.with == with) {
            self.unread = self.unread.saturating_sub(row.0.unread);
            row.0.unread = 0;
        }
        let content = self.table.content().clone();
        self.table.set_rows(rows);
        self.table.set_content(content);
    }

    /// A conversation is in front of the person's eyes: what is new in it is marked as read.
    pub(crate) fn look_at(&mut self, with: &Username, me: &str) -> Vec<Effect> {
        let talk = self.talk_mut(with);
        let others = talk.messages.iter().rev();
        let last = others.clone().find(|message| message.from != me);
        let Some(number) = last.map(|message| message.number) else {
            return Vec::new();
        };
        if number <= talk.marked {
            return Vec::new();
        }
        talk.marked = number;
        let upto = talk.messages.last().map_or(number, |last| last.number);
        self.read_up(with.as_str());
        vec![Effect::MarkRead(MarkRead {
            upto,
            with: with.as_str().to_owned(),
        })]
    }

    /// What became of a message.
    pub(crate) fn sent(&mut self, request: &SendMessage, sent: &MessageSent, me: &str) {
        let message = Message {
            to: request.to.clone(),
            from: me.to_owned(),
            text: request.text.clone(),
            about: request.about,
            number: sent.number,
            sent_at: sent.sent_at,
        };
        self.message(&message, me);
        if let Some(talk) = self.talks.get_mut(&request.to) {
            talk.sending = None;
            talk.problem = None;
        }
    }

    /// It was not sent: it stands in the line again.
    pub(crate) fn not_sent(&mut self, request: &SendMessage, problem: Option<String>) {
        if let Some(talk) = self.talks.get_mut(&request.to) {
            talk.sending = None;
            talk.problem = problem;
            // Before what was typed since.
            let since = talk.line.text().to_owned();
            let text = format!("{} {since}", request.text);
            talk.line.set(text.trim_end());
        }
    }
}

impl Talk {
    fn new(with: String) -> Self {
        Self {
            with,
            messages: Vec::new(),
            seen: 0,
            line: TextInput::new(MESSAGE_CHARACTERS_MAX),
            about: None,
            sending: None,
            problem: None,
            content: Content::Loading,
            has_earlier: false,
            has_history: false,
            awaited: None,
            awaited_seen: None,
            marked: 0,
            scrolled: 0,
            is_stale: true,
        }
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether the other has read a message.
    pub(crate) const fn is_seen(&self, number: u64) -> bool {
        number <= self.seen
    }

    /// Whether one's own last message is not known to be read.
    pub(crate) fn has_unseen(&self, me: &str) -> bool {
        let mut messages = self.messages.iter().rev();
        let last = messages.find(|message| message.from == me);
        last.is_some_and(|message| !self.is_seen(message.number))
    }

    pub(crate) const fn has_earlier(&self) -> bool {
        self.has_earlier
    }

    pub(crate) fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if !self.is_stale {
            return Vec::new();
        }
        self.is_stale = false;
        self.ask(None, tickets)
    }

    /// Reads what was said before the first message that is here.
    pub(crate) fn earlier(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if !self.has_earlier || self.awaited.is_some() {
            return Vec::new();
        }
        let before = self.messages.first().map(|message| message.number);
        self.ask(before, tickets)
    }

    fn ask(&mut self, before: Option<u64>, tickets: &mut Tickets) -> Vec<Effect> {
        let ticket = tickets.next();
        self.awaited = Some((ticket, before.is_some()));
        if self.messages.is_empty() {
            self.content = Content::Loading;
        }
        let read = Read::History(History {
            with: self.with.clone(),
            after: None,
            limit: Some(PAGE_ITEMS_MAX),
            before,
        });
        vec![Effect::Read { ticket, read }]
    }

    /// Asks how much the other has read: that is not told.
    pub(crate) fn ask_seen(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.awaited_seen.is_some() {
            return Vec::new();
        }
        let ticket = tickets.next();
        self.awaited_seen = Some(ticket);
        let read = Read::History(History {
            with: self.with.clone(),
            after: self.messages.last().map(|message| message.number),
            limit: Some(1),
            before: None,
        });
        vec![Effect::Read { ticket, read }]
    }

    fn found(&mut self, ticket: Ticket, page: &HistoryPage) {
        if self
            .awaited_seen
            .take_if(|awaited| *awaited == ticket)
            .is_some()
        {
            self.seen = self.seen.max(page.seen);
            for message in &page.messages {
                self.add(message.clone());
            }
            return;
        }
        let Some((_, is_earlier)) = self.awaited.take_if(|awaited| awaited.0 == ticket) else {
            return;
        };
        self.content = Content::Ready;
        self.seen = self.seen.max(page.seen);
        if is_earlier || !self.has_history {
            self.has_history = true;
            self.has_earlier = page.more;
        }
        for message in &page.messages {
            self.add(message.clone());
        }
    }

    fn failed(&mut self, ticket: Ticket, reason: &str) {
        self.awaited_seen.take_if(|awaited| *awaited == ticket);
        if self
            .awaited
            .take_if(|awaited| awaited.0 == ticket)
            .is_some()
        {
            self.is_stale = true;
            self.content = Content::Failed(reason.to_owned());
        }
    }

    /// Puts a message in its place; one that is here already is not put twice.
    fn add(&mut self, message: Message) {
        let number = message.number;
        let place = self.messages.partition_point(|known| known.number < number);
        if self
            .messages
            .get(place)
            .is_none_or(|known| known.number != number)
        {
            self.messages.insert(place, message);
        }
    }

    /// Takes what is typed.
    pub(crate) fn input(&mut self, input: &Input) {
        self.line.input(input);
    }

    /// Sends what was typed.
    pub(crate) fn send(&mut self) -> Vec<Effect> {
        if self.line.text().trim().is_empty() || self.sending.is_some() {
            return Vec::new();
        }
        match MessageText::parse(self.line.text()) {
            Err(error) => {
                self.problem = Some(format!("the message {error}"));
                Vec::new()
            }
            Ok(text) => {
                let text = String::from(text);
                self.line.clear();
                self.problem = None;
                self.scrolled = 0;
                self.sending = Some(text.clone());
                vec![Effect::Send(Box::new(SendMessage {
                    to: self.with.clone(),
                    key: Key::now(),
                    text,
                    about: self.about.take(),
                    if_offline: IfOffline::Refuse,
                }))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::message;
    use auboutique_protocol::ids::UnixMillis;

    fn omar() -> Username {
        Username::parse("omar").expect("a username")
    }

    fn numbers(chats: &Chats) -> Vec<u64> {
        let talk = chats.talk(&omar()).expect("a conversation");
        talk.messages()
            .iter()
            .map(|message| message.number)
            .collect()
    }

    #[test]
    fn messages_have_their_order_whatever_comes_first() {
        let (mut chats, mut tickets) = (Chats::new(), Tickets::default());
        let asked = chats.talk_mut(&omar()).show(&mut tickets);
        chats.message(&message(5, "omar", "mona"), "mona");
        let [Effect::Read { ticket, .. }] = asked[..] else {
            panic!("one read: {asked:?}");
        };
        let messages = [3, 4, 5].map(|number| message(number, "omar", "mona"));
        let page = HistoryPage {
            more: true,
            seen: 4,
            messages: messages.to_vec(),
        };
        chats.found_history(ticket, &page);
        assert_eq!(numbers(&chats), [3, 4, 5]);
        let talk = chats.talk(&omar()).expect("a conversation");
        assert!(talk.is_seen(4) && !talk.is_seen(5));
        assert_eq!(chats.talk_mut(&omar()).earlier(&mut tickets).len(), 1);
        assert_eq!(chats.talk_mut(&omar()).earlier(&mut tickets), []);
    }

    #[test]
    fn what_is_looked_at_is_marked_once() {
        let mut chats = Chats::new();
        chats.message(&message(1, "omar", "mona"), "mona");
        assert_eq!(chats.unread(), 1);
        chats.talk_mut(&omar());
        chats.message(&message(2, "omar", "mona"), "mona");
        assert_eq!(chats.unread(), 2);
        let marked = chats.look_at(&omar(), "mona");
        assert!(matches!(&marked[..], [Effect::MarkRead(mark)] if mark.upto == 2));
        assert_eq!(
            (chats.look_at(&omar(), "mona"), chats.unread()),
            (Vec::new(), 0)
        );
    }

    #[test]
    fn a_message_that_was_not_sent_stands_in_the_line_again() {
        let mut chats = Chats::new();
        let talk = chats.talk_mut(&omar());
        talk.line.set("is it still there?");
        let sending = talk.send();
        let [Effect::Send(request)] = &sending[..] else {
            panic!("it is sent: {sending:?}");
        };
        assert!(talk.line.is_empty());
        assert_eq!(talk.send(), [], "one at a time");
        chats.not_sent(request, Some("no answer".into()));
        let talk = chats.talk_mut(&omar());
        assert_eq!(talk.line.text(), "is it still there?");
        talk.line.clear();
        talk.line.set("hello?");
        chats.not_sent(request, None);
        let talk = chats.talk_mut(&omar());
        assert_eq!(talk.line.text(), "is it still there? hello?");
        let sent = MessageSent {
            number: 1,
            sent_at: UnixMillis(0),
            delivered: true,
        };
        chats.sent(request, &sent, "mona");
        assert_eq!(numbers(&chats), [1]);
    }
}
