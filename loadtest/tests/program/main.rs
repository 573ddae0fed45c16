//! The program as people and scripts run it: whole runs with their reports, bad input, interruption.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod elsewhere;
mod refusals;
mod runs;
mod tool;
