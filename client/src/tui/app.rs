//! The member's screen itself: the way in, its screens, what lies over them, and the connection.

mod acting;
mod answering;
mod telling;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashSet;
use std::time::Duration;

use auboutique_protocol::accounts::Profile;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::limits::PRESENCE_NAMES_MAX;
use auboutique_protocol::money::Money;
use auboutique_protocol::presence::Presence;
use auboutique_protocol::purchases::Confirmation;
use auboutique_protocol::text::Username;
use jiff::tz::TimeZone;

use crate::terminal::clock::Clock;
use crate::tui::keys::{self, EVERYWHERE};
use crate::tui::message::{Door, Effect, Facts, Message, Read};
use crate::tui::pictures::{PictureKey, Pictures, Source};
use crate::tui::screens::browse::Browse;
use crate::tui::screens::chat::Chats;
use crate::tui::screens::mine::Mine;
use crate::tui::screens::product::ProductPage;
use crate::tui::screens::sell::{self, Selling};
use crate::tui::screens::welcome::{self, Welcome};
use crate::tui::screens::{Place, Tab};
use crate::ui::input::{Input, Size};
use crate::ui::keys::Listed;
use crate::ui::runtime::Tick;
use crate::ui::theme::Theme;
use crate::ui::ticket::Tickets;
use crate::ui::widgets::banner::Connection;
use crate::ui::widgets::confirm::Confirm;
use crate::ui::widgets::form::Form;
use crate::ui::widgets::help::Help;
use crate::ui::widgets::table::{MOVES, Move};
use crate::ui::widgets::toast::{TICK, Toasts};
use crate::ui::{App, Frame};

/// Seconds between two looks at the clock while nothing else is to be done.
const MINUTE: Duration = Duration::from_secs(60);
/// How often it is asked whether somebody who is online has read what was written to them: that is not told.
const SEEN_EVERY: Duration = Duration::from_secs(3);

/// The whole state.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) clock: Clock,
    pub(crate) connection: Connection,
    size: Size,
    pub(crate) place: Place,
    /// Where one came from, the latest last.
    back: Vec<Place>,
    pub(crate) welcome: Welcome,
    pub(crate) member: Option<Member>,
    pub(crate) browse: Browse,
    pub(crate) product: Option<ProductPage>,
    pub(crate) selling: Option<Selling>,
    pub(crate) mine: Mine,
    pub(crate) chats: Chats,
    pub(crate) pictures: Pictures,
    /// Who of those that were asked about is online.
    pub(crate) online: HashSet<String>,
    /// About whom was asked.
    asked: HashSet<String>,
    /// There may be somebody in the list about whom nobody asked yet.
    has_strangers: bool,
    overlay: Option<Overlay>,
    help: Help,
    pub(crate) toasts: Toasts,
    tickets: Tickets,
    /// Why the session ended, where the server said so.
    farewell: Option<String>,
    is_over: bool,
}

/// Who is inside, and of which market.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) facts: Facts,
    pub(crate) profile: Profile,
}

/// What lies over the screen and takes the keys.
#[derive(Debug)]
pub(crate) enum Overlay {
    /// Which products are listed.
    Filter(Form),
    /// A product of one's own is changed.
    Edit(Form),
    /// A question, and what it is about.
    Ask(Confirm, Question),
    /// A purchase that is on its way.
    Buying {
        product: ProductId,
        name: String,
        is_unknown: bool,
    },
    /// A purchase that was made.
    Receipt(Box<Receipt>),
}

/// What a purchase was, and where it is collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) name: String,
    pub(crate) seller: String,
    pub(crate) confirmation: Confirmation,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Buying at a price.
    Buy {
        product: ProductId,
        name: String,
        price: Money,
    },
    /// Somebody was faster: what is like it.
    Similar(String),
    /// Taking one's own product off the market.
    Withdraw(ProductId),
    /// Keeping a message for somebody who is offline.
    Keep(Box<auboutique_protocol::chat::SendMessage>),
    LogOut,
}

impl Shop {
    /// Before the way in.
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self {
            clock: Clock::new(zone),
            connection: Connection::Connecting,
            size: Size::default(),
            place: Place::Welcome,
            back: Vec::new(),
            welcome: Welcome::new(),
            member: None,
            browse: Browse::new(),
            product: None,
            selling: None,
            mine: Mine::new(),
            chats: Chats::new(),
            pictures: Pictures::default(),
            online: HashSet::new(),
            asked: HashSet::new(),
            has_strangers: false,
            overlay: None,
            help: Help::default(),
            toasts: Toasts::default(),
            tickets: Tickets::default(),
            farewell: None,
            is_over: false,
        }
    }

    /// One's own username.
    pub(crate) fn me(&self) -> &str {
        self.member
            .as_ref()
            .map_or("", |member| &member.profile.username)
    }

    /// Whether somebody is online, as far as is known.
    pub(crate) fn is_online(&self, username: &str) -> bool {
        self.connection.is_live() && self.online.contains(username)
    }

    /// Whether letters are typed at this moment.
    fn is_typing(&self) -> bool {
        keys::is_typing(&self.place) || self.browse.search().is_some() && self.is_browsing()
    }

    fn is_browsing(&self) -> bool {
        self.place == Place::Tab(Tab::Browse)
    }

    /// The tables of keys that hold now.
    fn key_tables(&self) -> Vec<&'static dyn Listed> {
        let mut tables: Vec<&'static dyn Listed> = vec![keys::of(&self.place)];
        if !keys::is_typing(&self.place) {
            tables.push(&EVERYWHERE);
            if !matches!(self.place, Place::Product(_)) {
                tables.push(&MOVES);
            }
        }
        tables
    }

    fn go(&mut self, way: Move) -> Vec<Effect> {
        match &self.place {
            Place::Tab(Tab::Browse) => self.browse.go(way, &mut self.tickets),
            Place::Tab(Tab::Mine) => self.mine.go(way, &mut self.tickets),
            Place::Tab(Tab::Chat) => {
                self.chats.table_mut().go(way);
                Vec::new()
            }
            Place::Product(_) => {
                if let Some(page) = &mut self.product {
                    page.top = match way {
                        Move::Up => page.top.saturating_sub(1),
                        Move::Down => page.top.saturating_add(1),
                        Move::PageUp => page.top.saturating_sub(10),
                        Move::PageDown => page.top.saturating_add(10),
                        Move::First => 0,
                        Move::Last => u16::MAX,
                    };
                }
                Vec::new()
            }
            Place::Welcome | Place::Tab(Tab::Sell) | Place::Talk(_) => Vec::new(),
        }
    }

    /// Selects the row on a line of the screen.
    fn pressed(&mut self, line: u16) {
        let Some(line) = view::table_line(self.connection, line) else {
            return;
        };
        match &self.place {
            Place::Tab(Tab::Browse) => self.browse.select_line(line),
            Place::Tab(Tab::Mine) => self.mine.select_line(line),
            Place::Tab(Tab::Chat) => {
                self.chats.table_mut().select_line(line);
            }
            Place::Welcome | Place::Tab(Tab::Sell) | Place::Product(_) | Place::Talk(_) => {}
        }
    }

    fn resize(&mut self, size: Size) {
        self.size = size;
        if let Some(selling) = &mut self.selling {
            selling.set_width(view::sell_columns(size));
        }
        let lines = view::list_lines(size);
        self.browse.set_height(lines);
        self.mine.set_height(lines);
        self.chats.table_mut().set_height(lines);
    }

    fn passed(&mut self, seconds: u64) -> Vec<Effect> {
        self.toasts.tick();
        self.connection.second_has_passed();
        if let Some(now) = &mut self.clock.now {
            *now = UnixMillis(now.0 + seconds * 1000);
        }
        match self.talk_to_be_read() {
            Some(with) => self.chats.talk_mut(&with).ask_seen(&mut self.tickets),
            None => Vec::new(),
        }
    }

    /// With whom the conversation on the screen is, if its last message is not known to be read.
    fn talk_to_be_read(&self) -> Option<Username> {
        let Place::Talk(with) = &self.place else {
            return None;
        };
        let talk = self.chats.talk(with)?;
        let is_awaited = self.connection.is_live() && talk.has_unseen(self.me());
        is_awaited.then(|| with.clone())
    }

    /// Whether something may lie over the picture.
    pub(crate) fn is_covered(&self) -> bool {
        let is_choosing = self.selling.as_ref().is_some_and(Selling::is_choosing);
        self.overlay.is_some() || self.help.is_open() || !self.toasts.is_empty() || is_choosing
    }

    /// The picture that the screen shows, if it shows one.
    pub(crate) fn picture_key(&self) -> Option<PictureKey> {
        let (columns, lines) = view::picture_size(self.size, &self.place)?;
        let source = match &self.place {
            Place::Tab(Tab::Browse) => {
                let product = self.browse.selected()?;
                Source::Product {
                    hash: product.picture?,
                    product: product.id,
                    is_large: false,
                }
            }
            Place::Product(_) => {
                let page = self.product.as_ref()?;
                let known = page.detail().map(|detail| (detail.picture, detail.id));
                let listed = self.browse.find(page.id());
                let listed = listed.map(|product| (product.picture, product.id));
                let (hash, product) = known.or(listed)?;
                Source::Product {
                    hash: hash?,
                    product,
                    is_large: true,
                }
            }
            Place::Tab(Tab::Sell) => Source::File(self.selling.as_ref()?.picture()?.to_owned()),
            Place::Welcome | Place::Tab(Tab::Mine | Tab::Chat) | Place::Talk(_) => return None,
        };
        Some(PictureKey {
            source,
            columns,
            lines,
        })
    }

    /// What is to be fetched for the screen as it is now: its picture, and who is online.
    fn fetch_for_screen(&mut self) -> Vec<Effect> {
        if !self.connection.is_live() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if let Some(key) = self.picture_key() {
            effects.extend(self.pictures.want(key));
        }
        effects.extend(self.ask_presence());
        effects
    }

    /// Asks about those on the screen about whom nobody asked yet.
    fn ask_presence(&mut self) -> Option<Effect> {
        if !self.has_strangers {
            return None;
        }
        let rows = self.browse.rows().table().rows().iter();
        let mut names: Vec<String> = Vec::new();
        for name in rows.map(|row| &row.0.owner) {
            if names.len() == PRESENCE_NAMES_MAX {
                break;
            }
            if !self.asked.contains(name) {
                self.asked.insert(name.clone());
                names.push(name.clone());
            }
        }
        self.has_strangers = names.len() == PRESENCE_NAMES_MAX;
        if names.is_empty() {
            return None;
        }
        let ticket = self.tickets.next();
        let read = Read::Online(Presence { names });
        Some(Effect::Read { ticket, read })
    }

    /// What is known of the product that is in front of the person's eyes.
    fn product_in_view(&self) -> Option<InView<'_>> {
        match &self.place {
            Place::Tab(Tab::Browse) => self.browse.selected().map(|product| InView {
                id: product.id,
                name: &product.name,
                owner: &product.owner,
                price: product.price,
            }),
            Place::Product(_) => {
                let page = self.product.as_ref()?;
                let detail = page.detail()?;
                Some(InView {
                    id: detail.id,
                    name: &detail.name,
                    owner: &detail.owner,
                    price: detail.price,
                })
            }
            Place::Welcome | Place::Tab(Tab::Sell | Tab::Mine | Tab::Chat) | Place::Talk(_) => None,
        }
    }
}

/// A product in front of the person's eyes.
struct InView<'a> {
    id: ProductId,
    name: &'a str,
    owner: &'a str,
    price: Money,
}

impl App for Shop {
    type Message = Message;
    type Effect = Effect;

    fn start(&mut self) -> Vec<Effect> {
        vec![Effect::Enter(Door::Remembered)]
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
        let Some(key) = input.key() else {
            return self.is_typing().then_some(Message::Typed(input));
        };
        if self.is_typing() {
            let is_command = match &self.place {
                Place::Welcome => welcome::is_command(key),
                Place::Tab(Tab::Sell) => {
                    let is_choosing = self.selling.as_ref().is_some_and(Selling::is_choosing);
                    sell::is_command(key) && !is_choosing
                }
                Place::Talk(_) => true,
                Place::Tab(Tab::Browse | Tab::Mine | Tab::Chat) | Place::Product(_) => false,
            };
            let act = keys::of(&self.place).action_while_typing(key);
            return match act.filter(|_| is_command) {
                Some(act) => Some(Message::Do(act)),
                None => Some(Message::Typed(input)),
            };
        }
        let acts = [keys::of(&self.place), &EVERYWHERE];
        let act = acts.iter().find_map(|table| table.action(key));
        let way = MOVES.action(key);
        act.map(Message::Do).or(way.map(Message::Go))
    }

    fn update(&mut self, message: Message) -> Vec<Effect> {
        let mut effects = match message {
            Message::Do(act) => self.act(act),
            Message::Go(way) => self.go(way),
            Message::Pressed(line) => {
                self.pressed(line);
                Vec::new()
            }
            Message::Typed(input) => self.typed(&input),
            Message::Overlay(input) => self.overlaid(&input),
            Message::Resized(size) => {
                self.resize(size);
                Vec::new()
            }
            Message::Passed(seconds) => self.passed(seconds),
            Message::Entered(entered) => self.entered(entered),
            Message::Told(notice) => self.told(notice),
            Message::Over => {
                self.ended();
                Vec::new()
            }
            Message::Found { ticket, outcome } => match outcome {
                Ok(found) => self.found(ticket, found),
                Err(reason) => {
                    self.not_found(ticket, &reason);
                    Vec::new()
                }
            },
            Message::Drawn { key, outcome } => {
                self.pictures.drawn(&key, outcome);
                Vec::new()
            }
            Message::Buying { product, step } => self.buying(product, step),
            Message::Sent { request, outcome } => self.sent(*request, outcome),
            Message::Uploaded { done, total } => {
                if let Some(selling) = &mut self.selling {
                    selling.uploaded(done, total);
                }
                Vec::new()
            }
            Message::Listed(outcome) => self.listed(outcome),
            Message::Changed(outcome) => self.changed(outcome),
            Message::Folder { path, outcome } => {
                if let Some(selling) = &mut self.selling {
                    selling.folder(&path, outcome);
                }
                Vec::new()
            }
        };
        effects.extend(self.fetch_for_screen());
        effects
    }

    fn view(&self, frame: &mut Frame<'_>, theme: &Theme) {
        view::draw(self, frame, theme);
    }

    fn tick(&self) -> Option<Tick<Message>> {
        let is_quiet = self.toasts.is_empty() && !self.connection.is_counting();
        let is_read_soon = || {
            let with = self.talk_to_be_read();
            with.is_some_and(|with| self.is_online(with.as_str()))
        };
        let every = match is_quiet {
            false => TICK,
            true if is_read_soon() => SEEN_EVERY,
            true => MINUTE,
        };
        self.member.as_ref()?;
        Some(Tick {
            every,
            message: Message::Passed(every.as_secs()),
        })
    }

    fn is_finished(&self) -> bool {
        self.is_over
    }
}
