//! What went wrong, for people and scripts: exit code, sentence, hint.
//!
//! The one table from the library's errors to exit codes and hints is in `hints`; a command that
//! knows better what a refusal means for it says so ([`Failure::told`]).

mod hints;

use std::io;
use std::process::ExitCode;

use auboutique_protocol::text::{term_safe, term_safe_lines};
use serde_json::{Map, Value, json};

use self::hints::{LOG_IN, classify, details};
use crate::Error;
use crate::cli::output::{print_error_lines, print_json_line};

/// The exit codes, as docs/CLIENT.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nobody reads the output any more: not an error.
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    LogInFirst = 4,
    Unreachable = 5,
    Refused = 6,
    TryLater = 75,
    Interrupted = 130,
}

/// The exit codes with their meaning, for the manual page.
pub(crate) const EXIT_CODES: &[(u8, &str)] = &[
    (
        Exit::Done as u8,
        "Done; also when the reader of a pipe went away.",
    ),
    (
        Exit::Failed as u8,
        "Failed: something on this computer, or a value that the server refuses.",
    ),
    (
        Exit::Usage as u8,
        "Wrong usage, or a missing value that may not be asked for.",
    ),
    (Exit::NotFound as u8, "Not found."),
    (
        Exit::LogInFirst as u8,
        "Log in first: no session, one that has ended, a wrong username or password.",
    ),
    (
        Exit::Unreachable as u8,
        "The server cannot be reached or trusted.",
    ),
    (
        Exit::Refused as u8,
        "Refused by the market: sold, another price, a quota, a recipient who is offline.",
    ),
    (
        Exit::TryLater as u8,
        "Try again later, or the outcome is unknown.",
    ),
    (Exit::Interrupted as u8, "Interrupted."),
];

/// Why the program ends without its result.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// For scripts.
    code: String,
    message: String,
    hint: Option<String>,
    /// What belongs to the code, such as the price now.
    details: Map<String, Value>,
}

impl Failure {
    fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            details: Map::new(),
        }
    }

    /// Something on this computer did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, "failed", message)
    }

    /// Something does not exist here.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }

    /// The command line is wrong or lacks something.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// A value is missing that may not be asked for.
    pub(crate) fn missing(what: &str, flag: &str) -> Self {
        Self::usage(format!("{what} is missing")).hint(format!("give it with {flag}"))
    }

    pub(crate) fn log_in_first() -> Self {
        let message = "nobody is logged in on this server with this profile";
        Self::new(Exit::LogInFirst, "unauthenticated", message).hint(LOG_IN)
    }

    /// The session that is remembered is void.
    pub(crate) fn log_in_again() -> Self {
        let message = "the session has ended";
        Self::new(Exit::LogInFirst, "unauthenticated", message).hint(LOG_IN)
    }

    /// Whom to trust could not be settled.
    pub(crate) fn untrusted(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "untrusted", message)
    }

    /// A value that the server would refuse, told without asking it.
    pub(crate) fn invalid_field(field: &str, reason: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(Exit::Failed, "invalid_field", message);
        failure.details.insert("field".into(), json!(field));
        failure.details.insert("reason".into(), json!(reason));
        failure
    }

    /// The server went away and will not be waited for any more.
    pub(crate) fn server_lost(reason: &str) -> Self {
        Self::new(Exit::Unreachable, "unreachable", reason)
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says the same to people in a sentence about what was asked for; scripts read what they did.
    pub(crate) fn told(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self.hint = None;
        self
    }

    /// Everything for people on one line.
    pub(crate) fn sentence(&self) -> String {
        let message = term_safe(&self.message);
        match &self.hint {
            Some(hint) => format!("{message} ({})", term_safe(hint)),
            None => message.into_owned(),
        }
    }

    /// Whether it is only that nobody reads the output any more.
    pub(crate) fn is_closed_output(&self) -> bool {
        self.exit == Exit::Done
    }

    /// Whether the server was away, so that the same may succeed once it is back.
    pub(crate) fn is_of_connection(&self) -> bool {
        self.exit == Exit::Unreachable && self.code == "unreachable"
    }

    /// Whether what was asked for may have been done all the same.
    pub(crate) fn leaves_doubt(&self) -> bool {
        matches!(
            self.code.as_str(),
            "outcome_unknown" | "unavailable" | "internal"
        )
    }

    #[cfg(test)]
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints it and returns the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if self.exit != Exit::Done {
            let hint = self.hint.as_deref().map(term_safe_lines);
            print_error_lines(&term_safe_lines(&self.message), hint.as_deref());
            if json {
                self.print_json();
            }
        }
        ExitCode::from(self.exit as u8)
    }

    /// Prints it as one JSON object on standard output.
    pub(crate) fn print_json(&self) {
        let mut error = self.details.clone();
        error.insert("code".into(), json!(self.code));
        error.insert("message".into(), json!(term_safe(&self.message)));
        print_json_line(&json!({ "error": error }));
    }
}

impl From<io::Error> for Failure {
    /// For failures to print; files are reported with their path.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, "closed", "nobody reads the output");
        }
        Self::failed(format!("cannot write the output: {error}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (exit, code, hint) = classify(&error);
        Self {
            exit,
            code: code.to_owned(),
            message: error.to_string(),
            hint,
            details: details(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::error::{AlreadySold, ErrorCode, Nothing, PriceChanged};
    use auboutique_protocol::money::{Currency, Money};

    use super::*;
    use crate::{Refusal, RefusalCode};

    fn refused(code: ErrorCode) -> Failure {
        Failure::from(Error::Refused(Refusal {
            code: RefusalCode::Known(code),
            message: "no \u{1b}[31m".into(),
        }))
    }

    #[test]
    fn each_kind_of_error_has_its_exit_code() {
        let lost = || Error::ConnectionLost {
            reason: String::new(),
        };
        let unknown = Error::OutcomeUnknown {
            cause: std::sync::Arc::new(lost()),
        };
        for (failure, exit) in [
            (Failure::from(lost()), 5),
            (Failure::from(unknown), 75),
            (refused(ErrorCode::NotFound(Nothing {})), 3),
            (refused(ErrorCode::Unauthenticated(Nothing {})), 4),
            (refused(ErrorCode::AuthFailed(Nothing {})), 4),
            (refused(ErrorCode::OwnProduct(Nothing {})), 6),
            (refused(ErrorCode::KeyConflict(Nothing {})), 6),
            (refused(ErrorCode::NameTaken(Nothing {})), 1),
            (refused(ErrorCode::Draining(Nothing {})), 75),
            (refused(ErrorCode::Unavailable(Nothing {})), 75),
            (Failure::interrupted(), 130),
            (Failure::missing("the name", "--name"), 2),
            (Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)), 0),
        ] {
            assert_eq!(failure.exit() as u8, exit, "{failure:?}");
        }
    }

    #[test]
    fn only_a_lost_answer_and_a_fault_leave_it_open_what_was_done() {
        let lost = || Error::ConnectionLost {
            reason: String::new(),
        };
        let unknown = Error::OutcomeUnknown {
            cause: std::sync::Arc::new(lost()),
        };
        assert!(Failure::from(unknown).leaves_doubt());
        assert!(refused(ErrorCode::Unavailable(Nothing {})).leaves_doubt());
        assert!(!Failure::from(lost()).leaves_doubt());
        assert!(!refused(ErrorCode::NotFound(Nothing {})).leaves_doubt());
    }

    #[test]
    fn what_a_code_carries_goes_to_scripts_as_well() {
        let failure = refused(ErrorCode::AlreadySold(AlreadySold { yours: true }));
        assert_eq!(Value::Object(failure.details), json!({"yours": true}));
        let price = Money {
            minor: 5,
            currency: Currency::Usd,
        };
        let failure = refused(ErrorCode::PriceChanged(PriceChanged { price }));
        let expected = json!({"price": {"minor": 5, "currency": "USD"}});
        assert_eq!(Value::Object(failure.details), expected);
    }
}
