//! The server under load: a child process of the load test, which runs the real server.
//!
//! Always a child, never tasks in the same process: its processor time is its own, it can be held
//! (`SIGSTOP`) and killed as a power cut would end it, and what it allocates is not the load test's.
//! The program executes itself once more with a hidden command ([`SERVE_COMMAND`]), whose work is
//! [`serve_child`]; [`Embedded`] is the handle.
//!
//! No child outlives the load test, however that ends. Dropping the handle kills the child. When the
//! load test is killed itself, the child's standard input ends, and a thread of the child that waits
//! for that ends the child. A child that is held could not do so; on Linux it has asked the kernel to
//! be killed when its parent is gone, and elsewhere the kernel hangs up on a stopped process whose
//! group nobody watches any more. A temporary directory stays behind only when the load test itself
//! is killed.

mod child;
mod embedded;
mod nursery;
mod port;
mod process;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use auboutique_server::config::ConfigError;
use auboutique_server::seed::SeedError;

pub use self::child::{SERVE_COMMAND, serve_child};
pub use self::embedded::{Embedded, EmbeddedOptions};

/// What went wrong with the server under load.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file or a directory of the server cannot be made or used.
    #[error("cannot use {}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// No port can be had.
    #[error("cannot reserve a port on 127.0.0.1: {0}")]
    Port(io::Error),
    /// The server's extra configuration cannot be used.
    #[error("the embedded server cannot be configured: {0}")]
    Config(#[from] ConfigError),
    /// The server would not take its arguments, such as for a variable of the environment.
    #[error("the embedded server cannot be configured: {0}")]
    Arguments(Box<clap::Error>),
    /// The users cannot be created.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The system started no process.
    #[error("cannot start {}: {cause}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The server did not say in time that it is ready.
    #[error("the embedded server was not ready within {} s{}", within.as_secs(), said(log))]
    NotReady {
        /// How long it had.
        within: Duration,
        /// The last lines that it logged.
        log: String,
    },
    /// The server ended, and nobody had asked it to.
    #[error("the embedded server has ended unexpectedly ({status}){}", said(log))]
    Died {
        /// How.
        status: ExitStatus,
        /// The last lines that it logged.
        log: String,
    },
    /// The server was asked to stop, and failed or had to be killed.
    #[error("the embedded server did not stop in order ({status}){}", said(log))]
    Stop {
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it logged.
        log: String,
    },
    /// There is no server at the moment: it was killed and not started again.
    #[error("the embedded server is not running")]
    NotRunning,
    /// The server could not be signalled or waited for.
    #[error("cannot control the embedded server: {0}")]
    Control(io::Error),
}

/// The log as the end of a message.
fn said(log: &str) -> String {
    if log.is_empty() {
        "; it logged nothing".into()
    } else {
        format!("; it logged last:\n{log}")
    }
}
