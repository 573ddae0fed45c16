//! What members are told of failures: the shared [`Failure`] with the exit codes as docs/CLIENT.md
//! lists them, and what to do about an error (`hints`).

mod hints;

use std::process::ExitCode;

use self::hints::LOG_IN;
use crate::Error;
use crate::terminal::failure::Exit;
pub(crate) use crate::terminal::failure::Failure;

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

impl Failure {
    pub(crate) fn log_in_first() -> Self {
        let message = "nobody is logged in on this server with this profile";
        Self::new(Exit::LogInFirst, "unauthenticated", message).hint(LOG_IN)
    }

    /// The session that is remembered is void.
    pub(crate) fn log_in_again() -> Self {
        let message = "the session has ended";
        Self::new(Exit::LogInFirst, "unauthenticated", message).hint(LOG_IN)
    }

    /// Everything for people on one line.
    pub(crate) fn sentence(&self) -> String {
        self.sentence_with(hints::of)
    }

    /// Everything for people on a full screen, where advice about commands and flags is of no use.
    pub(crate) fn on_screen(&self) -> String {
        let hints = |error: &Error| {
            let hint = hints::of(error);
            hint.filter(|hint| !hint.contains('`') && !hint.contains("--"))
        };
        self.sentence_with(hints)
    }

    /// Prints it with what a member can do about it, and returns the exit code.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        self.report(json, hints::of)
    }
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::error::{After, AlreadySold, ErrorCode};

    use super::*;
    use crate::{Refusal, RefusalCode};

    fn refused(code: ErrorCode) -> Failure {
        Failure::from(Error::Refused(Refusal {
            code: RefusalCode::Known(code),
            message: "No.".into(),
        }))
    }

    #[test]
    fn a_full_screen_names_no_commands_and_keeps_other_advice() {
        let sold = refused(ErrorCode::AlreadySold(AlreadySold { yours: true }));
        assert!(sold.sentence().contains("`auboutique purchases`"));
        assert_eq!(sold.on_screen(), "No.");
        let busy = refused(ErrorCode::Busy(After { after_ms: 1500 }));
        assert_eq!(busy.on_screen(), "No. (try again in 2 s)");
    }
}
