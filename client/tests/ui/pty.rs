//! A pseudo-terminal that understands what is drawn on it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use vt100::Parser;

use crate::program::{Role, command};

/// Longest wait for the program to show something.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A program on a terminal of 80 columns and 24 lines.
pub(crate) struct Terminal {
    process: Process,
    keyboard: File,
    reader: JoinHandle<()>,
    is_closed: Arc<AtomicBool>,
    /// Kept open: it has the settings that the program leaves behind.
    line: OwnedFd,
    output: Receiver<Vec<u8>>,
    parser: Parser,
}

impl Terminal {
    pub(crate) fn start(role: Role) -> Self {
        Self::run(command(role))
    }

    pub(crate) fn run(mut command: Command) -> Self {
        let controller =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let other_end = || -> OwnedFd {
            open(
                &name,
                OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
                Mode::empty(),
            )
            .unwrap()
        };
        tcsetwinsize(&controller, size(80, 24)).unwrap();
        let child = command
            .stdin(Stdio::from(other_end()))
            .stdout(Stdio::from(other_end()))
            .stderr(Stdio::from(other_end()))
            .spawn()
            .unwrap();
        // The command keeps its copies of the terminal open otherwise.
        drop(command);
        let keyboard = File::from(controller);
        let (sender, output) = channel();
        let is_closed = Arc::new(AtomicBool::new(false));
        let reader = std::thread::spawn({
            let (controller, is_closed) = (keyboard.try_clone().unwrap(), is_closed.clone());
            move || read(controller, &is_closed, &sender)
        });
        Self {
            process: Process(child),
            keyboard,
            reader,
            is_closed,
            line: other_end(),
            output,
            parser: Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
        }
    }

    /// What can be seen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Waits until something can be found on the screen.
    pub(crate) fn expect_match<T>(
        &mut self,
        awaited: &str,
        find: impl Fn(&vt100::Screen) -> Option<T>,
    ) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = find(self.parser.screen()) {
                return found;
            }
            let left = ANSWER_MAX.saturating_sub(started.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(error) => panic!("{error}: no {awaited} in\n{}", self.screen().contents()),
            }
        }
    }

    /// Waits until a text can be seen.
    pub(crate) fn expect(&mut self, text: &str) {
        self.expect_match(text, |screen| {
            screen.contents().contains(text).then_some(())
        });
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Sends a signal to the process that the program shows.
    pub(crate) fn signal(&mut self, signal: Signal) {
        let process = self.expect_match("process", |screen| {
            let contents = screen.contents();
            let (_, rest) = contents.split_once("process ")?;
            rest.split_once(' ')?.0.parse().ok()
        });
        kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        let (rows, cols) = (lines.try_into().unwrap(), columns.try_into().unwrap());
        self.parser.set_size(rows, cols);
        tcsetwinsize(&self.line, size(columns, lines)).unwrap();
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Waits for the end of the program; all that it has shown is seen then.
    pub(crate) fn finish(&mut self) -> ExitStatus {
        let status = self.process.wait();
        loop {
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return status,
            }
        }
    }

    /// Expects that the program ended with a code and left the terminal as it was.
    pub(crate) fn expect_end(&mut self, code: i32) {
        let status = self.finish();
        assert_eq!(status.code(), Some(code), "{}", self.screen().contents());
        self.expect_given_back();
    }

    pub(crate) fn expect_given_back(&self) {
        let screen = self.screen();
        assert!(self.echoes(), "the terminal shows what is typed");
        assert!(!screen.alternate_screen(), "the shell's screen is back");
        assert!(!screen.hide_cursor() && !screen.bracketed_paste());
        let mouse = screen.mouse_protocol_mode();
        assert_eq!(mouse, vt100::MouseProtocolMode::None);
    }

    /// Takes the terminal away, as closing its window does. The program is the caller's.
    pub(crate) fn vanish(self) -> Process {
        let Self {
            process,
            keyboard,
            reader,
            is_closed,
            ..
        } = self;
        is_closed.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        drop(keyboard);
        process
    }
}

/// A process that does not outlive its test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads what the program draws, until the terminal is closed on either side.
fn read(mut controller: File, is_closed: &AtomicBool, output: &Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: 20_000_000,
    };
    while !is_closed.load(Ordering::Relaxed) {
        let mut source = [PollFd::new(&controller, PollFlags::IN)];
        if poll(&mut source, Some(&wait)).unwrap() == 0 {
            continue;
        }
        let Ok(count @ 1..) = controller.read(&mut buffer) else {
            return;
        };
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
