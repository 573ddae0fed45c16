//! What operators are told of failures: the exit codes as docs/ADMIN.md lists them, and what to do about
//! an error.

use auboutique_certs::HandshakeFailure;
use auboutique_client::terminal::failure::Exit;
use auboutique_client::{Error, RefusalCode};
use auboutique_protocol::error::ErrorCode;

/// The exit codes with their meaning, for the manual page.
pub(crate) const EXIT_CODES: &[(u8, &str)] = &[
    (
        Exit::Done as u8,
        "Done; also when the reader of a pipe went away.",
    ),
    (
        Exit::Failed as u8,
        "Failed: something on this computer, a value that the server refuses, or no consent.",
    ),
    (
        Exit::Usage as u8,
        "Wrong usage, or a missing consent that may not be asked for.",
    ),
    (Exit::NotFound as u8, "Not found."),
    (
        Exit::LogInFirst as u8,
        "No identity, or one that the server does not take: missing, unsafe, ended, revoked.",
    ),
    (
        Exit::Unreachable as u8,
        "The server cannot be reached or trusted.",
    ),
    (
        Exit::Refused as u8,
        "Refused by the market: the product is sold, or off the market.",
    ),
    (
        Exit::TryLater as u8,
        "Try again later, or the outcome is unknown.",
    ),
    (Exit::Interrupted as u8, "Interrupted."),
];

const LATER: &str = "try again later";

/// What to do about an error.
pub(crate) fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Resolve { .. } | Error::Connect { .. } => {
            "check --server: host and port of the listener for administrators, by default the port \
             after the members', reachable from the server's own machine only"
        }
        Error::ConnectionLost { .. } | Error::TimedOut { .. } => LATER,
        Error::Trust { failure, .. } => trust_hint(failure),
        Error::Protocol(_) => "is this an AUBoutique server, and is this program recent enough?",
        // The identity, or the command that can end so, says what to look at.
        Error::TrustMaterial(_)
        | Error::OutcomeUnknown { .. }
        | Error::TooLarge { .. }
        | Error::Closed => return None,
        Error::Refused(refusal) => match &refusal.code {
            RefusalCode::Known(code) => return hint_of_code(code),
            RefusalCode::Unknown(_) => "a newer version of this program may know what this means",
        },
    };
    Some(hint.to_owned())
}

fn trust_hint(failure: &HandshakeFailure) -> &'static str {
    match failure {
        HandshakeFailure::UnknownAuthority | HandshakeFailure::PinMismatch => {
            "nothing was sent; is this the server that your identity is of?"
        }
        HandshakeFailure::WrongName => "use a host name that is in the server's certificate",
        HandshakeFailure::Expired | HandshakeFailure::NotYetValid => {
            "check this computer's clock, then the server's certificate"
        }
        HandshakeFailure::NoAlpn => {
            "is this the port for administrators, by default the one after the members'?"
        }
        HandshakeFailure::ClientCertificate
        | HandshakeFailure::WrongPurpose
        | HandshakeFailure::ProtocolVersion
        | HandshakeFailure::Other(_) => "is this the port of an AUBoutique server?",
    }
}

fn hint_of_code(code: &ErrorCode) -> Option<String> {
    let hint = match code {
        ErrorCode::InvalidField(invalid) => {
            return Some(field_hint(&invalid.field, &invalid.reason));
        }
        ErrorCode::RateLimited(after) | ErrorCode::Busy(after) => {
            let seconds = after.after_ms.div_ceil(1000).max(1);
            return Some(format!("try again in {seconds} s"));
        }
        ErrorCode::Internal(internal) => {
            let incident = &internal.incident;
            return Some(format!("look for {incident} in the server's log"));
        }
        ErrorCode::Timeout(_)
        | ErrorCode::SlowConsumer(_)
        | ErrorCode::Draining(_)
        | ErrorCode::Unavailable(_) => LATER,
        ErrorCode::UnsupportedVersion(_) => "this program is too old or too new for the server",
        // The commands say what these mean for what was asked for.
        ErrorCode::NotFound(_)
        | ErrorCode::AlreadySold(_)
        | ErrorCode::Withdrawn(_)
        | ErrorCode::Forbidden(_)
        // Only a fault of this program leads to these.
        | ErrorCode::BadRequest(_)
        | ErrorCode::FrameTooLarge(_)
        // Only members meet these.
        | ErrorCode::Unauthenticated(_)
        | ErrorCode::AuthFailed(_)
        | ErrorCode::Suspended(_)
        | ErrorCode::MustChangePassword(_)
        | ErrorCode::PriceChanged(_)
        | ErrorCode::OwnProduct(_)
        | ErrorCode::KeyConflict(_)
        | ErrorCode::NameTaken(_)
        | ErrorCode::RecipientOffline(_)
        | ErrorCode::Quota(_)
        | ErrorCode::CollectionPending(_) => return None,
    };
    Some(hint.to_owned())
}

/// The flag or argument that a field of a request came from.
fn field_hint(field: &str, reason: &str) -> String {
    let flag = match field {
        "text" => "the text (--search)",
        "username" => "the user",
        "product" => "the product",
        "owner" | "seller" | "buyer" | "actor" | "from" | "to" | "limit" | "cursor" | "sort"
        | "state" | "series" | "reason" | "why" | "session" => {
            return format!("check --{field}: {reason}");
        }
        other => other,
    };
    format!("check {flag}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_names_its_flag() {
        assert_eq!(field_hint("to", "out_of_range"), "check --to: out_of_range");
        assert_eq!(field_hint("username", "deleted"), "check the user: deleted");
    }
}
