//! What of the throttle outlives a restart.
//!
//! Whatever changes is noted by its [`Key`]. Who keeps it takes what changed since the last time, as
//! [`ThrottleEntry`]s whose moments are those of the calendar, and gives all of them back at the next
//! start. A name is stored as its digest only; a source as its address.

use std::net::IpAddr;
use std::time::Duration;

use auboutique_protocol::ids::UnixMillis;

use super::tables::{NameDigest, Pair};
use crate::limits::Source;
use crate::store::throttle::{ThrottleEntry, ThrottleTable};

/// Whatever the throttle remembers something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Failures(Pair),
    Known(Pair),
    Name(NameDigest),
    Source(Source),
}

impl Key {
    pub(super) fn table(self) -> ThrottleTable {
        match self {
            Self::Failures(_) => ThrottleTable::Failures,
            Self::Known(_) => ThrottleTable::Known,
            Self::Name(_) => ThrottleTable::Name,
            Self::Source(_) => ThrottleTable::Source,
        }
    }

    /// As it is stored.
    pub(super) fn text(self) -> String {
        match self {
            Self::Failures(Pair { name, source }) | Self::Known(Pair { name, source }) => {
                format!("{}@{source}", hexadecimal(name))
            }
            Self::Name(name) => hexadecimal(name),
            Self::Source(source) => source.to_string(),
        }
    }

    /// What [`text`](Self::text) made; `None` for other texts.
    pub(super) fn parse(table: ThrottleTable, text: &str) -> Option<Self> {
        let pair = || {
            let (name, source) = text.split_once('@')?;
            Some(Pair {
                name: digest(name)?,
                source: source.parse::<IpAddr>().ok()?.into(),
            })
        };
        Some(match table {
            ThrottleTable::Failures => Self::Failures(pair()?),
            ThrottleTable::Known => Self::Known(pair()?),
            ThrottleTable::Name => Self::Name(digest(text)?),
            ThrottleTable::Source => Self::Source(text.parse::<IpAddr>().ok()?.into()),
        })
    }
}

fn hexadecimal(NameDigest(digest): NameDigest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(text: &str) -> Option<NameDigest> {
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() || !text.is_ascii() {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(NameDigest(digest))
}

/// What changed since the last time it was taken.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(super) keys: Vec<Key>,
    pub(crate) kept: Vec<ThrottleEntry>,
    pub(crate) forgotten: Vec<(ThrottleTable, String)>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// One moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// On the throttle's.
    pub(super) throttle: Duration,
    /// On the calendar's.
    pub(super) calendar: UnixMillis,
}

impl Moment {
    /// A time of the throttle, on the calendar.
    pub(super) fn on_the_calendar(self, at: Duration) -> UnixMillis {
        let ahead = millis(at.saturating_sub(self.throttle));
        let ago = millis(self.throttle.saturating_sub(at));
        UnixMillis(self.calendar.0.saturating_add(ahead).saturating_sub(ago))
    }

    /// A time of the calendar, on the throttle's clock.
    pub(super) fn on_the_throttle(self, at: UnixMillis) -> Duration {
        let ahead = Duration::from_millis(at.0.saturating_sub(self.calendar.0));
        let ago = Duration::from_millis(self.calendar.0.saturating_sub(at.0));
        self.throttle.saturating_add(ahead).saturating_sub(ago)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
