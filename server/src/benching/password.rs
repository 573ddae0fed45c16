//! The threads that hash passwords.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::auth::password::{PasswordHasher, PasswordParameters, Secret, Verification};

/// The memory of one hash under the service's parameters, in KiB.
pub const MEMORY_KIB: u32 = 19_456;
/// Its passes.
pub const PASSES: u32 = 2;
/// Its lanes.
pub const LANES: u32 = 1;

/// The service with its parameters, and a password that it has hashed.
#[derive(Debug, Clone)]
pub struct Hashing {
    hasher: Arc<PasswordHasher>,
    stored: String,
}

/// What is hashed.
pub const PASSWORD: &str = "tangle orbit pewter mosaic";

impl Hashing {
    /// Starts so many threads.
    ///
    /// # Panics
    /// The system gives no threads or no random numbers.
    pub async fn start(threads: NonZeroUsize, queue_max: usize) -> Self {
        let parameters = PasswordParameters::default();
        let same = PasswordParameters::new(MEMORY_KIB, PASSES, LANES);
        assert_eq!(same.as_ref(), Ok(&parameters), "these are the service's");
        let hasher = PasswordHasher::start(threads, queue_max, parameters);
        let hasher = hasher.expect("the system gives threads and random numbers");
        let stored = hasher.hash(Secret::new(PASSWORD.into())).await;
        Self {
            hasher,
            stored: stored.expect("the queue is empty"),
        }
    }

    /// Whether [`PASSWORD`] is found right, which costs one hash.
    ///
    /// # Panics
    /// More wait than fit into the queue.
    pub async fn verify(&self) -> bool {
        let password = Secret::new(PASSWORD.into());
        let verified = self.hasher.verify(password, Some(self.stored.clone()));
        let verified = verified.await.expect("there is room in the queue");
        matches!(verified, Verification::Match { .. })
    }

    /// Hashes computed so far.
    #[must_use]
    pub fn hashes_done(&self) -> u64 {
        self.hasher.hashes_done()
    }
}
