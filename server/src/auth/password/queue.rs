//! The queue between those who want a password hashed and the threads that do it.
//!
//! It has a fixed length. A job is removed unseen when its caller has gone: by the thread that
//! comes to it, or earlier when its place is needed.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::oneshot;

use super::{PasswordError, phc::Workspace};

/// A piece of work together with the caller who waits for it.
pub(super) trait Job: Send {
    /// Whether nobody waits any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work and answers.
    fn run(self: Box<Self>, workspace: &mut Workspace);
}

/// The only kind of job: a closure and the way back to its caller.
pub(super) struct Pending<W, T> {
    pub(super) work: W,
    pub(super) reply: oneshot::Sender<Result<T, PasswordError>>,
}

impl<W, T> Job for Pending<W, T>
where
    W: FnOnce(&mut Workspace) -> Result<T, PasswordError> + Send,
    T: Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, workspace: &mut Workspace) {
        let result = (self.work)(workspace);
        // The caller may have gone meanwhile; then nobody is interested in the result.
        let _ = self.reply.send(result);
    }
}

/// What the service and its threads have in common.
pub(super) struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    queue_max: usize,
    hashes: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Shared {
    pub(super) fn new(queue_max: usize) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Condvar::new(),
            queue_max,
            hashes: AtomicU64::new(0),
        }
    }

    /// Puts a job at the end of the queue, or refuses it as busy.
    pub(super) fn enqueue(&self, job: Box<dyn Job>) -> Result<(), PasswordError> {
        let mut queue = self.lock();
        if queue.jobs.len() >= self.queue_max {
            // Callers who have gone must not keep out those who are here.
            queue.jobs.retain(|job| !job.is_abandoned());
        }
        if queue.jobs.len() >= self.queue_max {
            return Err(PasswordError::Busy);
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.changed.notify_one();
        Ok(())
    }

    /// Ends the threads when they have done what they do now; what waits is dropped.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The life of one thread.
    pub(super) fn work_until_closed(&self, workspace: &mut Workspace) {
        while let Some(job) = self.next_job() {
            if job.is_abandoned() {
                continue;
            }
            // The memory may be left half written, which the next hash does not mind.
            if catch_unwind(AssertUnwindSafe(|| job.run(workspace))).is_err() {
                tracing::error!("password hashing panicked");
            }
        }
    }

    /// Waits for work; `None` when the service has ended.
    fn next_job(&self) -> Option<Box<dyn Job>> {
        let queue = self.lock();
        let mut queue = self
            .changed
            .wait_while(queue, |queue| queue.jobs.is_empty() && !queue.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            None
        } else {
            queue.jobs.pop_front()
        }
    }

    /// Jobs that wait.
    pub(super) fn queue_length(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Hashes begun so far.
    pub(super) fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    pub(super) fn count_hash(&self) {
        self.hashes.fetch_add(1, Ordering::Relaxed);
    }

    /// No code panics while it holds the lock, so what a poisoned one protects is sound.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
