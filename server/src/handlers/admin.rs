//! What administrators ask for and do. Each handler takes the [`crate::session::Admin`] that proves a
//! certificate on the list.

pub(crate) mod actions;
pub(crate) mod lists;
