//! A full-screen program at a pseudo-terminal that understands what is drawn on it. Tests of the members'
//! program and of the operators' share it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use vt100::Parser;

/// Longest wait for something to be seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal of 80 columns and 24 lines. Killed when dropped.
pub(crate) struct Screen {
    program: Child,
    keyboard: File,
    /// Kept open: it has the size, and the settings that the program leaves behind.
    line: OwnedFd,
    output: Receiver<Vec<u8>>,
    parser: Parser,
}

impl Screen {
    /// Starts a program.
    pub(crate) fn of(mut command: Command) -> Self {
        let controller =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let other_end = || -> OwnedFd { open(&name, flags, Mode::empty()).unwrap() };
        let line = other_end();
        tcsetwinsize(&line, size(80, 24)).unwrap();
        let program = command
            .stdin(Stdio::from(other_end()))
            .stdout(Stdio::from(other_end()))
            .stderr(Stdio::from(other_end()))
            .spawn()
            .unwrap();
        // The command keeps its copies of the terminal open otherwise.
        drop(command);
        let keyboard = File::from(controller);
        let (sender, output) = channel();
        let reader = keyboard.try_clone().unwrap();
        std::thread::spawn(move || read(reader, &sender));
        Self {
            program,
            keyboard,
            line,
            output,
            parser: Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
        }
    }

    /// What can be seen.
    pub(crate) fn seen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    fn wait_until(&mut self, awaited: &str, is_so: impl Fn(&str) -> bool) {
        let started = Instant::now();
        while !is_so(&self.seen().contents()) {
            let left = PATIENCE.saturating_sub(started.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(error) => panic!("{error}: no {awaited} in\n{}", self.seen().contents()),
            }
        }
    }

    /// Waits until a text can be seen.
    pub(crate) fn expect(&mut self, text: &str) {
        self.wait_until(text, |seen| seen.contains(text));
    }

    /// Waits until a text cannot be seen any more.
    pub(crate) fn expect_gone(&mut self, text: &str) {
        self.wait_until(&format!("end of {text}"), |seen| !seen.contains(text));
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        let (rows, cols) = (lines.try_into().unwrap(), columns.try_into().unwrap());
        self.parser.set_size(rows, cols);
        tcsetwinsize(&self.line, size(columns, lines)).unwrap();
    }

    /// Waits for the end of the program: it ends with a code, and leaves the terminal as it was.
    pub(crate) fn expect_end(&mut self, code: i32) {
        let status = self.program.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.parser.process(&bytes);
        }
        let seen = self.seen();
        assert_eq!(status.code(), Some(code), "{}", seen.contents());
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON));
        assert!(!seen.alternate_screen() && !seen.hide_cursor());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Reads what is drawn, until nobody draws any more.
fn read(mut controller: File, output: &Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = controller.read(&mut buffer) {
        if output.send(buffer[..count].to_vec()).is_err() {
            return;
        }
    }
}

fn size(ws_col: u16, ws_row: u16) -> Winsize {
    Winsize {
        ws_row,
        ws_col,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
