//! What the server is told, checked once and immutable after.

pub mod args;

use std::net::SocketAddr;
use std::path::PathBuf;

use auboutique_protocol::limits::PASSWORD_CHARACTERS_MIN;
use auboutique_protocol::money::Currency;
use auboutique_protocol::text::Category;

use crate::calendar::Calendar;

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
    /// Most connections at once.
    pub connections_max: usize,
    /// How the market works.
    pub(crate) market: MarketConfig,
}

impl Config {
    /// A configuration with the defaults for everything but the data directory.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            names: Vec::new(),
            certificate: CertificateSource::Own,
            ready_file: None,
            connections_max: CONNECTIONS_MAX,
            market: MarketConfig::default(),
        }
    }
}

/// Most connections at once, unless configured otherwise.
const CONNECTIONS_MAX: usize = 12_000;

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
}

/// How the market works.
#[derive(Debug, Clone)]
pub(crate) struct MarketConfig {
    pub(crate) currency: Currency,
    pub(crate) categories: Vec<Category>,
    pub(crate) place: String,
    pub(crate) hours: String,
    pub(crate) calendar: Calendar,
    pub(crate) password_characters_min: usize,
    pub(crate) products_per_user_max: u64,
    pub(crate) picture_bytes_per_user_max: u64,
}

impl Default for MarketConfig {
    fn default() -> Self {
        let categories = [
            "textbooks",
            "craftwork",
            "collectibles",
            "electronics",
            "clothing",
            "other",
        ];
        let category = |name| Category::parse(name).expect("these names are categories");
        Self {
            currency: Currency::Usd,
            categories: categories.map(category).into(),
            place: "AUB Post Office".into(),
            hours: "Monday to Friday, 8:30 to 16:00".into(),
            calendar: Calendar::default(),
            password_characters_min: PASSWORD_CHARACTERS_MIN,
            products_per_user_max: 200,
            picture_bytes_per_user_max: 64 * 1024 * 1024,
        }
    }
}
