//! From the library's errors to exit codes and codes for scripts: the one table.

use auboutique_protocol::error::ErrorCode;
use serde_json::{Map, Value};

use super::Exit;
use crate::{Error, RefusalCode};

/// The library's error as exit code and code for scripts.
pub(super) fn classify(error: &Error) -> (Exit, &str) {
    match error {
        Error::Resolve { .. }
        | Error::Connect { .. }
        | Error::ConnectionLost { .. }
        | Error::TimedOut { .. } => (Exit::Unreachable, "unreachable"),
        Error::Trust { .. } | Error::TrustMaterial(_) => (Exit::Unreachable, "untrusted"),
        Error::Protocol(_) => (Exit::Unreachable, "protocol"),
        Error::OutcomeUnknown { .. } => (Exit::TryLater, "outcome_unknown"),
        Error::TooLarge { .. } => (Exit::Failed, "frame_too_large"),
        Error::Closed => (Exit::Failed, "failed"),
        Error::Refused(refusal) => {
            let exit = match &refusal.code {
                RefusalCode::Known(code) => classify_code(code),
                RefusalCode::Unknown(_) => Exit::Failed,
            };
            (exit, refusal.code_name())
        }
    }
}

fn classify_code(code: &ErrorCode) -> Exit {
    match code {
        ErrorCode::NotFound(_) => Exit::NotFound,
        ErrorCode::Unauthenticated(_) | ErrorCode::AuthFailed(_) => Exit::LogInFirst,
        ErrorCode::AlreadySold(_)
        | ErrorCode::PriceChanged(_)
        | ErrorCode::OwnProduct(_)
        | ErrorCode::Withdrawn(_)
        | ErrorCode::KeyConflict(_)
        | ErrorCode::Quota(_)
        | ErrorCode::CollectionPending(_)
        | ErrorCode::RecipientOffline(_) => Exit::Refused,
        ErrorCode::RateLimited(_)
        | ErrorCode::Busy(_)
        | ErrorCode::Timeout(_)
        | ErrorCode::SlowConsumer(_)
        | ErrorCode::Draining(_)
        | ErrorCode::Unavailable(_)
        | ErrorCode::Internal(_) => Exit::TryLater,
        ErrorCode::NameTaken(_)
        | ErrorCode::InvalidField(_)
        | ErrorCode::UnsupportedVersion(_)
        | ErrorCode::Suspended(_)
        | ErrorCode::MustChangePassword(_)
        | ErrorCode::BadRequest(_)
        | ErrorCode::FrameTooLarge(_)
        | ErrorCode::Forbidden(_) => Exit::Failed,
    }
}

/// What a known code carries, with the names that it has on the wire.
pub(super) fn details(error: &Error) -> Map<String, Value> {
    let value = error.code().map(serde_json::to_value);
    match value {
        Some(Ok(Value::Object(named))) => match named.into_iter().next() {
            Some((_, Value::Object(details))) => details,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}
