//! What went wrong, for people and scripts: exit code, sentence, hint.
//!
//! The one table from the library's errors to exit codes is in `codes`. What to do about an error
//! depends on the program: a [`Failure`] that came of one keeps it, and the program brings its
//! [`Hints`] when the failure is told. A command that knows better what a refusal means for it says
//! so ([`Failure::told`]).

mod codes;

use std::io;
use std::process::ExitCode;

use auboutique_protocol::text::{term_safe, term_safe_lines};
use serde_json::{Map, Value, json};

use self::codes::{classify, details};
use crate::Error;
use crate::terminal::output::{print_error_lines, print_json_line};

/// What a program of ours tells a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nobody reads the output any more: not an error.
    Done = 0,
    /// Something on this computer, or a value that the server refuses.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// Not found.
    NotFound = 3,
    /// Nobody is logged in, or not the right one.
    LogInFirst = 4,
    /// The server cannot be reached or trusted.
    Unreachable = 5,
    /// Refused by the market.
    Refused = 6,
    /// Try again later, or the outcome is unknown.
    TryLater = 75,
    /// Interrupted.
    Interrupted = 130,
}

/// Why the program ends without its result.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// For scripts.
    code: String,
    message: String,
    hint: Hint,
    /// What belongs to the code, such as the price now.
    details: Map<String, Value>,
}

/// What a program says to do about an error of the library.
pub type Hints = fn(&Error) -> Option<String>;

/// What to do about a failure.
#[derive(Debug)]
enum Hint {
    None,
    Said(String),
    /// The program's hint for this error.
    Of(Box<Error>),
}

impl Hint {
    fn text(&self, hints: Hints) -> Option<String> {
        match self {
            Self::None => None,
            Self::Said(hint) => Some(hint.clone()),
            Self::Of(error) => hints(error),
        }
    }
}

impl Failure {
    /// A failure with its code for scripts.
    #[must_use]
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: Hint::None,
            details: Map::new(),
        }
    }

    /// Something on this computer did not work.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, "failed", message)
    }

    /// Something does not exist here.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }

    /// The command line is wrong or lacks something.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// A value is missing that may not be asked for.
    #[must_use]
    pub fn missing(what: &str, flag: &str) -> Self {
        Self::usage(format!("{what} is missing")).hint(format!("give it with {flag}"))
    }

    /// Whom to trust could not be settled.
    #[must_use]
    pub fn untrusted(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "untrusted", message)
    }

    /// A value that the server would refuse, told without asking it.
    #[must_use]
    pub fn invalid_field(field: &str, reason: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(Exit::Failed, "invalid_field", message);
        failure.details.insert("field".into(), json!(field));
        failure.details.insert("reason".into(), json!(reason));
        failure
    }

    /// The server went away and will not be waited for any more.
    #[must_use]
    pub fn server_lost(reason: &str) -> Self {
        Self::new(Exit::Unreachable, "unreachable", reason)
    }

    /// Somebody pressed Ctrl-C.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Hint::Said(hint.into());
        self
    }

    /// Says the same to people in a sentence about what was asked for; scripts read what they did.
    #[must_use]
    pub fn told(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self.hint = Hint::None;
        self
    }

    /// Everything for people on one line.
    #[must_use]
    pub fn sentence_with(&self, hints: Hints) -> String {
        let words: Vec<_> = self.message.split_whitespace().collect();
        let message = words.join(" ");
        let message = term_safe(&message);
        match self.hint.text(hints) {
            Some(hint) => format!("{message} ({})", term_safe(&hint)),
            None => message.into_owned(),
        }
    }

    /// Whether it is only that nobody reads the output any more.
    #[must_use]
    pub fn is_closed_output(&self) -> bool {
        self.exit == Exit::Done
    }

    /// Whether the server was away, so that the same may succeed once it is back.
    #[must_use]
    pub fn is_of_connection(&self) -> bool {
        self.exit == Exit::Unreachable && self.code == "unreachable"
    }

    /// Whether what was asked for may have been done all the same.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        matches!(
            self.code.as_str(),
            "outcome_unknown" | "unavailable" | "internal"
        )
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints it and returns the exit code.
    pub fn report(&self, json: bool, hints: Hints) -> ExitCode {
        if self.exit != Exit::Done {
            let hint = self.hint.text(hints);
            let hint = hint.as_deref().map(term_safe_lines);
            print_error_lines(&term_safe_lines(&self.message), hint.as_deref());
            if json {
                self.print_json();
            }
        }
        ExitCode::from(self.exit as u8)
    }

    /// Prints it as one JSON object on standard output.
    pub fn print_json(&self) {
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
        let (exit, code) = classify(&error);
        Self {
            exit,
            code: code.to_owned(),
            message: error.to_string(),
            details: details(&error),
            hint: Hint::Of(Box::new(error)),
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
