//! A real server in this process, on a free port, with a data directory of its own, and users that
//! are ready to act.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![allow(
    dead_code,
    reason = "each test program uses its own part of this module"
)]
#![allow(
    unreachable_pub,
    reason = "this module is compiled into each test program"
)]

pub mod raw;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use auboutique_certs::{ServerAddress, Trust};
use auboutique_client::{Client, ConnectOptions, Error, RetryPolicy};
use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::catalog::Sell;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::money::{Currency, Money};
use auboutique_server::config::Config;
use auboutique_server::config::args::Args;
use auboutique_server::{Listeners, ServeError, serve};
use clap::Parser as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A password that every rule accepts.
pub const PASSWORD: &str = "cedar-lantern-orbit-violet";

/// A running server. Stops when dropped; [`TestServer::stop`] waits for it.
pub struct TestServer {
    directory: Option<tempfile::TempDir>,
    data_dir: PathBuf,
    port: u16,
    admin_port: u16,
    metrics_address: SocketAddr,
    shutdown: CancellationToken,
    task: Option<JoinHandle<Result<(), ServeError>>>,
}

impl TestServer {
    /// Starts a server on an empty data directory. Returns when it serves.
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        let mut server = Self::start_on(&data_dir).await;
        server.directory = Some(directory);
        server
    }

    /// Starts a server on this data directory, which outlives it.
    pub async fn start_on(data_dir: &Path) -> Self {
        let mut config = Config::new(data_dir);
        config.names = vec!["localhost".into(), "127.0.0.1".into()];
        Self::start_with(config).await
    }

    /// Starts a server on an empty data directory with this configuration file.
    pub async fn start_configured(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Self::start_with(configured(text, directory.path())).await;
        server.directory = Some(directory);
        server
    }

    /// Starts a server on this data directory and this port, where one has stopped.
    pub async fn start_at(data_dir: &Path, port: u16) -> Self {
        let mut config = Config::new(data_dir);
        config.names = vec!["localhost".into(), "127.0.0.1".into()];
        Self::start_on_port(config, port).await
    }

    /// Starts a server with this configuration.
    pub async fn start_with(config: Config) -> Self {
        Self::start_on_port(config, 0).await
    }

    async fn start_on_port(config: Config, port: u16) -> Self {
        let member = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = member.local_addr().unwrap().port();
        let shutdown = CancellationToken::new();
        let data_dir = config.data_dir.clone();
        let (send, ready) = oneshot::channel();
        let admin = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let admin_port = admin.local_addr().unwrap().port();
        let metrics = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let metrics_address = metrics.local_addr().unwrap();
        let listeners = Listeners {
            member,
            admin: Some(admin),
            metrics: Some(metrics),
        };
        let serving = serve(config, listeners, shutdown.clone(), move |_| {
            let _ = send.send(());
        });
        let task = tokio::spawn(serving);
        if ready.await.is_err() {
            panic!("the server did not start: {:?}", task.await);
        }
        Self {
            directory: None,
            data_dir,
            port,
            admin_port,
            metrics_address,
            shutdown,
            task: Some(task),
        }
    }

    /// Drains the server and waits until it has stopped.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        self.task.take().unwrap().await.unwrap().unwrap();
    }

    /// Asks the server to drain.
    pub fn drain(&self) {
        self.shutdown.cancel();
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn admin_port(&self) -> u16 {
        self.admin_port
    }

    /// Where it tells its metrics.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub fn ca_file(&self) -> PathBuf {
        self.data_dir.join("tls/ca.pem")
    }

    /// Options of a client that trusts this server and never tries twice.
    pub fn options(&self) -> ConnectOptions {
        let address = ServerAddress {
            host: "localhost".into(),
            port: self.port,
        };
        ConnectOptions::new(address, &Trust::Authority(self.ca_file()))
            .unwrap()
            .retry(RetryPolicy::NONE)
    }

    /// A connected client that nobody has logged in on.
    pub async fn anonymous(&self) -> Client {
        Client::connect(self.options()).await.unwrap()
    }

    /// A client of a new user, logged in.
    pub async fn user(&self, username: &str) -> Client {
        let client = self.anonymous().await;
        client.call(&registration(username)).await.unwrap();
        client.login(username, PASSWORD.into()).await.unwrap();
        client
    }

    /// So many clients of one new user, logged in.
    pub async fn connections(&self, username: &str, count: usize) -> Vec<Client> {
        let first = self.anonymous().await;
        first.call(&registration(username)).await.unwrap();
        let token = first.login(username, PASSWORD.into()).await.unwrap().token;
        let mut clients = vec![first];
        for _ in 1..count {
            let client = self.anonymous().await;
            client.resume(token.clone()).await.unwrap();
            clients.push(client);
        }
        clients
    }

    /// Another client of an existing user, logged in.
    pub async fn login(&self, username: &str) -> Client {
        let client = self.anonymous().await;
        client.login(username, PASSWORD.into()).await.unwrap();
        client
    }
}

/// What a configuration file with this text says, for a data directory below this one.
pub fn configured(text: &str, directory: &Path) -> Config {
    let file = directory.join("market.toml");
    std::fs::write(&file, text).unwrap();
    let data_dir = directory.join("data");
    let typed = ["server".as_ref(), "--config".as_ref(), file.as_os_str()];
    let typed = typed
        .into_iter()
        .chain(["--data-dir".as_ref(), data_dir.as_os_str()]);
    let mut config = Args::parse_from(typed).load().unwrap().config;
    config.names = vec!["localhost".into(), "127.0.0.1".into()];
    config
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub fn registration(username: &str) -> Register {
    Register {
        name: format!("{username} of the tests"),
        email: format!("{username}@mail.example.org"),
        password: Password::from(PASSWORD),
        username: username.into(),
    }
}

pub fn usd(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

/// A request to sell something without a picture.
pub fn book(name: &str, minor: u64) -> Sell {
    Sell {
        key: Key::now(),
        name: name.into(),
        price: usd(minor),
        picture: None,
        category: "textbooks".into(),
        description: "Hardly used.".into(),
    }
}

/// Sells something and returns its id.
pub async fn sell(seller: &Client, name: &str, minor: u64) -> ProductId {
    seller.call(&book(name, minor)).await.unwrap().product
}

/// The code with which the server refused.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it takes the outcome of a call as it comes"
)]
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ErrorCode {
    match &outcome {
        Err(error) => match error.code() {
            Some(code) => code.clone(),
            None => panic!("not refused by a code: {error:?}"),
        },
        Ok(reply) => panic!("not refused: {reply:?}"),
    }
}
