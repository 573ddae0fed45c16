//! Every key of the configuration with its default: the form in which it is written down.
//!
//! Nothing is checked here but types. A file overlays the defaults, the environment and flags
//! overlay the file, and [`super::check`] makes a [`super::Config`] of the result.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use auboutique_certs::DEFAULT_PORT;
use auboutique_protocol::limits::PASSWORD_CHARACTERS_MIN;
use auboutique_protocol::money::Currency;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

use super::args::LogFormat;
use crate::auth::throttle::ThrottleLimits;
use crate::calendar::{BUSINESS_DAYS_AHEAD_DEFAULT, ZONE_DEFAULT};
use crate::presence::CONNECTIONS_PER_USER_MAX;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// The whole configuration. What each key means stands in [`super::example`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) listen: IpAddr,
    pub(crate) port: u16,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) names: Vec<String>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) ready_file: Option<PathBuf>,
    pub(crate) log_format: LogFormat,
    pub(crate) connections_max: u64,
    pub(crate) connections_per_user_max: u64,
    pub(crate) admin: AdminSettings,
    pub(crate) metrics: MetricsSettings,
    pub(crate) backups: BackupSettings,
    pub(crate) market: MarketSettings,
    pub(crate) limits: LimitSettings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdminSettings {
    pub(crate) enabled: bool,
    pub(crate) listen: IpAddr,
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsSettings {
    pub(crate) listen: IpAddr,
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BackupSettings {
    pub(crate) directory: Option<PathBuf>,
    pub(crate) every_hours: u64,
    pub(crate) keep: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MarketSettings {
    pub(crate) currency: Currency,
    pub(crate) categories: Vec<String>,
    pub(crate) messages_kept_days: Option<u64>,
    pub(crate) collection: CollectionSettings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CollectionSettings {
    pub(crate) place: String,
    pub(crate) hours: String,
    pub(crate) business_days: u8,
    pub(crate) zone: String,
    pub(crate) holidays: Vec<Datetime>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitSettings {
    pub(crate) products_per_user_max: u64,
    pub(crate) picture_bytes_per_user_max: u64,
    pub(crate) messages_per_day_max: u64,
    pub(crate) password_characters_min: u64,
    pub(crate) large_frame_bytes_max: u64,
    pub(crate) disk_free_bytes_min: u64,
    pub(crate) connections: ConnectionSettings,
    pub(crate) requests: RequestSettings,
    pub(crate) registration: RegistrationSettings,
    pub(crate) login: LoginSettings,
    pub(crate) passwords: PasswordSettings,
    pub(crate) pictures: PictureSettings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConnectionSettings {
    pub(crate) per_source_max: u64,
    pub(crate) unauthenticated_max: u64,
    pub(crate) unauthenticated_per_source_max: u64,
    pub(crate) new_per_source_burst: u64,
    pub(crate) new_per_source_and_second: u64,
    pub(crate) exempt_networks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequestSettings {
    pub(crate) per_user_burst: u64,
    pub(crate) per_user_and_second: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RegistrationSettings {
    pub(crate) source_burst: u64,
    pub(crate) source_refill_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LoginSettings {
    pub(crate) back_off_first_seconds: u64,
    pub(crate) back_off_max_seconds: u64,
    pub(crate) forget_after_seconds: u64,
    pub(crate) parallel_max: u64,
    pub(crate) source_burst: u64,
    pub(crate) source_refill_seconds: u64,
    pub(crate) known_for_days: u64,
    pub(crate) failures_per_day_max: u64,
    pub(crate) entries_max: u64,
    pub(crate) exempt_networks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PasswordSettings {
    pub(crate) threads: Option<u64>,
    pub(crate) queue_max: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PictureSettings {
    pub(crate) workers: Option<u64>,
    pub(crate) queue_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            port: DEFAULT_PORT,
            data_dir: None,
            names: Vec::new(),
            cert: None,
            key: None,
            ready_file: None,
            log_format: LogFormat::Text,
            connections_max: 12_000,
            connections_per_user_max: CONNECTIONS_PER_USER_MAX as u64,
            admin: AdminSettings::default(),
            metrics: MetricsSettings::default(),
            backups: BackupSettings::default(),
            market: MarketSettings::default(),
            limits: LimitSettings::default(),
        }
    }
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
        }
    }
}

impl Default for MetricsSettings {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
        }
    }
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self {
            directory: None,
            every_hours: 24,
            keep: 7,
        }
    }
}

impl Default for MarketSettings {
    fn default() -> Self {
        let categories = [
            "textbooks",
            "craftwork",
            "collectibles",
            "electronics",
            "clothing",
            "other",
        ];
        Self {
            currency: Currency::Usd,
            categories: categories.map(str::to_owned).into(),
            messages_kept_days: None,
            collection: CollectionSettings::default(),
        }
    }
}

impl Default for CollectionSettings {
    fn default() -> Self {
        Self {
            place: "AUB Post Office".into(),
            hours: "Monday to Friday, 8:30 to 16:00".into(),
            business_days: BUSINESS_DAYS_AHEAD_DEFAULT,
            zone: ZONE_DEFAULT.into(),
            holidays: Vec::new(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            products_per_user_max: 200,
            picture_bytes_per_user_max: 64 * 1024 * 1024,
            messages_per_day_max: 1_000,
            password_characters_min: PASSWORD_CHARACTERS_MIN as u64,
            // A quarter of a small machine.
            large_frame_bytes_max: 256 * 1024 * 1024,
            // Twice what the write-ahead logs grow to, and room to take a look around.
            disk_free_bytes_min: 256 * 1024 * 1024,
            connections: ConnectionSettings::default(),
            requests: RequestSettings::default(),
            registration: RegistrationSettings::default(),
            login: LoginSettings::default(),
            passwords: PasswordSettings::default(),
            pictures: PictureSettings::default(),
        }
    }
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            per_source_max: 1_024,
            // Some 20 MiB of handshakes under way.
            unauthenticated_max: 1_024,
            unauthenticated_per_source_max: 256,
            // A lecture hall that comes back at once after a restart, …
            new_per_source_burst: 1_000,
            // … and in the long run one hundredth of what handshakes one core can do.
            new_per_source_and_second: 100,
            exempt_networks: Vec::new(),
        }
    }
}

impl Default for RequestSettings {
    fn default() -> Self {
        Self {
            // Nobody reads as fast as that, and twenty users at this pace leave room for others.
            per_user_burst: 2_000,
            per_user_and_second: 500,
        }
    }
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self {
            source_burst: 30,
            source_refill_seconds: 60,
        }
    }
}

impl Default for LoginSettings {
    fn default() -> Self {
        let limits = ThrottleLimits::default();
        Self {
            back_off_first_seconds: limits.back_off_first.as_secs(),
            back_off_max_seconds: limits.back_off_max.as_secs(),
            forget_after_seconds: limits.forget_after.as_secs(),
            parallel_max: limits.parallel_max.into(),
            source_burst: limits.source_burst.into(),
            source_refill_seconds: limits.source_refill.as_secs(),
            known_for_days: limits.known_for.as_secs() / SECONDS_A_DAY,
            failures_per_day_max: limits.failures_per_day_max.into(),
            entries_max: limits.entries_max as u64,
            exempt_networks: Vec::new(),
        }
    }
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            threads: None,
            // About two seconds of work.
            queue_max: 128,
        }
    }
}

impl Default for PictureSettings {
    fn default() -> Self {
        Self {
            workers: None,
            // Each holds at most 768 KiB.
            queue_max: 32,
        }
    }
}
