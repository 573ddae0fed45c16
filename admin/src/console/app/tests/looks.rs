//! How every screen looks in both sizes: empty, loading, full, and after an error.

use auboutique_client::ui::input::{Code, Key, Size};
use auboutique_client::ui::runtime::App as _;
use auboutique_client::ui::testing::{LARGE, SMALL, draw_app, press, type_text};
use auboutique_client::ui::widgets::banner::Connection;

use super::{SOME, settle, showing, tell};
use crate::console::app::Console;
use crate::console::message::{Effect, Message};
use crate::console::testing::samples::{connection, now, sale};
use crate::console::testing::{Volume, connected};
use auboutique_protocol::admin::{AdminEvent, SalesMade, SessionsOpened};

const NOTHING: Volume = Volume {
    users: 0,
    connections: 0,
    sales: 0,
};

const SCREENS: [(&str, char); 6] = [
    ("overview", '1'),
    ("users", '2'),
    ("sessions", '3'),
    ("sales", '4'),
    ("products", '5'),
    ("audit", '6'),
];

fn expect(name: &str, size: Size, console: &Console) {
    let name = format!("{name}_{}x{}", size.width, size.height);
    insta::with_settings!({ snapshot_path => "../../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, draw_app(size, console).text());
    });
}

fn fail(console: &mut Console, wanted: Vec<Effect>) {
    for effect in wanted {
        if let Effect::Read { ticket, .. } = effect {
            let outcome = Err("the server is too busy (try again in 2 s)".into());
            console.update(Message::Found { ticket, outcome });
        }
    }
}

/// Opens a user.
fn open(console: &mut Console) -> Vec<Effect> {
    press(console, Key::char(':'));
    type_text(console, "user mona");
    press(console, Key::of(Code::Enter))
}

#[test]
fn screens_while_nothing_was_read() {
    for size in [SMALL, LARGE] {
        for (name, tab) in SCREENS {
            let mut console = connected(size);
            console.update(Message::Connected);
            press(&mut console, Key::char(tab));
            expect(&format!("{name}_loading"), size, &console);
        }
        let mut console = connected(size);
        console.update(Message::Connected);
        open(&mut console);
        expect("user_loading", size, &console);
    }
}

#[test]
fn screens_without_anything() {
    for size in [SMALL, LARGE] {
        for (name, tab) in SCREENS {
            let console = showing(tab, size, NOTHING);
            expect(&format!("{name}_empty"), size, &console);
        }
    }
}

#[test]
fn screens_with_much() {
    for size in [SMALL, LARGE] {
        for (name, tab) in SCREENS {
            let mut console = showing(tab, size, SOME);
            for second in 0..40 {
                let mut now = now();
                now.requests_per_second = second * 7 % 50;
                now.errors_per_second = second % 4;
                tell(&mut console, AdminEvent::Statistics(now));
            }
            let connections = vec![connection(900, "zeina")];
            tell(
                &mut console,
                AdminEvent::SessionOpened(SessionsOpened { connections }),
            );
            let sales = vec![sale(900), sale(902)];
            tell(&mut console, AdminEvent::Sale(SalesMade { sales }));
            press(&mut console, Key::char('j'));
            expect(&format!("{name}_full"), size, &console);
        }
        let mut console = showing('2', size, SOME);
        let wanted = open(&mut console);
        settle(&mut console, wanted, SOME);
        expect("user_full", size, &console);
    }
}

#[test]
fn screens_after_an_error() {
    for size in [SMALL, LARGE] {
        for (name, tab) in SCREENS {
            let mut console = connected(size);
            let mut wanted = console.update(Message::Connected);
            wanted.extend(press(&mut console, Key::char(tab)));
            fail(&mut console, wanted);
            expect(&format!("{name}_error"), size, &console);
        }
        let mut console = connected(size);
        console.update(Message::Connected);
        let wanted = open(&mut console);
        fail(&mut console, wanted);
        expect("user_error", size, &console);
    }
}

#[test]
fn what_lies_over_the_screens() {
    for size in [SMALL, LARGE] {
        let mut console = showing('4', size, SOME);
        press(&mut console, Key::char('/'));
        expect("filter", size, &console);
        let mut console = showing('2', size, SOME);
        press(&mut console, Key::char('s'));
        expect("words", size, &console);
        let mut console = showing('2', size, SOME);
        press(&mut console, Key::char(':'));
        type_text(&mut console, "s");
        expect("palette", size, &console);
        let mut console = showing('3', size, SOME);
        console.connection = Connection::Retrying { seconds: 4 };
        press(&mut console, Key::char('?'));
        expect("lost_with_help", size, &console);
    }
}
