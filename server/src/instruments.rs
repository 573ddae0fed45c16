//! How the server does at a moment, put together from where it is known.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auboutique_protocol::admin::{Now, Point, Series};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::money::{Currency, Money};
use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::catalog::Catalog;
use crate::presence::Presence;
use crate::statistics::Statistics;
use crate::store::admin::Span;
use crate::store::{Store, StoreError};

/// Steps of a series of hours.
const HOURS: u64 = 48;
const HOUR_MS: u64 = 60 * 60 * 1000;
/// Steps of a series of days.
const DAYS: u16 = 60;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Instruments {
    pub(crate) data_dir: PathBuf,
    pub(crate) currency: Currency,
    pub(crate) calendar: Calendar,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) statistics: Arc<Statistics>,
    /// Milliseconds since 1970.
    pub(crate) certificate_ends: AtomicU64,
}

impl Instruments {
    /// The server's certificate ends then.
    pub(crate) fn certificate_ends(&self, at: Timestamp) {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        self.certificate_ends.store(millis, Ordering::Relaxed);
    }

    /// How the server does now.
    pub(crate) fn now(&self, store: &dyn Store) -> Now {
        let at = clock();
        let numbers = self.statistics.numbers(at);
        let (online, connections) = self.presence.counts();
        let size = store.size();
        Now {
            at,
            users: numbers.users,
            errors: numbers.totals.errors,
            faults: numbers.totals.faults,
            online,
            requests: numbers.totals.requests,
            log_bytes: size.log_bytes,
            uptime_ms: u64::try_from(numbers.uptime.as_millis()).unwrap_or(u64::MAX),
            connections,
            sales_today: numbers.sales_today,
            writer_queue: size.writer_queue,
            revenue_today: self.money(numbers.revenue_today_minor),
            database_bytes: size.database_bytes,
            latency_p50_us: numbers.latency_p50_us,
            latency_p99_us: numbers.latency_p99_us,
            disk_free_bytes: self.disk_free_bytes(),
            errors_per_second: numbers.errors_per_second,
            products_for_sale: self.catalog.len() as u64,
            requests_per_second: numbers.requests_per_second,
            certificate_expires_at: UnixMillis(self.certificate_ends.load(Ordering::Relaxed)),
        }
    }

    /// How the server did, oldest first.
    pub(crate) async fn series(
        &self,
        series: Series,
        store: &dyn Store,
    ) -> Result<Vec<Point>, StoreError> {
        match series {
            Series::Minute => Ok(self.minutes()),
            Series::Hour => self.sales_in(&hours(clock()), store).await,
            Series::Day => self.sales_in(&self.days(Timestamp::now()), store).await,
        }
    }

    /// Takes a sample for the statistics.
    pub(crate) fn sample(&self) {
        let day_begins = day_begins(&self.calendar, Timestamp::now(), 0);
        self.statistics.sample(clock(), day_begins);
    }

    fn minutes(&self) -> Vec<Point> {
        let minutes = self.statistics.minutes(clock()).into_iter();
        minutes
            .map(|minute| Point {
                at: minute.at,
                sales: minute.counted.sales,
                errors: Some(minute.counted.errors),
                revenue: self.money(minute.counted.revenue_minor),
                requests: Some(minute.counted.requests),
            })
            .collect()
    }

    async fn sales_in(&self, spans: &[Span], store: &dyn Store) -> Result<Vec<Point>, StoreError> {
        let sums = store.sales_in(spans).await?;
        let point = |(span, (sales, revenue)): (&Span, (u64, Money))| Point {
            at: span.from,
            sales,
            errors: None,
            revenue,
            requests: None,
        };
        Ok(spans.iter().zip(sums).map(point).collect())
    }

    fn days(&self, now: Timestamp) -> Vec<Span> {
        let begin = |back| day_begins(&self.calendar, now, back);
        let spans = (0..DAYS).rev().map(|back| Span {
            from: begin(back),
            to: match back.checked_sub(1) {
                Some(next) => begin(next),
                None => UnixMillis(i64::MAX as u64),
            },
        });
        spans.collect()
    }

    fn money(&self, minor: u64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// Room on the disk with the data; `None` where the system does not say.
    pub(crate) fn disk_free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.data_dir).ok()?;
        disk.f_bavail.checked_mul(disk.f_frsize)
    }
}

/// When a day began on the calendar of the place, so many days ago.
pub(crate) fn day_begins(calendar: &Calendar, now: Timestamp, days_ago: u16) -> UnixMillis {
    let millis = calendar.day_begins(now, days_ago).as_millisecond();
    UnixMillis(u64::try_from(millis).unwrap_or(0))
}

fn hours(now: UnixMillis) -> Vec<Span> {
    let current = now.0 / HOUR_MS;
    let hours = current.saturating_sub(HOURS - 1)..=current;
    hours
        .map(|hour| Span {
            from: UnixMillis(hour * HOUR_MS),
            to: UnixMillis((hour + 1) * HOUR_MS),
        })
        .collect()
}

fn clock() -> UnixMillis {
    let millis = Timestamp::now().as_millisecond();
    UnixMillis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_have_no_gaps_and_end_with_the_current_one() {
        let spans = hours(UnixMillis(100 * HOUR_MS + 5));
        assert_eq!(spans.len() as u64, HOURS);
        assert_eq!(spans[47].from.0, 100 * HOUR_MS);
        assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
    }
}
