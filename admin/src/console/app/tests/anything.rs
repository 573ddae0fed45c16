//! Whatever happens, in whatever order and window: nothing panics, and what is selected exists.

use auboutique_client::Notice;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::ui::input::{Code, Input, Key, Size};
use auboutique_client::ui::runtime::App as _;
use auboutique_client::ui::testing::{draw_app, give};
use auboutique_protocol::admin::{
    AdminEvent, AuditEntries, ConnectionNumber, ProductsTold, SalesMade, SessionsActive,
    SessionsClosed, SessionsOpened, UsersTold,
};
use auboutique_protocol::event::{Disconnected, Draining, ProductsGone};
use auboutique_protocol::ids::{ProductId, UnixMillis};
use proptest::prelude::*;

use crate::console::app::Console;
use crate::console::message::{Effect, Message};
use crate::console::testing::samples::{active, connection, entry, now, product, sale, user};
use crate::console::testing::{Volume, answer, connected};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Input(Input),
    /// The effect that waits longest is answered; with an error if so wanted.
    Answer {
        is_error: bool,
    },
    Told(AdminEvent),
    Lost,
    Missed,
    NotConnected,
    Over,
    Tick,
}

fn any_key() -> impl Strategy<Value = Input> {
    let keys = "123456?:/qrjkgGotaxXsuplvbOcyn 20m";
    let letters: Vec<char> = keys.chars().collect();
    let special = vec![
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::BackTab,
        Code::Up,
        Code::Down,
        Code::PageDown,
        Code::Backspace,
        Code::Left,
        Code::Right,
    ];
    prop_oneof![
        3 => proptest::sample::select(letters).prop_map(|letter| Input::Key(Key::char(letter))),
        2 => proptest::sample::select(special).prop_map(|code| Input::Key(Key::of(code))),
        1 => (1_u16..150, 1_u16..50)
            .prop_map(|(width, height)| Input::Resized(Size { width, height })),
        1 => "\\PC{0,30}".prop_map(Input::Paste),
    ]
}

fn any_event() -> impl Strategy<Value = AdminEvent> {
    let number = 0..200_u64;
    prop_oneof![
        number
            .clone()
            .prop_map(|number| AdminEvent::SessionOpened(SessionsOpened {
                connections: vec![connection(number, "mona")],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::SessionClosed(SessionsClosed {
                connections: vec![ConnectionNumber(number)],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::SessionActive(SessionsActive {
                connections: vec![active(number, number * 7)],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::Sale(SalesMade {
                sales: vec![sale(number)],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::ProductListed(ProductsTold {
                products: vec![product(number)],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::ProductRemoved(ProductsGone {
                products: vec![ProductId(number)],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::UserChanged(UsersTold {
                users: vec![user(number, "user\u{1b}[2J")],
            })),
        number
            .clone()
            .prop_map(|number| AdminEvent::AuditEntry(AuditEntries {
                entries: vec![entry(number, "ops", "mona")],
            })),
        number.prop_map(|days| {
            let mut now = now();
            now.at = UnixMillis(now.at.0 + days * 40_000_000);
            AdminEvent::Statistics(now)
        }),
        Just(AdminEvent::Disconnected(Disconnected {
            reason: "revoked".into(),
        })),
        Just(AdminEvent::Draining(Draining {
            reconnect_after_ms: 5,
        })),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any_key().prop_map(Step::Input),
        4 => any::<bool>().prop_map(|is_error| Step::Answer { is_error }),
        4 => any_event().prop_map(Step::Told),
        1 => Just(Step::Lost),
        1 => Just(Step::Missed),
        1 => Just(Step::NotConnected),
        1 => Just(Step::Over),
        1 => Just(Step::Tick),
    ]
}

fn take(console: &mut Console, step: Step, waiting: &mut Vec<Effect>) {
    let volume = Volume {
        users: 30,
        connections: 30,
        sales: 30,
    };
    let wanted = match step {
        Step::Input(input) => give(console, input),
        Step::Answer { .. } if waiting.is_empty() => Vec::new(),
        Step::Answer { is_error } => match waiting.remove(0) {
            Effect::Connect => console.update(Message::Connected),
            Effect::Read { ticket, .. } if is_error => console.update(Message::Found {
                ticket,
                outcome: Err("busy".into()),
            }),
            Effect::Weigh { ticket, .. } => console.update(Message::Weighed {
                ticket,
                outcome: Ok("Do it?".into()),
            }),
            Effect::Perform { ticket, .. } => console.update(Message::Done {
                ticket,
                outcome: Err("refused".into()),
            }),
            effect @ Effect::Read { .. } => answer(console, effect, volume),
        },
        Step::Told(event) => console.update(Message::Told(Notice::Event(event))),
        Step::Lost => console.update(Message::Told(Notice::Lost {
            reason: "gone".into(),
            pause: std::time::Duration::from_secs(3),
        })),
        Step::Missed => console.update(Message::Told(Notice::Missed)),
        Step::NotConnected => {
            console.update(Message::NotConnected(Failure::server_lost("no answer")))
        }
        Step::Over => console.update(Message::Over),
        Step::Tick => console.update(Message::Tick),
    };
    waiting.extend(wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_panics_and_what_is_selected_exists(
        steps in proptest::collection::vec(any_step(), 0..80),
        (width, height) in (1_u16..150, 1_u16..50),
    ) {
        let mut console = connected(Size { width, height });
        let mut waiting = console.update(Message::Connected);
        for step in steps {
            take(&mut console, step, &mut waiting);
            prop_assert_eq!(
                console.users.selected().is_none(),
                console.users.rows().table().rows().is_empty()
            );
            prop_assert_eq!(
                console.sales.selected().is_none(),
                console.sales.rows().table().rows().is_empty()
            );
            prop_assert_eq!(
                console.sessions.selected().is_none(),
                console.sessions.table().rows().is_empty()
            );
        }
        let screen = draw_app(Size { width, height }, &console).text();
        let is_safe = !screen.contains('\u{1b}');
        prop_assert!(is_safe);
    }
}
