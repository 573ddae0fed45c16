//! The program at a terminal: questions, hidden passwords, interrupts.

use crate::person::{PASSWORD, Person, write_png};
use crate::pty::Terminal;
use crate::server::Server;

#[test]
fn a_person_is_asked_for_everything_and_shown_the_fingerprint_first() {
    let server = Server::start();
    let mona = Person::new("mona");
    let mut terminal = Terminal::start(&mona, &["register", "--server", &server.name()]);
    terminal.answer("Name: ", "Mona");
    terminal.answer("E-mail: ", "mona");
    terminal.answer("E-mail is not of the expected form", "mona@example.org");
    terminal.answer("Username: ", "mona");
    terminal.answer_hidden("Password: ", PASSWORD);
    terminal.answer_hidden("Password again: ", PASSWORD);
    let pin = server.invite.split_once('#').unwrap().1;
    terminal.expect(&format!("{} {}", &pin[..4], &pin[4..8]));
    assert!(!terminal.seen.contains(PASSWORD), "{}", terminal.seen);
    terminal.answer("Trust this server from now on? [y/N] ", "y");
    terminal.expect("Registered mona");
    assert!(terminal.finish().success());
    assert!(terminal.echoes());
}

#[test]
fn an_empty_password_has_a_passphrase_made_up() {
    let server = Server::start();
    let mona = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(
        &mona,
        &[
            "register",
            "--name",
            "Mona",
            "--email",
            "mona@example.org",
            "--username",
            "mona",
        ],
    );
    terminal.expect("Leave the password empty");
    terminal.answer_hidden("Password: ", "");
    terminal.expect("Your passphrase: ");
    assert!(terminal.finish().success(), "{}", terminal.seen);
}

#[test]
fn leaving_is_asked_about_and_a_no_deletes_nothing() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let mut terminal = Terminal::start(&mona, &["delete-account"]);
    terminal.answer("Delete it? [y/N] ", "");
    assert_eq!(terminal.finish().code(), Some(1), "{}", terminal.seen);
    let mut terminal = Terminal::start(&mona, &["delete-account"]);
    terminal.answer("Delete it? [y/N] ", "yes");
    terminal.answer_hidden("Password: ", PASSWORD);
    terminal.expect("The account mona is deleted.");
    assert!(terminal.finish().success(), "{}", terminal.seen);
}

#[test]
fn a_server_that_is_not_confirmed_is_not_trusted() {
    let server = Server::start();
    let mona = Person::new("mona");
    let mut terminal = Terminal::start(
        &mona,
        &["login", "--username", "mona", "--server", &server.name()],
    );
    terminal.answer_hidden("Password: ", PASSWORD);
    terminal.answer("Trust this server from now on? [y/N] ", "");
    assert_eq!(terminal.finish().code(), Some(5), "{}", terminal.seen);
    assert!(!mona.state("session.json").exists());
}

#[test]
fn a_purchase_asks_and_a_no_buys_nothing() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let id = mona.sell("Atlas", "5");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["buy", &id]);
    terminal.answer("Buy it for 5.00 USD? [y/N] ", "no");
    assert_eq!(terminal.finish().code(), Some(1), "{}", terminal.seen);
    let mut terminal = Terminal::start(&karim, &["buy", &id]);
    terminal.answer("Buy it for 5.00 USD? [y/N] ", "yes");
    terminal.expect("Collect it:");
    assert!(terminal.finish().success(), "{}", terminal.seen);
}

#[test]
fn an_interrupt_at_the_password_leaves_the_terminal_as_it_was() {
    let mona = Person::new("mona");
    let mut terminal = Terminal::start(
        &mona,
        &["login", "--username", "mona", "--server", "localhost:1"],
    );
    terminal.expect("Password: ");
    terminal.wait_until(false);
    terminal.interrupt();
    assert_eq!(terminal.finish().code(), Some(130), "{}", terminal.seen);
    assert!(terminal.echoes());
}

#[test]
fn a_withdrawal_asks_and_a_no_withdraws_nothing() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let id = mona.sell("Atlas", "5");
    let mut terminal = Terminal::start(&mona, &["withdraw", &id]);
    terminal.answer("Take it off the market for good? [y/N] ", "");
    assert_eq!(terminal.finish().code(), Some(1), "{}", terminal.seen);
    assert_eq!(mona.json(&["show", &id])["product"]["state"], "for_sale");
    let mut terminal = Terminal::start(&mona, &["withdraw", &id]);
    terminal.answer("Take it off the market for good? [y/N] ", "y");
    terminal.expect("Off the market: Atlas");
    assert!(terminal.finish().success(), "{}", terminal.seen);
    assert_eq!(mona.json(&["show", &id])["product"]["state"], "withdrawn");
}

#[test]
fn a_picture_is_drawn_as_wide_as_the_terminal_and_not_without_colours() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let png = mona.path("p.png");
    write_png(&png, 400, 200);
    let listed = mona.json(&[
        "sell",
        "--name",
        "Atlas",
        "--price",
        "5",
        "--picture",
        png.to_str().unwrap(),
    ]);
    let id = listed["id"].to_string();
    let picture = ["picture", id.as_str()];
    for (environment, color) in [
        (("COLORTERM", "truecolor"), "[38;2;"),
        (("TERM", "xterm-256color"), "[38;5;"),
    ] {
        let mut terminal = Terminal::start_in(&mona, &[environment], &picture);
        assert!(terminal.finish().success(), "{}", terminal.seen);
        let lines: Vec<_> = terminal.seen.lines().collect();
        assert_eq!(lines.len(), 10, "40 columns are 20 rows of pixels");
        for line in lines {
            assert_eq!(line.matches('▀').count(), 40, "{line:?}");
            assert!(line.contains(color) && line.trim_end().ends_with("\u{1b}[0m"));
        }
    }
    for environment in [
        &[("COLORTERM", "truecolor"), ("NO_COLOR", "1")][..],
        &[("TERM", "vt100")],
    ] {
        let mut terminal = Terminal::start_in(&mona, environment, &picture);
        assert_eq!(terminal.finish().code(), Some(2), "{}", terminal.seen);
        assert!(terminal.seen.contains("-o FILE"), "{}", terminal.seen);
    }
    let error = mona.refused(2, &picture);
    assert_eq!(error["code"], "usage");
}

#[test]
fn complaints_about_the_command_line_obey_the_choice_of_colours() {
    let mona = Person::new("mona");
    let term = ("TERM", "xterm");
    for (environment, arguments, is_colored) in [
        (&[term][..], &["frobnicate"][..], true),
        (&[term], &["frobnicate", "--color", "never"], false),
        (
            &[term],
            &["--color=never", "products", "--sort", "x"],
            false,
        ),
        (&[term], &["--help", "--color", "never"], false),
        (&[term, ("NO_COLOR", "1")], &["frobnicate"], false),
        (&[("TERM", "dumb")], &["frobnicate"], false),
    ] {
        let mut terminal = Terminal::start_in(&mona, environment, arguments);
        terminal.finish();
        let seen = &terminal.seen;
        assert_eq!(
            seen.contains('\u{1b}'),
            is_colored,
            "{arguments:?}: {seen:?}"
        );
    }
}
