//! From what went wrong inside to what is said outside: the only mapping.
//!
//! A handler returns a [`ServiceError`]. The reply made from it holds a code and a sentence for
//! people; the cause goes to the log, once, with the incident that the reply names.

use std::borrow::Cow;
use std::time::Duration;

use auboutique_protocol::error::{
    After, ErrorCode, ErrorReply, Incident, InvalidField, Nothing, Quota,
};
use auboutique_protocol::text::TextError;

use crate::auth::password::PasswordError;
use crate::auth::throttle::Refused;
use crate::limits::RetryAfter;
use crate::pictures::{PictureError, WorkshopError};
use crate::store::StoreError;

/// What a client that met a full queue is asked to wait.
const BUSY_AFTER: Duration = Duration::from_millis(500);
/// And when the disk is full: a person has to make room first.
const NO_ROOM_AFTER: Duration = Duration::from_secs(60);

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// By the rules of the market or the protocol; the requester is told exactly why.
    #[error("refused: {}", .0.name())]
    Refused(ErrorCode),
    /// A queue is full. Nothing was applied.
    #[error("a queue is full")]
    Busy,
    /// The disk is nearly full. Nothing was applied.
    #[error("no room on the disk")]
    NoRoom,
    /// The outcome of a write is unknown.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// A fault of ours.
    #[error("{0}")]
    Fault(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// A field whose value is not allowed.
    pub(crate) fn field(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        let detail = InvalidField {
            field: field.into(),
            reason: reason.into(),
        };
        Self::Refused(ErrorCode::InvalidField(detail))
    }

    /// A text that breaks a rule of its field.
    pub(crate) fn text(field: &'static str) -> impl Fn(TextError) -> Self {
        move |error| Self::field(field, error.code())
    }

    /// A quota that is used up.
    pub(crate) fn quota(quota: &'static str, limit: u64) -> Self {
        Self::Refused(ErrorCode::Quota(Quota {
            limit,
            quota: quota.into(),
        }))
    }

    /// The reply. Logs the cause when it is a fault.
    pub(crate) fn into_reply(self) -> ErrorReply {
        let code = match self {
            Self::Refused(code) => code,
            Self::Busy => ErrorCode::Busy(after(BUSY_AFTER)),
            Self::NoRoom => {
                return ErrorReply {
                    code: ErrorCode::Busy(after(NO_ROOM_AFTER)),
                    message: "The server has no room for it now.".into(),
                };
            }
            Self::OutcomeUnknown(cause) => {
                tracing::error!(cause, "the outcome of a write is unknown");
                ErrorCode::Unavailable(Nothing {})
            }
            Self::Fault(cause) => {
                let incident = incident();
                tracing::error!(incident, cause, "a request failed");
                ErrorCode::Internal(Incident { incident })
            }
        };
        reply(code)
    }
}

/// An error reply with its sentence for people.
pub(crate) fn reply(code: ErrorCode) -> ErrorReply {
    let message = message(&code);
    ErrorReply { code, message }
}

fn message(code: &ErrorCode) -> Cow<'static, str> {
    match code {
        ErrorCode::BadRequest(_) => "This is not a request of the protocol.".into(),
        ErrorCode::UnsupportedVersion(_) => "There is no protocol version in common.".into(),
        ErrorCode::FrameTooLarge(_) => "The frame is empty or larger than allowed now.".into(),
        ErrorCode::Timeout(_) => "The connection was silent for too long.".into(),
        ErrorCode::SlowConsumer(_) => "The connection reads its events too slowly.".into(),
        ErrorCode::Unauthenticated(_) => "Log in first.".into(),
        ErrorCode::AuthFailed(_) => {
            "Unknown user or wrong password, or the login has ended.".into()
        }
        ErrorCode::Suspended(_) => "The account is suspended.".into(),
        ErrorCode::MustChangePassword(_) => "Change the password first.".into(),
        ErrorCode::Forbidden(_) => "This is not allowed here.".into(),
        ErrorCode::NotFound(_) => "There is no such thing.".into(),
        ErrorCode::AlreadySold(detail) if detail.yours => "You have bought this product.".into(),
        ErrorCode::AlreadySold(_) => "The product is sold.".into(),
        ErrorCode::PriceChanged(detail) => format!("The price is now {}.", detail.price).into(),
        ErrorCode::OwnProduct(_) => "This is your own product.".into(),
        ErrorCode::Withdrawn(_) => "The product is no longer for sale.".into(),
        ErrorCode::KeyConflict(_) => "The key was used for something else.".into(),
        ErrorCode::CollectionPending(detail) => format!(
            "A sale of this account is to be collected until {}; it can be deleted after that day.",
            detail.collect_on
        )
        .into(),
        ErrorCode::NameTaken(_) => "The username is taken.".into(),
        ErrorCode::InvalidField(detail) => format!(
            "The field {} is not valid: {}.",
            detail.field, detail.reason
        )
        .into(),
        ErrorCode::RecipientOffline(_) => "The recipient is offline.".into(),
        ErrorCode::Quota(detail) => {
            format!("The quota {} of {} is used up.", detail.quota, detail.limit).into()
        }
        ErrorCode::RateLimited(_) => "Too many attempts; wait a moment.".into(),
        ErrorCode::Busy(_) => "The server is busy; try again in a moment.".into(),
        ErrorCode::Draining(_) => "The server is about to stop.".into(),
        ErrorCode::Unavailable(_) => "The outcome is unknown; ask again with the same key.".into(),
        ErrorCode::Internal(_) => "The server failed; the outcome is unknown.".into(),
    }
}

/// The `reason` of `invalid_field` for a picture.
fn picture_reason(error: &PictureError) -> &'static str {
    match error {
        PictureError::Empty => "empty",
        PictureError::TooManyBytes { .. } | PictureError::CannotCompress { .. } => "too_long",
        PictureError::UnknownFormat => "unsupported",
        PictureError::TooLarge => "dimensions",
        PictureError::Damaged => "damaged",
    }
}

/// Sixteen hexadecimal digits to find a log line by.
fn incident() -> String {
    let mut random = [0; 8];
    // Without randomness the incident is merely not unique.
    let _ = getrandom::fill(&mut random);
    format!("{:016x}", u64::from_be_bytes(random))
}

fn after(wait: Duration) -> After {
    After {
        after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    }
}

impl From<ErrorCode> for ServiceError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::OutcomeUnknown(cause) => Self::OutcomeUnknown(cause),
            StoreError::Failed(cause) => Self::Fault(cause),
        }
    }
}

impl From<PasswordError> for ServiceError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::CorruptHash | PasswordError::Failed => Self::Fault(Box::new(error)),
        }
    }
}

impl From<RetryAfter> for ErrorCode {
    fn from(wait: RetryAfter) -> Self {
        Self::RateLimited(after(wait.0))
    }
}

impl From<Refused> for ServiceError {
    fn from(refused: Refused) -> Self {
        RetryAfter::from(refused).into()
    }
}

impl From<RetryAfter> for ServiceError {
    fn from(wait: RetryAfter) -> Self {
        Self::Refused(wait.into())
    }
}

impl From<getrandom::Error> for ServiceError {
    fn from(error: getrandom::Error) -> Self {
        Self::Fault(Box::new(error))
    }
}

impl From<WorkshopError> for ServiceError {
    fn from(error: WorkshopError) -> Self {
        match error {
            WorkshopError::Busy => Self::Busy,
            WorkshopError::Picture(error) => Self::field("picture", picture_reason(&error)),
            WorkshopError::Stopped => Self::Refused(ErrorCode::Draining(Nothing {})),
        }
    }
}
