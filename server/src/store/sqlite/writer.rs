//! The one writer of the main database, and group commit.
//!
//! Every write is a job in one queue. The writer takes all that wait, without a timer, decides each
//! on its own, commits them together and only then answers them: one sync of the disk serves the
//! whole batch, and a batch is as large as the load makes it. The jobs of a batch are answered while
//! the next batch is written, so that the thread of the database does not wait for that.
//!
//! A batch of purchases alone is one statement, committed by itself. In a mixed batch the other jobs
//! run first, each in a savepoint, then the purchases. The jobs of a batch were all waiting at the
//! same time, so any order of them is one that could have happened.
//!
//! When a commit fails its outcome is unknown: every job of the batch is told so, and the writer
//! opens a new connection and has the catalog rebuilt from the database before it goes on.
//!
//! When nothing was asked for a while, it tidies up ([`leftovers`]).

mod batch;
mod faults;
mod leftovers;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auboutique_protocol::money::Currency;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};

use self::batch::{Batch, Committed, Job, PendingUnit, Unit};
use self::faults::CrashPoint;
pub(super) use self::faults::Faults;
use self::leftovers::Leftovers;
use super::log_bound::LogBound;
use super::{catalog, purchases};
use crate::store::purchases::{NewPurchase, PurchaseOutcome};
use crate::store::{Change, CommitObserver, StoreError};

/// Most jobs that wait for the writer; more are refused as busy.
const QUEUE_JOBS_MAX: usize = 4096;
/// Most jobs in one batch, so that one commit stays short.
const BATCH_JOBS_MAX: usize = 512;
/// How long nothing must have been asked for before the writer tidies up. Then the next request waits
/// for one small commit at most, and members who buy one thing after the other do not notice.
pub(super) const IDLE: Duration = Duration::from_millis(250);
/// Waits between attempts to open the database again after a failure.
const REOPEN_WAITS: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// Borrowing futures of a unit of work.
pub(super) type UnitFuture<'c, T> =
    Pin<Box<dyn Future<Output = Result<Effect<T>, sqlx::Error>> + Send + 'c>>;

/// What a unit of work returns: its value, and what it changed for sale.
pub(super) struct Effect<T> {
    pub(super) value: T,
    pub(super) changes: Vec<Change>,
}

impl<T> Effect<T> {
    /// A value without a change for sale.
    pub(super) fn only(value: T) -> Self {
        Self {
            value,
            changes: Vec::new(),
        }
    }
}

/// How far the commits are, and how far the catalog has followed them.
struct Progress {
    started: AtomicU64,
    applied: watch::Sender<u64>,
    /// Whether there is a connection that can be trusted.
    is_open: AtomicBool,
}

/// The way to the writer.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    progress: Arc<Progress>,
}

impl Writer {
    /// Opens the writer's connection, tells the observer what is for sale, and starts the task.
    pub(super) async fn start(
        options: SqliteConnectOptions,
        currency: Currency,
        observer: Arc<dyn CommitObserver>,
        idle: Duration,
        faults: Faults,
    ) -> Result<Self, sqlx::Error> {
        let (queue, jobs) = mpsc::channel(QUEUE_JOBS_MAX);
        let progress = Arc::new(Progress {
            started: AtomicU64::new(0),
            applied: watch::Sender::new(0),
            is_open: AtomicBool::new(true),
        });
        let task = WriterTask {
            options,
            currency,
            observer,
            progress: Arc::clone(&progress),
            idle,
            faults,
        };
        let connection = task.open().await?;
        tokio::spawn(task.run(connection, jobs));
        Ok(Self { queue, progress })
    }

    /// Runs a unit of work in a transaction and returns its value after the commit.
    pub(super) async fn execute<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> UnitFuture<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let unit = PendingUnit {
            work: Some(work),
            value: None,
            reply,
        };
        self.send(Job::Unit(Box::new(unit)))?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Decides a purchase.
    pub(super) async fn purchase(
        &self,
        purchase: NewPurchase,
    ) -> Result<PurchaseOutcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Purchase(purchase, reply))?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Waits until the catalog shows every commit that a read which is over may have seen.
    pub(super) async fn caught_up(&self) {
        // A commit that the read saw had been started before the read was over.
        let seen = self.progress.started.load(Ordering::SeqCst);
        let mut applied = self.progress.applied.subscribe();
        // The sender lives as long as `self`, so this cannot fail.
        let _ = applied.wait_for(|applied| *applied >= seen).await;
    }

    /// Finishes what is queued and closes the connection.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Job::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Whether jobs can be committed: not while the database is opened again.
    pub(super) fn is_open(&self) -> bool {
        self.progress.is_open.load(Ordering::Relaxed) && !self.queue.is_closed()
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }
}

fn stopped() -> StoreError {
    StoreError::OutcomeUnknown("the writer has stopped".into())
}

struct WriterTask {
    options: SqliteConnectOptions,
    currency: Currency,
    observer: Arc<dyn CommitObserver>,
    progress: Arc<Progress>,
    /// See [`IDLE`].
    idle: Duration,
    faults: Faults,
}

/// A batch that is committed and that nobody has been told of yet.
struct Unanswered {
    /// The number of its commit.
    commit: u64,
    batch: Batch,
    committed: Committed,
}

impl WriterTask {
    async fn run(self, mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
        let mut leftovers = Leftovers::unknown();
        let mut log = LogBound::of(self.options.get_filename());
        let mut waiting = Vec::new();
        let mut unanswered = None;
        let mut idle = self.idle;
        loop {
            take_waiting(&mut jobs, &mut waiting);
            if waiting.is_empty() || log.is_due() {
                self.settle(unanswered.take(), &mut leftovers).await;
                log.keep(&mut connection).await;
            }
            let patience = leftovers.any().then_some(idle);
            let (close, outcome) = match receive(&mut jobs, &mut waiting, patience).await {
                Some(0) => return,
                Some(_) => {
                    idle = self.idle;
                    let mut batch = Batch::of(waiting.drain(..));
                    let close = batch.close.take();
                    // While one batch is on its way to the disk, the one before it is answered.
                    let (committed, ()) = tokio::join!(
                        biased;
                        self.commit(&mut connection, batch),
                        self.settle(unanswered.take(), &mut leftovers),
                    );
                    (close, committed.map(|done| unanswered = Some(done)))
                }
                None => {
                    // It goes on until somebody asks for something.
                    idle = Duration::ZERO;
                    (None, leftovers.clear_some(&mut connection).await)
                }
            };
            if let Err(error) = outcome {
                if close.is_some() {
                    // Nobody needs the database again, and it may never open.
                    tracing::error!(%error, "the last commit failed");
                    close_broken(connection).await;
                    return;
                }
                tracing::error!(%error, "a commit failed; opening the database again");
                match self.recover(connection, &mut jobs).await {
                    Some(reopened) => connection = reopened,
                    None => return,
                }
            }
            if let Some(reply) = close {
                self.settle(unanswered.take(), &mut leftovers).await;
                jobs.close();
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "closing the database failed");
                }
                let _ = reply.send(());
                return;
            }
        }
    }

    /// Commits a batch. An error means that the connection cannot be trusted; the batch has been told
    /// that its outcome is unknown.
    async fn commit(
        &self,
        connection: &mut SqliteConnection,
        mut batch: Batch,
    ) -> Result<Unanswered, sqlx::Error> {
        let commit = self.progress.started.fetch_add(1, Ordering::SeqCst) + 1;
        let (jobs, begun) = (batch.units.len() + batch.purchases.len(), Instant::now());
        self.faults.reach(CrashPoint::BeforeBegin).await;
        match self.apply(connection, &mut batch).await {
            Ok(committed) => {
                self.observer.committed(jobs, begun.elapsed());
                Ok(Unanswered {
                    commit,
                    batch,
                    committed,
                })
            }
            Err(error) => {
                self.observer.commit_failed();
                let cause = error.to_string();
                batch.fail(|| StoreError::OutcomeUnknown(cause.clone()));
                Err(error)
            }
        }
    }

    /// Has the catalog follow a commit, if there is one, and answers its jobs.
    async fn settle(&self, unanswered: Option<Unanswered>, leftovers: &mut Leftovers) {
        let Some(Unanswered {
            commit,
            batch,
            mut committed,
        }) = unanswered
        else {
            return;
        };
        let changes = std::mem::take(&mut committed.changes);
        leftovers.note(&changes);
        if !changes.is_empty() {
            self.observer.apply(changes);
        }
        self.progress.applied.send_replace(commit);
        self.faults.reach(CrashPoint::BeforeReply).await;
        batch.answer(committed);
    }

    async fn apply(
        &self,
        connection: &mut SqliteConnection,
        batch: &mut Batch,
    ) -> Result<Committed, sqlx::Error> {
        let mut committed = Committed::default();
        let alone = if batch.units.is_empty() {
            purchases_alone(connection, &batch.purchases).await?
        } else {
            None
        };
        let all_won = match alone {
            Some(all_won) => all_won,
            None => {
                sqlx::query("BEGIN IMMEDIATE")
                    .execute(&mut *connection)
                    .await?;
                for unit in &mut batch.units {
                    let outcome = run_in_savepoint(connection, unit.as_mut()).await?;
                    committed
                        .refusals
                        .push(outcome.map_or_else(Some, |changes| {
                            committed.changes.extend(changes);
                            None
                        }));
                    self.faults.reach(CrashPoint::BetweenStatements).await;
                }
                let all_won = purchases::insert_each(connection, &batch.purchases).await?;
                self.faults.reach(CrashPoint::BeforeCommit).await;
                sqlx::query("COMMIT").execute(&mut *connection).await?;
                all_won
            }
        };
        self.faults.reach(CrashPoint::AfterCommit).await;
        committed.outcomes = if all_won {
            batch.purchases.iter().map(won).collect()
        } else {
            purchases::outcomes(connection, self.currency, &batch.purchases).await?
        };
        committed
            .changes
            .extend(sold(&batch.purchases, &committed.outcomes));
        Ok(committed)
    }

    /// Opens the database again until it works. Whoever asks meanwhile is told to come back. `None`
    /// when the server stops first.
    async fn recover(
        &self,
        broken: SqliteConnection,
        jobs: &mut mpsc::Receiver<Job>,
    ) -> Option<SqliteConnection> {
        self.progress.is_open.store(false, Ordering::Relaxed);
        close_broken(broken).await;
        let mut waits = REOPEN_WAITS.into_iter();
        let mut wait = Duration::ZERO;
        loop {
            match self.open().await {
                Ok(connection) => {
                    let started = self.progress.started.load(Ordering::SeqCst);
                    self.progress.applied.send_replace(started);
                    self.progress.is_open.store(true, Ordering::Relaxed);
                    tracing::info!("the database is open again, the catalog is rebuilt");
                    return Some(connection);
                }
                Err(error) => tracing::error!(%error, "the database cannot be opened"),
            }
            wait = waits.next().unwrap_or(wait);
            tokio::time::sleep(wait).await;
            let mut refused = Batch::of(std::iter::from_fn(|| jobs.try_recv().ok()));
            let close = refused.close.take();
            refused.fail(|| StoreError::Busy);
            if let Some(reply) = close {
                jobs.close();
                let _ = reply.send(());
                return None;
            }
        }
    }

    /// Opens a connection and makes the catalog what the database says.
    async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        let mut connection = SqliteConnection::connect_with(&self.options).await?;
        self.faults.install(&mut connection).await?;
        let for_sale = catalog::for_sale(&mut connection, self.currency).await?;
        self.observer.rebuild(for_sale);
        Ok(connection)
    }
}

/// Takes the jobs that wait, as many as fit into a batch.
fn take_waiting(jobs: &mut mpsc::Receiver<Job>, waiting: &mut Vec<Job>) {
    while waiting.len() < BATCH_JOBS_MAX
        && let Ok(job) = jobs.try_recv()
    {
        waiting.push(job);
    }
}

/// Waits for jobs unless there are some, and says how many there are; 0 when none will come any more,
/// `None` when none came in time.
async fn receive(
    jobs: &mut mpsc::Receiver<Job>,
    waiting: &mut Vec<Job>,
    patience: Option<Duration>,
) -> Option<usize> {
    if !waiting.is_empty() {
        return Some(waiting.len());
    }
    let received = jobs.recv_many(waiting, BATCH_JOBS_MAX);
    match patience {
        None => Some(received.await),
        Some(patience) => tokio::time::timeout(patience, received).await.ok(),
    }
}

/// Closes a connection that cannot be trusted. Whatever it had not committed is rolled back.
async fn close_broken(broken: SqliteConnection) {
    if let Err(error) = broken.close_hard().await {
        tracing::warn!(%error, "closing the broken connection failed");
    }
}

/// Commits purchases as one statement, without a transaction around it, and says whether all of them
/// won. `None`: one broke a rule of the schema and with it the whole statement; nothing is applied.
async fn purchases_alone(
    connection: &mut SqliteConnection,
    purchases: &[NewPurchase],
) -> Result<Option<bool>, sqlx::Error> {
    match purchases::insert(connection, purchases).await {
        Ok(all_won) => Ok(Some(all_won)),
        Err(error) if is_constraint(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Runs a unit in a savepoint. The outer error is the connection's; the inner one is the unit's own,
/// whose changes are undone and nobody else's.
async fn run_in_savepoint(
    connection: &mut SqliteConnection,
    unit: &mut dyn Unit,
) -> Result<Result<Vec<Change>, sqlx::Error>, sqlx::Error> {
    sqlx::query("SAVEPOINT unit")
        .execute(&mut *connection)
        .await?;
    let outcome = unit.run(connection).await;
    match outcome {
        Ok(_) => {}
        Err(ref error) if is_constraint(error) => {
            sqlx::query("ROLLBACK TO unit")
                .execute(&mut *connection)
                .await?;
        }
        Err(error) => return Err(error),
    }
    sqlx::query("RELEASE unit")
        .execute(&mut *connection)
        .await?;
    Ok(outcome)
}

/// Whether a statement broke a rule of the schema, which SQLite has certainly rolled back. A commit
/// that a hook refused has a code of the same family, and is a failed commit all the same.
pub(super) fn is_constraint(error: &sqlx::Error) -> bool {
    const SQLITE_CONSTRAINT: u32 = 19;
    const SQLITE_CONSTRAINT_COMMITHOOK: u32 = SQLITE_CONSTRAINT | 2 << 8;
    let code = error
        .as_database_error()
        .and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| {
        code & 0xff == SQLITE_CONSTRAINT && code != SQLITE_CONSTRAINT_COMMITHOOK
    })
}

fn won(purchase: &NewPurchase) -> Option<PurchaseOutcome> {
    Some(PurchaseOutcome::Confirmed(purchase.confirmation()))
}

/// The sales that this batch made: those whose confirmation is the one that it proposed. A repeated
/// key is answered with the confirmation of the first time, which has another pickup code.
fn sold<'a>(
    purchases: &'a [NewPurchase],
    outcomes: &'a [Option<PurchaseOutcome>],
) -> impl Iterator<Item = Change> + 'a {
    purchases
        .iter()
        .zip(outcomes)
        .filter_map(|(purchase, outcome)| match outcome {
            Some(PurchaseOutcome::Confirmed(confirmation))
                if confirmation.code == purchase.code.as_str()
                    && confirmation.sold_at == purchase.sold_at =>
            {
                Some(Change::Sold(purchase.product))
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests;
