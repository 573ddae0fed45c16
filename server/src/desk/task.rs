//! The task behind the desk: news becomes events.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use auboutique_protocol::admin::{
    AdminEvent, AuditEntries, ConnectionNumber, ProductsTold, Sale, SalesMade, SessionsActive,
    SessionsClosed, SessionsOpened, Topic, UserSummary, UsersTold,
};
use auboutique_protocol::event::ProductsGone;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::limits::EVENT_ITEMS_MAX;
use auboutique_protocol::text::Username;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Desk, News};
use crate::instruments::Instruments;
use crate::store::{Store, StoreError, UserId};

/// News is told this often at most.
const INTERVAL: Duration = Duration::from_millis(100);
/// Most news of one interval.
const BATCH_MAX: usize = 1_024;
/// After more than could be told, nothing is for so long: whoever watches reads everything again.
const PAUSE_AFTER_RESYNC: Duration = Duration::from_secs(1);
/// What changes all the time is told this often.
const TICK: Duration = Duration::from_secs(1);
/// Most connections whose activity one tick tells.
const ACTIVE_MAX: usize = 8 * EVENT_ITEMS_MAX;

/// The other end of a [`Desk`].
#[derive(Debug)]
pub(crate) struct DeskInbox(mpsc::Receiver<News>);

impl DeskInbox {
    pub(super) fn new(queue: mpsc::Receiver<News>) -> Self {
        Self(queue)
    }

    /// Starts the task. It ends with the store, which it does not keep.
    pub(crate) fn start(self, desk: Desk, store: &Arc<dyn Store>, instruments: Arc<Instruments>) {
        let task = Task {
            queue: self.0,
            desk,
            store: Arc::downgrade(store),
            instruments,
            ticked: UnixMillis(0),
            active_from: ConnectionNumber(0),
        };
        tokio::spawn(task.run());
    }
}

struct Task {
    queue: mpsc::Receiver<News>,
    desk: Desk,
    store: Weak<dyn Store>,
    instruments: Arc<Instruments>,
    /// When the last tick was.
    ticked: UnixMillis,
    /// Whose activity the next tick tells first.
    active_from: ConnectionNumber,
}

impl Task {
    async fn run(mut self) {
        let mut batch = Vec::new();
        let mut tick_at = Instant::now();
        while !self.desk.0.is_closed.load(Ordering::SeqCst) {
            if self.desk.0.missed.swap(false, Ordering::SeqCst) {
                self.start_over().await;
            }
            let ticks =
                self.desk.is_watched(Topic::Statistics) || self.desk.is_watched(Topic::Sessions);
            tokio::select! {
                count = self.queue.recv_many(&mut batch, BATCH_MAX) => {
                    let Some(store) = self.store.upgrade().filter(|_| count > 0) else { return };
                    if let Err(error) = self.pass_on(&batch, &*store).await {
                        tracing::warn!(%error, "administrators could not be told what happened");
                        self.desk.0.missed.store(true, Ordering::SeqCst);
                    }
                    batch.clear();
                    sleep(INTERVAL).await;
                }
                () = sleep_until(tick_at), if ticks => {
                    let Some(store) = self.store.upgrade() else { return };
                    self.tick(&*store);
                    tick_at = Instant::now() + TICK;
                }
                () = self.desk.0.call.notified() => {}
            }
        }
    }

    /// One word for everything that could not be told.
    async fn start_over(&mut self) {
        self.desk.publish_resync();
        sleep(PAUSE_AFTER_RESYNC).await;
        // What came meanwhile is older than what is read after this.
        if self.queue.len() > BATCH_MAX {
            while self.queue.try_recv().is_ok() {}
            self.desk.publish_resync();
        }
        self.desk.0.missed.store(false, Ordering::SeqCst);
    }

    async fn pass_on(&self, batch: &[News], store: &dyn Store) -> Result<(), StoreError> {
        let facts = Facts::about(batch, store, &self.instruments).await?;
        let mut group: Option<(Topic, AdminEvent)> = None;
        for news in batch {
            let Some(next) = facts.event(news) else {
                continue;
            };
            let topic = news.topic();
            match group.take() {
                None => group = Some((topic, next)),
                Some((told, mut event)) => {
                    if join(&mut event, &next) {
                        group = Some((told, event));
                    } else {
                        self.desk.publish(told, &event);
                        group = Some((topic, next));
                    }
                }
            }
        }
        if let Some((topic, event)) = group {
            self.desk.publish(topic, &event);
        }
        Ok(())
    }

    fn tick(&mut self, store: &dyn Store) {
        let now = self.instruments.now(store);
        let since = std::mem::replace(&mut self.ticked, now.at);
        if self.desk.is_watched(Topic::Sessions) {
            let presence = &self.instruments.presence;
            let active = presence.active_since(since, self.active_from, ACTIVE_MAX);
            let last = active.last().map_or(0, |last| last.connection.0);
            self.active_from = ConnectionNumber(last + 1);
            for connections in active.chunks(EVENT_ITEMS_MAX) {
                let connections = connections.to_vec();
                let event = AdminEvent::SessionActive(SessionsActive { connections });
                self.desk.publish(Topic::Sessions, &event);
            }
        }
        self.desk
            .publish(Topic::Statistics, &AdminEvent::Statistics(now));
    }
}

/// What the store adds to the news.
struct Facts {
    sales: HashMap<ProductId, Sale>,
    users: HashMap<u64, UserSummary>,
}

impl Facts {
    async fn about(
        batch: &[News],
        store: &dyn Store,
        instruments: &Instruments,
    ) -> Result<Self, StoreError> {
        let (mut sold, mut users) = (Vec::new(), Vec::new());
        for news in batch {
            match news {
                News::Sold(product) => sold.push(*product),
                News::Registered(user) | News::UserChanged(user) => users.push(*user),
                News::Opened(_)
                | News::Closed(_)
                | News::Listed(_)
                | News::Changed(_)
                | News::Gone(_)
                | News::Audit(_) => {}
            }
        }
        let sales = if sold.is_empty() {
            Vec::new()
        } else {
            store.sales_of(&sold).await?
        };
        let mut users = if users.is_empty() {
            Vec::new()
        } else {
            store.users_by_id(&users).await?
        };
        for user in &mut users {
            user.online = Username::parse(&user.username)
                .is_ok_and(|username| instruments.presence.is_online(&username));
        }
        Ok(Self {
            sales: sales.into_iter().map(|sale| (sale.product, sale)).collect(),
            users: users.into_iter().map(|user| (user.id, user)).collect(),
        })
    }

    /// The event that tells one piece of news.
    fn event(&self, news: &News) -> Option<AdminEvent> {
        Some(match news {
            News::Opened(connection) => AdminEvent::SessionOpened(SessionsOpened {
                connections: vec![(**connection).clone()],
            }),
            News::Closed(connection) => AdminEvent::SessionClosed(SessionsClosed {
                connections: vec![*connection],
            }),
            News::Sold(product) => AdminEvent::Sale(SalesMade {
                sales: vec![self.sales.get(product)?.clone()],
            }),
            News::Listed(product) => AdminEvent::ProductListed(ProductsTold {
                products: vec![(**product).clone()],
            }),
            News::Changed(product) => AdminEvent::ProductChanged(ProductsTold {
                products: vec![(**product).clone()],
            }),
            News::Gone(product) => AdminEvent::ProductRemoved(ProductsGone {
                products: vec![*product],
            }),
            News::Registered(user) => AdminEvent::UserRegistered(self.user(*user)?),
            News::UserChanged(user) => AdminEvent::UserChanged(self.user(*user)?),
            News::Audit(entry) => AdminEvent::AuditEntry(AuditEntries {
                entries: vec![(**entry).clone()],
            }),
        })
    }

    fn user(&self, user: UserId) -> Option<UsersTold> {
        let user = self.users.get(&u64::try_from(user.0).ok()?)?.clone();
        Some(UsersTold { users: vec![user] })
    }
}

/// Adds what `next` tells to `event`, if that is of the same kind and has room; whether it did.
fn join(event: &mut AdminEvent, next: &AdminEvent) -> bool {
    use AdminEvent::{
        AuditEntry, ProductChanged, ProductListed, ProductRemoved, Sale, SessionClosed,
        SessionOpened, UserChanged, UserRegistered,
    };
    fn extend<T: Clone>(all: &mut Vec<T>, more: &[T]) -> bool {
        let fits = all.len() + more.len() <= EVENT_ITEMS_MAX;
        if fits {
            all.extend_from_slice(more);
        }
        fits
    }
    match (event, next) {
        (SessionOpened(all), SessionOpened(more)) => {
            extend(&mut all.connections, &more.connections)
        }
        (SessionClosed(all), SessionClosed(more)) => {
            extend(&mut all.connections, &more.connections)
        }
        (Sale(all), Sale(more)) => extend(&mut all.sales, &more.sales),
        (ProductListed(all), ProductListed(more)) | (ProductChanged(all), ProductChanged(more)) => {
            extend(&mut all.products, &more.products)
        }
        (ProductRemoved(all), ProductRemoved(more)) => extend(&mut all.products, &more.products),
        (UserRegistered(all), UserRegistered(more)) | (UserChanged(all), UserChanged(more)) => {
            extend(&mut all.users, &more.users)
        }
        (AuditEntry(all), AuditEntry(more)) => extend(&mut all.entries, &more.entries),
        _ => false,
    }
}
