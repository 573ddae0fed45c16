//! The market on a full screen, at a pseudo-terminal, against a live server.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::person::{PASSWORD, Person};
use crate::proxy::Proxy;
use crate::screen::Screen;
use crate::server::Server;

/// Most keys that a purchase takes, beyond the text that is typed.
const KEYS_MAX: u32 = 80;

/// Somebody at a terminal, whose keys are counted.
struct Sitting {
    screen: Screen,
    keys: u32,
}

impl Sitting {
    fn start(person: &Person, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique"));
        command.env_clear().args(arguments);
        command.envs(person.environment());
        command
            .env("TERM", "xterm-256color")
            .env("TZ", "Asia/Beirut");
        Self {
            screen: Screen::of(command),
            keys: 0,
        }
    }

    /// Presses one key.
    fn key(&mut self, key: &str) {
        self.keys += 1;
        self.screen.press(key);
    }

    /// Types a text into a field.
    fn text(&mut self, text: &str) {
        self.screen.press(text);
    }

    fn see(&mut self, text: &str) {
        self.screen.expect(text);
    }

    /// Registers, from the form where one logs in.
    fn register(&mut self, username: &str) {
        self.see("Log in to");
        self.key(CTRL_R);
        self.see("Become a member");
        self.text(&format!("{username} of Beirut"));
        self.key(ENTER);
        self.text(&format!("{username}@example.org"));
        self.key(ENTER);
        self.text(username);
        self.key(ENTER);
        self.text(PASSWORD);
        self.see("strong");
        self.key(ENTER);
        self.see("For sale");
    }
}

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESC: &str = "\u{1b}";
const CTRL_R: &str = "\u{12}";
const CTRL_O: &str = "\u{f}";

/// Writes a picture of which no two lines of half blocks are alike.
fn write_slope_png(path: &Path) {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let [red, green] = [x * 3 + y * 7, x * 5 + y].map(|sum| (sum % 251).try_into().unwrap());
        image::Rgb([red, green, 90])
    });
    picture
        .save_with_format(path, image::ImageFormat::Png)
        .unwrap();
}

#[test]
fn a_book_with_a_picture_is_sold_and_its_seller_sees_the_buyer_at_once() {
    let server = Server::start();
    let (mona, omar) = (Person::new("mona"), Person::new("omar"));
    let picture = mona.path("atlas.png");
    write_slope_png(&picture);

    // Mona was given an invite. She registers and sells.
    let mut selling = Sitting::start(&mona, &["--server", &server.invite]);
    selling.register("mona");
    selling.see("Nothing is for sale");
    selling.key("2");
    selling.see("Sell something");
    selling.text("Atlas of anatomy");
    selling.key(ENTER);
    selling.text("12.50");
    selling.key(ENTER);
    selling.key(ENTER);
    selling.text("A few notes in pencil");
    selling.key(TAB);
    selling.key(CTRL_O);
    selling.see("Choose a picture");
    selling.key(ESC);
    selling.screen.expect_gone("Choose a picture");
    selling.text(picture.to_str().unwrap());
    selling.see("▀");
    selling.key(ENTER);
    selling.see("For sale: product 1");
    selling.see("A few notes in pencil");

    // Omar knows the address only. He finds the book, asks, and buys it.
    let mut buying = Sitting::start(&omar, &[]);
    buying.see("Which market?");
    buying.text(&server.name());
    buying.key(ENTER);
    buying.see("Is this the right server?");
    buying.key("y");
    buying.register("omar");
    buying.see("● mona");
    buying.key("/");
    buying.text("anat");
    buying.see("with “anat”");
    buying.see("Atlas of anatomy");
    buying.see("▀");
    buying.key(ENTER);
    buying.key(ENTER);
    buying.see("for sale: b buys it");
    buying.key("c");
    buying.see("mona, ● online");
    buying.text("Is it still there?");
    buying.key(ENTER);
    buying.see("✓");
    selling.see("omar: Is it still there?");
    selling.key("4");
    selling.see("omar");
    selling.key(ENTER);
    selling.text("It is. Come by.");
    selling.key(ENTER);
    buying.see("It is. Come by.");
    buying.see("✓✓");
    buying.key(ESC);
    buying.see("for sale: b buys it");
    buying.key("b");
    buying.see("for 12.50 USD");
    buying.key("y");
    buying.see("You bought it");
    buying.see("Collect at");
    buying.see("Code");
    assert!(buying.keys <= KEYS_MAX, "{} keys", buying.keys);

    // Mona is told while she does something else.
    selling.see("omar has bought your Atlas of anatomy");
    selling.key(ESC);
    selling.see("nothing unread");
    selling.key("3");
    selling.see("omar of Beirut");
    selling.see("sold");

    buying.key(ESC);
    buying.screen.expect_gone("You bought it");
    buying.key("3");
    buying.see("My purchases");
    buying.see("Atlas of anatomy");
    buying.key("q");
    buying.screen.expect_end(0);
    selling.key("q");
    selling.screen.expect_end(0);
    let purchases = omar.json(&["purchases"]);
    assert_eq!(purchases["purchases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_server_that_goes_takes_nothing_that_was_typed() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    mona.sell("Lamp", "6");
    let mut sitting = Sitting::start(&mona, &[]);
    sitting.see("Lamp");
    sitting.key("2");
    sitting.see("Sell something");
    sitting.text("Chess set");
    server.stop();
    sitting.see("Connection lost");
    sitting.see("Chess set");
    sitting.key(ENTER);
    sitting.text("20");
    for _ in 0..4 {
        sitting.key(TAB);
    }
    sitting.key(ENTER);
    sitting.see("Nothing can be done");
    sitting.see("Chess set");
    // What was read can still be looked at.
    sitting.key(ESC);
    sitting.see("Lamp");
    sitting.key("q");
    sitting.screen.expect_end(0);
}

#[test]
fn a_session_that_was_ended_elsewhere_leads_to_the_login_with_the_reason() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let mut sitting = Sitting::start(&mona, &[]);
    sitting.see("Nothing is for sale");
    // From another computer of hers.
    let elsewhere = Person::new("mona");
    elsewhere.login(&server).success();
    let changed = "nine green doors open slowly";
    elsewhere
        .auboutique(&["passwd", "--password-stdin"])
        .write_stdin(format!("{PASSWORD}\n{changed}\n"))
        .assert()
        .success();
    sitting.see("Log in to");
    sitting.see("The password was changed");
    sitting.text(changed);
    sitting.key(ENTER);
    sitting.see("Nothing is for sale");
    sitting.key("q");
    sitting.screen.expect_end(0);
}

#[test]
fn whoever_is_too_late_is_told_at_once_and_shown_what_is_similar() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let lamp = mona.sell("Lamp", "6");
    mona.sell("Vase", "9");
    let omar = Person::joined(&server, "omar");
    let mut sitting = Sitting::start(&omar, &[]);
    sitting.see("Lamp");
    sitting.key("j");
    sitting.key("b");
    sitting.see("for 6.00 USD");
    let rami = Person::joined(&server, "rami");
    rami.auboutique(&["buy", &lamp, "--yes"]).assert().success();
    sitting.key("y");
    sitting.see("Somebody was faster");
    sitting.key("y");
    sitting.see("Vase");
    // In another window, and out with Ctrl-C.
    sitting.screen.resize(120, 40);
    sitting.see("omar on localhost");
    sitting.key("\u{3}");
    sitting.screen.expect_end(130);
}

#[test]
fn a_purchase_whose_answer_got_lost_is_checked_until_it_is_known() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    mona.sell("Lamp", "6");
    let omar = Person::joined(&server, "omar");
    let is_open = Arc::new(AtomicBool::new(true));
    let gate = is_open.clone();
    let proxy = Proxy::start(server.address, move || gate.load(Ordering::Relaxed));
    omar.login_through(&server, &format!("localhost:{}", proxy.port));
    let mut sitting = Sitting::start(&omar, &[]);
    sitting.see("Lamp");
    sitting.key("b");
    sitting.see("for 6.00 USD");
    is_open.store(false, Ordering::Relaxed);
    sitting.key("y");
    sitting.see("Buying");
    // The server has sold it, and nobody hears so.
    proxy.wait_until_held();
    let mut server = server;
    server.stop();
    sitting.see("Checking");
    let server = server.start_again();
    is_open.store(true, Ordering::Relaxed);
    proxy.redirect(server.address);
    sitting.see("You bought it");
    sitting.key(ESC);
    sitting.screen.expect_gone("You bought it");
    sitting.key("q");
    sitting.screen.expect_end(0);
    let purchases = omar.json(&["purchases"]);
    assert_eq!(purchases["purchases"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_a_terminal_there_is_no_full_screen() {
    let mona = Person::new("mona");
    for arguments in [&[][..], &["--json"], &["--no-input"]] {
        let outcome = mona.auboutique(arguments).assert().code(2);
        let said = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
        assert!(said.contains("no command was given"), "{said}");
    }
}
