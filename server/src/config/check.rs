//! From what was written down to what the server needs: every value is checked here, once.

mod limits;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use auboutique_certs::SubjectName;
use auboutique_protocol::limits::{
    FRAME_BYTES_MAX, PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN,
};
use auboutique_protocol::text::{Category, ProductName};
use jiff::civil::Date;
use toml::value::Datetime;

use super::settings::{
    BackupSettings, CollectionSettings, LimitSettings, MarketSettings, Settings,
};
use super::{CertificateSource, Config, MarketConfig, Workers};
use crate::calendar::{BUSINESS_DAYS_AHEAD_MAX, Calendar, CalendarError, HOLIDAYS_MAX};
use crate::care::backups::BackupSchedule;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;
/// Categories that a market may have.
const CATEGORIES_MAX: usize = 64;
/// Names in one certificate.
const NAMES_MAX: usize = 100;

/// A value that cannot be used, with the key that it stands under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A number outside of its bounds.
    #[error("{key} = {given} is outside of {least} to {most}")]
    OutOfRange {
        /// The key with its tables, as in `limits.products_per_user_max`.
        key: &'static str,
        /// The value.
        given: u64,
        /// The smallest value that is allowed.
        least: u64,
        /// The largest value that is allowed.
        most: u64,
    },
    /// A value that is refused for another reason.
    #[error("{key}: {reason}")]
    Refused {
        /// The key with its tables.
        key: &'static str,
        /// Why, for people.
        reason: String,
    },
}

impl Invalid {
    /// The key that the value stands under.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::OutOfRange { key, .. } | Self::Refused { key, .. } => key,
        }
    }

    fn refused(key: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Refused { key, reason }
    }
}

/// The configuration that these settings mean.
pub(super) fn check(settings: &Settings, data_dir: &Path) -> Result<Config, Invalid> {
    let limits = &settings.limits;
    if !settings.metrics.listen.is_loopback() {
        let reason =
            "metrics are told on this machine only; put a proxy that asks who comes before it";
        return Err(Invalid::refused("metrics.listen", reason));
    }
    Ok(Config {
        data_dir: path("data_dir", data_dir)?,
        names: names(&settings.names)?,
        certificate: certificate(settings)?,
        ready_file: match &settings.ready_file {
            Some(file) => Some(path("ready_file", file)?),
            None => None,
        },
        demo: false,
        admission: limits::admission(settings)?,
        requests: limits::requests(&limits.requests)?,
        registrations: limits::registrations(&limits.registration)?,
        large_frame_bytes_max: within(
            "limits.large_frame_bytes_max",
            limits.large_frame_bytes_max,
            // Below, not even one frame of the largest size could be read.
            2 * FRAME_BYTES_MAX as u64..=1024 * 1024 * 1024 * 1024,
        )?,
        disk_free_bytes_min: within(
            "limits.disk_free_bytes_min",
            limits.disk_free_bytes_min,
            0..=1024 * 1024 * 1024 * 1024 * 1024,
        )?,
        backups: backups(&settings.backups)?,
        connections_per_user_max: within(
            "connections_per_user_max",
            settings.connections_per_user_max,
            1..=10_000,
        )?,
        market: market(&settings.market, limits)?,
        throttle: limits::throttle(&limits.login)?,
        passwords: Workers {
            count: workers("limits.passwords.threads", limits.passwords.threads, 256)?,
            queue_max: within(
                "limits.passwords.queue_max",
                limits.passwords.queue_max,
                1..=10_000,
            )?,
        },
        pictures: Workers {
            count: workers("limits.pictures.workers", limits.pictures.workers, 64)?,
            queue_max: within(
                "limits.pictures.queue_max",
                limits.pictures.queue_max,
                1..=1_000,
            )?,
        },
    })
}

fn path(key: &'static str, path: &Path) -> Result<PathBuf, Invalid> {
    if path.as_os_str().is_empty() {
        return Err(Invalid::refused(key, "is empty"));
    }
    Ok(path.to_owned())
}

fn names(names: &[String]) -> Result<Vec<String>, Invalid> {
    not_more("names", names.len(), NAMES_MAX)?;
    for name in names {
        name.parse::<SubjectName>()
            .map_err(|error| Invalid::refused("names", error.to_string()))?;
    }
    Ok(names.to_vec())
}

fn certificate(settings: &Settings) -> Result<CertificateSource, Invalid> {
    match (&settings.cert, &settings.key) {
        (None, None) => Ok(CertificateSource::Own),
        (Some(certificate), Some(key)) => Ok(CertificateSource::Files {
            certificate: path("cert", certificate)?,
            key: path("key", key)?,
        }),
        (Some(_), None) => Err(Invalid::refused("cert", "needs its key under `key`")),
        (None, Some(_)) => Err(Invalid::refused(
            "key",
            "needs its certificate under `cert`",
        )),
    }
}

fn backups(backups: &BackupSettings) -> Result<Option<BackupSchedule>, Invalid> {
    let hours: u64 = within("backups.every_hours", backups.every_hours, 1..=8_760)?;
    let keep = within("backups.keep", backups.keep, 1..=10_000)?;
    let Some(directory) = &backups.directory else {
        return Ok(None);
    };
    Ok(Some(BackupSchedule {
        directory: path("backups.directory", directory)?,
        every: Duration::from_secs(hours * 60 * 60),
        keep,
    }))
}

fn market(market: &MarketSettings, limits: &LimitSettings) -> Result<MarketConfig, Invalid> {
    let CollectionSettings { place, hours, .. } = &market.collection;
    let password_characters = PASSWORD_CHARACTERS_MIN as u64..=PASSWORD_CHARACTERS_MAX as u64;
    Ok(MarketConfig {
        currency: market.currency,
        categories: categories(&market.categories)?,
        messages_kept_for: match market.messages_kept_days {
            Some(days) => Some(Duration::from_secs(
                within::<u64>("market.messages_kept_days", days, 1..=36_500)? * SECONDS_A_DAY,
            )),
            None => None,
        },
        place: line("market.collection.place", place)?,
        hours: line("market.collection.hours", hours)?,
        calendar: calendar(&market.collection)?,
        password_characters_min: within(
            "limits.password_characters_min",
            limits.password_characters_min,
            password_characters,
        )?,
        products_per_user_max: within(
            "limits.products_per_user_max",
            limits.products_per_user_max,
            1..=100_000,
        )?,
        picture_bytes_per_user_max: within(
            "limits.picture_bytes_per_user_max",
            limits.picture_bytes_per_user_max,
            1024 * 1024..=1024 * 1024 * 1024 * 1024,
        )?,
        messages_per_day_max: within(
            "limits.messages_per_day_max",
            limits.messages_per_day_max,
            1..=100_000,
        )?,
    })
}

fn categories(names: &[String]) -> Result<Vec<Category>, Invalid> {
    const KEY: &str = "market.categories";
    if names.is_empty() {
        return Err(Invalid::refused(KEY, "needs one category at least"));
    }
    not_more(KEY, names.len(), CATEGORIES_MAX)?;
    let mut known = BTreeSet::new();
    let parse = |name: &String| {
        let category = Category::parse(name)
            .map_err(|error| Invalid::refused(KEY, format!("{name:?}: {error}")))?;
        if known.insert(category.clone()) {
            Ok(category)
        } else {
            Err(Invalid::refused(
                KEY,
                format!("{name:?} stands there twice"),
            ))
        }
    };
    names.iter().map(parse).collect()
}

/// A line that members read. What may stand in a product's name may stand here.
fn line(key: &'static str, text: &str) -> Result<String, Invalid> {
    let line =
        ProductName::parse(text).map_err(|error| Invalid::refused(key, error.to_string()))?;
    Ok(line.into())
}

fn calendar(collection: &CollectionSettings) -> Result<Calendar, Invalid> {
    let holidays = collection
        .holidays
        .iter()
        .map(holiday)
        .collect::<Result<Vec<_>, _>>()?;
    Calendar::new(&collection.zone, holidays, collection.business_days).map_err(|error| match error
    {
        CalendarError::UnknownZone { .. } => {
            Invalid::refused("market.collection.zone", error.to_string())
        }
        CalendarError::TooManyHolidays => Invalid::OutOfRange {
            key: "market.collection.holidays",
            given: collection.holidays.len() as u64,
            least: 0,
            most: HOLIDAYS_MAX as u64,
        },
        CalendarError::DaysOutOfRange(given) => Invalid::OutOfRange {
            key: "market.collection.business_days",
            given: given.into(),
            least: 1,
            most: BUSINESS_DAYS_AHEAD_MAX.into(),
        },
    })
}

fn holiday(given: &Datetime) -> Result<Date, Invalid> {
    // Without a time and a zone it is written as a date, which is what is read here.
    given
        .to_string()
        .parse()
        .ok()
        .filter(|_| given.time.is_none())
        .ok_or_else(|| {
            let reason = format!("{given} is not a day; write it like 2026-12-25");
            Invalid::refused("market.collection.holidays", reason)
        })
}

/// How many threads: as configured, or half of the cores, so that whoever is logged in goes on
/// while others log in.
fn workers(key: &'static str, given: Option<u64>, most: u64) -> Result<NonZeroUsize, Invalid> {
    let count = match given {
        Some(count) => within(key, count, 1..=most)?,
        None => half_of_the_cores(),
    };
    Ok(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
}

fn half_of_the_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get) / 2
}

fn not_more(key: &'static str, given: usize, most: usize) -> Result<(), Invalid> {
    within::<usize>(key, given as u64, 0..=most as u64).map(drop)
}

fn within<T: TryFrom<u64>>(
    key: &'static str,
    given: u64,
    range: RangeInclusive<u64>,
) -> Result<T, Invalid> {
    let (least, most) = range.clone().into_inner();
    let error = Invalid::OutOfRange {
        key,
        given,
        least,
        most,
    };
    if !range.contains(&given) {
        return Err(error);
    }
    T::try_from(given).map_err(|_| error)
}
