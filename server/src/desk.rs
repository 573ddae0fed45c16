//! The desk: what administrators who watch hear of.
//!
//! Whoever has news leaves it in one bounded queue and never waits; when nobody watches, nothing is
//! left at all. A task takes the news ten times a second at most, looks up what it needs, and puts
//! events into the mailbox of each administrator's connection. What finds no room becomes one
//! `resync`. An administrator who does not take events is cut off like any member.

mod task;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auboutique_protocol::admin::{
    AdminEvent, AuditEntry, Connection, ConnectionNumber, Product, ProductState, Topic,
};
use auboutique_protocol::codec;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::ProductId;
use tokio::sync::{Notify, mpsc};

pub(crate) use self::task::DeskInbox;
use crate::presence::Mailbox;
use crate::store::catalog::ForSale;
use crate::store::{Change, UserId};

/// Most news that waits for the task.
const QUEUE_MAX: usize = 4_096;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum News {
    Opened(Box<Connection>),
    Closed(ConnectionNumber),
    Sold(ProductId),
    Listed(Box<Product>),
    Changed(Box<Product>),
    Gone(ProductId),
    Registered(UserId),
    UserChanged(UserId),
    Audit(Box<AuditEntry>),
}

impl News {
    fn topic(&self) -> Topic {
        match self {
            Self::Opened(_) | Self::Closed(_) => Topic::Sessions,
            Self::Sold(_) => Topic::Sales,
            Self::Listed(_) | Self::Changed(_) | Self::Gone(_) => Topic::Products,
            Self::Registered(_) | Self::UserChanged(_) => Topic::Users,
            Self::Audit(_) => Topic::Audit,
        }
    }
}

/// A set of topics, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct TopicSet(u8);

impl TopicSet {
    fn of(topics: &[Topic]) -> Self {
        let bits = topics.iter().map(|topic| Self::bit(*topic));
        Self(bits.fold(0, std::ops::BitOr::bitor))
    }

    fn has(self, topic: Topic) -> bool {
        self.0 & Self::bit(topic) != 0
    }

    fn bit(topic: Topic) -> u8 {
        match topic {
            Topic::Sessions => 1,
            Topic::Sales => 2,
            Topic::Products => 4,
            Topic::Users => 8,
            Topic::Audit => 16,
            Topic::Statistics => 32,
        }
    }
}

/// See the module's description. Cheap to clone; clones are the same desk.
#[derive(Debug, Clone)]
pub(crate) struct Desk(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: mpsc::Sender<News>,
    /// News found no room, or everything has to be read again.
    missed: AtomicBool,
    /// The topics that anybody watches.
    watched: AtomicU8,
    watchers: Mutex<Vec<Watcher>>,
    next: AtomicU64,
    /// The server stops, and the task with it.
    is_closed: AtomicBool,
    /// Wakes the task when somebody begins to watch, or something was missed.
    call: Notify,
}

#[derive(Debug)]
struct Watcher {
    id: u64,
    topics: TopicSet,
    mailbox: Arc<Mailbox>,
}

impl Desk {
    /// Makes the desk; the task is started with the other end, once there is a store to ask.
    pub(crate) fn new() -> (Self, DeskInbox) {
        let (queue, inbox) = mpsc::channel(QUEUE_MAX);
        let desk = Self(Arc::new(Shared {
            queue,
            missed: AtomicBool::new(false),
            watched: AtomicU8::new(0),
            watchers: Mutex::default(),
            next: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            call: Notify::new(),
        }));
        (desk, DeskInbox::new(inbox))
    }

    /// Watches from here on, until the guard is dropped.
    pub(crate) fn watch(&self, topics: &[Topic], mailbox: Arc<Mailbox>) -> Watching {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut watchers = self.watchers();
        watchers.push(Watcher {
            id,
            topics: TopicSet::of(topics),
            mailbox,
        });
        self.note_topics(&watchers);
        drop(watchers);
        self.0.call.notify_one();
        Watching {
            id,
            desk: self.clone(),
        }
    }

    /// Whether anybody watches a topic. Without watchers nothing needs to be told.
    pub(crate) fn is_watched(&self, topic: Topic) -> bool {
        TopicSet(self.0.watched.load(Ordering::SeqCst)).has(topic)
    }

    /// Tells what happened. Never waits.
    pub(crate) fn tell(&self, news: News) {
        if self.is_watched(news.topic()) && self.0.queue.try_send(news).is_err() {
            self.0.missed.store(true, Ordering::SeqCst);
        }
    }

    /// Tells that everything has to be read again.
    pub(crate) fn resync(&self) {
        if self.0.watched.load(Ordering::SeqCst) == 0 {
            return;
        }
        self.0.missed.store(true, Ordering::SeqCst);
        self.0.call.notify_one();
    }

    /// Ends the task.
    pub(crate) fn close(&self) {
        self.0.is_closed.store(true, Ordering::SeqCst);
        self.0.call.notify_one();
    }

    /// Tells of committed changes.
    pub(crate) fn changes(&self, changes: &[Change]) {
        let products = self.is_watched(Topic::Products);
        let sales = self.is_watched(Topic::Sales);
        for change in changes {
            match change {
                Change::Listed(product) if products => {
                    self.tell(News::Listed(Box::new(listed(product))));
                }
                Change::Changed(product) if products => {
                    self.tell(News::Changed(Box::new(listed(product))));
                }
                Change::Withdrawn(id) if products => self.tell(News::Gone(*id)),
                Change::Sold(id) if sales => self.tell(News::Sold(*id)),
                Change::Listed(_)
                | Change::Changed(_)
                | Change::Withdrawn(_)
                | Change::Sold(_)
                | Change::Sent(_) => {}
            }
        }
    }

    /// Shows a connection that has logged in, until the guard is dropped.
    pub(crate) fn present(&self, connection: Connection) -> Presented {
        let presented = Presented {
            connection: connection.connection,
            desk: self.clone(),
        };
        self.tell(News::Opened(Box::new(connection)));
        presented
    }

    /// Leaves an event for all who watch its topic.
    fn publish(&self, topic: Topic, event: &AdminEvent) {
        let event: Arc<[u8]> = codec::encode(event).into();
        for watcher in self.watchers().iter() {
            if watcher.topics.has(topic) {
                watcher.mailbox.leave(Arc::clone(&event));
            }
        }
    }

    /// Has all who watch read everything again.
    fn publish_resync(&self) {
        let event: Arc<[u8]> = codec::encode(&AdminEvent::Resync(Nothing {})).into();
        for watcher in self.watchers().iter() {
            watcher.mailbox.leave(Arc::clone(&event));
        }
    }

    fn note_topics(&self, watchers: &[Watcher]) {
        let all = watchers
            .iter()
            .fold(0, |all, watcher| all | watcher.topics.0);
        self.0.watched.store(all, Ordering::SeqCst);
    }

    fn watchers(&self) -> MutexGuard<'_, Vec<Watcher>> {
        // Nothing here panics while it holds the lock.
        self.0
            .watchers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// An administrator watches until this is dropped.
#[derive(Debug)]
pub(crate) struct Watching {
    id: u64,
    desk: Desk,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watchers = self.desk.watchers();
        watchers.retain(|watcher| watcher.id != self.id);
        self.desk.note_topics(&watchers);
    }
}

/// Administrators see a connection until this is dropped.
#[derive(Debug)]
pub(crate) struct Presented {
    connection: ConnectionNumber,
    desk: Desk,
}

impl Drop for Presented {
    fn drop(&mut self) {
        self.desk.tell(News::Closed(self.connection));
    }
}

/// A product for sale as administrators see it.
fn listed(product: &ForSale) -> Product {
    Product {
        id: product.id,
        name: product.name.clone(),
        owner: product.owner_username.clone(),
        price: product.price,
        state: ProductState::ForSale(Nothing {}),
        category: product.category.clone(),
        listed_at: product.listed_at,
    }
}

#[cfg(test)]
mod tests;
