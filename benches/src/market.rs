//! A market to measure: the real server in a process of its own, with users who are logged in already.

use std::error::Error;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auboutique_certs::{ALPN_MEMBER, Trust, client_config};
use auboutique_loadtest::people::{Cast, Person};
use auboutique_loadtest::target::{Embedded, EmbeddedOptions, SERVE_COMMAND, serve_child};
use auboutique_protocol::accounts::{Login, Password};
use auboutique_protocol::money::{Currency, Money};
use auboutique_server::benching::flush_answers;
use auboutique_server::config::Config;
use auboutique_server::seed::seed;
use rustls::ClientConfig;
use tempfile::TempDir;

use crate::line::Line;

/// A product's price in cents, in every market here.
pub const PRICE: Money = Money {
    minor: 1_250,
    currency: Currency::Usd,
};
/// What the server allows beyond its defaults: a bench does in seconds what people do in weeks, and does it
/// from one address.
pub const SETTINGS: &str = "\
connections_max = 1000000
[limits]
products_per_user_max = 100000
[limits.connections]
per_source_max = 1000000
unauthenticated_max = 1000000
unauthenticated_per_source_max = 1000000
new_per_source_burst = 1000000
new_per_source_and_second = 1000000
[limits.requests]
per_user_burst = 1000000
per_user_and_second = 1000000
[limits.login]
exempt_networks = [\"127.0.0.0/8\"]
[limits.passwords]
queue_max = 1000
";
/// See the module's description. Its process ends, and its folder goes, when it is dropped.
#[derive(Debug)]
pub struct Market {
    /// The server.
    pub server: Embedded,
    /// For its clients. Sessions are resumed as clients of members do.
    pub tls: Arc<ClientConfig>,
    people: Vec<Person>,
    password: Password,
    // Dropped last.
    _folder: TempDir,
}

/// How the server goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it does.
    Usual,
    /// It writes every answer by itself, for comparison.
    FlushesAnswers,
}

/// A program of this name is a server of [`Manner::FlushesAnswers`].
const FLUSHING: &str = "flushing";

/// Serves if this process was started to: to be asked first in `main`.
#[must_use]
pub fn serve_if_asked() -> Option<std::process::ExitCode> {
    let mut arguments = std::env::args_os();
    let program = PathBuf::from(arguments.next()?);
    let is_server = arguments.next().is_some_and(|first| first == SERVE_COMMAND);
    if is_server && program.ends_with(FLUSHING) {
        flush_answers();
    }
    is_server.then(|| serve_child(arguments.collect()))
}

impl Market {
    /// Starts a server with so many users, numbered from 1 in the database, which `fill` changes before.
    /// The program must ask [`serve_if_asked`].
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start(users: u32, fill: impl FnOnce(&Path)) -> Result<Self, Box<dyn Error>> {
        Self::start_in(Manner::Usual, users, fill).await
    }

    /// As [`Self::start`], in this manner.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_in(
        manner: Manner,
        users: u32,
        fill: impl FnOnce(&Path),
    ) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::Builder::new()
            .prefix("auboutique-bench-")
            .tempdir()?;
        let cast = Cast::draw(users, "bench")?;
        let config = Config::new(folder.path());
        seed(&config, &cast.seeds(), Some(&cast.password)).await?;
        fill(&folder.path().join("auboutique.db"));
        let mut program = std::env::current_exe()?;
        if manner == Manner::FlushesAnswers {
            let link = folder.path().join(FLUSHING);
            symlink(&program, &link)?;
            program = link;
        }
        let server = Embedded::start(EmbeddedOptions {
            program,
            users: Vec::new(),
            password: None,
            settings_toml: SETTINGS.into(),
            keep: Some(folder.path().to_owned()),
        })
        .await?;
        let tls = client_config(&Trust::Authority(server.ca_file()), ALPN_MEMBER)?;
        Ok(Self {
            server,
            tls,
            people: cast.people().to_vec(),
            password: cast.password,
            _folder: folder,
        })
    }

    /// Where it serves.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.socket_address()
    }

    /// How the user with this number, counted from 0, logs in.
    ///
    /// # Panics
    /// There is no such user.
    #[must_use]
    pub fn login(&self, user: usize) -> Login {
        Login {
            password: self.password.clone(),
            username: self.people[user].name.as_str().into(),
        }
    }

    /// A connection of the user with this number, counted from 0.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses.
    ///
    /// # Panics
    /// There is no such user.
    pub async fn line(&self, user: usize) -> std::io::Result<Line> {
        self.line_to(self.address(), user).await
    }

    /// A connection of that user to another server that shows the same certificate.
    ///
    /// # Errors
    /// As [`Self::line`].
    ///
    /// # Panics
    /// There is no such user.
    pub async fn line_to(&self, address: SocketAddr, user: usize) -> std::io::Result<Line> {
        let token = self.people[user].token.clone();
        Line::open(address, Arc::clone(&self.tls), token).await
    }
}
