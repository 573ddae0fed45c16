//! What a refusal means for an action, in a sentence about what was asked for.

use auboutique_client::Error;
use auboutique_client::terminal::doubt;
use auboutique_client::terminal::failure::Failure;
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

use super::LOOK;
use crate::users::of_user;

/// Adds what to look at to an error that leaves the outcome open.
pub(crate) fn explain(error: Error) -> Failure {
    doubt::explain(error, LOOK)
}

/// Why something could not be done to a user.
pub(crate) fn of_action(user: &Username, error: Error) -> Failure {
    let state = match error.code() {
        Some(ErrorCode::InvalidField(invalid)) if invalid.field == "username" => {
            match &*invalid.reason {
                "already_suspended" => Some("is suspended already"),
                "not_suspended" => Some("is not suspended"),
                "deleted" => Some("has left the market"),
                _ => None,
            }
        }
        Some(ErrorCode::NotFound(_)) => return of_user(user, error),
        _ => None,
    };
    match state {
        Some(state) => Failure::from(error).told(format!("{} {state}", user.as_str())),
        None => explain(error),
    }
}

/// Why a product could not be removed.
pub(crate) fn of_product(id: ProductId, error: Error) -> Failure {
    let state = match error.code() {
        Some(ErrorCode::NotFound(_)) => format!("there is no product {id}"),
        Some(ErrorCode::AlreadySold(_)) => {
            format!("product {id} is sold, and a sale is not taken back")
        }
        Some(ErrorCode::Withdrawn(_)) => format!("product {id} is off the market already"),
        _ => return explain(error),
    };
    Failure::from(error).told(state)
}

#[cfg(test)]
mod tests {
    use auboutique_client::{Refusal, RefusalCode};
    use auboutique_protocol::error::{InvalidField, Nothing};

    use super::*;

    fn refused(code: ErrorCode) -> Error {
        Error::Refused(Refusal {
            code: RefusalCode::Known(code),
            message: "no".into(),
        })
    }

    fn about(failure: &Failure) -> String {
        failure.sentence_with(crate::failure::hint)
    }

    #[test]
    fn a_refused_action_says_what_the_user_is() {
        let mona = Username::parse("mona").unwrap();
        for (reason, sentence) in [
            ("already_suspended", "mona is suspended already"),
            ("not_suspended", "mona is not suspended"),
            ("deleted", "mona has left the market"),
        ] {
            let failure = of_action(
                &mona,
                refused(ErrorCode::InvalidField(InvalidField {
                    field: "username".into(),
                    reason: reason.into(),
                })),
            );
            assert_eq!(about(&failure), sentence);
            assert_eq!(failure.exit() as u8, 1);
        }
        let failure = of_action(&mona, refused(ErrorCode::NotFound(Nothing {})));
        assert!(about(&failure).starts_with("there is no user mona"));
        assert_eq!(failure.exit() as u8, 3);
    }

    #[test]
    fn a_lost_answer_leads_to_the_audit() {
        let mona = Username::parse("mona").unwrap();
        let lost = Error::ConnectionLost {
            reason: "cut".into(),
        };
        let unknown = Error::OutcomeUnknown {
            cause: std::sync::Arc::new(lost),
        };
        let failure = of_action(&mona, unknown);
        assert!(about(&failure).contains("auboutique-admin audit"));
        assert_eq!(failure.exit() as u8, 75);
    }

    #[test]
    fn a_product_that_cannot_be_removed_says_why() {
        let withdrawn = of_product(ProductId(7), refused(ErrorCode::Withdrawn(Nothing {})));
        assert_eq!(about(&withdrawn), "product 7 is off the market already");
        assert_eq!(withdrawn.exit() as u8, 6);
    }
}
