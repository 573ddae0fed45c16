//! The parts of the library, from what a caller sees to the bytes: the client with its retries, the
//! link that owns one connection, and the making of connections.

pub(crate) mod admin;
pub(crate) mod client;
pub(crate) mod connect;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod link;
pub(crate) mod mirror;
pub(crate) mod options;
pub(crate) mod passphrase;
pub(crate) mod reconnect;
