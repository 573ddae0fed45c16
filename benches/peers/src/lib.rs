//! What people would use instead of AUBoutique: the same market as one would build it in a day from what is
//! usually taken. Built to be compared with it, and for nothing else; `README.md` says what was tuned.
//!
//! - `axum-pool`: JSON over HTTP/1.1 and a pool of SQLite connections.
//! - `tonic-pool`: gRPC over HTTP/2 and the same pool.
//! - `axum-store`: HTTP/1.1 over AUBoutique's own store and catalog.
//!
//! All do the same: a user is known by a bearer token, lists the newest products for sale, and buys one
//! for good.

pub mod arguments;
pub mod http;
pub mod market;
pub mod rpc;
pub mod serving;
pub mod sessions;

use std::time::{SystemTime, UNIX_EPOCH};

/// Products on a page, at most.
pub const PAGE_MAX: u32 = 100;
/// The currency of all prices.
pub const CURRENCY: &str = "USD";
/// Where all products are collected.
pub const COLLECT_AT: &str = "AUB Post Office";
/// When that is open.
pub const COLLECT_HOURS: &str = "Mon-Fri 9-16";
/// When all products are collected; these servers have no calendar.
pub const COLLECT_ON: &str = "2026-11-30";

/// Now, in milliseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.map_or(0, |passed| {
        i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    })
}

/// A code to collect a product with: eight characters that are not mistaken for each other.
///
/// # Errors
/// The system has no random bytes.
pub fn draw_code() -> Result<String, getrandom::Error> {
    const CHARACTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(CHARACTERS[usize::from(byte % 32)]))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_eight_characters_and_differ() {
        let [first, second] = [draw_code().unwrap(), draw_code().unwrap()];
        assert_eq!((first.len(), second.len()), (8, 8));
        assert_ne!(first, second);
    }
}
