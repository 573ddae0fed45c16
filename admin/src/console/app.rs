//! The console itself: its screens, what lies over them, and the connection.

mod acting;
mod telling;
#[cfg(test)]
mod tests;
mod view;

use auboutique_client::terminal::failure::Failure;
use auboutique_client::ui::input::{Input, Size};
use auboutique_client::ui::keys::Listed as KeysListed;
use auboutique_client::ui::runtime::Tick;
use auboutique_client::ui::theme::{Theme, Tone};
use auboutique_client::ui::ticket::Tickets;
use auboutique_client::ui::widgets::banner::Connection;
use auboutique_client::ui::widgets::form::Form;
use auboutique_client::ui::widgets::help::Help;
use auboutique_client::ui::widgets::palette::Palette;
use auboutique_client::ui::widgets::table::{MOVES, Move};
use auboutique_client::ui::widgets::toast::{TICK, Toasts};
use auboutique_client::ui::{App, Frame};
use jiff::tz::TimeZone;

use crate::console::dialog::Dialog;
use crate::console::keys::{self, EVERYWHERE};
use crate::console::list::{Filter, Listed};
use crate::console::message::{Effect, Message};
use crate::console::screens::audit::AuditList;
use crate::console::screens::overview::Overview;
use crate::console::screens::products::{ProductFilter, ProductList};
use crate::console::screens::sales::{SaleFilter, SaleList};
use crate::console::screens::sessions::{SessionFilter, Sessions};
use crate::console::screens::user::UserPage;
use crate::console::screens::users::UserList;
use crate::console::screens::{Place, Tab};
use auboutique_client::terminal::clock::Clock;

/// Seconds before a server that was not there is tried again: more each time, up to the last.
const RETRY_SECONDS: [u64; 4] = [1, 2, 5, 10];

/// The whole state.
#[derive(Debug)]
pub(crate) struct Console {
    pub(crate) server: String,
    pub(crate) clock: Clock,
    pub(crate) connection: Connection,
    /// Attempts to connect that failed since the last success.
    failed: usize,
    /// The server was there at least once.
    was_connected: bool,
    size: Size,
    pub(crate) place: Place,
    /// Where one came from, the latest last.
    back: Vec<Origin>,
    pub(crate) overview: Overview,
    pub(crate) users: UserList,
    pub(crate) user: Option<UserPage>,
    pub(crate) sessions: Sessions,
    pub(crate) sales: SaleList,
    pub(crate) products: ProductList,
    pub(crate) audit: AuditList,
    overlay: Option<Overlay>,
    help: Help,
    pub(crate) toasts: Toasts,
    tickets: Tickets,
    is_over: bool,
    failure: Option<Failure>,
}

/// Where one came from, and the filter that was there before the way led there again.
#[derive(Debug)]
struct Origin {
    place: Place,
    undo: Option<Undo>,
}

/// A filter to be put back.
#[derive(Debug)]
enum Undo {
    Sessions(SessionFilter),
    Sales(SaleFilter),
    Products(ProductFilter),
}

/// What lies over the screen and takes the keys.
#[derive(Debug)]
enum Overlay {
    Palette(Palette),
    Filter(Form),
    Dialog(Dialog),
}

impl Console {
    /// A console that is not connected yet.
    pub(crate) fn new(server: String, zone: TimeZone) -> Self {
        Self {
            server,
            clock: Clock::new(zone),
            connection: Connection::Connecting,
            failed: 0,
            was_connected: false,
            size: Size::default(),
            place: Place::Tab(Tab::Overview),
            back: Vec::new(),
            overview: Overview::new(),
            users: UserList::new(),
            user: None,
            sessions: Sessions::new(),
            sales: SaleList::new(),
            products: ProductList::new(),
            audit: AuditList::new(),
            overlay: None,
            help: Help::default(),
            toasts: Toasts::default(),
            tickets: Tickets::default(),
            is_over: false,
            failure: None,
        }
    }

    /// Why the program ends, if not because somebody wanted it to.
    pub(crate) fn into_failure(self) -> Option<Failure> {
        self.failure
    }

    /// What can be done with the screen's rows, if it has any that are read and filtered.
    fn list(&self) -> Option<&dyn Listed> {
        match self.place {
            Place::Tab(Tab::Users) => Some(&self.users),
            Place::Tab(Tab::Sessions) => Some(&self.sessions),
            Place::Tab(Tab::Sales) => Some(&self.sales),
            Place::Tab(Tab::Products) => Some(&self.products),
            Place::Tab(Tab::Audit) => Some(&self.audit),
            Place::Tab(Tab::Overview) | Place::User(_) => None,
        }
    }

    fn list_mut(&mut self) -> Option<(&mut dyn Listed, &mut Tickets)> {
        let list: &mut dyn Listed = match self.place {
            Place::Tab(Tab::Users) => &mut self.users,
            Place::Tab(Tab::Sessions) => &mut self.sessions,
            Place::Tab(Tab::Sales) => &mut self.sales,
            Place::Tab(Tab::Products) => &mut self.products,
            Place::Tab(Tab::Audit) => &mut self.audit,
            Place::Tab(Tab::Overview) | Place::User(_) => return None,
        };
        Some((list, &mut self.tickets))
    }

    fn lists_mut(&mut self) -> [&mut dyn Listed; 5] {
        [
            &mut self.users,
            &mut self.sessions,
            &mut self.sales,
            &mut self.products,
            &mut self.audit,
        ]
    }

    /// The tables of keys that hold now.
    fn key_tables(&self) -> Vec<&'static dyn KeysListed> {
        let mut tables: Vec<&'static dyn KeysListed> = vec![keys::of(&self.place), &EVERYWHERE];
        if !matches!(self.place, Place::User(_)) {
            tables.push(&MOVES);
        }
        tables
    }

    fn go(&mut self, way: Move) -> Vec<Effect> {
        if self.place == Place::Tab(Tab::Overview) {
            self.overview.go(way);
        }
        match self.list_mut() {
            Some((list, tickets)) => list.go(way, tickets),
            None => Vec::new(),
        }
    }

    /// The window has another size: tables learn how long a page is.
    fn resize(&mut self, size: Size) {
        self.size = size;
        let lines = view::list_lines(size);
        for list in self.lists_mut() {
            list.set_height(lines);
        }
        self.overview.set_height(view::feed_lines(size));
    }

    fn second_has_passed(&mut self) -> Vec<Effect> {
        self.toasts.tick();
        // Once it was there, the client counts by itself, and this is only what is shown.
        if self.connection.second_has_passed() && !self.was_connected {
            return vec![Effect::Connect];
        }
        Vec::new()
    }

    fn not_connected(&mut self, failure: Failure) {
        let reason = failure.sentence_with(crate::failure::hint);
        if self.was_connected {
            // It was the person's own attempt.
            self.connection = Connection::Offline;
            self.toasts.push(Tone::Bad, reason);
        } else if failure.is_of_connection() {
            let seconds = RETRY_SECONDS[self.failed.min(RETRY_SECONDS.len() - 1)];
            self.failed += 1;
            self.connection = Connection::Retrying { seconds };
            self.toasts.push(Tone::Bad, reason);
        } else {
            // Nobody can mend that by waiting.
            self.failure = Some(failure);
        }
    }
}

impl App for Console {
    type Message = Message;
    type Effect = Effect;

    fn start(&mut self) -> Vec<Effect> {
        vec![Effect::Connect]
    }

    fn input(&self, input: Input) -> Option<Message> {
        if let Input::Resized(size) = input {
            return Some(Message::Resized(size));
        }
        if self.help.is_open() || self.overlay.is_some() {
            return Some(Message::Overlay(input));
        }
        if let Input::Mouse(mouse) = input {
            let way = Move::of_mouse(mouse).map(Message::Go);
            return way.or(Some(Message::Pressed(mouse.line)));
        }
        let key = input.key()?;
        let acts = [keys::of(&self.place), &EVERYWHERE];
        let act = acts.iter().find_map(|table| table.action(key));
        let way = MOVES.action(key);
        act.map(Message::Do).or(way.map(Message::Go))
    }

    fn update(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Do(act) => self.act(act),
            Message::Go(way) => self.go(way),
            Message::Pressed(line) => {
                let line = view::table_line(self.connection, line);
                if let (Some(line), Some((list, _))) = (line, self.list_mut()) {
                    list.select_line(line);
                }
                Vec::new()
            }
            Message::Overlay(input) => self.overlaid(&input),
            Message::Resized(size) => {
                self.resize(size);
                Vec::new()
            }
            Message::Tick => self.second_has_passed(),
            Message::Connected => self.connected(),
            Message::NotConnected(failure) => {
                self.not_connected(failure);
                Vec::new()
            }
            Message::Told(notice) => self.told(notice),
            Message::Over => {
                self.connection = Connection::Offline;
                self.toasts.push(
                    Tone::Bad,
                    "The connection has ended for good. r tries to connect again, q leaves.",
                );
                Vec::new()
            }
            Message::Found { ticket, outcome } => match outcome {
                Ok(found) => self.found(ticket, found),
                Err(reason) => {
                    self.not_found(ticket, &reason);
                    Vec::new()
                }
            },
            Message::Weighed { ticket, outcome } => {
                self.weighed(ticket, outcome);
                Vec::new()
            }
            Message::Done { ticket, outcome } => {
                self.done(ticket, outcome);
                Vec::new()
            }
        }
    }

    fn view(&self, frame: &mut Frame<'_>, theme: &Theme) {
        view::draw(self, frame, theme);
    }

    fn tick(&self) -> Option<Tick<Message>> {
        let is_waiting = self.connection.is_counting();
        (is_waiting || !self.toasts.is_empty()).then_some(Tick {
            every: TICK,
            message: Message::Tick,
        })
    }

    fn is_finished(&self) -> bool {
        self.is_over || self.failure.is_some()
    }
}

/// Words of the filter of the list that is shown.
impl Console {
    /// What is filtered on the screen, for its heading.
    pub(crate) fn filter_words(&self) -> String {
        match self.place {
            Place::Tab(Tab::Users) => self.users.filter().words(),
            Place::Tab(Tab::Sessions) => self.sessions.words(),
            Place::Tab(Tab::Sales) => self.sales.filter().words(),
            Place::Tab(Tab::Products) => self.products.filter().words(),
            Place::Tab(Tab::Audit) => self.audit.filter().words(),
            Place::Tab(Tab::Overview) | Place::User(_) => String::new(),
        }
    }
}
