//! A console full of data, without a server: for the benches and for tests of screens.

pub(crate) mod samples;

use auboutique_client::Notice;
use auboutique_client::ui::input::{Input, Key, Size};
use auboutique_client::ui::runtime::App as _;
use auboutique_client::ui::testing::{Drawn, draw_app, press};
use auboutique_protocol::admin::{AdminEvent, SessionsActive};
use auboutique_protocol::limits::EVENT_ITEMS_MAX;
use jiff::tz::TimeZone;

use crate::console::app::Console;
use crate::console::message::{Effect, Found, Message, Read};
use crate::list::Page;
use samples::{active, connection, product, report, sale, user};

/// A console that is connected and has read everything.
#[derive(Debug)]
pub struct Filled(Console);

/// How much there is of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Users.
    pub users: u64,
    /// Live connections.
    pub connections: u64,
    /// Sales; and as many products.
    pub sales: u64,
}

impl Filled {
    /// Fills a console in a window, every page read.
    #[must_use]
    pub fn new(size: Size, volume: Volume) -> Self {
        let mut console = connected(size);
        let mut wanted = console.update(Message::Connected);
        // Each list is read when it is shown.
        for digit in "23456".chars() {
            wanted.extend(press(&mut console, Key::char(digit)));
            for effect in std::mem::take(&mut wanted) {
                wanted.extend(answer(&mut console, effect, volume));
            }
        }
        Self(console)
    }

    /// Presses the key of a character.
    pub fn press(&mut self, character: char) {
        press(&mut self.0, Key::char(character));
    }

    /// Every connection did something in the last second.
    pub fn all_are_active(&mut self, second: u64) {
        let (connections, _) = self.0.sessions.count();
        let activities: Vec<_> = (0..connections as u64)
            .map(|number| active(number, number * 7919 % 10_007 + second))
            .collect();
        for connections in activities.chunks(EVENT_ITEMS_MAX) {
            let event = AdminEvent::SessionActive(SessionsActive {
                connections: connections.to_vec(),
            });
            self.0.update(Message::Told(Notice::Event(event)));
        }
    }

    /// Draws a frame.
    #[must_use]
    pub fn draw(&self, size: Size) -> Drawn {
        draw_app(size, &self.0)
    }
}

/// A console in a window, whose server is there and has told nothing yet.
pub(crate) fn connected(size: Size) -> Console {
    let mut console = Console::new("market.example.org:7444".into(), TimeZone::UTC);
    console.start();
    if let Some(message) = console.input(Input::Resized(size)) {
        console.update(message);
    }
    console
}

/// Answers what was asked for, with as much of everything.
pub(crate) fn answer(console: &mut Console, effect: Effect, volume: Volume) -> Vec<Effect> {
    let Effect::Read { ticket, read } = effect else {
        return Vec::new();
    };
    let found = match read {
        Read::Users(_) => {
            let name = |id: u64| format!("user{id:05}");
            Found::Users(all((0..volume.users).map(|id| user(id, &name(id)))))
        }
        Read::Sessions(_) => Found::Sessions(all((0..volume.connections).map(|number| {
            connection(number, &format!("user{:05}", number % volume.users.max(1)))
        }))),
        Read::Sales(_) => Found::Sales(all((0..volume.sales).rev().map(sale))),
        Read::Products(_) => Found::Products(all((0..volume.sales).rev().map(product))),
        Read::Audit(_) => Found::Audit(all((1..=volume.users.min(200))
            .rev()
            .map(|number| samples::entry(number, "ops", "mona")))),
        Read::User(name) => Found::User(Box::new(samples::detail(name.as_str()))),
        Read::Statistics(_) => Found::Statistics(Box::new(report())),
    };
    let outcome = Ok(found);
    console.update(Message::Found { ticket, outcome })
}

fn all<T>(items: impl Iterator<Item = T>) -> Page<T> {
    Page {
        items: items.collect(),
        next: None,
        totals: None,
    }
}
