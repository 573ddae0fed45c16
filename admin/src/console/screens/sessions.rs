//! Who is connected at this moment. All connections are here, so they are filtered and ordered here,
//! too: by what they do, which changes all the time.

pub(crate) mod view;

use auboutique_client::ui::ticket::{Ticket, Tickets};
use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};

use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::table::{Content, Move, Row, Sort, Table};
use auboutique_protocol::admin::{
    Activity, Connection, ConnectionNumber, SessionSort, Sessions as Request,
};
use auboutique_protocol::limits::{PAGE_ITEMS_MAX, SEARCH_CHARACTERS_MAX};
use auboutique_protocol::page::Cursor;
use auboutique_protocol::text::{SearchText, Username};
use jiff::tz::TimeZone;

use crate::console::list::{Listed, holds, join, optional};
use crate::console::message::{Effect, Read};
use crate::list::Page;

/// The screen.
#[derive(Debug)]
pub(crate) struct Sessions {
    live: HashMap<ConnectionNumber, Connection>,
    /// How many connections each user has.
    online: HashMap<String, u64>,
    table: Table<Shown>,
    filter: SessionFilter,
    order: Order,
    is_reversed: bool,
    reading: Option<Reading>,
    is_stale: bool,
    /// The first row stays selected until the person chooses another.
    follows_first: bool,
}

/// A connection in the list, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown(pub(crate) ConnectionNumber);

impl Row for Shown {
    type Key = ConnectionNumber;

    fn key(&self) -> ConnectionNumber {
        self.0
    }
}

/// All pages are being read.
#[derive(Debug)]
struct Reading {
    ticket: Ticket,
    /// Connections that were seen since it began: on a page, or as they came.
    seen: HashSet<ConnectionNumber>,
    /// Connections that went since it began: a page may be older.
    closed: HashSet<ConnectionNumber>,
}

/// Which connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SessionFilter {
    user: Option<String>,
    text: Option<String>,
}

impl SessionFilter {
    /// Those of a user.
    pub(crate) fn of_user(user: &Username) -> Self {
        Self {
            user: Some(user.as_str().to_owned()),
            text: None,
        }
    }

    /// Those with a text in user, address or program.
    pub(crate) fn with_text(text: SearchText) -> Self {
        Self {
            user: None,
            text: Some(text.into()),
        }
    }

    fn admits(&self, live: &Connection) -> bool {
        let texts = [&live.username, &live.address, &live.agent];
        let has_text = |text: &String| texts.iter().any(|of| holds(of, text));
        self.user.as_ref().is_none_or(|name| *name == live.username)
            && self.text.as_ref().is_none_or(has_text)
    }
}

/// What connections are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// Connected last comes first.
    #[default]
    Since,
    /// By username.
    User,
    /// Active last comes first.
    Activity,
    /// Most requests come first.
    Requests,
    /// Most bytes come first.
    Bytes,
    /// Most waiting events come first.
    Queue,
}

impl Order {
    const fn next(self) -> Self {
        match self {
            Self::Since => Self::User,
            Self::User => Self::Activity,
            Self::Activity => Self::Requests,
            Self::Requests => Self::Bytes,
            Self::Bytes => Self::Queue,
            Self::Queue => Self::Since,
        }
    }

    /// Whether what connections do changes it.
    const fn is_of_activity(self) -> bool {
        match self {
            Self::Since | Self::User => false,
            Self::Activity | Self::Requests | Self::Bytes | Self::Queue => true,
        }
    }

    fn compare(self, one: &Connection, other: &Connection) -> Ordering {
        let newest = |live: &Connection| Reverse((live.since, live.connection));
        let first = match self {
            Self::Since => Ordering::Equal,
            Self::User => one.username.cmp(&other.username),
            Self::Activity => other.last_activity.cmp(&one.last_activity),
            Self::Requests => other.requests.cmp(&one.requests),
            Self::Bytes => bytes(other).cmp(&bytes(one)),
            Self::Queue => other.queue_depth.cmp(&one.queue_depth),
        };
        first.then_with(|| newest(one).cmp(&newest(other)))
    }

    /// The column that it shows in; see `view`.
    const fn column(self) -> usize {
        match self {
            Self::User => 0,
            Self::Since => 3,
            Self::Activity => 4,
            Self::Requests => 5,
            Self::Bytes => 6,
            Self::Queue => 7,
        }
    }
}

/// What a connection has sent and taken.
pub(crate) const fn bytes(live: &Connection) -> u64 {
    live.bytes_in.saturating_add(live.bytes_out)
}

impl Sessions {
    /// Nothing was read yet.
    pub(crate) fn new() -> Self {
        let mut sessions = Self {
            live: HashMap::new(),
            online: HashMap::new(),
            table: Table::loading(),
            filter: SessionFilter::default(),
            order: Order::default(),
            is_reversed: false,
            reading: None,
            is_stale: true,
            follows_first: true,
        };
        sessions.say_order();
        sessions
    }

    pub(crate) const fn table(&self) -> &Table<Shown> {
        &self.table
    }

    pub(crate) fn connection(&self, Shown(number): &Shown) -> Option<&Connection> {
        self.live.get(number)
    }

    pub(crate) fn selected(&self) -> Option<&Connection> {
        self.table.selected().and_then(|row| self.connection(row))
    }

    /// How many connections there are, and of how many users.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.live.len(), self.online.len())
    }

    /// Whether a user is connected at this moment.
    pub(crate) fn is_online(&self, username: &str) -> bool {
        self.online.contains_key(username)
    }

    pub(crate) const fn filter(&self) -> &SessionFilter {
        &self.filter
    }

    pub(crate) fn words(&self) -> String {
        let user = self.filter.user.as_ref().map(|name| format!("of {name}"));
        let text = self.filter.text.as_ref();
        join([user, text.map(|text| format!("with “{text}”"))])
    }

    /// Shows other connections.
    pub(crate) fn filter_by(&mut self, filter: SessionFilter) {
        self.filter = filter;
        self.arrange();
    }

    /// The next order, in its usual direction.
    pub(crate) fn order_next(&mut self) {
        self.order = self.order.next();
        self.is_reversed = false;
        self.arrange();
    }

    /// The same order the other way round.
    pub(crate) fn reverse(&mut self) {
        self.is_reversed = !self.is_reversed;
        self.arrange();
    }

    /// Connections have come.
    pub(crate) fn opened(&mut self, connections: &[Connection]) {
        for connection in connections {
            if let Some(reading) = &mut self.reading {
                reading.seen.insert(connection.connection);
            }
            self.insert(connection.clone());
        }
        self.arrange();
    }

    /// Connections have gone.
    pub(crate) fn closed(&mut self, connections: &[ConnectionNumber]) {
        for number in connections {
            if let Some(reading) = &mut self.reading {
                reading.closed.insert(*number);
            }
            self.remove(*number);
        }
        self.arrange();
    }

    /// Connections did something.
    pub(crate) fn active(&mut self, activities: &[Activity]) {
        for activity in activities {
            if let Some(live) = self.live.get_mut(&activity.connection) {
                live.bytes_in = activity.bytes_in;
                live.bytes_out = activity.bytes_out;
                live.requests = activity.requests;
                live.queue_depth = activity.queue_depth;
                live.last_activity = activity.last_activity;
            }
        }
        if self.order.is_of_activity() {
            self.arrange();
        }
    }

    fn insert(&mut self, connection: Connection) {
        let username = connection.username.clone();
        let number = connection.connection;
        if self.live.insert(number, connection).is_none() {
            *self.online.entry(username).or_default() += 1;
        }
    }

    fn remove(&mut self, number: ConnectionNumber) {
        let Some(gone) = self.live.remove(&number) else {
            return;
        };
        if let Some(count) = self.online.get_mut(&gone.username) {
            *count -= 1;
            if *count == 0 {
                self.online.remove(&gone.username);
            }
        }
    }

    /// Puts those that are to be seen in their order.
    fn arrange(&mut self) {
        let admitted = |live: &&Connection| self.filter.admits(live);
        let mut shown: Vec<_> = self.live.values().filter(admitted).collect();
        shown.sort_unstable_by(|one, other| {
            let order = self.order.compare(one, other);
            if self.is_reversed {
                order.reverse()
            } else {
                order
            }
        });
        let rows = shown.iter().map(|live| Shown(live.connection)).collect();
        let content = self.table.content().clone();
        self.table.set_rows(rows);
        self.table.set_content(content);
        if self.follows_first {
            self.table.go(Move::First);
        }
        self.say_order();
    }

    fn say_order(&mut self) {
        // Names ascend by themselves, everything else descends.
        let is_descending = (self.order == Order::User) == self.is_reversed;
        self.table.set_sort(Some(Sort {
            column: self.order.column(),
            is_descending,
        }));
    }

    /// Takes a page, if it is the one that is waited for, and asks for the one after it.
    pub(crate) fn found(
        &mut self,
        ticket: Ticket,
        page: Page<Connection>,
        tickets: &mut Tickets,
    ) -> Vec<Effect> {
        let Some(mut reading) = self.reading.take_if(|reading| reading.ticket == ticket) else {
            return Vec::new();
        };
        for connection in page.items {
            let number = connection.connection;
            if !reading.closed.contains(&number) {
                // One that was told is newer than the page.
                if reading.seen.insert(number) {
                    self.insert(connection);
                }
            }
        }
        let effects = match page.next {
            Some(next) => {
                reading.ticket = tickets.next();
                let effect = ask(reading.ticket, Some(next));
                self.reading = Some(reading);
                vec![effect]
            }
            None => {
                let live = self.live.keys().copied();
                let gone: Vec<_> = live
                    .filter(|number| !reading.seen.contains(number))
                    .collect();
                for number in gone {
                    self.remove(number);
                }
                self.table.set_content(Content::Ready);
                Vec::new()
            }
        };
        self.arrange();
        effects
    }
}

fn ask(ticket: Ticket, cursor: Option<Cursor>) -> Effect {
    let read = Read::Sessions(Request {
        // Oldest first: who comes meanwhile is told, and moves nobody to another page.
        sort: Some(SessionSort::Oldest),
        limit: Some(PAGE_ITEMS_MAX),
        cursor,
        username: None,
    });
    Effect::Read { ticket, read }
}

const TEXT: &str = "text";

impl Listed for Sessions {
    fn show(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        if self.is_stale {
            self.reload(tickets)
        } else {
            Vec::new()
        }
    }

    fn reload(&mut self, tickets: &mut Tickets) -> Vec<Effect> {
        self.is_stale = false;
        let ticket = tickets.next();
        self.reading = Some(Reading {
            ticket,
            seen: HashSet::new(),
            closed: HashSet::new(),
        });
        self.table.set_content(Content::Loading);
        vec![ask(ticket, None)]
    }

    fn make_stale(&mut self) {
        self.is_stale = true;
    }

    fn go(&mut self, way: Move, _: &mut Tickets) -> Vec<Effect> {
        self.table.go(way);
        self.follows_first = way == Move::First;
        Vec::new()
    }

    fn set_height(&mut self, lines: u16) {
        self.table.set_height(lines);
    }

    fn select_line(&mut self, line_of_the_table: u16) {
        if self.table.select_line(line_of_the_table) {
            self.follows_first = false;
        }
    }

    fn failed(&mut self, ticket: Ticket, reason: &str) {
        if self
            .reading
            .take_if(|reading| reading.ticket == ticket)
            .is_some()
        {
            self.is_stale = true;
            self.table.set_content(Content::Failed(reason.to_owned()));
        }
    }

    fn form(&self) -> Form {
        let mut text = Field::text(TEXT, "Text", SEARCH_CHARACTERS_MAX)
            .hint("In username, address or program.");
        let filter = self.filter.text.as_ref().or(self.filter.user.as_ref());
        text.set(filter.map_or("", String::as_str));
        Form::new(vec![text], "Filter")
    }

    fn take_form(
        &mut self,
        form: &Form,
        _: &TimeZone,
        _: &mut Tickets,
    ) -> Result<Vec<Effect>, (&'static str, String)> {
        let text = optional(form, TEXT, SearchText::parse)?;
        self.filter_by(text.map_or_else(SessionFilter::default, SessionFilter::with_text));
        Ok(Vec::new())
    }

    fn is_filtered(&self) -> bool {
        self.filter != SessionFilter::default()
    }

    fn show_all(&mut self, _: &mut Tickets) -> Vec<Effect> {
        self.filter_by(SessionFilter::default());
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing::samples::{active, connection};

    fn names(sessions: &Sessions) -> Vec<&str> {
        let rows = sessions.table().rows().iter();
        rows.filter_map(|row| sessions.connection(row))
            .map(|live| live.username.as_str())
            .collect()
    }

    fn page(items: Vec<Connection>, next: Option<Cursor>) -> Page<Connection> {
        Page {
            items,
            next,
            totals: None,
        }
    }

    fn ticket(effects: &[Effect]) -> Ticket {
        match effects {
            [Effect::Read { ticket, .. }] => *ticket,
            other => panic!("one read: {other:?}"),
        }
    }

    fn three() -> (Sessions, Tickets) {
        let (mut sessions, mut tickets) = (Sessions::new(), Tickets::default());
        let asked = ticket(&sessions.show(&mut tickets));
        let live = [(1, "mona"), (2, "omar"), (3, "lina")];
        let live = live.map(|(number, name)| connection(number, name)).to_vec();
        assert_eq!(sessions.found(asked, page(live, None), &mut tickets), []);
        (sessions, tickets)
    }

    #[test]
    fn all_pages_are_read_and_what_is_told_meanwhile_wins() {
        let (mut sessions, mut tickets) = (Sessions::new(), Tickets::default());
        let first = ticket(&sessions.show(&mut tickets));
        let cursor = Some(Cursor::new(vec![1]));
        let live = vec![connection(1, "mona"), connection(2, "omar")];
        let second = ticket(&sessions.found(first, page(live, cursor), &mut tickets));
        assert_eq!(
            names(&sessions),
            ["omar", "mona"],
            "the first page is shown"
        );
        sessions.closed(&[ConnectionNumber(2), ConnectionNumber(3)]);
        sessions.opened(&[connection(9, "rami")]);
        let live = vec![connection(3, "lina"), connection(4, "sami")];
        assert_eq!(sessions.found(second, page(live, None), &mut tickets), []);
        assert_eq!(names(&sessions), ["rami", "sami", "mona"]);
        assert_eq!(*sessions.table().content(), Content::Ready);
    }

    #[test]
    fn who_went_while_nothing_was_told_is_gone_after_reading_again() {
        let (mut sessions, mut tickets) = three();
        sessions.make_stale();
        let asked = ticket(&sessions.show(&mut tickets));
        assert_eq!(names(&sessions).len(), 3, "until it was read");
        let live = vec![connection(2, "omar")];
        sessions.found(asked, page(live, None), &mut tickets);
        assert_eq!(names(&sessions), ["omar"]);
        assert_eq!(sessions.count(), (1, 1));
        assert!(!sessions.is_online("mona"));
    }

    #[test]
    fn a_user_is_online_until_the_last_connection_goes() {
        let (mut sessions, _) = three();
        sessions.opened(&[connection(7, "mona")]);
        sessions.closed(&[ConnectionNumber(1)]);
        assert!(sessions.is_online("mona"));
        sessions.closed(&[ConnectionNumber(7), ConnectionNumber(7)]);
        assert!(!sessions.is_online("mona"));
    }

    #[test]
    fn the_order_follows_what_connections_do() {
        let (mut sessions, _) = three();
        assert_eq!(names(&sessions), ["lina", "omar", "mona"]);
        sessions.order_next();
        assert_eq!(names(&sessions), ["lina", "mona", "omar"]);
        let sort = sessions.table().sort();
        assert_eq!(sort.map(|sort| sort.is_descending), Some(false));
        sessions.reverse();
        assert_eq!(names(&sessions), ["omar", "mona", "lina"]);
        for _ in 0..2 {
            sessions.order_next();
        }
        sessions.active(&[active(1, 500), active(3, 900)]);
        assert_eq!(names(&sessions), ["lina", "mona", "omar"]);
        sessions.active(&[active(2, 1000)]);
        assert_eq!(names(&sessions), ["omar", "lina", "mona"]);
    }

    #[test]
    fn a_filter_shows_those_it_admits() {
        let (mut sessions, _) = three();
        let text = SearchText::parse("MO").expect("a text");
        sessions.filter_by(SessionFilter::with_text(text));
        assert_eq!(names(&sessions), ["mona"]);
        sessions.opened(&[connection(8, "mousa"), connection(9, "ali")]);
        assert_eq!(names(&sessions), ["mousa", "mona"]);
        let mona = Username::parse("mona").expect("a username");
        sessions.filter_by(SessionFilter::of_user(&mona));
        assert_eq!(
            (names(&sessions).as_slice(), sessions.words().as_str()),
            (&["mona"][..], "of mona")
        );
    }
}
