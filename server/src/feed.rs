//! The feed: what happens in the market, for everybody who watches.
//!
//! Whoever watches holds a [`Subscription`]: a place in one shared ring of what happened last. So a
//! sale costs the same however many watch, and a watcher that is slow costs nobody any memory: what
//! the ring no longer holds becomes one `resync`. Each watcher takes what came since it took last at
//! most every [`INTERVAL`] per frame, with what happened to the same product meanwhile folded into
//! its latest state.

mod fold;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auboutique_protocol::event::Topic;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;
use tokio::sync::watch;
use tokio::time::Instant;

/// What happened last is kept up to this many entries; a list item has at most 1 KiB.
const RING_ENTRIES_MAX: usize = 4_096;
/// A connection gets a frame of its topics at most this often: ten frames a second.
const INTERVAL: Duration = Duration::from_millis(100);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Product(ProductId, ProductNews),
    Presence {
        username: Username,
        online: bool,
    },
    /// Nothing that was told of products before can be relied on.
    Resync,
}

/// What happened to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProductNews {
    /// It is for sale; its list item.
    Listed(Arc<[u8]>),
    /// It is described or priced otherwise; its list item.
    Changed(Arc<[u8]>),
    /// It was sold.
    Sold,
    /// It was taken off the market.
    Removed,
}

/// What a connection watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Topics {
    products: bool,
    presence: bool,
}

impl Topics {
    /// Whether there are none.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl FromIterator<Topic> for Topics {
    fn from_iter<I: IntoIterator<Item = Topic>>(topics: I) -> Self {
        let mut all = Self::default();
        for topic in topics {
            match topic {
                Topic::Products => all.products = true,
                Topic::Presence => all.presence = true,
            }
        }
        all
    }
}

impl<const N: usize> From<[Topic; N]> for Topics {
    fn from(topics: [Topic; N]) -> Self {
        topics.into_iter().collect()
    }
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    /// How many entries there ever were.
    end: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Entry>,
    /// How many entries there ever were.
    end: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            ring: Mutex::default(),
            end: watch::Sender::new(0),
        }
    }
}

impl Feed {
    /// Tells what happened to products, in this order.
    pub(crate) fn products(&self, news: impl IntoIterator<Item = (ProductId, ProductNews)>) {
        self.push(
            news.into_iter()
                .map(|(product, news)| Entry::Product(product, news)),
        );
    }

    /// Tells that the catalog was made anew.
    pub(crate) fn resync(&self) {
        self.push([Entry::Resync]);
    }

    /// Tells that a user came online or went.
    pub(crate) fn presence(&self, username: Username, online: bool) {
        self.push([Entry::Presence { username, online }]);
    }

    /// Whether anybody watches. Without watchers nothing needs to be told.
    pub(crate) fn is_watched(&self) -> bool {
        self.end.receiver_count() > 0
    }

    /// Watches from here on.
    pub(crate) fn subscribe(self: &Arc<Self>, topics: Topics) -> Subscription {
        let ring = self.ring();
        Subscription {
            feed: Arc::clone(self),
            topics,
            position: ring.end,
            arrivals: self.end.subscribe(),
            next_at: Instant::now(),
        }
    }

    fn push(&self, entries: impl IntoIterator<Item = Entry>) {
        // Asked under the lock under which a watcher takes its place: none misses anything.
        let mut ring = self.ring();
        if !self.is_watched() {
            return;
        }
        for entry in entries {
            if ring.entries.len() == RING_ENTRIES_MAX {
                ring.entries.pop_front();
            }
            ring.entries.push_back(entry);
            ring.end += 1;
        }
        self.end.send_replace(ring.end);
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Nothing here panics while it holds the lock.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// The entries from `position` on; `None` when some of them are gone.
    fn since(&self, position: u64) -> Option<impl Iterator<Item = &Entry>> {
        let start = self.end - self.entries.len() as u64;
        let skipped = usize::try_from(position.checked_sub(start)?).ok()?;
        Some(self.entries.iter().skip(skipped))
    }
}

/// A watcher's place in the feed.
#[derive(Debug)]
pub(crate) struct Subscription {
    feed: Arc<Feed>,
    topics: Topics,
    position: u64,
    arrivals: watch::Receiver<u64>,
    next_at: Instant,
}

impl Subscription {
    /// Waits until there is something to take and it may be taken.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn arrived(&self) {
        let mut arrivals = self.arrivals.clone();
        let has_more = |end: &u64| *end > self.position;
        // The sender lives in the feed that `self` holds, so this cannot fail.
        let _ = arrivals.wait_for(has_more).await;
        tokio::time::sleep_until(self.next_at).await;
    }

    /// Whether something may be taken now.
    pub(crate) fn is_due(&self) -> bool {
        *self.arrivals.borrow() > self.position && Instant::now() >= self.next_at
    }

    /// Takes what happened since it was asked last, as encoded events.
    pub(crate) fn take(&mut self) -> Vec<Vec<u8>> {
        let events = {
            let ring = self.feed.ring();
            let since = ring.since(self.position);
            self.position = ring.end;
            fold::events(since, self.topics)
        };
        let frames = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.next_at = Instant::now() + INTERVAL * frames;
        events
    }
}

#[cfg(test)]
mod tests;
