//! Somebody with a home directory who uses the program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

use crate::server::Server;

pub(crate) const PASSWORD: &str = "seven blue horses sing quietly";

/// A person with a home of their own.
pub(crate) struct Person {
    home: TempDir,
    pub(crate) username: String,
}

impl Person {
    pub(crate) fn new(username: &str) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            username: username.to_owned(),
        }
    }

    /// A person who has registered and logged in.
    pub(crate) fn joined(server: &Server, username: &str) -> Self {
        let person = Self::new(username);
        person.register(server).success();
        person.login(server).success();
        person
    }

    /// The program in this person's home.
    pub(crate) fn auboutique(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique"));
        command
            .timeout(Duration::from_secs(120))
            .env_clear()
            .args(arguments);
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command
    }

    /// Where this person's files are.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [
            ("HOME", self.path("")),
            ("XDG_STATE_HOME", self.path("state")),
        ]
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file of the program's state.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path("state/auboutique/default").join(name)
    }

    pub(crate) fn register(&self, server: &Server) -> Assert {
        let email = format!("{}@example.org", self.username);
        let name = format!("{} of Beirut", self.username);
        self.auboutique(&["--server", &server.name(), "--ca"])
            .arg(server.ca())
            .args(["register", "--name", &name, "--email", &email])
            .args([
                "--username",
                &self.username,
                "--password-stdin",
                "--no-input",
            ])
            .write_stdin(format!("{PASSWORD}\n"))
            .assert()
    }

    pub(crate) fn login(&self, server: &Server) -> Assert {
        self.auboutique(&["--server", &server.name(), "--ca"])
            .arg(server.ca())
            .args(["login", "--username", &self.username, "--password-stdin"])
            .write_stdin(format!("{PASSWORD}\n"))
            .assert()
    }

    /// Logs in by another way to the same server, which is the way from then on.
    pub(crate) fn login_through(&self, server: &Server, name: &str) {
        self.auboutique(&["--server", name, "--ca"])
            .arg(server.ca())
            .args(["login", "--username", &self.username, "--password-stdin"])
            .write_stdin(format!("{PASSWORD}\n"))
            .assert()
            .success();
    }

    /// Runs a command that succeeds and returns its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.auboutique(arguments).arg("--json").assert().success();
        serde_json::from_slice(&outcome.get_output().stdout).unwrap()
    }

    /// Runs a command that prints a line of JSON for each of many things, with an empty input.
    pub(crate) fn messages(&self, arguments: &[&str]) -> Vec<Value> {
        let outcome = self.auboutique(arguments).arg("--json").assert().success();
        let output = String::from_utf8(outcome.get_output().stdout.clone()).unwrap();
        let lines = output.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }

    /// Runs a command that fails with `code` and returns the error in its JSON.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> Value {
        let outcome = self.auboutique(arguments).arg("--json").assert().code(code);
        let output: Value = serde_json::from_slice(&outcome.get_output().stdout).unwrap();
        output["error"].clone()
    }

    /// Puts something up for sale and returns its number.
    pub(crate) fn sell(&self, name: &str, price: &str) -> String {
        self.json(&["sell", "--name", name, "--price", price])["id"].to_string()
    }
}

/// Writes a picture of two colours as PNG.
pub(crate) fn write_png(path: &Path, width: u32, height: u32) {
    let picture = image::RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            image::Rgb([200, 30, 30])
        } else {
            image::Rgb([30, 30, 200])
        }
    });
    picture
        .save_with_format(path, image::ImageFormat::Png)
        .unwrap();
}
