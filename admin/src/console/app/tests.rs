//! The console as a whole: what keys and the server do to it, and how it looks.

mod anything;
mod looks;
mod steering;

use auboutique_client::Notice;
use auboutique_client::ui::input::{Code, Key, Size};
use auboutique_client::ui::runtime::App as _;
use auboutique_client::ui::testing::{SMALL, draw_app, press};
use auboutique_protocol::admin::{
    AdminEvent, AuditEntries, ProductsTold, SalesMade, SessionsOpened, UsersTold,
};
use auboutique_protocol::event::ProductsGone;
use auboutique_protocol::ids::ProductId;

use super::Console;
use crate::console::message::{Effect, Found, Message, Read};
use crate::console::testing::samples::{connection, entry, now, product, report, sale, user};
use crate::console::testing::{Volume, answer, connected};

/// Enough of everything for several pages of a screen.
const SOME: Volume = Volume {
    users: 60,
    connections: 40,
    sales: 60,
};

/// A console that is connected, shows a tab and has read it.
fn showing(tab: char, size: Size, volume: Volume) -> Console {
    let mut console = connected(size);
    let wanted = console.update(Message::Connected);
    settle(&mut console, wanted, volume);
    tell(&mut console, AdminEvent::Statistics(now()));
    let wanted = press(&mut console, Key::char(tab));
    settle(&mut console, wanted, volume);
    console
}

/// Answers everything that is asked for.
fn settle(console: &mut Console, mut wanted: Vec<Effect>, volume: Volume) {
    while let Some(effect) = wanted.pop() {
        wanted.extend(answer(console, effect, volume));
    }
}

fn tell(console: &mut Console, event: AdminEvent) -> Vec<Effect> {
    console.update(Message::Told(Notice::Event(event)))
}

fn text(console: &Console) -> String {
    draw_app(SMALL, console).text()
}

fn enter() -> Key {
    Key::of(Code::Enter)
}

fn reads(effects: &[Effect]) -> Vec<&Read> {
    let mut reads = Vec::new();
    for effect in effects {
        if let Effect::Read { read, .. } = effect {
            reads.push(read);
        }
    }
    reads
}

#[test]
fn once_connected_the_screen_is_read_and_nothing_is_asked_for_again() {
    let mut console = connected(SMALL);
    let wanted = console.update(Message::Connected);
    assert!(
        matches!(reads(&wanted)[..], [Read::Statistics(_), Read::Sessions(_)]),
        "{wanted:?}"
    );
    settle(&mut console, wanted, SOME);
    let users = press(&mut console, Key::char('2'));
    assert!(matches!(reads(&users)[..], [Read::Users(_)]), "{users:?}");
    settle(&mut console, users, SOME);
    for tab in ['1', '3', '2'] {
        assert_eq!(press(&mut console, Key::char(tab)), [], "{tab}");
    }
    assert!(console.tick().is_none(), "an idle console has no clock");
}

#[test]
fn what_is_told_changes_every_list_without_reading() {
    let mut console = showing('1', SMALL, SOME);
    for tab in ['2', '4', '5', '6'] {
        let wanted = press(&mut console, Key::char(tab));
        settle(&mut console, wanted, SOME);
    }
    let mut told = Vec::new();
    let (users, sales) = (vec![user(900, "adam")], vec![sale(900)]);
    let connections = vec![connection(900, "adam")];
    for event in [
        AdminEvent::UserRegistered(UsersTold { users }),
        AdminEvent::SessionOpened(SessionsOpened { connections }),
        AdminEvent::ProductListed(ProductsTold {
            products: vec![product(900)],
        }),
        AdminEvent::Sale(SalesMade { sales }),
        AdminEvent::ProductRemoved(ProductsGone {
            products: vec![ProductId(59)],
        }),
        AdminEvent::AuditEntry(AuditEntries {
            entries: vec![entry(900, "desk", "adam")],
        }),
    ] {
        told.extend(tell(&mut console, event));
    }
    assert_eq!(told, []);
    for (tab, awaited) in [
        ('1', "sold      #900"),
        ('2', "▸ adam"),
        ('3', "adam"),
        ('4', "▸ 2026"),
        ('5', "sold to user00027"),
        ('6', "▸ 2026"),
    ] {
        press(&mut console, Key::char(tab));
        let screen = text(&console);
        assert!(screen.contains(awaited), "{tab}: {awaited}\n{screen}");
    }
    press(&mut console, Key::char('5'));
    assert!(
        text(&console).contains("off the market"),
        "{}",
        text(&console)
    );
}

#[test]
fn a_lost_connection_is_said_and_everything_is_read_again_after_it() {
    let mut console = showing('4', SMALL, SOME);
    let reason = "the server is gone".to_owned();
    let pause = std::time::Duration::from_millis(2_900);
    console.update(Message::Told(Notice::Lost { reason, pause }));
    assert!(text(&console).contains("next try in 2 s. What you see is old"));
    assert_eq!(console.update(Message::Tick), []);
    assert!(text(&console).contains("next try in 1 s."));
    assert_eq!(
        console.update(Message::Tick),
        [],
        "the client tries by itself"
    );
    assert!(text(&console).contains("the server is gone"));
    // Nothing can be done, and nothing is asked for.
    assert_eq!(press(&mut console, Key::char('2')), []);
    press(&mut console, Key::char('X'));
    assert!(console.overlay.is_none());
    press(&mut console, Key::char('4'));
    let wanted = console.update(Message::Told(Notice::Missed));
    assert!(
        matches!(
            reads(&wanted)[..],
            [Read::Statistics(_), Read::Sessions(_), Read::Sales(_)]
        ),
        "{wanted:?}"
    );
    assert!(!text(&console).contains("What you see is old"));
    settle(&mut console, wanted, SOME);
    let wanted = press(&mut console, Key::char('2'));
    assert_eq!(reads(&wanted).len(), 1, "it may have missed something");
}

#[test]
fn a_server_that_is_not_there_is_tried_again_in_a_while() {
    let mut console = connected(SMALL);
    let lost = || auboutique_client::terminal::failure::Failure::server_lost("no answer");
    console.update(Message::NotConnected(lost()));
    assert!(
        text(&console).contains("next try in 1 s"),
        "{}",
        text(&console)
    );
    assert!(console.tick().is_some());
    assert_eq!(console.update(Message::Tick), [Effect::Connect]);
    console.update(Message::NotConnected(lost()));
    assert!(
        text(&console).contains("next try in 2 s"),
        "{}",
        text(&console)
    );
    for _ in 0..10 {
        console.update(Message::NotConnected(lost()));
    }
    assert!(text(&console).contains("next try in 10 s"));
    assert!(!console.is_finished());
}

#[test]
fn an_identity_that_is_not_taken_ends_the_console_with_the_reason() {
    let mut console = connected(SMALL);
    let refused = crate::identity::rejected("forbidden", "it was revoked".into());
    console.update(Message::NotConnected(refused));
    assert!(console.is_finished());
    let failure = console.into_failure().expect("a reason");
    assert_eq!(failure.exit() as u8, 4);
}

#[test]
fn a_connection_that_ended_for_good_can_be_made_by_hand() {
    let mut console = showing('2', SMALL, SOME);
    console.update(Message::Over);
    assert!(text(&console).contains("Not connected. What you see is old."));
    assert!(!console.is_finished());
    assert_eq!(press(&mut console, Key::char('r')), [Effect::Connect]);
    let refused = crate::identity::rejected("forbidden", "it was revoked".into());
    console.update(Message::NotConnected(refused));
    assert!(
        !console.is_finished(),
        "what was read can still be looked at"
    );
    assert!(text(&console).contains("it was revoked"));
}

#[test]
fn near_the_end_the_next_page_is_read_once() {
    let mut console = connected(SMALL);
    let wanted = console.update(Message::Connected);
    settle(&mut console, wanted, SOME);
    let wanted = press(&mut console, Key::char('4'));
    let [Effect::Read { ticket, .. }] = wanted[..] else {
        panic!("one read: {wanted:?}");
    };
    let cursor = auboutique_protocol::page::Cursor::new(vec![7]);
    let page = crate::list::Page {
        items: (0..50).rev().map(sale).collect(),
        next: Some(cursor.clone()),
        totals: None,
    };
    let outcome = Ok(Found::Sales(page));
    console.update(Message::Found { ticket, outcome });
    assert_eq!(press(&mut console, Key::char('j')), []);
    let wanted = press(&mut console, Key::char('G'));
    let [Read::Sales(request)] = reads(&wanted)[..] else {
        panic!("one read: {wanted:?}");
    };
    assert_eq!(request.cursor, Some(cursor));
    assert_eq!(press(&mut console, Key::char('k')), []);
}

#[test]
fn a_reply_to_an_older_filter_is_dropped() {
    let mut console = showing('2', SMALL, SOME);
    let old = press(&mut console, Key::char('r'));
    let new = press(&mut console, Key::char('o'));
    settle(&mut console, old, SOME);
    assert!(text(&console).contains("Loading"), "{}", text(&console));
    settle(&mut console, new, SOME);
    assert!(text(&console).contains("newest first"));
}

#[test]
fn the_last_steps_of_the_series_are_asked_for() {
    let mut console = showing('1', SMALL, SOME);
    let wanted = press(&mut console, Key::char('t'));
    assert!(
        matches!(reads(&wanted)[..], [Read::Statistics(request)]
            if request.series == Some(auboutique_protocol::admin::Series::Minute)),
        "{wanted:?}"
    );
    settle(&mut console, wanted, SOME);
    assert_eq!(console.overview.points().len(), report().points.len());
    assert!(text(&console).contains("Sales by minute"));
}
