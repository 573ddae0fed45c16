//! Programs on a pseudo-terminal: what a person at a keyboard sees and types.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::person::Person;

/// Longest wait for the program to say something.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The program on a pseudo-terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    /// Kept open: it has the settings that the program leaves behind.
    screen: OwnedFd,
    output: Receiver<Vec<u8>>,
    pub(crate) seen: String,
}

impl Terminal {
    pub(crate) fn start(person: &Person, arguments: &[&str]) -> Self {
        Self::run(program(person, &[], arguments), None)
    }

    /// As [`Self::start`], with more in the environment, on a terminal of 40 columns and 13 lines.
    pub(crate) fn start_in(
        person: &Person,
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        Self::run(program(person, environment, arguments), Some((40, 13)))
    }

    /// Runs any program, on a terminal of so many columns and lines if they are given.
    pub(crate) fn run(mut command: Command, size: Option<(u16, u16)>) -> Self {
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
        if let Some((ws_col, ws_row)) = size {
            let size = Winsize {
                ws_row,
                ws_col,
                ws_xpixel: 0,
                ws_ypixel: 0,
            };
            tcsetwinsize(&controller, size).unwrap();
        }
        let child = command
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
    pub(crate) fn expect(&mut self, text: &str) {
        self.expect_one_of(&[text]);
    }

    /// Waits for a question and answers it.
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.seen.clear();
        self.press(&format!("{answer}\n"));
    }

    /// Waits until the program has printed one of these, and returns which.
    pub(crate) fn expect_one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let find = |seen: &str| texts.iter().copied().find(|text| seen.contains(text));
        self.expect_match(&format!("{texts:?}"), find)
    }

    /// Waits until something can be found in what the program has printed.
    pub(crate) fn expect_match<T>(&mut self, awaited: &str, find: impl Fn(&str) -> Option<T>) -> T {
        loop {
            if let Some(found) = find(&self.seen) {
                return found;
            }
            match self.output.recv_timeout(ANSWER_MAX) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{error}: no {awaited} in {:?}", self.seen),
            }
        }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Presses Ctrl-D at the beginning of a line.
    pub(crate) fn end_input(&mut self) {
        self.press("\u{4}");
    }

    /// Does what Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Answers a question whose answer must not be shown.
    pub(crate) fn answer_hidden(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.wait_until(false);
        self.seen.clear();
        self.press(&format!("{answer}\n"));
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.screen).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// The question appears just before the terminal's settings change.
    pub(crate) fn wait_until(&self, echoes: bool) {
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
    pub(crate) fn finish(&mut self) -> ExitStatus {
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

fn program(person: &Person, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique"));
    command
        .env_clear()
        .envs(person.environment())
        .envs(environment.iter().copied())
        .args(arguments);
    command
}
