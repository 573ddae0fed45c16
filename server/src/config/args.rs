//! What an operator types: the port and flags, or a command, with the environment behind them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use super::check::check;
use super::file::ConfigFile;
use super::settings::Settings;
use super::{Config, ConfigError, Invalid, ListenAddress};

const EXAMPLES: &str = "\
Examples:
  auboutique-server
  auboutique-server 7443 --name market.example.org
  auboutique-server 7443 --data-dir /var/lib/auboutique --log-format json
  auboutique-server --config market.toml
  auboutique-server check-config --config market.toml
  auboutique-server backup /backups/monday
  auboutique-server check-data
  auboutique-server restore /backups/monday --data-dir restored
  auboutique-server 7443 --demo

The first start creates the data directory, a certificate authority and the
databases, and prints an invite. Members join with it:
  auboutique --server INVITE register";

const CHECK_CONFIG_EXAMPLE: &str = "\
Example:
  auboutique-server check-config --config market.toml";
const BACKUP_EXAMPLE: &str = "\
Example:
  auboutique-server backup /backups/monday --data-dir /var/lib/auboutique";
const CHECK_DATA_EXAMPLE: &str = "\
Example:
  auboutique-server check-data --data-dir /var/lib/auboutique";
const RESTORE_EXAMPLE: &str = "\
Example:
  auboutique-server restore /backups/monday --data-dir restored";

/// The AUBoutique marketplace server.
#[derive(Debug, Parser)]
#[command(name = "auboutique-server", version, after_help = EXAMPLES)]
// Otherwise `--name HOST check-config` would take the command for another host.
#[command(subcommand_precedence_over_arg = true)]
pub struct Args {
    /// Without one, the server runs
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Port to listen on; 0 takes any free one [default: 7443]
    #[arg(env = "AUBOUTIQUE_PORT")]
    port: Option<u16>,

    /// Address to listen on [default: 0.0.0.0]
    #[arg(long, value_name = "ADDR", env = "AUBOUTIQUE_LISTEN")]
    listen: Option<IpAddr>,

    /// Port for administrators; 0 takes any free one [default: the one after the port]
    #[arg(long, value_name = "PORT", env = "AUBOUTIQUE_ADMIN_PORT")]
    admin_port: Option<u16>,

    /// Port for metrics over HTTP, on this machine only; 0 takes any free one [default: none]
    #[arg(long, value_name = "PORT", env = "AUBOUTIQUE_METRICS_PORT")]
    metrics_port: Option<u16>,

    /// Configuration file (TOML); flags and the environment win over it
    #[arg(long, value_name = "FILE", global = true, env = "AUBOUTIQUE_CONFIG")]
    config: Option<PathBuf>,

    /// Directory for databases and certificates [default: $XDG_DATA_HOME/auboutique]
    #[arg(long, value_name = "DIR", global = true, env = "AUBOUTIQUE_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// Host names and addresses that clients use, for the certificate [default: this machine's]
    #[arg(
        long = "name",
        value_name = "HOST",
        num_args = 1..,
        value_delimiter = ',',
        env = "AUBOUTIQUE_NAME"
    )]
    names: Vec<String>,

    /// Certificate from elsewhere, with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key", env = "AUBOUTIQUE_CERT")]
    cert: Option<PathBuf>,

    /// The key of --cert (PEM, mode 0600)
    #[arg(long, value_name = "FILE", requires = "cert", env = "AUBOUTIQUE_KEY")]
    key: Option<PathBuf>,

    /// Write a JSON file with addresses, pid and fingerprint once the server is ready
    #[arg(long, value_name = "FILE", env = "AUBOUTIQUE_READY_FILE")]
    ready_file: Option<PathBuf>,

    /// A market to look at, with people, products and pictures, in a data directory of its own
    /// [default: $XDG_DATA_HOME/auboutique/demo]
    #[arg(long, global = true)]
    demo: bool,

    /// Form of the log on standard error [default: text]
    #[arg(long, value_enum, env = "AUBOUTIQUE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
}

/// What to do other than to serve.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the configuration and print what it means, as TOML
    #[command(after_help = CHECK_CONFIG_EXAMPLE)]
    CheckConfig,
    /// Copy databases and certificates to a new directory, also while a server runs
    #[command(after_help = BACKUP_EXAMPLE)]
    Backup {
        /// Directory to make; an existing one must be empty
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Look for damage in every page, index and reference of the databases, also while a server runs
    #[command(after_help = CHECK_DATA_EXAMPLE)]
    CheckData,
    /// Put a backup in place as the data directory; no server may be running on it
    #[command(after_help = RESTORE_EXAMPLE)]
    Restore {
        /// Directory with the backup
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Move existing data aside, to NAME.before-restore-TIME
        #[arg(long)]
        force: bool,
    },
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What arguments, environment, file and defaults together mean.
#[derive(Debug)]
pub struct Loaded {
    /// For the server.
    pub config: Config,
    /// Where it is to listen.
    pub address: ListenAddress,
    /// The form of its log.
    pub log_format: LogFormat,
    settings: Settings,
}

impl Loaded {
    /// The effective configuration as TOML: every value as it holds now.
    ///
    /// # Errors
    /// A path is not UTF-8.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        let mut settings = self.settings.clone();
        settings.data_dir = Some(self.config.data_dir.clone());
        let passwords = self.config.passwords.count.get() as u64;
        settings.limits.passwords.threads = Some(passwords);
        settings.limits.pictures.workers = Some(self.config.pictures.count.get() as u64);
        Ok(toml::to_string(&settings)?)
    }
}

impl Args {
    /// Reads the file, if one is named, and puts everything together: flags over the environment
    /// over the file over the defaults.
    ///
    /// # Errors
    /// The file cannot be read or used, a value is refused, or no data directory was given and
    /// there is no home to put the default one under. Errors of the file name line and column.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let file = match &self.config {
            Some(path) => Some(ConfigFile::read(path)?),
            None => None,
        };
        let mut settings = match &file {
            Some(file) => file.settings()?,
            None => Settings::default(),
        };
        self.overlay(&mut settings);
        let data_dir = match &settings.data_dir {
            Some(directory) => directory.clone(),
            None => {
                let home = etcetera::choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
                let own = home.data_dir().join("auboutique");
                if self.demo { own.join("demo") } else { own }
            }
        };
        let mut config = check(&settings, &data_dir).map_err(|invalid| match &file {
            Some(file) if !self.gives(invalid.key()) => file.locate(invalid),
            _ => ConfigError::Invalid(invalid),
        })?;
        config.demo = self.demo;
        Ok(Loaded {
            config,
            address: ListenAddress {
                member: (settings.listen, settings.port).into(),
                admin: admin_address(&settings)?,
                metrics: settings
                    .metrics
                    .port
                    .map(|port| (settings.metrics.listen, port).into()),
            },
            log_format: settings.log_format,
            settings,
        })
    }

    fn overlay(&self, settings: &mut Settings) {
        fn replace<T: Clone>(value: &mut T, given: Option<&T>) {
            if let Some(given) = given {
                value.clone_from(given);
            }
        }
        replace(&mut settings.port, self.port.as_ref());
        if self.admin_port.is_some() {
            settings.admin.port = self.admin_port;
        }
        if self.metrics_port.is_some() {
            settings.metrics.port = self.metrics_port;
        }
        replace(&mut settings.listen, self.listen.as_ref());
        replace(&mut settings.log_format, self.log_format.as_ref());
        if !self.names.is_empty() {
            settings.names.clone_from(&self.names);
        }
        for (value, given) in [
            (&mut settings.data_dir, &self.data_dir),
            (&mut settings.cert, &self.cert),
            (&mut settings.key, &self.key),
            (&mut settings.ready_file, &self.ready_file),
        ] {
            if given.is_some() {
                value.clone_from(given);
            }
        }
    }

    /// Whether a key's value comes from a flag or the environment.
    fn gives(&self, key: &str) -> bool {
        match key {
            "names" => !self.names.is_empty(),
            "data_dir" => self.data_dir.is_some(),
            "cert" => self.cert.is_some(),
            "key" => self.key.is_some(),
            "ready_file" => self.ready_file.is_some(),
            _ => false,
        }
    }
}

/// Where administrators connect: by default on the port after the members'.
fn admin_address(settings: &Settings) -> Result<Option<SocketAddr>, Invalid> {
    let admin = &settings.admin;
    if !admin.enabled {
        return Ok(None);
    }
    let port = match (admin.port, settings.port) {
        (Some(port), _) => port,
        (None, 0) => 0,
        (None, port) => port.checked_add(1).ok_or(Invalid::Refused {
            key: "admin.port",
            reason: "there is none after 65535; give one with --admin-port".into(),
        })?,
    };
    Ok(Some((admin.listen, port).into()))
}

#[cfg(test)]
mod tests;
