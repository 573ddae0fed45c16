//! The loop and the guard on a real (pseudo-)terminal: keys in, screen out, and the terminal as it
//! was afterwards, however it ended.

use std::process::Stdio;

use rustix::process::Signal;

use crate::program::{Role, command};
use crate::pty::Terminal;

fn started() -> Terminal {
    let mut terminal = Terminal::start(Role::Leader);
    terminal.expect("size 80 × 24 .");
    assert!(terminal.screen().alternate_screen() && !terminal.echoes());
    terminal
}

#[test]
fn what_is_pressed_is_seen_and_the_terminal_is_given_back() {
    let mut terminal = started();
    terminal.press("añ書ع");
    terminal.expect("typed 4 añ書ع .");
    for (keys, seen) in [
        ("\u{1b}[B", "pressed ↓"),
        ("\u{1b}", "pressed Esc"),
        ("\u{1b}[5~", "pressed PgUp"),
        ("\u{1b}[<0;7;3M", "mouse 6 2"),
        ("\u{1b}[200~one\rtwo\u{1b}[201~", "pasted \"one\\rtwo\""),
    ] {
        terminal.press(keys);
        terminal.expect(seen);
    }
    terminal.press("\u{11}");
    terminal.expect_end(0);
}

#[test]
fn much_that_is_typed_at_once_is_taken_at_once() {
    let mut terminal = started();
    terminal.press(&"x".repeat(3000));
    terminal.expect("typed 3000 ");
    terminal.press("\u{3}");
    terminal.expect_end(130);
}

#[test]
fn the_screen_follows_the_size_of_the_window() {
    let mut terminal = started();
    terminal.resize(140, 40);
    terminal.expect("size 140 × 40 .");
    terminal.resize(59, 20);
    terminal.expect("It has 59 × 20, and needs 60 × 16.");
    terminal.resize(60, 16);
    terminal.expect("size 60 × 16 .");
    terminal.press("\u{11}");
    terminal.expect_end(0);
}

#[test]
fn a_paste_without_end_is_left_with_ctrl_c() {
    let mut terminal = started();
    terminal.press("\u{1b}[200~lost");
    terminal.press("\u{3}");
    terminal.expect_end(130);
}

#[test]
fn signals_end_the_program_and_give_the_terminal_back() {
    for (signal, code) in [
        (Signal::INT, 130),
        (Signal::TERM, 143),
        (Signal::QUIT, 143),
        (Signal::HUP, 129),
    ] {
        let mut terminal = started();
        terminal.signal(signal);
        terminal.expect_end(code);
    }
}

#[test]
fn a_panic_can_be_read_on_a_terminal_in_order() {
    for (key, message) in [
        ("\u{10}", "a screen that fails"),
        ("\u{5}", "an effect that fails"),
    ] {
        let mut terminal = started();
        terminal.press(key);
        terminal.expect_end(101);
        terminal.expect(message);
    }
}

#[test]
fn a_program_that_nobody_tells_of_the_lost_terminal_ends_all_the_same() {
    let mut terminal = Terminal::start(Role::Orphan);
    terminal.expect("typed 0 ");
    let mut program = terminal.vanish();
    assert_eq!(program.wait().code(), Some(129));
}

#[test]
fn without_a_terminal_there_is_an_error_and_no_escape_sequence() {
    let mut command = command(Role::Orphan);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("are not both a terminal"), "{complaint}");
    assert!(!output.stdout.contains(&0x1b));
    let mut terminal = Terminal::run({
        let mut dumb = crate::program::command(Role::Leader);
        dumb.env("TERM", "dumb");
        dumb
    });
    terminal.expect("TERM=dumb cannot be drawn on");
    terminal.expect_end(9);
}
