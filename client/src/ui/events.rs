//! Everything that reaches a full-screen program from outside, in one bounded queue: the keyboard,
//! read on a thread of its own, and signals.

use std::io::{self, PipeReader, PipeWriter, pipe, stdin};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use crate::ui::input::Input;
use crate::ui::input::decoder::Decoder;

/// Events that wait to be taken.
const WAITING_MAX: usize = 256;
/// How long an Esc may be the beginning of a sequence. Over a slow connection the parts of one come
/// apart; a person who presses Esc should not notice.
const SEQUENCE_WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Something from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Input(Input),
    /// The window may have another size.
    SizeChanged,
    /// SIGTSTP.
    Suspend,
    /// SIGCONT.
    Continued,
    /// SIGINT.
    Interrupt,
    /// SIGTERM or SIGQUIT.
    Terminate,
    /// SIGHUP, or the terminal is gone.
    HangUp,
}

/// The queue, and what fills it until this is dropped.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) receiver: Receiver<Event>,
    /// Its end tells the keyboard's thread to end.
    _keyboard: PipeWriter,
    _signals: JoinSet<()>,
}

impl Events {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        let (sender, receiver) = channel(WAITING_MAX);
        let mut signals = JoinSet::new();
        for (kind, event) in [
            (SignalKind::interrupt(), Event::Interrupt),
            (SignalKind::terminate(), Event::Terminate),
            (SignalKind::quit(), Event::Terminate),
            (SignalKind::hangup(), Event::HangUp),
            (SignalKind::window_change(), Event::SizeChanged),
            (SignalKind::from_raw(Signal::TSTP.as_raw()), Event::Suspend),
            (
                SignalKind::from_raw(Signal::CONT.as_raw()),
                Event::Continued,
            ),
        ] {
            let mut arrivals = signal(kind)?;
            let sender = sender.clone();
            signals.spawn(async move {
                while arrivals.recv().await.is_some() {
                    if sender.send(event.clone()).await.is_err() {
                        return;
                    }
                }
            });
        }
        let (stop, keyboard) = pipe()?;
        std::thread::Builder::new()
            .name("keyboard".into())
            .spawn(move || read_keyboard(&stop, &sender))?;
        Ok(Self {
            receiver,
            _keyboard: keyboard,
            _signals: signals,
        })
    }
}

/// What ended a wait for the keyboard.
enum Wake {
    Readable,
    Quiet,
    Stop,
}

fn read_keyboard(stop: &PipeReader, events: &Sender<Event>) {
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    loop {
        let wait = decoder.is_waiting().then_some(&SEQUENCE_WAIT);
        let inputs = match wake(stop, wait) {
            Ok(Wake::Stop) => return,
            Ok(Wake::Quiet) => decoder.give_up().into_iter().collect(),
            Ok(Wake::Readable) => match rustix::io::read(stdin(), &mut buffer) {
                Ok(count @ 1..) => decoder.feed(&buffer[..count]),
                Err(Errno::INTR | Errno::AGAIN) => Vec::new(),
                Ok(0) | Err(_) => return hang_up(events),
            },
            Err(Errno::INTR) => Vec::new(),
            Err(_) => return hang_up(events),
        };
        for input in inputs {
            if events.blocking_send(Event::Input(input)).is_err() {
                return;
            }
        }
    }
}

fn hang_up(events: &Sender<Event>) {
    // Nobody listens any more: then nobody needs to know.
    let _ = events.blocking_send(Event::HangUp);
}

fn wake(stop: &PipeReader, wait: Option<&Timespec>) -> rustix::io::Result<Wake> {
    let keyboard = stdin();
    let mut sources = [
        PollFd::from_borrowed_fd(keyboard.as_fd(), PollFlags::IN),
        PollFd::from_borrowed_fd(stop.as_fd(), PollFlags::IN),
    ];
    poll(&mut sources, wait)?;
    let [keyboard, stop] = sources.map(|source| !source.revents().is_empty());
    Ok(match (keyboard, stop) {
        (_, true) => Wake::Stop,
        (true, false) => Wake::Readable,
        (false, false) => Wake::Quiet,
    })
}
