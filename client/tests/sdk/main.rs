//! The library against a scripted server: what it makes of answers, nonsense, silence and loss.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test's own machinery ends the test"
)]

mod bare;
mod loss;
mod nonsense;
mod peer;
mod traffic;
mod trust;
