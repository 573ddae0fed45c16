//! Progress where no terminal is: lines for a log, seconds apart.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Length, Live, words};
use crate::report::units::{count, seconds};

/// Least time between two lines of a phase.
const INTERVAL: Duration = Duration::from_secs(5);

/// Where the lines go.
pub(super) struct Lines {
    writer: Mutex<Box<dyn Write + Send>>,
}

impl Lines {
    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            writer: Mutex::new(Box::new(writer)),
        }
    }

    /// Writes a line in one go, so that lines of several threads do not mix.
    pub(super) fn line(&self, text: &str) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever closed it does not want to hear of it.
        let _ = writer.write_all(format!("{text}\n").as_bytes());
        let _ = writer.flush();
    }

    pub(super) fn phase(self: &Arc<Self>, name: &str, length: Length) -> Phase {
        self.line(&match length {
            Length::Steps(total) => format!("{name}: {} to do", count(total)),
            Length::Time(time) => format!("{name}: for {}", seconds(time.as_secs_f64())),
            Length::Unknown => name.to_owned(),
        });
        let now = Instant::now();
        Phase {
            lines: Arc::clone(self),
            name: name.to_owned(),
            length,
            began: now,
            state: Mutex::new(State {
                done: 0,
                live: None,
                last: now,
            }),
        }
    }
}

/// A phase that says now and then how far it is.
pub(super) struct Phase {
    lines: Arc<Lines>,
    name: String,
    length: Length,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    done: u64,
    live: Option<Live>,
    last: Instant,
}

impl Phase {
    pub(super) fn set(&self, done: u64) {
        self.update(Instant::now(), |state| state.done = done);
    }

    pub(super) fn live(&self, snapshot: &Live) {
        self.update(Instant::now(), |state| state.live = Some(snapshot.clone()));
    }

    fn update(&self, now: Instant, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        if now.saturating_duration_since(state.last) >= INTERVAL {
            state.last = now;
            self.lines.line(&self.words(&state, now));
        }
    }

    fn words(&self, state: &State, now: Instant) -> String {
        let elapsed = now.saturating_duration_since(self.began);
        let position = words::position(state.done, self.length, elapsed);
        let mut text = format!("{}: {position}", self.name);
        if let Some(live) = &state.live {
            text.push_str(&format!("   {}", words::figures(live)));
            if !live.errors.is_empty() {
                text.push_str(&format!("   {}", words::errors(&live.errors)));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Sends each line to the test.
    struct ToTest(mpsc::Sender<String>);

    impl Write for ToTest {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            self.0.send(text).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_seconds_apart_and_tell_the_latest() {
        let (sender, lines) = mpsc::channel();
        let all = Arc::new(Lines::new(ToTest(sender)));
        let phase = all.phase("race", Length::Steps(100));
        assert_eq!(lines.recv().unwrap(), "race: 100 to do\n");
        let at = |seconds| phase.began + Duration::from_secs(seconds);
        phase.update(at(2), |state| state.live = Some(Live::default()));
        phase.update(at(4), |state| state.done = 10);
        assert!(lines.try_recv().is_err());
        phase.update(at(5), |state| state.done = 25);
        assert_eq!(
            lines.recv().unwrap(),
            "race: 25 of 100 (25 %), 15.0 s left   0/s   p50 0 µs   p99 0 µs   0 confirmed   no breach\n"
        );
        phase.update(at(9), |state| state.done = 30);
        assert!(lines.try_recv().is_err());
        phase.update(at(11), |state| {
            state.live = Some(Live {
                errors: vec![("busy".into(), 3)],
                ..Live::default()
            });
        });
        assert!(lines.recv().unwrap().ends_with("   busy 3\n"));
    }
}
