//! What members can do about the library's errors.

use auboutique_certs::HandshakeFailure;
use auboutique_protocol::error::ErrorCode;

use crate::{Error, RefusalCode};

pub(super) const LOG_IN: &str = "log in with `auboutique login`";
const REPEAT: &str = "run the same command again";
const LATER: &str = "try again later";

/// What to do about an error.
pub(super) fn of(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Resolve { .. } | Error::Connect { .. } => {
            "check the server's name and port, and whether it runs"
        }
        Error::ConnectionLost { .. } | Error::TimedOut { .. } => LATER,
        Error::Trust { failure, .. } => trust_hint(failure),
        Error::TrustMaterial(_) => "check the file given with --ca or AUBOUTIQUE_CA",
        Error::Protocol(_) => "is this an AUBoutique server, and is this program recent enough?",
        // Each command that can end so says what to look at (`doubt`).
        Error::OutcomeUnknown { .. } | Error::TooLarge { .. } | Error::Closed => return None,
        Error::Refused(refusal) => match &refusal.code {
            RefusalCode::Known(code) => return of_code(code),
            RefusalCode::Unknown(_) => "a newer version of this program may know what this means",
        },
    };
    Some(hint.to_owned())
}

fn of_code(code: &ErrorCode) -> Option<String> {
    let hint = match code {
        ErrorCode::NotFound(_) => "`auboutique products` lists what there is",
        ErrorCode::Unauthenticated(_) => LOG_IN,
        ErrorCode::AuthFailed(_) => "check the username and the password",
        ErrorCode::AlreadySold(sold) if sold.yours => {
            "you bought it yourself; see `auboutique purchases`"
        }
        ErrorCode::AlreadySold(_) => "somebody else was faster",
        ErrorCode::PriceChanged(changed) => {
            let price = changed.price;
            return Some(format!("it costs {price} now; buy it again if you agree"));
        }
        ErrorCode::OwnProduct(_) => "see `auboutique sales` for your own",
        ErrorCode::Quota(quota) => {
            return Some(format!("at most {} ({})", quota.limit, quota.quota));
        }
        ErrorCode::CollectionPending(pending) => {
            return Some(format!(
                "try again after {}, when the last sale has been collected",
                pending.collect_on
            ));
        }
        ErrorCode::NameTaken(_) => "choose another with --username",
        ErrorCode::InvalidField(invalid) => {
            return Some(field_hint(&invalid.field, &invalid.reason));
        }
        ErrorCode::RateLimited(after) | ErrorCode::Busy(after) => {
            let seconds = after.after_ms.div_ceil(1000).max(1);
            return Some(format!("try again in {seconds} s"));
        }
        ErrorCode::Timeout(_) | ErrorCode::SlowConsumer(_) | ErrorCode::Draining(_) => LATER,
        ErrorCode::Unavailable(_) => REPEAT,
        ErrorCode::Internal(internal) => {
            let incident = &internal.incident;
            return Some(format!(
                "{REPEAT}; tell an operator if it persists: {incident}"
            ));
        }
        ErrorCode::UnsupportedVersion(_) => "this program is too old or too new for the server",
        ErrorCode::Suspended(suspended) => {
            return Some(format!("the operator's reason: {}", suspended.reason));
        }
        ErrorCode::MustChangePassword(_) => "an operator set a password that must be changed first",
        ErrorCode::RecipientOffline(_) => "with --keep the message waits until they come",
        ErrorCode::Withdrawn(_)
        | ErrorCode::KeyConflict(_)
        | ErrorCode::BadRequest(_)
        | ErrorCode::FrameTooLarge(_)
        | ErrorCode::Forbidden(_) => return None,
    };
    Some(hint.to_owned())
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
