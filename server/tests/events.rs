//! Events over real TLS: what is watched, what concerns a user, and a market that many watch.

mod common;

#[path = "events/personal.rs"]
mod personal;
#[path = "events/watching.rs"]
mod watching;
