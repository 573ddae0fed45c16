//! The terminal while a full-screen program has it: taken over on entry, and given back as it was
//! whatever happens: at the end, on a panic of any thread, for a suspension, and when the terminal
//! itself is gone.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write, stdin, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::Print;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use tokio::sync::Notify;

use crate::ui::input::Size;

/// Presses of buttons and turns of the wheel, in the form that knows no largest column. Movements
/// are not asked for: they would come in floods.
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1000l";

/// Whether this process has the terminal. A panic of any thread has to know.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();
static PANIC: Notify = Notify::const_new();

/// What a program wants of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Takes the mouse. The person can then no longer select text with it as usual.
    pub mouse: bool,
}

/// Where frames are drawn, as the runtime sees it.
pub(crate) trait Screen {
    /// Its size now.
    fn size(&self) -> io::Result<Size>;
    /// Draws one frame.
    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()>;
    /// Asks for a suspension of everything that was started together, as Ctrl-Z does elsewhere.
    fn ask_for_suspension(&mut self);
    /// Gives the screen back and stops the process. Returns whether it did, perhaps before the stop
    /// takes effect, and perhaps after it was continued.
    fn suspend(&mut self) -> io::Result<bool>;
    /// Takes the screen again.
    fn resume(&mut self) -> io::Result<()>;
}

/// The terminal of this process.
#[derive(Debug)]
pub(crate) struct Terminal {
    screen: ratatui::Terminal<CrosstermBackend<Output>>,
    options: Options,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard input or output is no terminal, or one that cannot be drawn on.
    pub(crate) fn enter(options: Options) -> io::Result<Self> {
        let refused = |reason| io::Error::new(io::ErrorKind::Unsupported, reason);
        if !stdin().is_terminal() || !stdout().is_terminal() {
            return Err(refused("the input and the output are not both a terminal"));
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(refused(
                "a terminal of the kind TERM=dumb cannot be drawn on",
            ));
        }
        PANIC_HOOK.call_once(restore_on_panic);
        let screen = take(options).and_then(|()| new_screen());
        match screen {
            Ok(screen) => Ok(Self { screen, options }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Screen for Terminal {
    fn size(&self) -> io::Result<Size> {
        let size = self.screen.size()?;
        Ok(Size {
            width: size.width,
            height: size.height,
        })
    }

    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // After a panic elsewhere the terminal is the shell's again.
        if IS_TAKEN.load(Ordering::Acquire) {
            self.screen.draw(view)?;
        }
        Ok(())
    }

    fn ask_for_suspension(&mut self) {
        // It comes back as a signal, unless nobody handles signals: then it stops us all the same.
        let _ = kill_current_process_group(Signal::TSTP);
    }

    fn suspend(&mut self) -> io::Result<bool> {
        // Without a shell above that could continue us, a stop would be for ever; systems ignore it
        // in that case. The first process of a session has none.
        if getsid(None).is_ok_and(|session| session == getpgrp()) {
            return Ok(false);
        }
        give_back();
        // The default action of SIGTSTP cannot be had back without unsafe code.
        kill_process(getpid(), Signal::STOP)?;
        Ok(true)
    }

    fn resume(&mut self) -> io::Result<()> {
        // After a stop that nobody could see coming the shell has changed the settings under us.
        give_back();
        take(self.options)?;
        // A new one draws everything. Clearing the old one would ask the terminal for its cursor and
        // read the answer from under the keyboard.
        self.screen = new_screen()?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // What a frame that failed has left behind belongs on our screen.
        let _ = self.screen.backend_mut().flush();
        give_back();
    }
}

fn new_screen() -> io::Result<ratatui::Terminal<CrosstermBackend<Output>>> {
    let output = Output(BufWriter::with_capacity(64 * 1024, stdout()));
    ratatui::Terminal::new(CrosstermBackend::new(output))
}

fn take(options: Options) -> io::Result<()> {
    IS_TAKEN.store(true, Ordering::Release);
    // First what stops a process of the background, so that it draws on nobody's screen.
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if options.mouse {
        execute!(stdout(), Print(MOUSE_ON))?;
    }
    Ok(())
}

/// Gives the terminal back if we have it. A terminal that is gone takes nothing back.
fn give_back() {
    if IS_TAKEN.swap(false, Ordering::AcqRel) {
        let _ = execute!(
            stdout(),
            Print(MOUSE_OFF),
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Gives the terminal back before a panic is described, so that the description can be read.
fn restore_on_panic() {
    let describe = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if IS_TAKEN.load(Ordering::Acquire) {
            give_back();
            PANIC.notify_one();
        }
        describe(panic);
    }));
}

/// Completes when a thread panicked while the terminal was taken.
///
/// # Cancel safety
/// Safe.
pub(crate) async fn panicked() {
    PANIC.notified().await;
}

/// Standard output, written a frame at a time. A terminal that takes nothing any more is no error
/// here: the keyboard's end tells of it, and the drawing library would print a complaint on top.
#[derive(Debug)]
pub(crate) struct Output(BufWriter<Stdout>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.0.write(bytes).unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}
