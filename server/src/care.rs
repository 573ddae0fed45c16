//! What is done for the data in the background: scheduled [`backups`], a daily [`check`] of the databases,
//! and the removal of old [`messages`].
//!
//! Each is a task of its own that sleeps nearly always. None stands in the way of members: backups and
//! checks read beside the writer, and old messages go a few at a time.

pub(crate) mod backups;
pub(crate) mod check;
pub(crate) mod messages;
