//! What an operator types: flags, environment, defaults.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use auboutique_certs::DEFAULT_PORT;
use clap::{Parser, ValueEnum};
use etcetera::BaseStrategy as _;

use super::{CertificateSource, Config, ListenAddress};

const EXAMPLES: &str = "\
Examples:
  auboutique-server
  auboutique-server 7443 --name market.example.org
  auboutique-server 7443 --data-dir /var/lib/auboutique --log-format json

The first start creates the data directory, a certificate authority and the
databases, and prints an invite. Members join with it:
  auboutique --server INVITE register";

/// The AUBoutique marketplace server.
#[derive(Debug, Parser)]
#[command(name = "auboutique-server", version, after_help = EXAMPLES)]
pub struct Args {
    /// Port to listen on; 0 takes any free one
    #[arg(default_value_t = DEFAULT_PORT, env = "AUBOUTIQUE_PORT")]
    port: u16,

    /// Address to listen on
    #[arg(
        long,
        value_name = "ADDR",
        default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        env = "AUBOUTIQUE_LISTEN"
    )]
    listen: IpAddr,

    /// Directory for databases and certificates [default: $XDG_DATA_HOME/auboutique]
    #[arg(long, value_name = "DIR", env = "AUBOUTIQUE_DATA_DIR")]
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

    /// Form of the log on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "AUBOUTIQUE_LOG_FORMAT")]
    log_format: LogFormat,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// There is no home directory to put the data under.
#[derive(Debug, thiserror::Error)]
#[error("there is no home directory for the data; give --data-dir DIR")]
pub struct NoHome;

impl Args {
    /// The form of the log.
    #[must_use]
    pub fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// What the arguments mean.
    ///
    /// # Errors
    /// No data directory was given, and there is no home to put the default one under.
    pub fn into_config(self) -> Result<(Config, ListenAddress), NoHome> {
        let data_dir = match self.data_dir {
            Some(directory) => directory,
            None => {
                let home = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
                home.data_dir().join("auboutique")
            }
        };
        let mut config = Config::new(data_dir);
        config.names = self.names;
        config.ready_file = self.ready_file;
        if let (Some(certificate), Some(key)) = (self.cert, self.key) {
            config.certificate = CertificateSource::Files { certificate, key };
        }
        Ok((
            config,
            ListenAddress {
                member: (self.listen, self.port).into(),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_port_is_the_first_argument() {
        let args = Args::try_parse_from(["auboutique-server", "9000", "--data-dir", "d"]).unwrap();
        let (config, address) = args.into_config().unwrap();
        assert_eq!(address.member.to_string(), "0.0.0.0:9000");
        assert_eq!(config.data_dir, PathBuf::from("d"));
    }

    #[test]
    fn a_certificate_without_its_key_is_a_usage_error() {
        assert!(Args::try_parse_from(["auboutique-server", "--cert", "c.pem"]).is_err());
        assert!(Args::try_parse_from(["auboutique-server", "70000"]).is_err());
    }
}
