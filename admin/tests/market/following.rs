//! Programs that go on until something happens: their lines are waited for, never for a time.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::market::{Market, PATIENCE};

/// A program whose lines are read while it runs; killed when dropped.
pub(crate) struct Following {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Following {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// The program under test as an administrator who watches.
    pub(crate) fn watch(market: &Market, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique-admin"));
        command.env_clear().envs(market.environment());
        command
            .arg("--identity")
            .arg(market.path("data/admins").join(name));
        command.arg("watch").args(arguments);
        let mut following = Self::start(command);
        following.expect_note("Watching the market");
        following
    }

    /// Waits for a line on standard error.
    pub(crate) fn expect_note(&mut self, text: &str) {
        let mut seen = Vec::new();
        loop {
            let line = self.err.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("{error}: no {text} in {seen:?}"));
            if line.contains(text) {
                return;
            }
            seen.push(line);
        }
    }

    /// The next line of standard output.
    pub(crate) fn line(&mut self) -> String {
        self.out.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits for an event by its name.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        loop {
            let value: Value = serde_json::from_str(&self.line()).unwrap();
            if value["event"] == name {
                return value;
            }
        }
    }

    /// Waits for the end; returns the exit code and all that was not read of both outputs.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        // The outputs end with the program.
        let mut rest = Vec::new();
        for output in [&self.out, &self.err] {
            loop {
                match output.recv_timeout(PATIENCE) {
                    Ok(line) => rest.push(line),
                    Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                    Err(error) => panic!("{error}: it does not end: {rest:?}"),
                }
            }
        }
        (self.child.wait().unwrap().code(), rest.join("\n"))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
