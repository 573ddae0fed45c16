//! The program against the real server: two people, a product, a purchase, and what can go wrong.
//!
//! The server's program is taken from beside this one; the client crate does not depend on it.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test's own machinery ends the test"
)]

mod assignment;
mod catalog;
mod chat;
mod chat_history;
mod chat_terminal;
mod doubt;
mod every_command;
mod full_screen;
mod leaving;
mod person;
mod presence;
mod proxy;
mod pty;
mod readme;
mod refusals;
#[path = "../common/screen.rs"]
mod screen;
mod server;
mod terminal;
mod trust;
mod walk;
mod watch;
