//! A server's life: starting, refusing to start, stopping in order, and being killed.

mod common;
#[path = "lifecycle/crash.rs"]
mod crash;
#[path = "lifecycle/drain.rs"]
mod drain;
#[path = "lifecycle/process.rs"]
mod process;
#[path = "lifecycle/program.rs"]
mod program;
