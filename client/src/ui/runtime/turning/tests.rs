use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{Sender, channel};
use tokio::time::sleep;

use super::*;
use crate::ui::runtime::Tick;
use crate::ui::testing;

/// Counts what it is told; `q` ends it, `t` starts a clock, `e` asks for an effect.
#[derive(Default)]
struct Counter {
    told: Vec<Message>,
    ticks_wanted: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    Pressed(char),
    Sized(Size),
    News(usize),
    Tick,
}

impl App for Counter {
    type Message = Message;
    /// How many news to send.
    type Effect = usize;

    fn update(&mut self, message: Message) -> Vec<usize> {
        self.told.push(message);
        match message {
            Message::Pressed('t') => self.ticks_wanted = 3,
            Message::Pressed('e') => return vec![1_000],
            Message::Pressed('p') => return vec![usize::MAX],
            Message::Tick => self.ticks_wanted -= 1,
            Message::Pressed(_) | Message::Sized(_) | Message::News(_) => {}
        }
        Vec::new()
    }

    fn input(&self, input: Input) -> Option<Message> {
        match input {
            Input::Key(key) => key.typed().map(Message::Pressed),
            Input::Resized(size) => Some(Message::Sized(size)),
            Input::Paste(_) | Input::PasteTooLong | Input::Mouse(_) => None,
        }
    }

    fn view(&self, frame: &mut Frame<'_>, theme: &Theme) {
        let text = format!("told {}", self.told.len());
        let area = frame.area();
        crate::ui::text::put(frame.buffer_mut(), area, &text, theme.title());
    }

    fn tick(&self) -> Option<Tick<Message>> {
        (self.ticks_wanted > 0).then_some(Tick {
            every: Duration::from_secs(1),
            message: Message::Tick,
        })
    }

    fn is_finished(&self) -> bool {
        self.told.contains(&Message::Pressed('q'))
    }
}

/// What a screen was asked for.
#[derive(Clone, Default)]
struct Log {
    frames: Arc<AtomicUsize>,
    suspensions: Arc<AtomicUsize>,
    last: Arc<std::sync::Mutex<String>>,
    size: Arc<std::sync::Mutex<Size>>,
}

impl Log {
    fn frames(&self) -> usize {
        self.frames.load(Ordering::Relaxed)
    }

    fn last(&self) -> String {
        self.last.lock().unwrap().clone()
    }
}

impl Screen for Log {
    fn size(&self) -> io::Result<Size> {
        Ok(*self.size.lock().unwrap())
    }

    fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.frames.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap() = testing::draw(self.size()?, view).text();
        Ok(())
    }

    fn ask_for_suspension(&mut self) {
        self.suspensions.fetch_add(1, Ordering::Relaxed);
    }

    fn suspend(&mut self) -> io::Result<bool> {
        self.suspensions.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a counter while `person` acts, with a clock that jumps.
async fn run<F: Future<Output = ()>>(
    person: impl FnOnce(Sender<Event>, Log) -> F,
) -> (Exit, Counter, Log) {
    let mut counter = Counter::default();
    let log = Log::default();
    *log.size.lock().unwrap() = testing::SMALL;
    let (events, mut receiver) = channel(8);
    let perform = |count: usize, messages: Messages<Message>| async move {
        assert!(count < usize::MAX, "an effect that fails");
        for number in 0..count {
            messages.send(Message::News(number)).await;
        }
    };
    let turning = Turning::new(&mut counter, Theme::plain(), log.clone(), perform).unwrap();
    let acting = person(events, log.clone());
    let (exit, ()) = tokio::join!(turning.until_over(&mut receiver), acting);
    (exit.unwrap(), counter, log)
}

async fn press(events: &Sender<Event>, key: Key) {
    // The program may be over.
    let _ = events.send(Event::Input(Input::Key(key))).await;
}

/// Longer than any frame waits.
async fn pause() {
    sleep(FRAME_GAP * 2).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_without_a_change() {
    let (exit, ..) = run(|events, log| async move {
        pause().await;
        assert_eq!(log.frames(), 1);
        sleep(Duration::from_secs(3600)).await;
        let means_nothing = Input::Paste("x".into());
        events.send(Event::Input(means_nothing)).await.unwrap();
        press(&events, Key::of(crate::ui::input::Code::F(9))).await;
        pause().await;
        assert_eq!(log.frames(), 1, "an input that means nothing is no change");
        press(&events, Key::char('x')).await;
        pause().await;
        assert_eq!(log.frames(), 2);
        press(&events, Key::char('q')).await;
    })
    .await;
    assert_eq!(exit, Exit::Finished);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_news_is_few_frames_and_none_is_lost() {
    let (_, counter, log) = run(|events, log| async move {
        press(&events, Key::char('e')).await;
        pause().await;
        assert!(log.last().contains("told 1002"), "{}", log.last());
        press(&events, Key::char('q')).await;
    })
    .await;
    let news = counter
        .told
        .iter()
        .filter(|message| matches!(message, Message::News(_)));
    assert_eq!(news.count(), 1_000);
    assert!(log.frames() < 10, "{}", log.frames());
}

#[tokio::test(start_paused = true)]
async fn a_clock_ticks_only_while_the_program_wants_it() {
    let (_, counter, log) = run(|events, log| async move {
        press(&events, Key::char('t')).await;
        pause().await;
        let before = log.frames();
        sleep(Duration::from_secs(60)).await;
        assert_eq!(log.frames(), before + 3);
        press(&events, Key::char('q')).await;
    })
    .await;
    let ticks = counter
        .told
        .iter()
        .filter(|message| **message == Message::Tick);
    assert_eq!(ticks.count(), 3);
    drop(log);
}

#[tokio::test(start_paused = true)]
async fn a_small_window_has_a_note_and_takes_no_keys() {
    let (exit, counter, log) = run(|events, log| async move {
        let small = Size {
            width: 40,
            height: 10,
        };
        *log.size.lock().unwrap() = small;
        events.send(Event::SizeChanged).await.unwrap();
        pause().await;
        assert!(log.last().contains("It has 40 × 10, and needs 60 × 16."));
        press(&events, Key::char('q')).await;
        pause().await;
        *log.size.lock().unwrap() = testing::LARGE;
        events.send(Event::SizeChanged).await.unwrap();
        pause().await;
        assert!(log.last().starts_with("told"), "{}", log.last());
        press(&events, Key::control('c')).await;
    })
    .await;
    assert_eq!(exit, Exit::Interrupted);
    assert!(!counter.told.contains(&Message::Pressed('q')));
    assert_eq!(counter.told[0], Message::Sized(testing::SMALL));
    assert_eq!(counter.told.last(), Some(&Message::Sized(testing::LARGE)));
    drop(log);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_while_suspended_and_everything_after() {
    let (exit, ..) = run(|events, log| async move {
        press(&events, Key::control('z')).await;
        events.send(Event::Suspend).await.unwrap();
        pause().await;
        assert_eq!(log.suspensions.load(Ordering::Relaxed), 2);
        let before = log.frames();
        press(&events, Key::char('x')).await;
        pause().await;
        assert_eq!(log.frames(), before);
        events.send(Event::Continued).await.unwrap();
        pause().await;
        assert_eq!(log.frames(), before + 1);
        drop(events);
    })
    .await;
    assert_eq!(
        exit,
        Exit::HungUp,
        "a source of events that ends is a lost terminal"
    );
}

#[tokio::test(start_paused = true)]
async fn signals_and_failed_effects_end_the_program() {
    for (event, expected) in [
        (Event::Interrupt, Exit::Interrupted),
        (Event::Terminate, Exit::Terminated),
        (Event::HangUp, Exit::HungUp),
        (Event::Input(Input::Key(Key::char('p'))), Exit::Panicked),
    ] {
        let (exit, ..) = run(|events, _| async move {
            events.send(event).await.unwrap();
            pause().await;
        })
        .await;
        assert_eq!(exit, expected);
    }
}
