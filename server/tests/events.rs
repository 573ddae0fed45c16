//! Events over real TLS: what is watched, what concerns a user, and a market that many watch.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

#[path = "events/personal.rs"]
mod personal;
#[path = "events/watching.rs"]
mod watching;
