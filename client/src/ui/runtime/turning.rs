//! One run of the loop, over any screen and any source of events.

use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::ui::events::Event;
use crate::ui::input::{Input, Key, Size};
use crate::ui::runtime::{App, Exit, MESSAGES_WAITING_MAX, Messages, WINDOW_MIN};
use crate::ui::terminal::{Screen, panicked};
use crate::ui::text::{guard, put_centered};
use crate::ui::theme::{Theme, Tone};

/// Shortest time between two frames. What happens in it is shown together.
const FRAME_GAP: Duration = Duration::from_millis(16);
/// Events and messages that are taken before the loop looks at the clock again.
const BURST_MAX: usize = 256;

/// A program on its screen.
pub(super) struct Turning<'a, A: App, S, P> {
    app: &'a mut A,
    theme: Theme,
    screen: S,
    perform: P,
    messages: Messages<A::Message>,
    inbox: Receiver<A::Message>,
    tasks: JoinSet<()>,
    timer: Option<Timer>,
    size: Size,
    is_changed: bool,
    is_suspended: bool,
    drawn_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Timer {
    every: Duration,
    next: Instant,
}

/// What the loop woke up for.
enum Wake<M> {
    Event(Option<Event>),
    Message(M),
    TaskEnded(Result<(), JoinError>),
    Tick,
    Frame,
    Panic,
}

impl<'a, A, S, P, F> Turning<'a, A, S, P>
where
    A: App,
    S: Screen,
    P: Fn(A::Effect, Messages<A::Message>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    pub(super) fn new(app: &'a mut A, theme: Theme, screen: S, perform: P) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel(MESSAGES_WAITING_MAX);
        let size = screen.size()?;
        Ok(Self {
            app,
            theme,
            screen,
            perform,
            messages: Messages(sender),
            inbox,
            tasks: JoinSet::new(),
            timer: None,
            size,
            is_changed: true,
            is_suspended: false,
            drawn_at: None,
        })
    }

    pub(super) async fn until_over(mut self, events: &mut Receiver<Event>) -> io::Result<Exit> {
        let effects = self.app.start();
        self.perform_all(effects);
        if let Break(exit) = self.give(Input::Resized(self.size)) {
            return Ok(exit);
        }
        loop {
            self.draw_if_due()?;
            let wake = self.wake(events).await;
            if let Break(exit) = self.handle(wake)? {
                return Ok(exit);
            }
            if let Break(exit) = self.handle_burst(events)? {
                return Ok(exit);
            }
        }
    }

    async fn wake(&mut self, events: &mut Receiver<Event>) -> Wake<A::Message> {
        let frame_at = self.frame_at();
        tokio::select! {
            event = events.recv() => Wake::Event(event),
            Some(message) = self.inbox.recv() => Wake::Message(message),
            Some(ended) = self.tasks.join_next() => Wake::TaskEnded(ended),
            () = until(self.timer.map(|timer| timer.next)) => Wake::Tick,
            () = until(frame_at) => Wake::Frame,
            () = panicked() => Wake::Panic,
        }
    }

    fn handle(&mut self, wake: Wake<A::Message>) -> io::Result<ControlFlow<Exit>> {
        Ok(match wake {
            Wake::Event(Some(event)) => return self.take(event),
            Wake::Event(None) => Break(Exit::HungUp),
            Wake::Message(message) => self.update(message),
            // A panic is a defect, and nobody can say what the state is worth after it.
            Wake::TaskEnded(Err(error)) if error.is_panic() => Break(Exit::Panicked),
            Wake::TaskEnded(_) | Wake::Frame => Continue(()),
            Wake::Tick => self.tick(),
            Wake::Panic => Break(Exit::Panicked),
        })
    }

    /// Takes what waits, so that a flood of news is one frame.
    fn handle_burst(&mut self, events: &mut Receiver<Event>) -> io::Result<ControlFlow<Exit>> {
        for _ in 0..BURST_MAX {
            let wake = if let Ok(event) = events.try_recv() {
                Wake::Event(Some(event))
            } else if let Ok(message) = self.inbox.try_recv() {
                Wake::Message(message)
            } else {
                break;
            };
            if let Break(exit) = self.handle(wake)? {
                return Ok(Break(exit));
            }
        }
        Ok(Continue(()))
    }

    fn take(&mut self, event: Event) -> io::Result<ControlFlow<Exit>> {
        match event {
            Event::Input(Input::Key(key)) if key == Key::control('c') => {
                return Ok(Break(Exit::Interrupted));
            }
            Event::Input(Input::Key(key)) if key == Key::control('z') => {
                self.screen.ask_for_suspension();
            }
            // Nobody should press keys of a screen that is not shown.
            Event::Input(input) if fits(self.size) => return Ok(self.give(input)),
            Event::Input(_) => {}
            Event::SizeChanged => return self.look_at_size(),
            Event::Suspend => self.is_suspended = self.screen.suspend()?,
            Event::Continued => {
                self.screen.resume()?;
                self.is_suspended = false;
                return self.look_at_size();
            }
            Event::Interrupt => return Ok(Break(Exit::Interrupted)),
            Event::Terminate => return Ok(Break(Exit::Terminated)),
            Event::HangUp => return Ok(Break(Exit::HungUp)),
        }
        Ok(Continue(()))
    }

    fn look_at_size(&mut self) -> io::Result<ControlFlow<Exit>> {
        self.size = self.screen.size()?;
        self.is_changed = true;
        Ok(self.give(Input::Resized(self.size)))
    }

    fn give(&mut self, input: Input) -> ControlFlow<Exit> {
        match self.app.input(input) {
            Some(message) => self.update(message),
            None => Continue(()),
        }
    }

    fn tick(&mut self) -> ControlFlow<Exit> {
        if let Some(timer) = &mut self.timer {
            timer.next = Instant::now() + timer.every;
        }
        match self.app.tick() {
            Some(tick) => self.update(tick.message),
            None => Continue(()),
        }
    }

    fn update(&mut self, message: A::Message) -> ControlFlow<Exit> {
        let effects = self.app.update(message);
        self.is_changed = true;
        self.perform_all(effects);
        if self.app.is_finished() {
            return Break(Exit::Finished);
        }
        Continue(())
    }

    fn perform_all(&mut self, effects: Vec<A::Effect>) {
        for effect in effects {
            let task = (self.perform)(effect, self.messages.clone());
            self.tasks.spawn(task);
        }
        let asked = self.app.tick().map(|tick| tick.every);
        if asked != self.timer.map(|timer| timer.every) {
            self.timer = asked.map(|every| Timer {
                every,
                next: Instant::now() + every,
            });
        }
    }

    /// When the next frame is to be drawn, if one is.
    fn frame_at(&self) -> Option<Instant> {
        let is_wanted = self.is_changed && !self.is_suspended;
        is_wanted.then(|| match self.drawn_at {
            Some(drawn_at) => drawn_at + FRAME_GAP,
            None => Instant::now(),
        })
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        if self.frame_at().is_none_or(|at| at > Instant::now()) {
            return Ok(());
        }
        let (app, theme) = (&*self.app, &self.theme);
        self.screen.draw(|frame| {
            let Rect { width, height, .. } = frame.area();
            if fits(Size { width, height }) {
                app.view(frame, theme);
            } else {
                note_smallness(frame, theme);
            }
            guard(frame.buffer_mut());
        })?;
        self.is_changed = false;
        self.drawn_at = Some(Instant::now());
        Ok(())
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

const fn fits(size: Size) -> bool {
    size.width >= WINDOW_MIN.width && size.height >= WINDOW_MIN.height
}

fn note_smallness(frame: &mut Frame<'_>, theme: &Theme) {
    let area = frame.area();
    let Size { width, height } = WINDOW_MIN;
    let lines = [
        ("This window is too small.".to_owned(), theme.title()),
        (
            format!(
                "It has {} × {}, and needs {width} × {height}.",
                area.width, area.height
            ),
            theme.tone(Tone::Plain),
        ),
        ("Ctrl-C leaves.".to_owned(), theme.tone(Tone::Muted)),
    ];
    let top = area.height.saturating_sub(3) / 2;
    let rows = area.rows().skip(usize::from(top));
    for ((line, style), row) in lines.iter().zip(rows) {
        put_centered(frame.buffer_mut(), row, line, *style);
    }
}

#[cfg(test)]
mod tests;
