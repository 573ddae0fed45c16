//! When to try again: pure decisions about one failed attempt, and the clock that paces them.
//!
//! An attempt fails in one of three ways ([`Failure`]): it was never sent, it was sent and the
//! answer got lost, or the server refused it. Together with the request's own rule
//! ([`Repeat`]) this decides between giving up and another attempt.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::call::Repeat;
use auboutique_protocol::error::{ErrorCode, Retry};
use tokio::time::Instant;

use crate::sdk::error::{Error, Refusal, RefusalCode};
use crate::sdk::options::RetryPolicy;

const BACKOFF_BASE: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// How an attempt failed.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// The server cannot have acted on it.
    NotSent(Error),
    /// It was sent completely; no answer came.
    Lost(Error),
    /// The server answered.
    Refused(Refusal),
}

impl Failure {
    /// The error, for requests of which it does not matter whether they were carried out.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::NotSent(error) | Self::Lost(error) => error,
            Self::Refused(refusal) => Error::Refused(refusal),
        }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    GiveUp,
    /// Another attempt after the usual backoff.
    Backoff,
    /// Another attempt after the time that the server named.
    Wait(Duration),
}

/// How long to wait before attempt number `attempt` + 2, so 0 is the first repetition.
///
/// Exponential with "full jitter": anything from zero to the ceiling, so that the clients of a
/// restarted server do not come back in step. `random` spans the whole range of its type.
/// Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
#[must_use]
pub fn backoff(attempt: u32, random: u32) -> Duration {
    let doubled = BACKOFF_BASE.saturating_mul(2_u32.saturating_pow(attempt));
    let ceiling = doubled.min(BACKOFF_MAX);
    ceiling.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// The attempts of one request.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    repeat: Repeat,
    started: Instant,
    failed: u32,
    /// An earlier attempt may have been carried out.
    doubtful: bool,
}

impl Attempts {
    pub(crate) fn new(policy: RetryPolicy, repeat: Repeat) -> Self {
        Self {
            policy,
            repeat,
            started: Instant::now(),
            failed: 0,
            doubtful: false,
        }
    }

    /// Waits until another attempt may begin.
    ///
    /// # Errors
    /// There is to be none; the error is what the caller of the request should see.
    pub(crate) async fn pause_after(&mut self, failure: Failure) -> Result<(), Error> {
        let step = decide(&failure, self.repeat, &self.policy);
        self.doubtful |= self.leaves_doubt(&failure);
        let pause = match step {
            Step::GiveUp => return Err(self.verdict(failure)),
            Step::Backoff => backoff(self.failed, random()),
            Step::Wait(pause) => pause,
        };
        self.failed += 1;
        let late = self.started.elapsed().saturating_add(pause) > self.policy.deadline;
        if late || self.failed >= self.policy.attempts_max {
            return Err(self.verdict(failure));
        }
        tracing::debug!(?failure, ?pause, "trying the request again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    fn leaves_doubt(&self, failure: &Failure) -> bool {
        let sent = match failure {
            Failure::NotSent(_) => false,
            Failure::Lost(_) => true,
            Failure::Refused(refusal) => refusal.retry() == Retry::SameKey,
        };
        sent && self.repeat != Repeat::Safe
    }

    /// The error for the caller. After a doubtful attempt only an answer about the request itself
    /// settles the matter.
    fn verdict(&self, failure: Failure) -> Error {
        let answered =
            matches!(&failure, Failure::Refused(refusal) if refusal.retry() == Retry::SameKey);
        let error = match failure {
            Failure::NotSent(error) | Failure::Lost(error) => error,
            Failure::Refused(refusal) => Error::Refused(refusal),
        };
        if self.doubtful && !answered && !error.is_verdict() {
            return Error::OutcomeUnknown {
                cause: Arc::new(error),
            };
        }
        error
    }
}

fn decide(failure: &Failure, repeat: Repeat, policy: &RetryPolicy) -> Step {
    match failure {
        Failure::NotSent(error) => decide_unsent(error, policy),
        Failure::Lost(_) if repeat == Repeat::Never => Step::GiveUp,
        Failure::Lost(error) => decide_unsent(error, policy),
        Failure::Refused(refusal) => match refusal.retry() {
            Retry::Never => Step::GiveUp,
            Retry::After => decide_wait(refusal, policy),
            Retry::SameKey if repeat == Repeat::Never => Step::GiveUp,
            Retry::SameKey | Retry::NewConnection => Step::Backoff,
        },
    }
}

fn decide_unsent(error: &Error, policy: &RetryPolicy) -> Step {
    match (error.retry(), error) {
        (Retry::NewConnection | Retry::SameKey, _) => Step::Backoff,
        (Retry::After, Error::Refused(refusal)) => decide_wait(refusal, policy),
        (Retry::After | Retry::Never, _) => Step::GiveUp,
    }
}

fn decide_wait(refusal: &Refusal, policy: &RetryPolicy) -> Step {
    match &refusal.code {
        RefusalCode::Known(ErrorCode::Busy(after)) if policy.wait_when_busy => {
            Step::Wait(Duration::from_millis(after.after_ms))
        }
        RefusalCode::Known(ErrorCode::RateLimited(after)) if policy.wait_when_rate_limited => {
            Step::Wait(Duration::from_millis(after.after_ms))
        }
        RefusalCode::Known(_) | RefusalCode::Unknown(_) => Step::GiveUp,
    }
}

/// Jitter needs no secrecy: without random numbers from the system the longest wait is taken.
pub(crate) fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::error::{After, AlreadySold, Nothing};

    use super::*;

    #[test]
    fn backoff_doubles_from_200_ms_to_10_s_and_is_spread_down_to_zero() {
        for (attempt, random, milliseconds) in [
            (0, u32::MAX, 200),
            (1, u32::MAX, 400),
            (2, u32::MAX, 800),
            (5, u32::MAX, 6_400),
            (6, u32::MAX, 10_000),
            (40, u32::MAX, 10_000),
            (u32::MAX, u32::MAX, 10_000),
            (0, 0, 0),
            (9, 0, 0),
        ] {
            let pause = backoff(attempt, random);
            assert_eq!(pause.as_millis(), milliseconds, "{attempt} {random}");
        }
        let half = backoff(1, u32::MAX / 2).as_millis();
        assert!((199..=200).contains(&half), "{half}");
    }

    fn refused(code: ErrorCode) -> Failure {
        Failure::Refused(Refusal {
            code: RefusalCode::Known(code),
            message: String::new(),
        })
    }

    fn lost() -> Error {
        Error::ConnectionLost {
            reason: "test".into(),
        }
    }

    #[test]
    fn each_failure_is_repeated_only_where_the_protocol_allows_it() {
        let busy = || refused(ErrorCode::Busy(After { after_ms: 70 }));
        let limited = || refused(ErrorCode::RateLimited(After { after_ms: 70 }));
        let wait = Step::Wait(Duration::from_millis(70));
        let all = [Repeat::Safe, Repeat::SameKey, Repeat::Never];
        let table = [
            (Failure::NotSent(lost()), [Step::Backoff; 3]),
            (Failure::NotSent(Error::Closed), [Step::GiveUp; 3]),
            (
                Failure::Lost(lost()),
                [Step::Backoff, Step::Backoff, Step::GiveUp],
            ),
            (
                Failure::Lost(Error::Protocol(String::new())),
                [Step::GiveUp; 3],
            ),
            (busy(), [wait; 3]),
            (limited(), [Step::GiveUp; 3]),
            (refused(ErrorCode::Draining(Nothing {})), [Step::Backoff; 3]),
            (
                refused(ErrorCode::Unavailable(Nothing {})),
                [Step::Backoff, Step::Backoff, Step::GiveUp],
            ),
            (
                refused(ErrorCode::AlreadySold(AlreadySold { yours: false })),
                [Step::GiveUp; 3],
            ),
            (
                refused(ErrorCode::KeyConflict(Nothing {})),
                [Step::GiveUp; 3],
            ),
        ];
        for (failure, steps) in table {
            for (repeat, step) in all.into_iter().zip(steps) {
                let decided = decide(&failure, repeat, &RetryPolicy::default());
                assert_eq!(decided, step, "{failure:?} {repeat:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_lost_answer_only_a_verdict_on_the_request_settles_it() {
        for (last, known) in [
            (
                refused(ErrorCode::AlreadySold(AlreadySold { yours: false })),
                true,
            ),
            (refused(ErrorCode::Unauthenticated(Nothing {})), false),
            (Failure::NotSent(Error::Closed), false),
        ] {
            let mut attempts = Attempts::new(RetryPolicy::default(), Repeat::SameKey);
            attempts.pause_after(Failure::Lost(lost())).await.unwrap();
            let error = attempts.pause_after(last).await.unwrap_err();
            assert_eq!(
                !matches!(error, Error::OutcomeUnknown { .. }),
                known,
                "{error:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_and_time_are_bounded() {
        let mut attempts = Attempts::new(RetryPolicy::default(), Repeat::Safe);
        let mut count = 0;
        while attempts.pause_after(Failure::NotSent(lost())).await.is_ok() {
            count += 1;
        }
        assert!(count < 8, "{count}");
        let mut attempts = Attempts::new(RetryPolicy::default(), Repeat::Safe);
        let long = refused(ErrorCode::Busy(After { after_ms: 15_001 }));
        assert!(attempts.pause_after(long).await.is_err());
        let mut attempts = Attempts::new(RetryPolicy::NONE, Repeat::Safe);
        assert!(
            attempts
                .pause_after(Failure::NotSent(lost()))
                .await
                .is_err()
        );
    }
}
