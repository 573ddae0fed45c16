//! Presence: who is online. Online means connected and logged in at this moment.

use serde::{Deserialize, Serialize};

/// Asks which of some users are online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Usernames, 1 to [`crate::limits::PRESENCE_NAMES_MAX`].
    pub names: Vec<String>,
}

/// Who of those asked for is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Online {
    /// Their usernames in normal form, in the order of the question. Nobody is told apart who is
    /// offline and who does not exist.
    pub online: Vec<String>,
}
