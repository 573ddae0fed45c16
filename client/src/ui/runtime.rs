//! The loop of a full-screen program: something happens, the state changes, the screen shows it.
//!
//! A program is an [`App`]: plain state that takes messages and can be drawn. What it wants done
//! outside of itself it returns as effects; [`run`] performs each as a task, which sends messages
//! back. Nothing else happens, so a program that is not told anything costs nothing: no frame is
//! drawn without a change, and no clock ticks unless the program asks for one.

mod turning;

use std::io;
use std::time::Duration;

use ratatui::Frame;
use tokio::sync::mpsc;

use crate::ui::events::Events;
use crate::ui::input::{Input, Size};
use crate::ui::terminal::{Options, Terminal};
use crate::ui::theme::Theme;
use turning::Turning;

/// The smallest window in which screens are drawn; below it there is a note.
pub const WINDOW_MIN: Size = Size {
    width: 60,
    height: 16,
};
/// Messages of effects that wait to be taken. A sender waits while there are as many.
pub const MESSAGES_WAITING_MAX: usize = 256;

/// A program: state, what changes it, and how it looks.
pub trait App {
    /// What changes the state.
    type Message: Send + 'static;
    /// What is to be done outside of the state: requests, files, waiting.
    type Effect;

    /// What is to be done at the start. The first frame is drawn before anything of it is back.
    fn start(&mut self) -> Vec<Self::Effect> {
        Vec::new()
    }

    /// Takes a message and returns what is to be done. Must be quick: nothing waits, nothing blocks.
    fn update(&mut self, message: Self::Message) -> Vec<Self::Effect>;

    /// What an input means in this state. Nothing is drawn for one that means nothing.
    ///
    /// Ctrl-C and Ctrl-Z never come here: the runtime leaves and suspends.
    fn input(&self, input: Input) -> Option<Self::Message>;

    /// Draws the whole screen.
    fn view(&self, frame: &mut Frame<'_>, theme: &Theme);

    /// A message to be sent regularly, as long as one is returned here; asked after every update.
    fn tick(&self) -> Option<Tick<Self::Message>> {
        None
    }

    /// Whether the program is over; asked after every update.
    fn is_finished(&self) -> bool;
}

/// A message that comes regularly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick<M> {
    /// The time between two.
    pub every: Duration,
    /// The message.
    pub message: M,
}

/// The way of an effect's results to the program.
#[derive(Debug)]
pub struct Messages<M>(mpsc::Sender<M>);

impl<M> Clone for Messages<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> Messages<M> {
    /// Sends a message; waits while too many wait already. Once the program is over it goes nowhere.
    ///
    /// # Cancel safety
    /// Safe; the message is not sent then.
    pub async fn send(&self, message: M) {
        // The program is over: nobody wants it.
        let _ = self.0.send(message).await;
    }

    /// As [`Self::send`], from a thread that may block. Returns whether the program goes on.
    pub fn blocking_send(&self, message: M) -> bool {
        self.0.blocking_send(message).is_ok()
    }
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The program said so.
    Finished,
    /// Ctrl-C, or the signal that it stands for.
    Interrupted,
    /// The system asked for it.
    Terminated,
    /// The terminal is gone.
    HungUp,
    /// A thread panicked; what it said stands on the terminal.
    Panicked,
}

impl Exit {
    /// The exit code that a shell expects; none for a program that ended by itself.
    #[must_use]
    pub const fn code(self) -> Option<u8> {
        match self {
            Self::Finished => None,
            Self::Interrupted => Some(130),
            Self::Terminated => Some(143),
            Self::HungUp => Some(129),
            Self::Panicked => Some(101),
        }
    }
}

/// Runs a program on the terminal of this process until it is over. `perform` does an effect, as a
/// task of its own; tasks still running at the end are cancelled.
///
/// Needs a tokio runtime. Only one program at a time can have the terminal.
///
/// # Errors
/// Standard input or output is no terminal that can be drawn on, or it cannot be set up.
pub async fn run<A, P, F>(
    app: &mut A,
    theme: Theme,
    options: Options,
    perform: P,
) -> io::Result<Exit>
where
    A: App,
    P: Fn(A::Effect, Messages<A::Message>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    // In this order the terminal is given back before signals do what they do without us.
    let mut events = Events::listen()?;
    let terminal = Terminal::enter(options)?;
    Turning::new(app, theme, terminal, perform)?
        .until_over(&mut events.receiver)
        .await
}
