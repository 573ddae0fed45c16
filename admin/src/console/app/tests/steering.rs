//! What an operator does: the ways through the screens, filters, commands and deeds.

use auboutique_client::ui::input::{Code, Input, Key, Mouse, MouseAction};
use auboutique_client::ui::runtime::App as _;
use auboutique_client::ui::testing::{SMALL, give, press, type_text};
use auboutique_client::ui::ticket::Ticket;
use auboutique_protocol::accounts::Password;
use auboutique_protocol::text::Username;

use super::{SOME, enter, reads, settle, showing, text};
use crate::console::app::Console;
use crate::console::deed::{Deed, Done};
use crate::console::message::{Effect, Message, Read};

fn esc() -> Key {
    Key::of(Code::Esc)
}

fn ticket(effects: &[Effect]) -> Ticket {
    match effects {
        [Effect::Weigh { ticket, .. } | Effect::Perform { ticket, .. }] => *ticket,
        other => panic!("one deed: {other:?}"),
    }
}

fn weighed(console: &mut Console, effects: &[Effect], consequence: &str) {
    let outcome = Ok(consequence.to_owned());
    let ticket = ticket(effects);
    console.update(Message::Weighed { ticket, outcome });
}

#[test]
fn from_a_user_to_the_sales_and_back_to_what_was_there_before() {
    let mut console = showing('4', SMALL, SOME);
    let wanted = press(&mut console, Key::char('/'));
    assert_eq!(wanted, []);
    type_text(&mut console, "2026-05-04");
    let wanted = press(&mut console, enter());
    settle(&mut console, wanted, SOME);
    assert!(
        text(&console).contains("from 2026-05-04"),
        "{}",
        text(&console)
    );
    let wanted = press(&mut console, enter());
    assert!(matches!(reads(&wanted)[..], [Read::User(_)]), "{wanted:?}");
    settle(&mut console, wanted, SOME);
    assert!(text(&console).contains("E-mail"), "{}", text(&console));
    let wanted = press(&mut console, Key::char('b'));
    let [Read::Sales(request)] = reads(&wanted)[..] else {
        panic!("one read: {wanted:?}");
    };
    assert!(request.buyer.is_some() && request.from.is_none());
    settle(&mut console, wanted, SOME);
    assert!(
        text(&console).contains("bought by user"),
        "{}",
        text(&console)
    );
    let wanted = press(&mut console, Key::char('q'));
    settle(&mut console, wanted, SOME);
    assert!(text(&console).contains("E-mail"), "{}", text(&console));
    press(&mut console, Key::char('q'));
    assert!(
        text(&console).contains("from 2026-05-04"),
        "{}",
        text(&console)
    );
    // Esc shows all again, and only q leaves.
    let wanted = press(&mut console, esc());
    settle(&mut console, wanted, SOME);
    assert!(!text(&console).contains("from 2026-05-04"));
    press(&mut console, esc());
    assert!(!console.is_finished());
    press(&mut console, Key::char('q'));
    assert!(console.is_finished());
}

#[test]
fn a_filter_with_a_mistake_keeps_what_was_typed() {
    let mut console = showing('4', SMALL, SOME);
    press(&mut console, Key::char('/'));
    type_text(&mut console, "yesterday");
    assert_eq!(press(&mut console, enter()), []);
    let screen = text(&console);
    assert!(
        screen.contains("yesterday") && screen.contains("✗"),
        "{screen}"
    );
    press(&mut console, esc());
    assert!(!text(&console).contains("yesterday"));
}

#[test]
fn a_suspension_needs_a_reason_and_a_yes() {
    let mut console = showing('2', SMALL, SOME);
    press(&mut console, Key::char('s'));
    assert_eq!(press(&mut console, enter()), []);
    assert!(text(&console).contains("✗"), "{}", text(&console));
    type_text(&mut console, "fraud");
    let wanted = press(&mut console, enter());
    weighed(
        &mut console,
        &wanted,
        "All sessions end at once.\nSuspend user00000?",
    );
    assert!(text(&console).contains("All sessions end at once."));
    // Enter alone is a no.
    assert_eq!(press(&mut console, enter()), []);
    assert!(!text(&console).contains("All sessions end at once."));

    press(&mut console, Key::char('s'));
    type_text(&mut console, "fraud");
    let wanted = press(&mut console, enter());
    weighed(&mut console, &wanted, "Suspend user00000?");
    let wanted = press(&mut console, Key::char('y'));
    let [Effect::Perform { deed, words, .. }] = &wanted[..] else {
        panic!("it is done: {wanted:?}");
    };
    let user = Username::parse("user00000").expect("a username");
    assert_eq!(*deed, Deed::Suspend(user));
    assert_eq!(words.as_deref(), Some("fraud"));
    let outcome = Ok(Done::Said("Suspended user00000: 1 session ended.".into()));
    let ticket = ticket(&wanted);
    console.update(Message::Done { ticket, outcome });
    assert!(
        text(&console).contains("Suspended user00000"),
        "{}",
        text(&console)
    );
    assert!(console.overlay.is_none());
}

#[test]
fn a_consequence_that_comes_too_late_asks_nothing() {
    let mut console = showing('2', SMALL, SOME);
    press(&mut console, Key::char('X'));
    let wanted = press(&mut console, enter());
    press(&mut console, esc());
    weighed(&mut console, &wanted, "All sessions end.");
    assert!(console.overlay.is_none());
    press(&mut console, Key::char('X'));
    weighed(&mut console, &wanted, "All sessions end.");
    assert!(!text(&console).contains("All sessions end."));
}

#[test]
fn a_refused_deed_says_why() {
    let mut console = showing('2', SMALL, SOME);
    press(&mut console, Key::char('X'));
    let wanted = press(&mut console, enter());
    let outcome = Err("there is no user user00000".into());
    let ticket = ticket(&wanted);
    console.update(Message::Weighed { ticket, outcome });
    let screen = text(&console);
    assert!(screen.contains("there is no user"), "{screen}");
    assert!(
        screen.contains("Go on"),
        "its words can be mended\n{screen}"
    );
    let wanted = press(&mut console, enter());
    weighed(&mut console, &wanted, "All sessions end.");
    let wanted = press(&mut console, Key::char('y'));
    let outcome = Err("the server is too busy".into());
    let ticket = self::ticket(&wanted);
    console.update(Message::Done { ticket, outcome });
    assert!(text(&console).contains("too busy"), "{}", text(&console));
    press(&mut console, esc());
    assert!(console.overlay.is_none());
}

#[test]
fn a_password_is_shown_until_esc_and_never_again() {
    let mut console = showing('2', SMALL, SOME);
    press(&mut console, Key::char('p'));
    let wanted = press(&mut console, enter());
    weighed(&mut console, &wanted, "The password stops working.");
    let wanted = press(&mut console, Key::char('y'));
    let password = Password(String::from("olive-cedar-4711").into());
    let user = Username::parse("user00000").expect("a username");
    let outcome = Ok(Done::Password { user, password });
    let ticket = ticket(&wanted);
    // Something else was opened meanwhile.
    press(&mut console, esc());
    press(&mut console, Key::char(':'));
    console.update(Message::Done { ticket, outcome });
    for key in [enter(), Key::char('q'), Key::char('x')] {
        press(&mut console, key);
        assert!(text(&console).contains("olive-cedar-4711"), "{key}");
    }
    press(&mut console, esc());
    assert!(!text(&console).contains("olive-cedar-4711"));
}

#[test]
fn the_mouse_chooses_a_row() {
    let mut console = showing('2', SMALL, SOME);
    let pressed = Input::Mouse(Mouse {
        action: MouseAction::Press,
        column: 5,
        line: 6,
    });
    give(&mut console, pressed);
    assert_eq!(console.users.selected().map(|row| row.0.id), Some(2));
}

#[test]
fn commands_are_typed_and_their_mistakes_told() {
    let mut console = showing('1', SMALL, SOME);
    press(&mut console, Key::char(':'));
    type_text(&mut console, "user mona");
    let wanted = press(&mut console, enter());
    assert!(matches!(reads(&wanted)[..], [Read::User(_)]), "{wanted:?}");
    press(&mut console, Key::char(':'));
    type_text(&mut console, "suspend");
    press(&mut console, enter());
    assert!(
        text(&console).contains("of which user?"),
        "{}",
        text(&console)
    );
    press(&mut console, Key::char(':'));
    type_text(&mut console, "users MO");
    let wanted = press(&mut console, enter());
    let [Read::Users(request)] = reads(&wanted)[..] else {
        panic!("one read: {wanted:?}");
    };
    assert_eq!(request.text.as_deref(), Some("MO"));
    press(&mut console, Key::char(':'));
    type_text(&mut console, "quit");
    press(&mut console, enter());
    assert!(console.is_finished());
}

#[test]
fn somebody_who_has_left_cannot_be_opened() {
    let mut console = showing('4', SMALL, SOME);
    let mut sold = crate::console::testing::samples::sale(901);
    sold.seller = "~".into();
    let event = auboutique_protocol::admin::SalesMade { sales: vec![sold] };
    super::tell(
        &mut console,
        auboutique_protocol::admin::AdminEvent::Sale(event),
    );
    assert_eq!(press(&mut console, enter()), []);
    assert!(
        text(&console).contains("has left the market"),
        "{}",
        text(&console)
    );
}
