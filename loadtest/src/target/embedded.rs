//! The server under load with everything that belongs to it: directory, port, users, process.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use auboutique_certs::ServerAddress;
use auboutique_protocol::accounts::Password;
use auboutique_server::config::args::Args;
use auboutique_server::seed::{SeedUser, seed};
use clap::Parser as _;
use tempfile::TempDir;

use super::TargetError;
use super::child::SERVE_COMMAND;
use super::port::Port;
use super::process::Process;

/// What an embedded server is made of.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The program that becomes the server by [`SERVE_COMMAND`]; usually this one
    /// (`std::env::current_exe`).
    pub program: PathBuf,
    /// Users to create before the start, each with an open session.
    pub users: Vec<SeedUser>,
    /// The password of all of them; without one, a random one that nobody knows.
    pub password: Option<Password>,
    /// Configuration beyond the address and the directory, as in `server/config.example.toml`.
    pub settings_toml: String,
    /// A data directory that outlives the server; without one, a temporary one.
    pub keep: Option<PathBuf>,
}

/// A real server in a process of its own. Killed, and its temporary directory removed, when dropped;
/// [`Embedded::end`] ends it in order.
#[derive(Debug)]
pub struct Embedded {
    // Dropped in this order: a directory in use must not be removed.
    process: Option<Process>,
    pid: u32,
    program: PathBuf,
    arguments: Vec<OsString>,
    data_dir: PathBuf,
    log: PathBuf,
    port: Port,
    _directory: TempDir,
}

impl Embedded {
    /// Creates the users and starts the server. Returns when it serves.
    ///
    /// # Errors
    /// See [`TargetError`]; nothing is left behind but the directory to keep.
    pub async fn start(options: EmbeddedOptions) -> Result<Self, TargetError> {
        let directory = tempfile::Builder::new()
            .prefix("auboutique-loadtest-")
            .tempdir()
            .map_err(|cause| file_error(&std::env::temp_dir(), cause))?;
        let settings = directory.path().join("server.toml");
        std::fs::write(&settings, &options.settings_toml)
            .map_err(|cause| file_error(&settings, cause))?;
        let port = Port::reserve().map_err(TargetError::Port)?;
        let (data_dir, log) = match options.keep {
            Some(keep) => (keep.clone(), keep.join("server.log")),
            None => (
                directory.path().join("data"),
                directory.path().join("server.log"),
            ),
        };
        let arguments = arguments(port.number, &data_dir, &settings);
        create_users(&arguments, &options.users, options.password.as_ref()).await?;
        let mut embedded = Self {
            process: None,
            pid: 0,
            program: options.program,
            arguments,
            data_dir,
            log,
            port,
            _directory: directory,
        };
        embedded.run().await?;
        Ok(embedded)
    }

    async fn run(&mut self) -> Result<(), TargetError> {
        let log_parent = self.log.parent().unwrap_or(&self.data_dir);
        std::fs::create_dir_all(log_parent).map_err(|cause| file_error(log_parent, cause))?;
        let command = command(&self.program, &self.arguments);
        let process = Process::start(command, &self.log).await?;
        self.pid = process.pid();
        self.process = Some(process);
        Ok(())
    }

    /// Where it serves; the same after a restart.
    #[must_use]
    pub fn address(&self) -> ServerAddress {
        ServerAddress {
            // Not by name: a name has two addresses, and each client would try both.
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: self.port.number,
        }
    }

    /// [`Embedded::address`] for a socket.
    #[must_use]
    pub fn socket_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port.number).into()
    }

    /// The authority to trust.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.data_dir.join("tls").join("ca.pem")
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The process that serves, or that served last.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Stops all threads of the server (`SIGSTOP`); connections stay open, the kernel goes on to
    /// accept and to buffer. Returns when none runs any more, which takes microseconds, or as long
    /// as a write to the disk that has begun. Does nothing when it is held already.
    ///
    /// # Errors
    /// It is not running, or has ended.
    pub fn hold(&self) -> Result<(), TargetError> {
        self.running()?.hold().map_err(TargetError::Control)
    }

    /// Lets the server go on (`SIGCONT`). Does nothing when it is not held.
    ///
    /// # Errors
    /// It is not running, or has ended.
    pub fn release(&self) -> Result<(), TargetError> {
        self.running()?.release().map_err(TargetError::Control)
    }

    /// Kills the server as a power cut would end its process, held or not, and waits until it is
    /// gone. Does nothing when it is gone already.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again on the same data and the same port, killing it first if it runs.
    /// Returns how long it took from the start of the process until it served.
    ///
    /// # Errors
    /// As [`Embedded::start`]; it may be tried again.
    pub async fn restart(&mut self) -> Result<Duration, TargetError> {
        self.kill();
        let since = Instant::now();
        self.run().await?;
        Ok(since.elapsed())
    }

    /// Whether the server still runs, as it should.
    ///
    /// # Errors
    /// [`TargetError::Died`] with the end of its log, once; [`TargetError::NotRunning`] after that and
    /// after [`Embedded::kill`].
    pub async fn check(&mut self) -> Result<(), TargetError> {
        let process = self.process.as_mut().ok_or(TargetError::NotRunning)?;
        let status = process.try_wait().map_err(TargetError::Control)?;
        match self.process.take_if(|_| status.is_some()) {
            Some(ended) => Err(ended.died().await),
            None => Ok(()),
        }
    }

    /// Ends the server in order (`SIGTERM`), released first when it is held: it drains for up to 8 s,
    /// and is killed after 10. Its data stay until this is dropped. Close the clients first, or the
    /// drain waits for them.
    ///
    /// # Errors
    /// [`TargetError::Stop`] when it had to be killed or failed, [`TargetError::Died`] when it had
    /// ended before. One that was killed on purpose is no error.
    pub async fn end(&mut self) -> Result<(), TargetError> {
        match self.process.take() {
            Some(process) => process.stop().await,
            None => Ok(()),
        }
    }

    /// As [`Embedded::end`], and removes the temporary directory.
    ///
    /// # Errors
    /// As [`Embedded::end`].
    pub async fn stop(mut self) -> Result<(), TargetError> {
        self.end().await
    }

    fn running(&self) -> Result<&Process, TargetError> {
        self.process.as_ref().ok_or(TargetError::NotRunning)
    }
}

/// The server's arguments. Everything that its environment could also say is said here.
fn arguments(port: u16, data_dir: &Path, settings: &Path) -> Vec<OsString> {
    let fixed = |text: &str| OsString::from(text);
    vec![
        port.to_string().into(),
        fixed("--listen=127.0.0.1"),
        // The port after the members' may be somebody else's.
        fixed("--admin-port=0"),
        fixed("--name=localhost,127.0.0.1"),
        fixed("--log-format=text"),
        fixed("--data-dir"),
        data_dir.into(),
        fixed("--config"),
        settings.into(),
    ]
}

/// The child that serves, with nothing from this environment that would change it.
fn command(program: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.arg(SERVE_COMMAND).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AUBOUTIQUE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    // A group of its own: Ctrl-C reaches the load test alone, which decides what becomes of the
    // server.
    command.process_group(0);
    command
}

/// Creates the users, with the configuration that the server will have.
async fn create_users(
    arguments: &[OsString],
    users: &[SeedUser],
    password: Option<&Password>,
) -> Result<(), TargetError> {
    let name = OsString::from("auboutique-server");
    let typed = std::iter::once(&name).chain(arguments);
    let args =
        Args::try_parse_from(typed).map_err(|error| TargetError::Arguments(Box::new(error)))?;
    // Also without users: a configuration that cannot be used is found here, where it can be told.
    let config = args.load()?.config;
    if !users.is_empty() {
        seed(&config, users, password).await?;
    }
    Ok(())
}

fn file_error(path: &Path, cause: std::io::Error) -> TargetError {
    TargetError::File {
        path: path.to_owned(),
        cause,
    }
}
