//! The program against the real server: what is seen, what is done, and what can go wrong.
//!
//! The other programs are taken from beside this one, so that everything is as it is for operators.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test's own machinery ends the test"
)]

mod acting;
mod console;
mod following;
mod looking;
mod market;
mod refusals;
#[path = "../../../client/tests/common/screen.rs"]
mod screen;
mod terminal;
mod watching;
