//! A connection's deadlines as a pure state machine: the time comes in, the next deadline goes out.

use std::time::Duration;

use tokio::time::Instant;

/// A connection that nobody has logged in on is closed after this time. The handling of an attempt
/// does not count, and starts it anew.
const LOGIN_WITHIN: Duration = Duration::from_secs(20);
/// A frame must be complete this long after its first byte …
const FRAME_WITHIN: Duration = Duration::from_secs(10);
/// … and after login, a second more for each of these bytes.
const FRAME_BYTES_PER_SECOND: u32 = 8 * 1024;
/// Silence after which a logged-in client is asked for a sign of life.
const PING_AFTER: Duration = Duration::from_secs(30);
/// Silence after which a connection is closed.
const CLOSE_AFTER: Duration = Duration::from_secs(90);

/// What to do at a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Close the connection.
    Close,
    /// Ask for a sign of life.
    Ping,
}

/// When what happened last.
#[derive(Debug)]
pub(super) struct Clock {
    /// When the wait for a login began.
    anonymous_since: Instant,
    /// When the last frame was complete.
    heard: Instant,
    /// When the last ping was sent, after `heard`.
    pinged: Option<Instant>,
    /// When the frame began that is being read.
    frame_since: Option<Instant>,
}

impl Clock {
    pub(super) fn start(now: Instant) -> Self {
        Self {
            anonymous_since: now,
            heard: now,
            pinged: None,
            frame_since: None,
        }
    }

    /// The first byte of a frame has come.
    pub(super) fn frame_begun(&mut self, now: Instant) {
        self.frame_since.get_or_insert(now);
    }

    /// A frame is complete.
    pub(super) fn frame_complete(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
        self.frame_since = None;
    }

    /// A request was answered. `restarts_login` says that the wait for a login begins anew.
    pub(super) fn answered(&mut self, now: Instant, restarts_login: bool) {
        self.heard = now;
        if restarts_login {
            self.anonymous_since = now;
        }
    }

    /// A ping was sent.
    pub(super) fn pinged(&mut self, now: Instant) {
        self.pinged = Some(now);
    }

    /// The next deadline, for a frame of `announced` bytes where one is being read.
    pub(super) fn next(&self, announced: Option<usize>, anonymous: bool) -> (Instant, Due) {
        let silence = if anonymous {
            self.anonymous_since + LOGIN_WITHIN
        } else {
            self.heard + CLOSE_AFTER
        };
        if let Some(since) = self.frame_since {
            let bytes = u32::try_from(announced.unwrap_or(0)).unwrap_or(u32::MAX);
            let transfer = Duration::from_secs(u64::from(bytes / FRAME_BYTES_PER_SECOND));
            let frame = since + FRAME_WITHIN + if anonymous { Duration::ZERO } else { transfer };
            // A large frame after a long silence has its own time.
            return (
                if anonymous { frame.min(silence) } else { frame },
                Due::Close,
            );
        }
        let ping = self.pinged.unwrap_or(self.heard) + PING_AFTER;
        if !anonymous && ping < silence {
            (ping, Due::Ping)
        } else {
            (silence, Due::Close)
        }
    }
}
