//! A server as a process: started, told to stop, and never left behind.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{sleep, timeout};

use super::Failure;

/// How long a server has to start: ours reads what is for sale.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a server has to stop.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Bytes of the end of a log that are shown.
const LOG_TAIL_BYTES_MAX: usize = 2_000;

/// A process that serves. Killed and reaped when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    _output: Option<BufReader<ChildStdout>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // Neither does anything to a child that has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a server; its standard error goes to `log`. Returns the port in the first line that it
    /// prints.
    ///
    /// # Errors
    /// It cannot be started, or does not say in time where it serves.
    pub async fn start(mut command: Command, log: &Path) -> Result<(Self, u16), Failure> {
        let program = command.get_program().to_string_lossy().into_owned();
        let errors = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        // A group of its own: Ctrl-C reaches this program alone, which stops it.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AUBOUTIQUE_") || name == "RUST_LOG" {
                command.env_remove(name);
            }
        }
        let child = command
            .spawn()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let mut process = Self {
            child,
            log: log.to_owned(),
            _output: None,
        };
        let output = process.child.stdout.take();
        let mut output = BufReader::new(output.expect("the output is piped"));
        // When nothing comes, dropping the process ends this, too.
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let read = output.read_line(&mut line);
            (output, line, read)
        });
        let silent = |process: &Self| format!("{program} did not start{}", process.said());
        let Ok(Ok((output, line, Ok(1..)))) = timeout(READY_WITHIN, reading).await else {
            return Err(silent(&process));
        };
        process._output = Some(output);
        let port = port_of(&line).ok_or_else(|| format!("{program} said no port: {line}"))?;
        Ok((process, port))
    }

    /// The number of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process in order (SIGTERM).
    ///
    /// # Errors
    /// It has ended before, failed, or had to be killed.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| format!("cannot stop a server: {error}");
        if let Some(status) = self.child.try_wait().map_err(failed)? {
            return Err(format!("a server has ended ({status}){}", self.said()));
        }
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.expect("a child has a number");
        kill_process(pid, Signal::TERM).map_err(|error| failed(error.into()))?;
        let since = Instant::now();
        while since.elapsed() < STOP_WITHIN {
            match self.child.try_wait().map_err(failed)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("a server failed ({status}){}", self.said())),
                None => sleep(LOOK_EVERY).await,
            }
        }
        Err(format!("a server did not stop in time{}", self.said()))
    }

    /// The end of what it has logged, as the end of a message.
    #[must_use]
    pub fn said(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let tail = &log[log.len().saturating_sub(LOG_TAIL_BYTES_MAX)..];
        match String::from_utf8_lossy(tail).trim() {
            "" => "; it logged nothing".into(),
            text => format!("; it logged last:\n{text}"),
        }
    }
}

/// The port at the end of a line such as `listening on 127.0.0.1:40001`.
fn port_of(line: &str) -> Option<u16> {
    line.trim().rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_alive(pid: u32) -> bool {
        Path::new("/proc").join(pid.to_string()).exists()
    }

    #[test]
    fn the_port_is_at_the_end_of_the_line() {
        assert_eq!(
            port_of("AUBoutique is open on 127.0.0.1:4000\n"),
            Some(4_000)
        );
        assert_eq!(port_of("error: no"), None);
    }

    #[tokio::test]
    async fn a_server_is_stopped_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'exit 0' TERM; echo on 127.0.0.1:7; while :; do sleep 0.01; done";
        let log = folder.path().join("log");
        let (process, port) = Process::start(shell(script), &log).await.unwrap();
        assert_eq!(port, 7);
        process.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_is_dropped_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap '' TERM; echo on 127.0.0.1:7; while :; do sleep 0.01; done";
        let log = folder.path().join("log");
        let (process, _) = Process::start(shell(script), &log).await.unwrap();
        let pid = process.pid();
        assert!(is_alive(pid));
        drop(process);
        assert!(!is_alive(pid));
    }

    #[tokio::test]
    async fn a_server_is_gone_after_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = "echo on 127.0.0.1:7; while :; do sleep 0.01; done";
        let (process, _) = Process::start(shell(script), &log).await.unwrap();
        let pid = process.pid();
        let panicked = tokio::spawn(async move {
            let _process = process;
            panic!("as a wrong answer might");
        });
        assert!(panicked.await.is_err());
        assert!(!is_alive(pid));
    }

    #[tokio::test]
    async fn a_server_that_does_not_start_is_reported_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo something is wrong >&2; exit 3";
        let error = Process::start(shell(script), &folder.path().join("log")).await;
        let error = error.unwrap_err();
        assert!(error.contains("something is wrong"), "{error}");
    }
}
