//! What the writer is asked for, the batches that it makes of that, and how they are answered.

use std::future::Future;
use std::pin::Pin;

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use super::UnitFuture;
use crate::store::purchases::{NewPurchase, PurchaseOutcome};
use crate::store::{Change, StoreError};

/// What somebody asks the writer for.
pub(super) enum Job {
    Purchase(
        NewPurchase,
        oneshot::Sender<Result<PurchaseOutcome, StoreError>>,
    ),
    Unit(Box<dyn Unit>),
    Close(oneshot::Sender<()>),
}

/// A unit of work whose type of value the writer need not know.
pub(super) trait Unit: Send {
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Change>, sqlx::Error>> + Send + 'c>>;

    /// Answers with the value of the run.
    fn answer(self: Box<Self>);

    fn fail(self: Box<Self>, error: StoreError);
}

pub(super) struct PendingUnit<T, W> {
    pub(super) work: Option<W>,
    pub(super) value: Option<T>,
    pub(super) reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Unit for PendingUnit<T, W>
where
    T: Send,
    W: for<'c> FnOnce(&'c mut SqliteConnection) -> UnitFuture<'c, T> + Send,
{
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Change>, sqlx::Error>> + Send + 'c>> {
        Box::pin(async move {
            let work = self.work.take().expect("the writer runs a unit once");
            let effect = work(connection).await?;
            self.value = Some(effect.value);
            Ok(effect.changes)
        })
    }

    fn answer(self: Box<Self>) {
        let value = self.value.expect("the writer answers a unit that ran");
        // A requester that has gone away needs no answer; the work stays done.
        let _ = self.reply.send(Ok(value));
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error));
    }
}

/// The jobs of a batch by kind, each in queue order.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) units: Vec<Box<dyn Unit>>,
    pub(super) purchases: Vec<NewPurchase>,
    buyers: Vec<oneshot::Sender<Result<PurchaseOutcome, StoreError>>>,
    pub(super) close: Option<oneshot::Sender<()>>,
}

impl Batch {
    pub(super) fn of(jobs: impl IntoIterator<Item = Job>) -> Self {
        let mut batch = Self::default();
        for job in jobs {
            match job {
                Job::Purchase(purchase, buyer) => {
                    batch.purchases.push(purchase);
                    batch.buyers.push(buyer);
                }
                Job::Unit(unit) => batch.units.push(unit),
                Job::Close(reply) => batch.close = Some(reply),
            }
        }
        batch
    }

    pub(super) fn fail(self, error: impl Fn() -> StoreError) {
        self.units.into_iter().for_each(|unit| unit.fail(error()));
        self.buyers
            .into_iter()
            .for_each(|buyer| drop(buyer.send(Err(error()))));
    }

    pub(super) fn answer(self, committed: Committed) {
        for (unit, refusal) in self.units.into_iter().zip(committed.refusals) {
            match refusal {
                Some(error) => unit.fail(error.into()),
                None => unit.answer(),
            }
        }
        for (buyer, outcome) in self.buyers.into_iter().zip(committed.outcomes) {
            // A buyer that has gone away asks again with the same key.
            let _ = buyer.send(outcome.ok_or_else(undecided));
        }
    }
}

/// The schema refused a purchase that our rules allow: a bug, and nothing was applied.
fn undecided() -> StoreError {
    StoreError::Failed("a purchase was neither stored nor refused".into())
}

/// What a batch came to, once it is committed.
#[derive(Default)]
pub(super) struct Committed {
    pub(super) changes: Vec<Change>,
    /// Per unit: the error for which its own changes were undone.
    pub(super) refusals: Vec<Option<sqlx::Error>>,
    pub(super) outcomes: Vec<Option<PurchaseOutcome>>,
}
