//! The real program as a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use auboutique_certs::{ServerAddress, Trust};
use auboutique_client::{Client, ConnectOptions, RetryPolicy};
use serde_json::Value;

use crate::common::raw::RawClient;
use crate::common::{PASSWORD, registration};

/// A process that does not end in this time fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program with these arguments, and nothing from this environment that would change it.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-server"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AUBOUTIQUE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// What the program says to these arguments when it does not come to serve.
pub(crate) fn output(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// The program's complaint, when it ended with this code.
pub(crate) fn complaint(output: &Output, code: i32) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// A running server; killed when dropped.
pub(crate) struct Process {
    child: Child,
    data_dir: PathBuf,
    /// What it wrote when it was ready.
    pub(crate) ready: Value,
}

impl Process {
    /// Starts a server on this data directory and returns when it serves.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[], &[])
    }

    /// As [`Process::start`], with more arguments and environment.
    pub(crate) fn start_with(data_dir: &Path, more: &[&str], environment: &[(&str, &str)]) -> Self {
        let ready_file = data_dir.with_extension("ready.json");
        // What an earlier server wrote must not be taken for this one's.
        let _ = std::fs::remove_file(&ready_file);
        let directory = data_dir.to_str().unwrap();
        let mut command = program(&["0", "--listen", "127.0.0.1", "--data-dir", directory]);
        command
            .args(["--name", "localhost", "--ready-file"])
            .arg(&ready_file)
            .args(more)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log(data_dir));
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let announced = lines.any(|line| line.unwrap().contains("to join"));
        let said = std::fs::read_to_string(log_file(data_dir)).unwrap();
        assert!(announced, "the server did not start: {said}");
        let ready = std::fs::read_to_string(&ready_file).unwrap();
        Self {
            child,
            data_dir: data_dir.to_owned(),
            ready: serde_json::from_str(&ready).unwrap(),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        let address = self.ready["addresses"]["member"].as_str().unwrap();
        address.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.data_dir.join("tls/ca.pem")
    }

    /// Everything that servers on this data directory have logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.data_dir)).unwrap()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args([&format!("-{name}"), &self.pid().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "the server does not end");
            sleep(Duration::from_millis(5));
        }
    }

    /// Kills the server as a power cut would end it: it gets no chance to do anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the server in order.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0), "{}", self.log());
    }

    fn options(&self) -> ConnectOptions {
        let address = ServerAddress {
            host: "localhost".into(),
            port: self.port(),
        };
        ConnectOptions::new(address, &Trust::Authority(self.ca_file()))
            .unwrap()
            .retry(RetryPolicy::NONE)
    }

    /// A client that nobody has logged in on.
    pub(crate) async fn anonymous(&self) -> Client {
        Client::connect(self.options()).await.unwrap()
    }

    /// A client of a new user, logged in.
    pub(crate) async fn user(&self, username: &str) -> Client {
        let client = self.anonymous().await;
        client.call(&registration(username)).await.unwrap();
        client.login(username, PASSWORD.into()).await.unwrap();
        client
    }

    /// A client of an existing user, logged in.
    pub(crate) async fn login(&self, username: &str) -> Client {
        let client = self.anonymous().await;
        client.login(username, PASSWORD.into()).await.unwrap();
        client
    }

    /// A client without manners, greeted.
    pub(crate) async fn raw(&self) -> RawClient {
        let mut client = RawClient::silent_at(self.port(), self.ca_file()).await;
        client.greet().await;
        client
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_file(data_dir: &Path) -> PathBuf {
    data_dir.with_extension("log")
}

fn log(data_dir: &Path) -> File {
    File::options()
        .create(true)
        .append(true)
        .open(log_file(data_dir))
        .unwrap()
}
