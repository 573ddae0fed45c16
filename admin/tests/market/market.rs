//! A market with its server, its administrators and its members, each by their own programs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for a program.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

const PASSWORD: &str = "seven blue horses sing quietly";

/// A program of ours that was built beside the one under test.
pub(crate) fn beside(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_auboutique-admin")).with_file_name(name);
    assert!(
        program.is_file(),
        "{} is missing: run cargo test --workspace",
        program.display()
    );
    program
}

/// A server with a data directory of its own, and an administrator `ops`. Killed when dropped.
pub(crate) struct Market {
    server: Child,
    folder: TempDir,
    pub(crate) member: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Market {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (server, member, admin) = serve(folder.path(), 0, 0);
        let market = Self {
            server,
            folder,
            member,
            admin,
        };
        market.join("ops");
        market
    }

    /// Kills the server.
    pub(crate) fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts the server again on the same ports.
    pub(crate) fn start_again(&mut self) {
        std::fs::remove_file(self.path("ready.json")).unwrap();
        let (member, admin) = (self.member.port(), self.admin.port());
        (self.server, ..) = serve(self.folder.path(), member, admin);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes an administrator and returns the identity.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.certs("admin", name).success();
        self.path("data/admins").join(name)
    }

    pub(crate) fn revoke(&self, name: &str) {
        self.certs("revoke", name).success();
    }

    fn certs(&self, command: &str, name: &str) -> Assert {
        Command::new(beside("auboutique-certs"))
            .timeout(PATIENCE)
            .args([command, name, "--data-dir"])
            .arg(self.path("data"))
            .assert()
    }

    /// The program under test, as nobody yet.
    pub(crate) fn nobody(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-admin"));
        command.timeout(PATIENCE).args(arguments);
        command.env_clear().envs(self.environment());
        command
    }

    pub(crate) fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("HOME", self.path("home").display().to_string()),
            ("TZ", "Asia/Beirut".to_owned()),
            (
                "AUBOUTIQUE_ADMIN_SERVER",
                format!("localhost:{}", self.admin.port()),
            ),
        ]
    }

    /// The program under test, as `ops`.
    pub(crate) fn ops(&self, arguments: &[&str]) -> Command {
        let mut command = self.nobody(arguments);
        command.arg("--identity").arg(self.path("data/admins/ops"));
        command
    }

    /// Runs a command that succeeds and returns its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.ops(arguments).arg("--json").assert().success();
        serde_json::from_slice(&outcome.get_output().stdout).unwrap()
    }

    /// Runs a command that succeeds and returns what it prints.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let outcome = self.ops(arguments).assert().success();
        String::from_utf8(outcome.get_output().stdout.clone()).unwrap()
    }

    /// Runs a command that fails with `code` and returns the error of its JSON.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> Value {
        let outcome = self.ops(arguments).arg("--json").assert().code(code);
        let output: Value = serde_json::from_slice(&outcome.get_output().stdout).unwrap();
        output["error"].clone()
    }

    /// Somebody who has registered and logged in.
    pub(crate) fn member(&self, username: &str) -> Member<'_> {
        let member = Member {
            market: self,
            username: username.to_owned(),
        };
        let name = format!("{username} of Beirut");
        let email = format!("{username}@example.org");
        member
            .auboutique(&["register", "--name", &name, "--email", &email])
            .args(["--username", username, "--password-stdin"])
            .write_stdin(format!("{PASSWORD}\n"))
            .assert()
            .success();
        member.log_in(PASSWORD).success();
        member
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        // It may have been stopped.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Somebody who buys and sells.
pub(crate) struct Member<'a> {
    market: &'a Market,
    pub(crate) username: String,
}

impl Member<'_> {
    /// The members' program, with a profile of this person's own.
    pub(crate) fn auboutique(&self, arguments: &[&str]) -> Command {
        Command::from_std(self.program(arguments))
    }

    fn program(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(beside("auboutique"));
        let server = format!("localhost:{}", self.market.member.port());
        command
            .env_clear()
            .env("HOME", self.market.path("home"))
            .args(["--server", &server, "--profile", &self.username])
            .arg("--ca")
            .arg(self.market.path("data/tls/ca.pem"))
            .args(arguments);
        command
    }

    pub(crate) fn log_in(&self, password: &str) -> Assert {
        self.auboutique(&["login", "--username", &self.username, "--password-stdin"])
            .write_stdin(format!("{password}\n"))
            .assert()
    }

    /// Logs in with the password of the registration.
    pub(crate) fn log_in_again(&self) -> Assert {
        self.log_in(PASSWORD)
    }

    /// Puts something up for sale and returns its number.
    pub(crate) fn sell(&self, name: &str, price: &str) -> String {
        let outcome = self
            .auboutique(&["--json", "sell", "--name", name, "--price", price])
            .assert()
            .success();
        let output: Value = serde_json::from_slice(&outcome.get_output().stdout).unwrap();
        output["id"].to_string()
    }

    pub(crate) fn buy(&self, product: &str) {
        self.auboutique(&["buy", product, "--yes"])
            .assert()
            .success();
    }

    /// Stays connected, as whoever watches the market does.
    pub(crate) fn watch(&self) -> std::process::Command {
        self.program(&["watch"])
    }
}

fn serve(folder: &Path, member: u16, admin: u16) -> (Child, SocketAddr, SocketAddr) {
    let ready_file = folder.join("ready.json");
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut server = std::process::Command::new(beside("auboutique-server"))
        .args([&member.to_string(), "--admin-port", &admin.to_string()])
        .args(["--listen", "127.0.0.1", "--name", "localhost"])
        .arg("--data-dir")
        .arg(folder.join("data"))
        .arg("--ready-file")
        .arg(&ready_file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let ready = wait_until_ready(&mut server, &ready_file, folder);
    let address = |of: &str| ready["addresses"][of].as_str().unwrap().parse().unwrap();
    (server, address("member"), address("admin"))
}

fn wait_until_ready(server: &mut Child, ready_file: &Path, folder: &Path) -> Value {
    let started = Instant::now();
    loop {
        // The file appears whole, by a rename.
        if let Ok(content) = std::fs::read(ready_file) {
            return serde_json::from_slice(&content).unwrap();
        }
        let ended = server.try_wait().unwrap();
        if ended.is_some() || started.elapsed() > PATIENCE {
            let log = std::fs::read_to_string(folder.join("log")).unwrap();
            panic!("the server did not start: {ended:?}\n{log}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
