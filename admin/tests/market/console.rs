//! The console, at a pseudo-terminal, against a live server.

use std::process::{Command, Stdio};

use crate::market::Market;
use crate::screen::Screen;

/// Opens the console as `ops`.
fn open(market: &Market, variables: &[(&str, &str)]) -> Screen {
    let identity = market.path("data/admins/ops");
    let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-admin"));
    command.env_clear().envs(market.environment());
    command.env("TERM", "xterm-256color");
    command.envs(variables.iter().copied());
    command.arg("--identity").arg(identity);
    Screen::of(command)
}

#[test]
fn an_operator_follows_the_market_and_steers_it() {
    let market = Market::start();
    let mona = market.member("mona");
    let omar = market.member("omar");
    let book = mona.sell("Calculus", "12.50");
    let mut screen = open(&market, &[]);
    screen.expect("0 of 2 users");

    // What happens is seen as it happens.
    let mut watching = mona
        .watch()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    screen.expect("1 of 2 users");
    omar.buy(&book);
    screen.expect("sold      #1 Calculus, 12.50 USD, by mona to omar");
    screen.press("4");
    screen.expect("1 sale, 12.50 USD");
    screen.press("5");
    screen.expect("sold to omar");

    // One session ends, and its program is told why.
    screen.press("3");
    screen.expect("1 connection of 1 user");
    screen.press("X");
    screen.expect("Disconnect mona");
    screen.press("a phone was lost\r");
    screen.expect("The user is told: a phone was lost");
    screen.press("y");
    screen.expect("1 session ended");
    screen.expect("Nobody is connected at this moment.");
    assert_eq!(watching.wait().unwrap().code(), Some(4));

    // From the user to what belongs to the user, and back.
    screen.press(":user mona\r");
    screen.expect("mona@example.org");
    screen.press("v");
    screen.expect("sold by mona");
    screen.press("q");
    screen.expect("mona@example.org");

    // No login any more.
    screen.press("s");
    screen.expect("Suspend mona");
    screen.press("fraud\r");
    screen.expect("logins are refused");
    screen.press("y");
    screen.expect("suspended");
    mona.log_in_again().code(1);
    screen.press("6");
    screen.expect("a phone was");
    screen.expect("fraud");

    // A password that is shown once works once.
    screen.press(":reset-password omar\r");
    screen.expect("Reset the password of omar");
    screen.press("\r");
    screen.expect("The password stops working");
    screen.press("y");
    screen.expect("It is shown here and never again");
    let contents = screen.seen().contents();
    let lines: Vec<_> = contents.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("shown here"))
        .unwrap();
    let password = lines[at + 2].trim_matches(|character| character == '│' || character == ' ');
    let outcome = omar.log_in(password).code(1);
    let said = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(said.contains("Change the password first"), "{said}");
    screen.press("\u{1b}");
    screen.expect_gone("shown here");

    screen.press("1q");
    screen.expect_end(0);
    let audit = market.json(&["audit"]);
    let entries = audit["audit"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["reset_password", "suspend", "disconnect"]);
}

#[test]
fn a_server_that_goes_and_comes_back_is_said_and_followed() {
    let mut market = Market::start();
    market.member("mona");
    let mut screen = open(&market, &[]);
    screen.expect("0 of 1 users");
    market.stop();
    screen.expect("What you see is old");
    // Nothing hangs, and nothing can be done.
    screen.press("2");
    screen.expect("[2 Users]");
    screen.press(":suspend mona\r");
    screen.expect("Nothing can be done");
    market.start_again();
    screen.expect("Connected again.");
    screen.expect("active");
    market.member("omar").sell("Lamp", "6");
    screen.press("5");
    screen.expect("Lamp");
    screen.press("q");
    screen.expect_end(0);
}

#[test]
fn a_revoked_certificate_ends_the_connection_with_the_reason() {
    let market = Market::start();
    let mut screen = open(&market, &[]);
    screen.expect("0 of 0 users");
    market.revoke("ops");
    screen.expect("Not connected. What you see is old.");
    screen.press("q");
    screen.expect_end(0);

    let mut screen = open(&market, &[]);
    screen.expect("error:");
    screen.expect_end(4);
}

#[test]
fn every_window_is_good_enough_or_said_to_be_too_small() {
    let market = Market::start();
    let mut screen = open(&market, &[("NO_COLOR", "1")]);
    screen.expect("0 of 0 users");
    screen.resize(59, 16);
    screen.expect_gone("of 0 users");
    screen.resize(140, 40);
    screen.expect("0 of 0 users");
    screen.expect(&format!("localhost:{}", market.admin.port()));
    let seen = screen.seen();
    let (lines, columns) = seen.size();
    let (lines, columns) = (lines.get(), columns.get());
    let is_colored = |line, column| {
        let cell = seen.cell(line, column).unwrap();
        [cell.fgcolor(), cell.bgcolor()] != [vt100::Color::Default; 2]
    };
    let all = (0..lines).flat_map(|line| (0..columns).map(move |column| (line, column)));
    assert_eq!(
        all.filter(|(line, column)| is_colored(*line, *column))
            .count(),
        0
    );
    // Ctrl-C.
    screen.press("\u{3}");
    screen.expect_end(130);
}

#[test]
fn without_a_terminal_there_is_no_console() {
    let market = Market::start();
    for arguments in [&[][..], &["--json"], &["--no-input"]] {
        let outcome = market.ops(arguments).assert().code(2);
        let said = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
        assert!(said.contains("no command was given"), "{said}");
        assert!(said.contains("--help"), "{said}");
    }
}
