//! Requests that cannot be taken back: what to tell a person who interrupts one, or whose answer got
//! lost on the way. Only the command knows what there is to look at.

use std::sync::{Arc, Mutex, PoisonError};

use auboutique_protocol::error::{ErrorCode, Retry};

use crate::Error;
use crate::terminal::failure::Failure;

/// What the person should do about the request that is on its way, if one is.
#[derive(Debug, Clone, Default)]
pub struct Doubt(Arc<Mutex<Option<String>>>);

impl Doubt {
    /// Waits for a request whose outcome may stay unknown; `advice` is for that case. When this
    /// future is dropped before its end, the doubt stays.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn during<T>(
        &self,
        advice: &str,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.set(Some(advice.to_owned()));
        let outcome = request.await;
        self.set(None);
        outcome
    }

    /// As [`Self::during`], for a command that has nothing to do about a failure but to tell it.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn settle<T>(
        &self,
        advice: &str,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let outcome = self.during(advice, request).await;
        outcome.map_err(|error| explain(error, advice))
    }

    /// How a run ends that was interrupted at this moment.
    #[must_use]
    pub fn interrupted(&self) -> Failure {
        let advice = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match advice {
            Some(advice) => Failure::interrupted().hint(advice),
            None => Failure::interrupted(),
        }
    }

    fn set(&self, advice: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = advice;
    }
}

/// Adds the advice to an error that leaves the outcome open.
#[must_use]
pub fn explain(error: Error, advice: &str) -> Failure {
    let hint = match (error.retry(), error.code()) {
        (Retry::SameKey, Some(ErrorCode::Internal(internal))) => {
            let incident = &internal.incident;
            format!("{advice}; tell an operator if it persists: {incident}")
        }
        (Retry::SameKey, _) => advice.to_owned(),
        (Retry::Never | Retry::After | Retry::NewConnection, _) => return error.into(),
    };
    Failure::from(error).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interrupt_is_told_with_advice_only_while_the_request_is_on_its_way() {
        let doubt = Doubt::default();
        let answered = doubt.during("look", async { Ok(7) }).await;
        assert_eq!(answered.unwrap(), 7);
        assert_eq!(doubt.interrupted().sentence(), "interrupted");
        let mut unanswered =
            Box::pin(doubt.during("look", std::future::pending::<Result<(), _>>()));
        tokio::select! {
            biased;
            _ = &mut unanswered => unreachable!("nobody answers"),
            () = std::future::ready(()) => {}
        }
        drop(unanswered);
        assert_eq!(doubt.interrupted().sentence(), "interrupted (look)");
    }

    #[test]
    fn a_lost_answer_is_told_with_advice() {
        let lost = || Error::ConnectionLost {
            reason: "cut".into(),
        };
        let unknown = Error::OutcomeUnknown {
            cause: Arc::new(lost()),
        };
        assert!(explain(unknown, "look").sentence().ends_with("(look)"));
        assert!(!explain(lost(), "look").sentence().contains("look"));
    }
}
