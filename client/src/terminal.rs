//! What programs on a command line share: one way to print, to ask and to fail, for people at a
//! terminal and for scripts alike.
//!
//! [`program`] is the frame: it reads the command line and runs one command until its end or an
//! interrupt. Results are printed by an [`output::Output`], as JSON or as text such as a [`table`];
//! [`prompt`] asks; a [`failure::Failure`] is an exit code, a sentence and a hint, and [`doubt`] tells
//! what became of a request that cannot be taken back. [`paging`] follows lists, [`stream`]
//! prints what happens, [`reachability`] knows what was told of a lost connection; [`files`] writes files of the user's own; [`manual`] is the manual page.

pub mod clock;
pub mod color;
pub mod doubt;
pub mod failure;
pub mod files;
pub mod manual;
pub mod output;
pub mod paging;
pub mod program;
pub mod prompt;
pub mod reachability;
#[cfg(feature = "ui")]
pub mod screen;
pub mod stream;
pub mod table;
