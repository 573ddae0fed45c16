//! One run of the server as a process: started, held, released, ended.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auboutique_protocol::text::term_safe_lines;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::ChildStdout;
use tokio::time::{sleep, timeout};

use super::TargetError;
use super::child::READY;
use super::nursery::{Ward, spawn};

/// How long a server has to start. It reads what is for sale, and after a crash its log.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long a server has to stop; it waits up to 8 s for its connections.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How long the kernel has to stop or to end all threads of a process. One that writes to a disk
/// stops when that is done.
const SIGNAL_WITHIN: Duration = Duration::from_secs(5);
/// How often a process is looked at while something is awaited of it.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Likewise while it is to stop, which takes microseconds.
const LOOK_AT_STOP_EVERY: Duration = Duration::from_micros(100);
/// Read from the end of the log for a message.
const LOG_TAIL_BYTES_MAX: u64 = 8 * 1024;
/// Shown of it.
const LOG_TAIL_LINES_MAX: usize = 15;

/// A process that serves. Killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Process {
    ward: Ward,
    pid: Pid,
    log: PathBuf,
    is_held: AtomicBool,
}

impl Process {
    /// Starts the command, with standard error added to the log, and returns when it is ready.
    pub(super) async fn start(mut command: Command, log: &Path) -> Result<Self, TargetError> {
        let program = PathBuf::from(command.get_program());
        let errors = File::options().create(true).append(true).open(log);
        let errors = errors.map_err(|cause| TargetError::File {
            path: log.to_owned(),
            cause,
        })?;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors);
        let ward = spawn(command).await;
        let mut process = ward
            .and_then(|ward| Self::of(ward, log))
            .map_err(|cause| TargetError::Start { program, cause })?;
        match timeout(READY_WITHIN, process.says_ready()).await {
            Ok(Ok(true)) => Ok(process),
            Ok(Ok(false)) => Err(process.died().await),
            Ok(Err(error)) => Err(TargetError::Control(error)),
            Err(_) => Err(TargetError::NotReady {
                within: READY_WITHIN,
                log: log_tail(log),
            }),
        }
    }

    fn of(ward: Ward, log: &Path) -> io::Result<Self> {
        let pid = i32::try_from(ward.0.id()).ok().and_then(Pid::from_raw);
        Ok(Self {
            pid: pid.ok_or_else(|| io::Error::other("the process has no number"))?,
            ward,
            log: log.to_owned(),
            is_held: AtomicBool::new(false),
        })
    }

    /// Whether the child says that it serves, before its standard output ends.
    async fn says_ready(&mut self) -> io::Result<bool> {
        let output = self.ward.0.stdout.take();
        let output = output.ok_or_else(|| io::Error::other("the output is not a pipe"))?;
        let mut lines = BufReader::new(ChildStdout::from_std(output)?).lines();
        while let Some(line) = lines.next_line().await? {
            if line == READY {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn pid(&self) -> u32 {
        self.ward.0.id()
    }

    /// Stops all threads; returns when none of them runs any more.
    pub(super) fn hold(&self) -> io::Result<()> {
        if self.is_held.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        kill_process(self.pid, Signal::STOP)?;
        let since = Instant::now();
        let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        while waitid(WaitId::Pid(self.pid), stopped)?.is_none() {
            if since.elapsed() > SIGNAL_WITHIN {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(LOOK_AT_STOP_EVERY);
        }
        Ok(())
    }

    /// Lets all threads go on.
    pub(super) fn release(&self) -> io::Result<()> {
        if self.is_held.swap(false, Ordering::SeqCst) {
            kill_process(self.pid, Signal::CONT)?;
        }
        Ok(())
    }

    /// How the process ended, if it has.
    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.ward.0.try_wait()
    }

    /// An error that says how the process ended; it has, or is about to.
    pub(super) async fn died(mut self) -> TargetError {
        match self.end_within(SIGNAL_WITHIN).await {
            Ok(status) => TargetError::Died {
                status,
                log: log_tail(&self.log),
            },
            Err(error) => TargetError::Control(error),
        }
    }

    /// Ends the process in order; kills it when it does not end in time.
    pub(super) async fn stop(mut self) -> Result<(), TargetError> {
        if self.try_wait().map_err(TargetError::Control)?.is_some() {
            return Err(self.died().await);
        }
        self.release()
            .and_then(|()| Ok(kill_process(self.pid, Signal::TERM)?))
            .map_err(TargetError::Control)?;
        let ended = self.end_within(STOP_WITHIN).await;
        match ended.map_err(TargetError::Control)? {
            status if status.success() => Ok(()),
            status => Err(TargetError::Stop {
                status,
                log: log_tail(&self.log),
            }),
        }
    }

    /// Waits for the end, which comes by force when the time is over.
    async fn end_within(&mut self, time: Duration) -> io::Result<ExitStatus> {
        let since = Instant::now();
        while since.elapsed() < time {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            sleep(LOOK_EVERY).await;
        }
        self.ward.0.kill()?;
        self.ward.0.wait()
    }
}

/// The last lines of a log, safe for a terminal; empty when there are none.
pub(super) fn log_tail(log: &Path) -> String {
    let tail = read_tail(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&tail);
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.len().saturating_sub(LOG_TAIL_LINES_MAX);
    term_safe_lines(&lines[shown..].join("\n")).into_owned()
}

fn read_tail(log: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.take(LOG_TAIL_BYTES_MAX).read_to_end(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_log_is_short_and_safe() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        assert_eq!(log_tail(&log), "");
        let lines: Vec<String> = (0..5_000).map(|number| format!("line {number}")).collect();
        std::fs::write(&log, lines.join("\n") + "\n\u{1b}[31mred\n").unwrap();
        let tail = log_tail(&log);
        assert_eq!(tail.lines().count(), LOG_TAIL_LINES_MAX);
        assert!(
            tail.contains("line 4999") && !tail.contains('\u{1b}'),
            "{tail}"
        );
    }

    #[tokio::test]
    async fn a_program_that_says_nothing_and_ends_is_reported_with_its_log() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo something is wrong >&2; exit 3"]);
        let error = Process::start(command, &directory.path().join("log"))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, TargetError::Died { .. }), "{text}");
        assert!(text.contains("something is wrong"), "{text}");
        assert!(text.contains("exit status: 3"), "{text}");
    }

    #[tokio::test]
    async fn a_process_that_ignores_the_signal_is_killed_and_that_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "trap '' TERM; echo ready; while :; do sleep 0.05; done",
        ]);
        let mut process = Process::start(command, &directory.path().join("log"))
            .await
            .unwrap();
        kill_process(process.pid, Signal::TERM).unwrap();
        let status = process.end_within(Duration::from_millis(50)).await.unwrap();
        assert!(!status.success());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let command = Command::new("/no/such/program");
        let log = directory.path().join("log");
        let error = Process::start(command, &log).await.unwrap_err().to_string();
        assert!(error.contains("/no/such/program"), "{error}");
    }
}
