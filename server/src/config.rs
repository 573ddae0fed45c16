//! What the server is told, checked once and immutable after.
//!
//! [`args`] is what an operator types. `settings` names every key with its default, `file` reads a
//! file over them, `check` makes a [`Config`] of the result or says which key is wrong, and
//! [`example`] writes the example file.

pub mod args;
mod check;
pub mod example;
mod file;
mod settings;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use auboutique_protocol::money::Currency;
use auboutique_protocol::text::Category;

pub use self::check::Invalid;
pub use self::file::{ConfigError, Place};
use self::settings::Settings;
use crate::auth::throttle::ThrottleLimits;
use crate::calendar::Calendar;
use crate::care::backups::BackupSchedule;
use crate::limits::{AdmissionLimits, Rate};

/// Everything that the server needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where databases, certificates and the lock live.
    pub data_dir: PathBuf,
    /// What the certificate is for: host names and addresses that clients use.
    pub names: Vec<String>,
    /// Where the certificate comes from.
    pub certificate: CertificateSource,
    /// A file to write when the server is ready.
    pub ready_file: Option<PathBuf>,
    /// Whether to fill an empty data directory with a market to look at.
    pub demo: bool,
    /// Which connections are taken.
    pub(crate) admission: AdmissionLimits,
    /// How fast one user may ask.
    pub(crate) requests: Rate,
    /// How fast accounts may be made from one source.
    pub(crate) registrations: Rate,
    /// Bytes that large frames may hold together.
    pub(crate) large_frame_bytes_max: usize,
    /// Bytes of the disk that are to stay free.
    pub(crate) disk_free_bytes_min: u64,
    /// Backups that the server takes by itself.
    pub(crate) backups: Option<BackupSchedule>,
    /// Most connections of one user at once.
    pub connections_per_user_max: usize,
    /// How the market works.
    pub(crate) market: MarketConfig,
    /// How often passwords may be guessed.
    pub(crate) throttle: ThrottleLimits,
    /// Who hashes passwords.
    pub(crate) passwords: Workers,
    /// Who works on pictures.
    pub(crate) pictures: Workers,
}

impl Config {
    /// A configuration with the defaults for everything but the data directory.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let default = check::check(&Settings::default(), ".".as_ref())
            .expect("the defaults are within their bounds");
        Self {
            data_dir: data_dir.into(),
            ..default
        }
    }
}

/// Where the server's certificate comes from.
#[derive(Debug, Clone)]
pub enum CertificateSource {
    /// The server's own authority in its data directory.
    Own,
    /// Files from elsewhere.
    Files {
        /// The certificate with its chain, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: PathBuf,
    },
}

/// Where the server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAddress {
    /// For members.
    pub member: SocketAddr,
    /// For administrators, if there is a listener for them.
    pub admin: Option<SocketAddr>,
    /// For whoever watches over the server, if anybody can.
    pub metrics: Option<SocketAddr>,
}

/// How the market works.
#[derive(Debug, Clone)]
pub(crate) struct MarketConfig {
    pub(crate) currency: Currency,
    pub(crate) categories: Vec<Category>,
    pub(crate) messages_kept_for: Option<Duration>,
    pub(crate) place: String,
    pub(crate) hours: String,
    pub(crate) calendar: Calendar,
    pub(crate) password_characters_min: usize,
    pub(crate) products_per_user_max: u64,
    pub(crate) picture_bytes_per_user_max: u64,
    pub(crate) messages_per_day_max: u64,
}

/// Threads for heavy work, and how much may wait for them; more is refused as busy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workers {
    pub(crate) count: NonZeroUsize,
    pub(crate) queue_max: usize,
}
