//! The program at a terminal: questions, hidden passwords, interrupts.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::person::{PASSWORD, Person, write_png};
use crate::server::Server;

/// Longest wait for the program to say something.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The program on a pseudo-terminal.
struct Terminal {
    child: Child,
    keyboard: File,
    /// Kept open: it has the settings that the program leaves behind.
    screen: OwnedFd,
    output: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    fn start(person: &Person, arguments: &[&str]) -> Self {
        Self::start_in(person, &[], arguments)
    }

    /// As [`Self::start`], with more in the environment, on a terminal of 40 columns and 13 lines.
    fn start_in(person: &Person, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let open = || {
            File::options()
                .read(true)
                .write(true)
                .open(name.to_str().unwrap())
                .unwrap()
        };
        let size = Winsize {
            ws_row: 13,
            ws_col: 40,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        if !environment.is_empty() {
            tcsetwinsize(&controller, size).unwrap();
        }
        let child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
            .env_clear()
            .envs(person.environment())
            .envs(environment.iter().copied())
            .args(arguments)
            .stdin(Stdio::from(open()))
            .stdout(Stdio::from(open()))
            .stderr(Stdio::from(open()))
            .spawn()
            .unwrap();
        let keyboard = File::from(controller);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard,
            screen: open().into(),
            output,
            seen: String::new(),
        }
    }

    /// Waits until the program has printed `text`.
    fn expect(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.output.recv_timeout(ANSWER_MAX) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{error}: no {text:?} in {:?}", self.seen),
            }
        }
    }

    /// Waits for a question and answers it.
    fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.seen.clear();
        self.keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .unwrap();
    }

    /// Answers a question whose answer must not be shown.
    fn answer_hidden(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.wait_until(false);
        self.seen.clear();
        self.keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .unwrap();
    }

    /// Whether the terminal shows what is typed.
    fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.screen).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// The question appears just before the terminal's settings change.
    fn wait_until(&self, echoes: bool) {
        let started = std::time::Instant::now();
        while self.echoes() != echoes {
            assert!(
                started.elapsed() < ANSWER_MAX,
                "the terminal's settings do not change"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end of the program; everything it printed is in `seen` then.
    fn finish(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        loop {
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return status,
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
    let pid = Pid::from_child(&terminal.child);
    kill_process(pid, Signal::INT).unwrap();
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
fn a_person_is_asked_whether_to_keep_a_message_for_somebody_offline() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let karim = Person::joined(&server, "karim");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.answer("mona is offline. Type a line", "Hello");
    terminal.answer(
        "mona is offline. Keep the message until they come? [y/N]",
        "n",
    );
    terminal.answer("The message was not sent.", "Good morning");
    terminal.answer(
        "mona is offline. Keep the message until they come? [y/N]",
        "y",
    );
    // Ctrl-D at the beginning of a line.
    terminal.keyboard.write_all(&[4]).unwrap();
    assert!(terminal.finish().success(), "{}", terminal.seen);
    let inbox = mona.json(&["inbox"]);
    assert_eq!(
        (&inbox["unread"], &inbox["conversations"][0]["last"]["text"]),
        (&1.into(), &"Good morning".into())
    );
}

#[test]
fn an_interrupt_ends_a_chat() {
    let server = Server::start();
    let karim = Person::joined(&server, "karim");
    Person::joined(&server, "mona");
    let mut terminal = Terminal::start(&karim, &["chat", "mona"]);
    terminal.expect("Type a line");
    kill_process(Pid::from_child(&terminal.child), Signal::INT).unwrap();
    assert_eq!(terminal.finish().code(), Some(130));
}
