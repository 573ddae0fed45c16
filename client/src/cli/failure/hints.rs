//! From the library's errors to exit codes, codes for scripts and hints: the one table.

use auboutique_certs::HandshakeFailure;
use auboutique_protocol::error::ErrorCode;
use serde_json::{Map, Value};

use super::Exit;
use crate::{Error, RefusalCode};

pub(super) const LOG_IN: &str = "log in with `auboutique login`";
const REPEAT: &str = "run the same command again";
const LATER: &str = "try again later";

/// The library's error as exit code, code for scripts and hint.
pub(super) fn classify(error: &Error) -> (Exit, &str, Option<String>) {
    match error {
        Error::Resolve { .. } | Error::Connect { .. } => {
            let hint = "check the server's name and port, and whether it runs";
            (Exit::Unreachable, "unreachable", Some(hint.into()))
        }
        Error::ConnectionLost { .. } | Error::TimedOut { .. } => {
            (Exit::Unreachable, "unreachable", Some(LATER.into()))
        }
        Error::Trust { failure, .. } => (
            Exit::Unreachable,
            "untrusted",
            Some(trust_hint(failure).into()),
        ),
        Error::TrustMaterial(_) => {
            let hint = "check the file given with --ca or AUBOUTIQUE_CA";
            (Exit::Unreachable, "untrusted", Some(hint.into()))
        }
        Error::Protocol(_) => {
            let hint = "is this an AUBoutique server, and is this program recent enough?";
            (Exit::Unreachable, "protocol", Some(hint.into()))
        }
        // Each command that can end so says what to look at (`doubt`).
        Error::OutcomeUnknown { .. } => (Exit::TryLater, "outcome_unknown", None),
        Error::TooLarge { .. } => (Exit::Failed, "frame_too_large", None),
        Error::Closed => (Exit::Failed, "failed", None),
        Error::Refused(refusal) => {
            let (exit, hint) = match &refusal.code {
                RefusalCode::Known(code) => classify_code(code),
                RefusalCode::Unknown(_) => (
                    Exit::Failed,
                    Some("a newer version of this program may know what this means".into()),
                ),
            };
            (exit, refusal.code_name(), hint)
        }
    }
}

fn classify_code(code: &ErrorCode) -> (Exit, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    match code {
        ErrorCode::NotFound(_) => (
            Exit::NotFound,
            hint("`auboutique products` lists what there is"),
        ),
        ErrorCode::Unauthenticated(_) => (Exit::LogInFirst, hint(LOG_IN)),
        ErrorCode::AuthFailed(_) => (
            Exit::LogInFirst,
            hint("check the username and the password"),
        ),
        ErrorCode::AlreadySold(sold) if sold.yours => (
            Exit::Refused,
            hint("you bought it yourself; see `auboutique purchases`"),
        ),
        ErrorCode::AlreadySold(_) => (Exit::Refused, hint("somebody else was faster")),
        ErrorCode::PriceChanged(changed) => (
            Exit::Refused,
            Some(format!(
                "it costs {} now; buy it again if you agree",
                changed.price
            )),
        ),
        ErrorCode::OwnProduct(_) => (Exit::Refused, hint("see `auboutique sales` for your own")),
        ErrorCode::Withdrawn(_) | ErrorCode::KeyConflict(_) => (Exit::Refused, None),
        ErrorCode::Quota(quota) => (
            Exit::Refused,
            Some(format!("at most {} ({})", quota.limit, quota.quota)),
        ),
        ErrorCode::CollectionPending(pending) => (
            Exit::Refused,
            Some(format!(
                "try again after {}, when the last sale has been collected",
                pending.collect_on
            )),
        ),
        ErrorCode::NameTaken(_) => (Exit::Failed, hint("choose another with --username")),
        ErrorCode::InvalidField(invalid) => (
            Exit::Failed,
            Some(field_hint(&invalid.field, &invalid.reason)),
        ),
        ErrorCode::RateLimited(after) | ErrorCode::Busy(after) => (
            Exit::TryLater,
            Some(format!(
                "try again in {} s",
                after.after_ms.div_ceil(1000).max(1)
            )),
        ),
        ErrorCode::Timeout(_) | ErrorCode::SlowConsumer(_) | ErrorCode::Draining(_) => {
            (Exit::TryLater, hint(LATER))
        }
        ErrorCode::Unavailable(_) => (Exit::TryLater, hint(REPEAT)),
        ErrorCode::Internal(internal) => (
            Exit::TryLater,
            Some(format!(
                "{REPEAT}; tell an operator if it persists: {}",
                internal.incident
            )),
        ),
        ErrorCode::UnsupportedVersion(_) => (
            Exit::Failed,
            hint("this program is too old or too new for the server"),
        ),
        ErrorCode::Suspended(suspended) => (
            Exit::Failed,
            Some(format!("the operator's reason: {}", suspended.reason)),
        ),
        ErrorCode::MustChangePassword(_) => (
            Exit::Failed,
            hint("an operator set a password that must be changed first"),
        ),
        ErrorCode::BadRequest(_) | ErrorCode::FrameTooLarge(_) | ErrorCode::Forbidden(_) => {
            (Exit::Failed, None)
        }
        ErrorCode::RecipientOffline(_) => (
            Exit::Refused,
            hint("with --keep the message waits until they come"),
        ),
    }
}

/// The flag that a field of a request came from.
fn field_hint(field: &str, reason: &str) -> String {
    let flag = match field {
        "price_min" => "--min-price",
        "price_max" => "--max-price",
        "text" => "--search",
        "password" => "the password (--password-stdin, or as it was typed)",
        "new" => "the new password (--password-stdin, or as it was typed)",
        "username" | "name" | "email" | "price" | "description" | "category" | "picture"
        | "owner" | "limit" | "sort" | "cursor" => return format!("check --{field}: {reason}"),
        other => other,
    };
    format!("check {flag}: {reason}")
}

fn trust_hint(failure: &HandshakeFailure) -> &'static str {
    match failure {
        HandshakeFailure::PinMismatch => {
            "nothing was sent; ask the operator for a new invite before you connect again"
        }
        HandshakeFailure::UnknownAuthority => {
            "give the server's authority with --ca, or the invite with --server"
        }
        HandshakeFailure::WrongName => "use the host name that the operator gave you",
        HandshakeFailure::Expired | HandshakeFailure::NotYetValid => {
            "check this computer's clock, then tell the operator"
        }
        HandshakeFailure::ClientCertificate => {
            "this is a port for administrators; is it the right one?"
        }
        HandshakeFailure::WrongPurpose
        | HandshakeFailure::ProtocolVersion
        | HandshakeFailure::NoAlpn
        | HandshakeFailure::Other(_) => "is this the port of an AUBoutique server?",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_names_its_flag() {
        assert_eq!(
            field_hint("price_min", "too_long"),
            "check --min-price: too_long"
        );
        assert_eq!(field_hint("name", "empty"), "check --name: empty");
    }
}
