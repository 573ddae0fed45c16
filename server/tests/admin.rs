//! Administrators over real TLS: who gets in, what they see and do, and what they hear of.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

#[path = "admin/actions.rs"]
mod actions;
#[path = "admin/gate.rs"]
mod gate;
#[path = "admin/harness.rs"]
mod harness;
#[path = "admin/lists.rs"]
mod lists;
#[path = "admin/matrix.rs"]
mod matrix;
#[path = "admin/watching.rs"]
mod watching;
