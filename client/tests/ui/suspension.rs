//! Stopping and continuing, under a shell with job control.

use rustix::process::Signal;

use crate::program::Role;
use crate::pty::Terminal;

/// The program under a shell.
fn started() -> Terminal {
    let mut terminal = Terminal::start(Role::Shell);
    terminal.expect("shell>");
    terminal.press("clear; $PROGRAM\r");
    terminal.expect("size 80 × 24 .");
    terminal.press("ab");
    terminal.expect("typed 2 ab .");
    terminal
}

/// Waits for the shell's screen.
fn expect_shell(terminal: &mut Terminal) {
    terminal.expect_match("the shell's screen", |screen| {
        let has_prompt = screen.contents().trim_end().ends_with("shell>");
        (has_prompt && !screen.alternate_screen()).then_some(())
    });
}

fn end(mut terminal: Terminal) {
    terminal.press("\u{11}");
    expect_shell(&mut terminal);
    terminal.press("echo code $?; exit\r");
    terminal.expect("code 0");
    terminal.expect_end(0);
}

#[test]
fn ctrl_z_leads_to_the_shell_and_fg_back() {
    let mut terminal = started();
    for typed in ["typed 3 abc .", "typed 4 abcc ."] {
        terminal.press("\u{1a}");
        expect_shell(&mut terminal);
        assert!(terminal.screen().contents().contains("Stopped"));
        assert!(!terminal.screen().hide_cursor());
        terminal.press("clear; fg\r");
        terminal.expect("size 80 × 24 .");
        assert!(terminal.screen().alternate_screen());
        terminal.press("c");
        terminal.expect(typed);
    }
    end(terminal);
}

#[test]
fn a_stop_signal_from_elsewhere_gives_the_terminal_back_too() {
    let mut terminal = started();
    terminal.signal(Signal::TSTP);
    expect_shell(&mut terminal);
    terminal.press("fg\r");
    terminal.expect("typed 2 ab .");
    end(terminal);
}

#[test]
fn a_stop_that_cannot_be_seen_coming_is_made_good_afterwards() {
    let mut terminal = started();
    terminal.signal(Signal::STOP);
    terminal.expect("Stopped");
    terminal.press("clear; fg\r");
    terminal.expect("typed 2 ab .");
    terminal.press("c");
    terminal.expect("typed 3 abc .");
    end(terminal);
}

#[test]
fn the_first_process_of_a_session_is_not_stopped_for_ever() {
    let mut terminal = Terminal::start(Role::Leader);
    terminal.expect("size 80 × 24 .");
    terminal.press("\u{1a}x");
    terminal.expect("typed 1 x .");
    terminal.press("\u{11}");
    terminal.expect_end(0);
}
