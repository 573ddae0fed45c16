//! What can go wrong between a caller and a server, and what the caller may do about it.

use std::fmt;
use std::sync::Arc;

use auboutique_certs::{HandshakeFailure, ServerAddress};
use auboutique_protocol::error::{ErrorCode, Retry};
use auboutique_protocol::text::term_safe;

/// Why a request, or a connection, did not succeed.
///
/// Cheap to clone, because one lost connection fails every request that waits on it. The texts are
/// safe for a terminal, also where they quote the server.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The server's name has no address. Check the name, or try again later.
    #[error("cannot find the address of {host}: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No address of the server took the connection. Try again later.
    #[error("cannot reach {address}: {reason}")]
    Connect {
        /// The server.
        address: ServerAddress,
        /// What happened at the last address tried.
        reason: String,
    },
    /// Somebody answered who is not to be trusted. Nothing was sent; do not try again blindly.
    #[error("cannot trust {address}: {failure}")]
    Trust {
        /// The server.
        address: ServerAddress,
        /// Why.
        failure: HandshakeFailure,
    },
    /// The grounds for trust cannot be used, for example because the file cannot be read.
    #[error("cannot use what the server should be recognised by: {0}")]
    TrustMaterial(#[source] Arc<auboutique_certs::Error>),
    /// The server does not keep to the protocol. The connection was dropped.
    #[error("the server does not keep to the protocol: {0}")]
    Protocol(String),
    /// The server refused; [`Refusal::code`] says what to do.
    #[error("{0}")]
    Refused(Refusal),
    /// The request is longer than the server takes. Nothing was sent.
    #[error("the request has {bytes} bytes, the server takes at most {max}")]
    TooLarge {
        /// Length of the encoded request in bytes.
        bytes: usize,
        /// The most that the server takes, in bytes.
        max: usize,
    },
    /// The connection ended, and the request had no effect. Try again later.
    #[error("the connection was lost: {reason}")]
    ConnectionLost {
        /// How it ended.
        reason: String,
    },
    /// The server kept silent for too long, and the request had no effect. Try again later.
    #[error("no {awaited} within {seconds} s")]
    TimedOut {
        /// What was waited for.
        awaited: &'static str,
        /// For how long, in seconds.
        seconds: u64,
    },
    /// The request was sent and no answer came: it may have been carried out. Repeat it with the
    /// same key, or read the state.
    #[error("it is not known whether the request was carried out: {cause}")]
    OutcomeUnknown {
        /// Why no answer came.
        cause: Arc<Error>,
    },
    /// This client was closed by its owner.
    #[error("the client is closed")]
    Closed,
}

impl Error {
    /// What the caller may do.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::ConnectionLost { .. }
            | Self::TimedOut { .. } => Retry::NewConnection,
            Self::OutcomeUnknown { .. } => Retry::SameKey,
            Self::Refused(refusal) => refusal.retry(),
            Self::Trust { .. }
            | Self::TrustMaterial(_)
            | Self::Protocol(_)
            | Self::TooLarge { .. }
            | Self::Closed => Retry::Never,
        }
    }

    /// Whether the server decided about this very request, so that asking again with the same key
    /// gives the same answer. Any other error leaves open what an earlier attempt did.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_verdict())
    }

    /// Whether logging in, anew or with another password, is what it takes.
    #[must_use]
    pub fn is_of_login(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_of_login())
    }

    /// The code of a refusal that this library knows.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        let Self::Refused(refusal) = self else {
            return None;
        };
        match &refusal.code {
            RefusalCode::Known(code) => Some(code),
            RefusalCode::Unknown(_) => None,
        }
    }
}

/// A refusal by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people; as the server sent it, so pass it through
    /// [`term_safe`] before showing it (`Display` does).
    pub message: String,
}

/// The code of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalCode {
    /// One of this protocol version.
    Known(ErrorCode),
    /// One of a later version, by its name.
    Unknown(String),
}

impl Refusal {
    /// The code's name on the wire.
    #[must_use]
    pub fn code_name(&self) -> &str {
        match &self.code {
            RefusalCode::Known(code) => code.name(),
            RefusalCode::Unknown(name) => name,
        }
    }

    /// What the client should do. A code of a later version is not repeated: whether that would be
    /// safe is not known.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match &self.code {
            RefusalCode::Known(code) => code.retry(),
            RefusalCode::Unknown(_) => Retry::Never,
        }
    }

    /// See [`Error::is_of_login`].
    pub(crate) fn is_of_login(&self) -> bool {
        matches!(
            self.code,
            RefusalCode::Known(ErrorCode::Unauthenticated(_) | ErrorCode::AuthFailed(_))
        )
    }

    /// See [`Error::is_verdict`].
    fn is_verdict(&self) -> bool {
        matches!(
            self.code,
            RefusalCode::Known(
                ErrorCode::NotFound(_)
                    | ErrorCode::AlreadySold(_)
                    | ErrorCode::PriceChanged(_)
                    | ErrorCode::OwnProduct(_)
                    | ErrorCode::Withdrawn(_)
                    | ErrorCode::KeyConflict(_)
                    | ErrorCode::NameTaken(_)
                    | ErrorCode::InvalidField(_)
                    | ErrorCode::RecipientOffline(_)
                    | ErrorCode::Quota(_)
                    | ErrorCode::CollectionPending(_)
            )
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            write!(
                formatter,
                "the server refused: {}",
                term_safe(self.code_name())
            )
        } else {
            formatter.write_str(&term_safe(&self.message))
        }
    }
}
