//! The kit as programs use it: every widget as it looks, and a small program on a terminal.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test's own machinery ends the test"
)]

mod anything;
mod program;
mod pty;
mod suspension;
mod terminal;
mod widgets;
