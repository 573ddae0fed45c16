//! The real server as a child process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for a server to be ready.
const START_MAX: Duration = Duration::from_secs(60);

/// A running server with a data directory of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) invite: String,
}

impl Server {
    /// Starts a server on a free port and waits until it serves.
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    /// Starts a server on the files of one that was stopped, and on another port.
    pub(crate) fn start_again(self) -> Self {
        let folder = {
            let mut stopped = self;
            stopped.stop();
            std::mem::replace(&mut stopped.folder, tempfile::tempdir().unwrap())
        };
        std::fs::remove_file(folder.path().join("ready.json")).unwrap();
        Self::start_in(folder)
    }

    fn start_in(folder: TempDir) -> Self {
        let ready_file = folder.path().join("ready.json");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(program())
            .args([
                "0",
                "--listen",
                "127.0.0.1",
                "--name",
                "localhost",
                "--data-dir",
            ])
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(&ready_file)
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let ready = wait_until_ready(&mut child, &ready_file, folder.path());
        Self {
            child,
            address: ready["addresses"]["member"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap(),
            invite: ready["invite"].as_str().unwrap().to_owned(),
            folder,
        }
    }

    /// `HOST:PORT` as members type it.
    pub(crate) fn name(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// The file for `--ca`.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("data/tls/ca.pem")
    }

    /// Kills the server, if it still runs, and keeps its files.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What the server logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; that is what some tests are about.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's program, as it was built beside this one.
pub(crate) fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_auboutique")).with_file_name("auboutique-server");
    assert!(
        program.is_file(),
        "{} is missing: run cargo test --workspace",
        program.display()
    );
    program
}

fn wait_until_ready(child: &mut Child, ready_file: &Path, folder: &Path) -> Value {
    let started = Instant::now();
    loop {
        // The file appears whole, by a rename.
        if let Ok(content) = std::fs::read(ready_file) {
            return serde_json::from_slice(&content).unwrap();
        }
        let ended = child.try_wait().unwrap();
        if ended.is_some() || started.elapsed() > START_MAX {
            let log = std::fs::read_to_string(folder.join("log")).unwrap();
            panic!("the server did not start: {ended:?}\n{log}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
