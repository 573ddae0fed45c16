//! Telling sellers what was bought from them: at once when they are online, else when they log in.
//!
//! A sale is untold until its seller was told of it on some connection; the store remembers which
//! are. What was told is noted down a little later and many at once, so that telling never slows
//! selling. After a crash a seller may therefore be told twice, but no sale goes untold.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::event::Event;
use auboutique_protocol::ids::ProductId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::presence::Presence;
use crate::relay::{Recipient, Relay};
use crate::store::notices::SaleNotice;
use crate::store::{Store, UserId};

/// Most sales that a login is told of; the next one is told of more.
const AT_LOGIN_MAX: usize = 100;
/// Most notes that wait for the task. What finds no room is told at the seller's next login.
const QUEUE_MAX: usize = 4_096;
/// Most notes that are worked on at once.
const BATCH_MAX: usize = 256;
/// What was told is noted down this often at most.
const MARK_EVERY: Duration = Duration::from_secs(1);

/// A word to the task.
#[derive(Debug)]
enum Note {
    /// A product of somebody online was sold.
    Sold(ProductId),
    /// The seller of a product was told.
    Told(ProductId),
    /// Note everything down and end.
    Stop(oneshot::Sender<()>),
}

/// The way to the task that tells sellers.
#[derive(Debug, Clone)]
pub(crate) struct SaleNoticeQueue(mpsc::Sender<Note>);

impl SaleNoticeQueue {
    /// Makes the queue; the task is started with the other end, once there is a store to ask.
    pub(crate) fn new() -> (Self, SaleNoticeInbox) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Self(sender), SaleNoticeInbox(receiver))
    }

    /// A product of somebody online was sold. Never waits.
    pub(crate) fn sold(&self, product: ProductId) {
        self.note(Note::Sold(product));
    }

    /// What a user is still to be told at login, and from here on counts as told.
    pub(crate) async fn at_login(&self, user: UserId, store: &dyn Store) -> Vec<SaleNotice> {
        let untold = match store.untold_sales(user, AT_LOGIN_MAX).await {
            Ok(untold) => untold,
            Err(error) => {
                // The login stands all the same, and the next one asks again.
                tracing::warn!(%error, "a seller could not be told of sales");
                return Vec::new();
            }
        };
        for notice in &untold {
            self.note(Note::Told(notice.sold.product));
        }
        untold
    }

    /// Notes down what was told and ends the task.
    pub(crate) async fn stop(&self) {
        let (stopped, done) = oneshot::channel();
        if self.0.send(Note::Stop(stopped)).await.is_ok() {
            let _ = done.await;
        }
    }

    fn note(&self, note: Note) {
        if self.0.try_send(note).is_err() {
            tracing::debug!("a sale is left to be told at the next login");
        }
    }
}

/// The other end of a [`SaleNoticeQueue`].
#[derive(Debug)]
pub(crate) struct SaleNoticeInbox(mpsc::Receiver<Note>);

impl SaleNoticeInbox {
    /// Starts the task.
    pub(crate) fn start(
        self,
        store: Arc<dyn Store>,
        presence: Arc<Presence>,
        relay: Arc<dyn Relay>,
    ) {
        let task = Task {
            notes: self.0,
            store,
            presence,
            relay,
            told: Vec::new(),
        };
        tokio::spawn(task.run());
    }
}

struct Task {
    notes: mpsc::Receiver<Note>,
    store: Arc<dyn Store>,
    presence: Arc<Presence>,
    relay: Arc<dyn Relay>,
    told: Vec<ProductId>,
}

impl Task {
    async fn run(mut self) {
        let mut mark_at = Instant::now();
        let mut notes = Vec::new();
        loop {
            let received = tokio::select! {
                received = self.notes.recv_many(&mut notes, BATCH_MAX) => received,
                () = sleep_until(mark_at), if !self.told.is_empty() => {
                    self.mark().await;
                    mark_at = Instant::now() + MARK_EVERY;
                    continue;
                }
            };
            let stopped = self.work(notes.drain(..)).await;
            if received == 0 || stopped.is_some() {
                self.mark().await;
                if let Some(stopped) = stopped {
                    // Whoever asked may have stopped waiting.
                    let _ = stopped.send(());
                }
                return;
            }
        }
    }

    /// Tells the sellers, and says who waits for the end.
    async fn work(&mut self, notes: impl Iterator<Item = Note>) -> Option<oneshot::Sender<()>> {
        let (mut sold, mut stopped) = (Vec::new(), None);
        for note in notes {
            match note {
                Note::Sold(product) => sold.push(product),
                Note::Told(product) => self.told.push(product),
                Note::Stop(sender) => stopped = Some(sender),
            }
        }
        if !sold.is_empty() {
            match self.store.sale_notices(&sold).await {
                Ok(notices) => notices.into_iter().for_each(|notice| self.tell(notice)),
                Err(error) => tracing::warn!(%error, "sellers could not be told of sales"),
            }
        }
        stopped
    }

    fn tell(&mut self, notice: SaleNotice) {
        // Whoever has gone meanwhile is told at the next login.
        if self.presence.is_online(&notice.seller) {
            self.told.push(notice.sold.product);
            let event = Event::YourProductSold(notice.sold);
            self.relay.publish(Recipient::User(&notice.seller), &event);
        }
    }

    async fn mark(&mut self) {
        if self.told.is_empty() {
            return;
        }
        let told = std::mem::take(&mut self.told);
        if let Err(error) = self.store.mark_told(told).await {
            // They are told again at the next login.
            tracing::debug!(%error, "what was told could not be noted down");
        }
    }
}
