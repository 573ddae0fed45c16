//! The operator's side: configuration, backup, restore, with the real program.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "operations/backup.rs"]
mod backup;
#[path = "operations/care.rs"]
mod care;
mod common;
#[path = "operations/config.rs"]
mod config;
#[path = "operations/demo.rs"]
mod demo;
#[path = "operations/load.rs"]
mod load;
#[path = "operations/monitoring.rs"]
mod monitoring;
#[path = "lifecycle/process.rs"]
#[allow(
    dead_code,
    reason = "this test program uses its own part of this module"
)]
mod process;
#[path = "operations/restore.rs"]
mod restore;
