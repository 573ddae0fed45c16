//! What is told to those who watch over the server: whether it lives, whether it is ready, and metrics.
//!
//! [`meters`] are counted as things happen; `readings` are taken when somebody asks; [`endpoint`] answers,
//! over HTTP and on this machine only. Nothing here names a user, a product or a text.

pub(crate) mod endpoint;
pub(crate) mod meters;
mod readings;
