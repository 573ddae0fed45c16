//! Password hashing as a service of its own.
//!
//! One argon2id hash takes 19 MiB and tens of milliseconds *by design*, so the place where they
//! are made must be small: a fixed number of threads, each with memory that it allocates once,
//! and in front of them a queue of fixed length. When the queue is full the answer is
//! [`PasswordError::Busy`]. However many people log in at once, the memory stays the same and
//! the threads that serve everybody else are not touched. Work whose caller has gone is skipped.

mod phc;
mod queue;
mod rules;

use std::{
    fmt,
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, JoinHandle},
};

use thiserror::Error;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

pub(crate) use phc::PasswordParameters;
use phc::{StoredHash, Workspace};
use queue::{Pending, Shared};
pub(crate) use rules::{PasswordRule, prepare};

/// A password in the form that is hashed; erased from memory when dropped.
pub(crate) type Secret = Zeroizing<String>;

/// Why the service cannot start.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    /// The operating system gave no thread.
    #[error("no thread for password hashing")]
    Thread(#[source] std::io::Error),
    /// The operating system gave no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Why a password was neither hashed nor judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum PasswordError {
    /// The queue is full: nothing was done, ask again later.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The stored hash is not one of ours, or asks for more than is allowed: the row is corrupt.
    #[error("the stored password hash cannot be used")]
    CorruptHash,
    /// The work failed for a reason that does not lie in the password; the log has it.
    #[error("password hashing failed")]
    Failed,
}

/// What came of comparing a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verification {
    /// It is the password.
    Match {
        /// The hash was made under other parameters than those in force: store a new one.
        rehash: bool,
    },
    /// It is not the password, or there is no such user.
    Mismatch,
}

/// The service. Dropping it ends its threads, which waits for at most one hash.
pub(crate) struct PasswordHasher {
    shared: Arc<Shared>,
    parameters: PasswordParameters,
    nobody: Arc<StoredHash>,
    threads: Vec<JoinHandle<()>>,
}

impl PasswordHasher {
    /// Starts `threads` threads, in front of which at most `queue_max` pieces of work wait.
    ///
    /// Each thread holds as much memory as one hash at `parameters` takes, all the time. With
    /// `queue_max` 0 every request is answered [`PasswordError::Busy`].
    ///
    /// # Errors
    /// [`StartError`] if the operating system refuses a thread or random numbers.
    pub(crate) fn start(
        threads: NonZeroUsize,
        queue_max: usize,
        parameters: PasswordParameters,
    ) -> Result<Arc<Self>, StartError> {
        let nobody = StoredHash::of_nobody(&parameters).map_err(StartError::Random)?;
        let mut hasher = Self {
            shared: Arc::new(Shared::new(queue_max)),
            parameters,
            nobody: Arc::new(nobody),
            threads: Vec::with_capacity(threads.get()),
        };
        for number in 0..threads.get() {
            let shared = Arc::clone(&hasher.shared);
            let parameters = hasher.parameters.clone();
            // On an error the service is dropped, which ends the threads that did start.
            let thread = thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || shared.work_until_closed(&mut Workspace::new(&parameters)))
                .map_err(StartError::Thread)?;
            hasher.threads.push(thread);
        }
        Ok(Arc::new(hasher))
    }

    /// Hashes a password for storage, as a PHC string with a new salt.
    ///
    /// Cancellation safe: work that has not begun when the caller goes away is skipped.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] or [`PasswordError::Failed`].
    pub(crate) async fn hash(&self, password: Secret) -> Result<String, PasswordError> {
        let parameters = self.parameters.clone();
        let shared = Arc::clone(&self.shared);
        self.submit(move |workspace| {
            shared.count_hash();
            phc::hash(&password, &parameters, workspace).map_err(|error| failed(&error))
        })
        .await
    }

    /// Compares a password with the hash stored for a user, or, if `phc` is `None` because there
    /// is no such user, with a hash that no password fits: the same work with the same answer as
    /// for a wrong password, so that nobody learns from it who has an account.
    ///
    /// (A hash made under older parameters takes a different time until its owner logs in and it
    /// is renewed.) Cancellation safe, as [`PasswordHasher::hash`] is.
    ///
    /// # Errors
    /// [`PasswordError`]; [`PasswordError::CorruptHash`] is found before any hashing.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        phc: Option<String>,
    ) -> Result<Verification, PasswordError> {
        let parameters = self.parameters.clone();
        let nobody = Arc::clone(&self.nobody);
        let shared = Arc::clone(&self.shared);
        self.submit(move |workspace| {
            let known = match phc {
                Some(phc) => Some(StoredHash::parse(&phc).map_err(|error| corrupt(&error))?),
                None => None,
            };
            shared.count_hash();
            let stored = known.as_ref().unwrap_or(&nobody);
            let equal = stored
                .is_of(&password, workspace)
                .map_err(|error| failed(&error))?;
            Ok(match (equal, known) {
                (true, Some(known)) => Verification::Match {
                    rehash: known.is_outdated(&parameters),
                },
                (true, None) | (false, _) => Verification::Mismatch,
            })
        })
        .await
    }

    /// Whether a password is hard enough to guess (zxcvbn, a score of 3 or 4 out of 4) for
    /// somebody who knows `user_inputs`: name, e-mail address and username of its owner. Runs on
    /// the same threads as the hashing, since it takes some milliseconds.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] or [`PasswordError::Failed`].
    pub(crate) async fn judge_strength(
        &self,
        password: Secret,
        user_inputs: Vec<String>,
    ) -> Result<bool, PasswordError> {
        self.submit(move |_| Ok(rules::is_strong(&password, &user_inputs)))
            .await
    }

    /// Hashes computed since the start.
    pub(crate) fn hashes_done(&self) -> u64 {
        self.shared.hashes()
    }

    /// Pieces of work that wait at this moment.
    pub(crate) fn queue_length(&self) -> usize {
        self.shared.queue_length()
    }

    async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let (reply, answer) = oneshot::channel();
        self.shared.enqueue(Box::new(Pending { work, reply }))?;
        // The reply is dropped unsent only if the work panicked.
        answer.await.unwrap_or(Err(PasswordError::Failed))
    }
}

impl Drop for PasswordHasher {
    fn drop(&mut self) {
        self.shared.close();
        for thread in self.threads.drain(..) {
            // A thread catches the panics of its work, so there is nothing to learn from this.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordHasher")
            .field("threads", &self.threads.len())
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// A stored hash that cannot be read. The error names no part of it.
fn corrupt(error: &phc::StoredHashError) -> PasswordError {
    tracing::error!(%error, "a stored password hash cannot be used");
    PasswordError::CorruptHash
}

fn failed(error: &dyn fmt::Display) -> PasswordError {
    tracing::error!(%error, "password hashing failed");
    PasswordError::Failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::{Pin, pin},
        sync::mpsc,
        task::{Context, Poll, Waker},
    };

    fn cheap() -> PasswordParameters {
        PasswordParameters::new(64, 1, 1).unwrap()
    }

    fn start(threads: usize, queue_max: usize) -> Arc<PasswordHasher> {
        PasswordHasher::start(NonZeroUsize::new(threads).unwrap(), queue_max, cheap()).unwrap()
    }

    fn secret(text: &str) -> Secret {
        Zeroizing::new(text.to_owned())
    }

    fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Occupies one thread until the returned sender is used or dropped.
    async fn occupy(hasher: &Arc<PasswordHasher>) -> mpsc::Sender<()> {
        let (begin, begun) = oneshot::channel();
        let (finish, finished) = mpsc::channel();
        let service = Arc::clone(hasher);
        tokio::spawn(async move {
            let work = move |_: &mut Workspace| {
                let _ = begin.send(());
                let _ = finished.recv();
                Ok(())
            };
            service.submit(work).await
        });
        begun.await.unwrap();
        finish
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = start(1, 8);
        let phc = hasher.hash(secret("tangle orbit pewter")).await.unwrap();
        let right = hasher
            .verify(secret("tangle orbit pewter"), Some(phc.clone()))
            .await;
        assert_eq!(right, Ok(Verification::Match { rehash: false }));
        let wrong = hasher
            .verify(secret("tangle orbit pewteR"), Some(phc))
            .await;
        assert_eq!(wrong, Ok(Verification::Mismatch));
    }

    #[tokio::test]
    async fn a_hash_under_older_parameters_matches_and_asks_to_be_renewed() {
        let hasher = start(1, 8);
        let older = PasswordParameters::new(128, 2, 2).unwrap();
        let phc = phc::hash("tangle orbit", &older, &mut Workspace::new(&older)).unwrap();
        let right = hasher
            .verify(secret("tangle orbit"), Some(phc.clone()))
            .await;
        assert_eq!(right, Ok(Verification::Match { rehash: true }));
        let wrong = hasher.verify(secret("tangle orbiT"), Some(phc)).await;
        assert_eq!(wrong, Ok(Verification::Mismatch));
    }

    #[tokio::test]
    async fn an_unknown_user_costs_one_hash_as_a_wrong_password_does() {
        let hasher = start(1, 8);
        let phc = hasher.hash(secret("tangle orbit pewter")).await.unwrap();
        let before = hasher.hashes_done();
        let wrong = hasher.verify(secret("guess"), Some(phc)).await;
        assert_eq!(hasher.hashes_done(), before + 1);
        let unknown = hasher.verify(secret("guess"), None).await;
        assert_eq!(hasher.hashes_done(), before + 2);
        assert_eq!(unknown, wrong);
        assert!(!hasher.nobody.is_outdated(&hasher.parameters));
    }

    #[tokio::test]
    async fn a_corrupt_row_is_an_error_and_costs_no_hash() {
        let hasher = start(1, 8);
        let greedy = "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";
        for phc in ["", "nonsense", greedy] {
            let result = hasher.verify(secret("guess"), Some(phc.to_owned())).await;
            assert_eq!(result, Err(PasswordError::CorruptHash), "{phc}");
        }
        assert_eq!(hasher.hashes_done(), 0);
    }

    #[tokio::test]
    async fn strength_is_judged_with_what_is_known_of_the_user() {
        let hasher = start(1, 8);
        let strong = hasher
            .judge_strength(secret("tangle orbit pewter mosaic"), vec![])
            .await;
        assert_eq!(strong, Ok(true));
        let weak = hasher
            .judge_strength(secret("passwordpassword"), vec![])
            .await;
        assert_eq!(weak, Ok(false));
        let known = vec!["Haddadinho Marjayoun".to_owned()];
        let personal = hasher
            .judge_strength(secret("haddadinho marjayoun"), known)
            .await;
        assert_eq!(personal, Ok(false));
        assert_eq!(hasher.hashes_done(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_until_there_is_room_again() {
        let hasher = start(1, 2);
        let finish = occupy(&hasher).await;
        let mut first = pin!(hasher.hash(secret("one")));
        let mut second = pin!(hasher.verify(secret("two"), None));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(second.as_mut()).is_pending());
        assert_eq!(hasher.hash(secret("three")).await, Err(PasswordError::Busy));
        assert_eq!(
            hasher.verify(secret("three"), None).await,
            Err(PasswordError::Busy)
        );
        assert_eq!(
            hasher.judge_strength(secret("three"), vec![]).await,
            Err(PasswordError::Busy)
        );
        finish.send(()).unwrap();
        assert!(first.await.is_ok());
        assert_eq!(second.await, Ok(Verification::Mismatch));
        assert!(hasher.hash(secret("three")).await.is_ok());
    }

    #[tokio::test]
    async fn work_whose_caller_has_gone_is_skipped_and_makes_room() {
        let hasher = start(1, 2);
        let finish = occupy(&hasher).await;
        for _ in 0..10 {
            // Each of these finds room, for those before have gone.
            let mut gone = pin!(hasher.hash(secret("gone")));
            assert!(poll_once(gone.as_mut()).is_pending());
        }
        let mut here = pin!(hasher.hash(secret("here")));
        assert!(poll_once(here.as_mut()).is_pending());
        finish.send(()).unwrap();
        assert!(here.await.is_ok());
        assert_eq!(hasher.hashes_done(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sixty_four_logins_at_once_all_get_their_own_answer() {
        let hasher = start(2, 64);
        let phc = hasher.hash(secret("tangle orbit pewter")).await.unwrap();
        let logins: Vec<_> = (0..64)
            .map(|number| {
                let (hasher, phc) = (Arc::clone(&hasher), phc.clone());
                tokio::spawn(async move {
                    let (password, phc) = match number % 3 {
                        0 => ("tangle orbit pewter", Some(phc)),
                        1 => ("something else", Some(phc)),
                        _ => ("tangle orbit pewter", None),
                    };
                    hasher.verify(secret(password), phc).await
                })
            })
            .collect();
        for (number, login) in logins.into_iter().enumerate() {
            let expected = match number % 3 {
                0 => Verification::Match { rehash: false },
                _ => Verification::Mismatch,
            };
            assert_eq!(login.await.unwrap(), Ok(expected), "login {number}");
        }
        assert_eq!(hasher.hashes_done(), 65);
        assert_eq!(hasher.queue_length(), 0);
    }

    #[tokio::test]
    async fn a_panic_fails_one_request_and_leaves_the_thread_at_work() {
        let hasher = start(1, 8);
        let panicking = |_: &mut Workspace| -> Result<(), PasswordError> {
            panic!("deliberate, part of the test")
        };
        assert_eq!(hasher.submit(panicking).await, Err(PasswordError::Failed));
        assert!(hasher.hash(secret("still there")).await.is_ok());
    }

    #[tokio::test]
    async fn the_threads_end_with_the_service() {
        let hasher = start(3, 8);
        hasher.hash(secret("anything")).await.unwrap();
        let shared = Arc::downgrade(&hasher.shared);
        drop(hasher);
        // Each thread held a share until it ended, and dropping waited for all of them.
        assert!(shared.upgrade().is_none());
    }
}
