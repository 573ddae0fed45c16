//! A server's life: starting, refusing to start, stopping in order, and being killed.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "lifecycle/certificates.rs"]
mod certificates;
mod common;
#[path = "lifecycle/crash.rs"]
mod crash;
#[path = "lifecycle/drain.rs"]
mod drain;
#[path = "lifecycle/process.rs"]
mod process;
#[path = "lifecycle/program.rs"]
mod program;
#[path = "lifecycle/service_manager.rs"]
mod service_manager;
