//! Who may come in: passwords, the throttle in front of them, and session tokens.
//!
//! Each part knows nothing of the others and nothing of the wire or the store. A login goes
//! through them in this order: [`throttle`] decides whether a guess may be made at all,
//! [`password`] makes the guess on its own threads, and [`token`] names the session that follows.

pub(crate) mod one_time;
pub(crate) mod password;
pub(crate) mod throttle;
pub(crate) mod token;
