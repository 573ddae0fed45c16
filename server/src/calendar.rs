//! The day on which a buyer may collect a product.
//!
//! The post office is open on business days only, so the collection date is counted in those: the
//! second business day after the day of the sale, where the day of the sale is the day on the
//! calendar of the place (Asia/Beirut), not the day in UTC. Saturdays, Sundays and a configured
//! list of holidays do not count. The result is stored with the sale and never computed again, so
//! a later change of the holidays changes no promise that was already made.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, civil::Weekday, tz::TimeZone};
use thiserror::Error;

/// Zone of the AUB Post Office, a name of the IANA time zone database.
pub(crate) const ZONE_DEFAULT: &str = "Asia/Beirut";
/// Business days between a sale and its collection, unless configured otherwise.
pub(crate) const BUSINESS_DAYS_AHEAD_DEFAULT: u8 = 2;
/// The most business days that a configuration may ask for.
pub(crate) const BUSINESS_DAYS_AHEAD_MAX: u8 = 30;
/// The most holidays in one calendar. Together with [`BUSINESS_DAYS_AHEAD_MAX`] this bounds the
/// search for a date: a day that is passed over is a holiday or belongs to a weekend.
pub(crate) const HOLIDAYS_MAX: usize = 1_000;

/// Why a calendar cannot be built.
#[derive(Debug, Error)]
pub(crate) enum CalendarError {
    /// The name is not in the time zone database that is part of this program.
    #[error("unknown time zone {name:?}")]
    UnknownZone {
        /// The name as it was given.
        name: String,
        /// What the database said.
        source: jiff::Error,
    },
    /// The holidays are more than [`HOLIDAYS_MAX`].
    #[error("more than {HOLIDAYS_MAX} holidays")]
    TooManyHolidays,
    /// The business days ahead are not in `1..=BUSINESS_DAYS_AHEAD_MAX`.
    #[error("{0} business days ahead is outside of 1 to {BUSINESS_DAYS_AHEAD_MAX}")]
    DaysOutOfRange(u8),
}

/// The rule from which collection dates follow. Immutable and free of any clock.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: TimeZone,
    holidays: BTreeSet<Date>,
    business_days_ahead: u8,
}

impl Calendar {
    /// Builds the rule from a zone name such as `Asia/Beirut`, the holidays (dates on the local
    /// calendar; doubles and days of a weekend do no harm) and the number of business days to
    /// wait.
    ///
    /// # Errors
    /// [`CalendarError`] if the zone is unknown, the holidays are too many, or the number of days
    /// is zero or too large. A calendar that has no business day at all cannot be expressed: the
    /// holidays are finite.
    pub(crate) fn new(
        zone: &str,
        holidays: impl IntoIterator<Item = Date>,
        business_days_ahead: u8,
    ) -> Result<Self, CalendarError> {
        let zone = TimeZone::get(zone).map_err(|source| CalendarError::UnknownZone {
            name: zone.to_owned(),
            source,
        })?;
        if !(1..=BUSINESS_DAYS_AHEAD_MAX).contains(&business_days_ahead) {
            return Err(CalendarError::DaysOutOfRange(business_days_ahead));
        }
        let mut known = BTreeSet::new();
        for holiday in holidays {
            known.insert(holiday);
            if known.len() > HOLIDAYS_MAX {
                return Err(CalendarError::TooManyHolidays);
            }
        }
        Ok(Self {
            zone,
            holidays: known,
            business_days_ahead,
        })
    }

    /// The day from which a product sold at `sold_at` can be collected.
    ///
    /// The local day of the sale itself never counts, even if it is a business day. The walk
    /// looks at no more than about 1,500 days. At the very end of the calendar (31 December 9999)
    /// the answer is that last day.
    pub(crate) fn collection_date(&self, sold_at: Timestamp) -> Date {
        let mut day = sold_at.to_zoned(self.zone.clone()).date();
        let mut left = self.business_days_ahead;
        while left > 0 {
            let Ok(next) = day.tomorrow() else {
                return day;
            };
            day = next;
            if self.is_business_day(day) {
                left -= 1;
            }
        }
        day
    }

    /// The day of a moment on the calendar of the place, as `YYYY-MM-DD`, which sorts by time.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).date().to_string()
    }

    /// When a day on the calendar of the place began, so many days before that of a moment.
    pub(crate) fn day_begins(&self, at: Timestamp, days_ago: u16) -> Timestamp {
        let mut day = at.to_zoned(self.zone.clone()).date();
        for _ in 0..days_ago {
            day = day.yesterday().unwrap_or(day);
        }
        day.to_zoned(self.zone.clone())
            .map_or(at, |midnight| midnight.timestamp())
    }

    fn is_business_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && !self.holidays.contains(&day)
    }
}

/// Asia/Beirut, no holidays, two business days.
impl Default for Calendar {
    fn default() -> Self {
        Self::new(ZONE_DEFAULT, [], BUSINESS_DAYS_AHEAD_DEFAULT)
            .expect("the bundled time zone database has Asia/Beirut and the default is in range")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn with_holidays(holidays: &[Date]) -> Calendar {
        Calendar::new(ZONE_DEFAULT, holidays.iter().copied(), 2).unwrap()
    }

    #[test]
    fn a_moment_belongs_to_the_day_of_the_place() {
        let calendar = Calendar::default();
        // Beirut is two hours ahead in winter and three in summer.
        assert_eq!(calendar.day(at("2026-01-05T21:59:59Z")), "2026-01-05");
        assert_eq!(calendar.day(at("2026-01-05T22:00:00Z")), "2026-01-06");
        assert_eq!(calendar.day(at("2026-06-05T21:00:00Z")), "2026-06-06");
    }

    #[test]
    fn every_weekday_has_its_collection_day() {
        // The week of Monday, 1 June 2026; noon in Beirut is 09:00 in UTC.
        let table = [
            (1, date(2026, 6, 3)),
            (2, date(2026, 6, 4)),
            (3, date(2026, 6, 5)),
            (4, date(2026, 6, 8)),
            (5, date(2026, 6, 9)),
            (6, date(2026, 6, 9)),
            (7, date(2026, 6, 9)),
        ];
        for (day, expected) in table {
            let sold_at = at(&format!("2026-06-{day:02}T09:00:00Z"));
            assert_eq!(
                Calendar::default().collection_date(sold_at),
                expected,
                "1 June + {day}"
            );
        }
    }

    #[test]
    fn the_day_of_the_sale_is_the_local_day() {
        let calendar = Calendar::default();
        // Thursday 23:59:59 in Beirut, and the next second, which is Friday there but not in UTC.
        assert_eq!(
            calendar.collection_date(at("2026-06-04T20:59:59Z")),
            date(2026, 6, 8)
        );
        assert_eq!(
            calendar.collection_date(at("2026-06-04T21:00:00Z")),
            date(2026, 6, 9)
        );
        // Friday night in UTC is Saturday in Beirut; both lead to Tuesday. Sunday night in UTC is
        // Monday in Beirut and leads to Wednesday.
        assert_eq!(
            calendar.collection_date(at("2026-06-05T22:30:00Z")),
            date(2026, 6, 9)
        );
        assert_eq!(
            calendar.collection_date(at("2026-06-07T21:30:00Z")),
            date(2026, 6, 10)
        );
    }

    #[test]
    fn summer_time_moves_the_border_of_the_day() {
        let calendar = Calendar::default();
        // Clocks go from +02:00 to +03:00 at midnight before Sunday, 29 March 2026.
        // Wednesday, 25 March ends at 22:00 UTC; Wednesday, 1 April ends at 21:00 UTC.
        assert_eq!(
            calendar.collection_date(at("2026-03-25T21:59:59Z")),
            date(2026, 3, 27)
        );
        assert_eq!(
            calendar.collection_date(at("2026-03-25T22:00:00Z")),
            date(2026, 3, 30)
        );
        assert_eq!(
            calendar.collection_date(at("2026-04-01T20:59:59Z")),
            date(2026, 4, 3)
        );
        assert_eq!(
            calendar.collection_date(at("2026-04-01T21:00:00Z")),
            date(2026, 4, 6)
        );
        for instant in [
            "2026-03-28T21:59:59Z",
            "2026-03-28T22:00:00Z",
            "2026-03-29T20:59:59Z",
        ] {
            assert_eq!(
                calendar.collection_date(at(instant)),
                date(2026, 3, 31),
                "{instant}"
            );
        }
    }

    #[test]
    fn holidays_are_passed_over_singly_and_in_runs() {
        let sold_at = at("2026-06-01T09:00:00Z");
        let single = with_holidays(&[date(2026, 6, 2)]);
        assert_eq!(single.collection_date(sold_at), date(2026, 6, 4));
        let run: Vec<Date> = (2..=12).map(|day| date(2026, 6, day)).collect();
        assert_eq!(
            with_holidays(&run).collection_date(sold_at),
            date(2026, 6, 16)
        );
        let on_the_weekend = with_holidays(&[date(2026, 6, 6), date(2026, 6, 7)]);
        assert_eq!(on_the_weekend.collection_date(sold_at), date(2026, 6, 3));
        let on_the_day_itself = with_holidays(&[date(2026, 6, 1)]);
        assert_eq!(on_the_day_itself.collection_date(sold_at), date(2026, 6, 3));
    }

    #[test]
    fn the_year_may_end_in_between() {
        let sold_at = at("2026-12-31T09:00:00Z");
        assert_eq!(
            Calendar::default().collection_date(sold_at),
            date(2027, 1, 4)
        );
        let new_year = with_holidays(&[date(2027, 1, 1)]);
        assert_eq!(new_year.collection_date(sold_at), date(2027, 1, 5));
        // 22:30 UTC on the last day of the year is New Year's Day in Beirut.
        assert_eq!(
            new_year.collection_date(at("2026-12-31T22:30:00Z")),
            date(2027, 1, 5)
        );
        let leap = Calendar::default().collection_date(at("2028-02-28T09:00:00Z"));
        assert_eq!(leap, date(2028, 3, 1));
    }

    #[test]
    fn the_longest_run_of_holidays_still_has_an_end() {
        let first = date(2026, 6, 2);
        let all = (0..1_000).map(|days| first.checked_add(days.days()).unwrap());
        let calendar = Calendar::new(ZONE_DEFAULT, all, BUSINESS_DAYS_AHEAD_MAX).unwrap();
        // The last of the thousand holidays is 25 February 2029, a Sunday: six full weeks follow.
        let expected = date(2029, 4, 6);
        assert_eq!(
            calendar.collection_date(at("2026-06-01T09:00:00Z")),
            expected
        );
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        assert_eq!(
            Calendar::default().collection_date(Timestamp::MAX),
            Date::MAX
        );
        let early = Calendar::default().collection_date(Timestamp::MIN);
        assert!(early.year() <= -9998, "{early}");
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_refused() {
        let zone = Calendar::new("Asia/Atlantis", [], 2).unwrap_err();
        assert!(
            matches!(zone, CalendarError::UnknownZone { ref name, .. } if name == "Asia/Atlantis")
        );
        for days in [0, BUSINESS_DAYS_AHEAD_MAX + 1, u8::MAX] {
            let error = Calendar::new(ZONE_DEFAULT, [], days).unwrap_err();
            assert!(matches!(error, CalendarError::DaysOutOfRange(given) if given == days));
        }
        let endless = std::iter::successors(Some(date(2026, 1, 1)), |day| day.tomorrow().ok());
        let error = Calendar::new(ZONE_DEFAULT, endless, 2).unwrap_err();
        assert!(matches!(error, CalendarError::TooManyHolidays));
    }

    proptest! {
        #[test]
        fn exactly_the_wanted_business_days_lie_after_the_sale(
            second in 0_i64..4_000_000_000,
            offsets in proptest::collection::vec(0_i32..40, 0..20),
            ahead in 1_u8..=10,
        ) {
            let sold_at = Timestamp::from_second(second).unwrap();
            let zone = TimeZone::get(ZONE_DEFAULT).unwrap();
            let sold_on = sold_at.to_zoned(zone).date();
            let holidays = offsets.iter().map(|&days| sold_on.checked_add(days.days()).unwrap());
            let calendar = Calendar::new(ZONE_DEFAULT, holidays, ahead).unwrap();
            let collect_on = calendar.collection_date(sold_at);
            prop_assert!(calendar.is_business_day(collect_on));
            let business_days = sold_on
                .series(1.day())
                .skip(1)
                .take_while(|day| *day <= collect_on)
                .filter(|day| calendar.is_business_day(*day))
                .count();
            prop_assert_eq!(business_days, usize::from(ahead));
        }
    }
}
