//! Moments as they are shown, in the computer's time zone, and how long ago they were.
//!
//! A full screen's present is the server's, as far as that tells it: ages are then right whatever this
//! computer's clock says, and stand still while nothing is heard.

use auboutique_protocol::ids::UnixMillis;
use jiff::tz::TimeZone;

use crate::terminal::output::timestamp;

/// A time zone, and the present as far as it is known.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Where days begin.
    pub zone: TimeZone,
    /// The present; none is shown before it is known.
    pub now: Option<UnixMillis>,
}

impl Clock {
    /// A clock that does not know the present yet.
    #[must_use]
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone, now: None }
    }

    /// A day and a minute: `2026-05-04 09:30`.
    #[must_use]
    pub fn minute(&self, at: UnixMillis) -> String {
        self.written(at, "%Y-%m-%d %H:%M")
    }

    /// A day: `2026-05-04`.
    #[must_use]
    pub fn day(&self, at: UnixMillis) -> String {
        self.written(at, "%Y-%m-%d")
    }

    /// A second of a day: `09:30:15`.
    #[must_use]
    pub fn second(&self, at: UnixMillis) -> String {
        self.written(at, "%H:%M:%S")
    }

    fn written(&self, at: UnixMillis, form: &str) -> String {
        let zoned = timestamp(at).to_zoned(self.zone.clone());
        zoned.strftime(form).to_string()
    }

    /// How long ago a moment was, in one unit: `12 s`, `5 min`, `3 h`, `8 d`. Empty while the present
    /// is not known.
    #[must_use]
    pub fn age(&self, at: UnixMillis) -> String {
        let Some(now) = self.now else {
            return String::new();
        };
        let seconds = now.0.saturating_sub(at.0) / 1000;
        match seconds {
            0..60 => format!("{seconds} s"),
            60..3600 => format!("{} min", seconds / 60),
            3600..86_400 => format!("{} h", seconds / 3600),
            _ => format!("{} d", seconds / 86_400),
        }
    }

    /// Whole days until a moment; 0 once it is past.
    #[must_use]
    pub fn days_until(&self, at: UnixMillis) -> Option<u64> {
        let now = self.now?;
        Some(at.0.saturating_sub(now.0) / 86_400_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit_and_never_lie_ahead() {
        let mut clock = Clock::new(TimeZone::UTC);
        assert_eq!(clock.age(UnixMillis(0)), "");
        clock.now = Some(UnixMillis(200_000_000));
        for (ago, age) in [
            (0, "0 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (3_599_999, "59 min"),
            (3_600_000, "1 h"),
            (86_400_000, "1 d"),
        ] {
            assert_eq!(clock.age(UnixMillis(200_000_000 - ago)), age);
        }
        assert_eq!(clock.age(UnixMillis(u64::MAX)), "0 s");
        assert_eq!(clock.days_until(UnixMillis(200_000_000)), Some(0));
        assert_eq!(clock.days_until(UnixMillis(400_000_000)), Some(2));
    }

    #[test]
    fn moments_are_of_the_time_zone() {
        let clock = Clock::new(TimeZone::get("Asia/Beirut").expect("the zones are bundled"));
        let at = UnixMillis(1_777_876_200_000);
        assert_eq!(clock.minute(at), "2026-05-04 09:30");
        assert_eq!(clock.second(at), "09:30:00");
        assert_eq!(clock.day(at), "2026-05-04");
    }
}
