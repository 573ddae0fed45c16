//! Days and moments, as they are typed: a day is one of this computer's time zone, like every time that
//! is shown to people. `TZ` in the environment chooses another.

use std::str::FromStr;

use auboutique_client::terminal::failure::Failure;
use auboutique_protocol::ids::UnixMillis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A day or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    Day(Date),
    Moment(Timestamp),
}

/// When something begins: at the first moment of a day, or at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(Typed);

/// When something ends: with the last moment of a day, or before a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Until(Typed);

/// The moments of a request: from the first on, and before the second.
pub(crate) type Span = (Option<UnixMillis>, Option<UnixMillis>);

/// Turns what was typed into moments.
///
/// # Errors
/// The second is not after the first, or before 1970.
pub(crate) fn span(from: Option<When>, to: Option<Until>) -> Result<Span, Failure> {
    span_in(&TimeZone::system(), from, to)
}

/// As [`span`], in any time zone.
pub(crate) fn span_in(
    zone: &TimeZone,
    from: Option<When>,
    to: Option<Until>,
) -> Result<Span, Failure> {
    let from = from.map(|When(typed)| first_moment(zone, typed));
    let to = to.map(|Until(typed)| match typed {
        Typed::Day(day) => first_moment(zone, Typed::Day(day.saturating_add(1.day()))),
        Typed::Moment(_) => first_moment(zone, typed),
    });
    let (from, to) = (from.transpose()?, to.transpose()?);
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(Failure::usage("--to is before --from")),
        _ => Ok((from, to)),
    }
}

/// Where midnight is skipped, because summer time begins, a day begins later.
fn first_moment(zone: &TimeZone, typed: Typed) -> Result<UnixMillis, Failure> {
    let moment = match typed {
        Typed::Moment(moment) => Some(moment),
        Typed::Day(day) => day
            .to_zoned(zone.clone())
            .ok()
            .map(|midnight| midnight.timestamp()),
    };
    moment
        .and_then(|moment| u64::try_from(moment.as_millisecond()).ok())
        .map(UnixMillis)
        .ok_or_else(|| Failure::usage("no market is older than 1970"))
}

/// Why something is neither a day nor a moment.
const FORM: &str = "neither a day, YYYY-MM-DD, nor a moment such as 2026-05-01T08:00:00Z";

impl FromStr for Typed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The calendar's own reader takes more forms than a person should have to know.
        let is_day = text.len() == 10;
        if is_day {
            text.parse().map(Self::Day).map_err(|_| FORM)
        } else {
            text.parse().map(Self::Moment).map_err(|_| FORM)
        }
    }
}

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for Until {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(zone: &str, from: &str, to: &str) -> Result<(u64, u64), Failure> {
        let zone = TimeZone::get(zone).unwrap();
        let (from, to) = span_in(
            &zone,
            Some(from.parse().unwrap()),
            Some(to.parse().unwrap()),
        )?;
        Ok((from.unwrap().0, to.unwrap().0))
    }

    fn moment(text: &str) -> u64 {
        let moment: Timestamp = text.parse().unwrap();
        u64::try_from(moment.as_millisecond()).unwrap()
    }

    #[test]
    fn both_days_count_in_full_in_the_time_zone() {
        let (from, to) = moments("Asia/Beirut", "2026-05-01", "2026-05-31").unwrap();
        assert_eq!(from, moment("2026-04-30T21:00:00Z"));
        assert_eq!(to, moment("2026-05-31T21:00:00Z"));
        let (from, to) = moments("UTC", "2026-05-01", "2026-05-01").unwrap();
        assert_eq!(to - from, 24 * 60 * 60 * 1000);
    }

    #[test]
    fn the_day_on_which_midnight_is_skipped_begins_at_one() {
        let (from, to) = moments("Asia/Beirut", "2026-03-29", "2026-03-29").unwrap();
        assert_eq!(from, moment("2026-03-28T22:00:00Z"));
        assert_eq!(to - from, 23 * 60 * 60 * 1000);
    }

    #[test]
    fn a_moment_stands_for_itself() {
        let typed = ("2026-05-01T08:00:00Z", "2026-05-01T10:00:00+02:00");
        assert!(
            moments("UTC", typed.0, typed.1).is_err(),
            "they are the same"
        );
        let (from, to) = moments("Asia/Beirut", typed.0, "2026-05-01").unwrap();
        assert_eq!(from, moment(typed.0));
        assert_eq!(to, moment("2026-05-01T21:00:00Z"));
    }

    #[test]
    fn reversed_days_are_refused() {
        let failure = moments("UTC", "2026-05-02", "2026-05-01").unwrap_err();
        assert_eq!(failure.exit() as u8, 2);
        assert!(moments("UTC", "1969-01-01", "2026-05-01").is_err());
    }

    #[test]
    fn other_forms_are_not_guessed_at() {
        for text in [
            "",
            "2026-5-1",
            "01.05.2026",
            "20260501",
            "today",
            "2026-02-30",
            "2026-05-01T08:00",
            "2026-05-011",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
