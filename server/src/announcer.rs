//! What follows a commit: the catalog changes, and whoever should hear of it is told.
//!
//! The writer hands every committed change to the [`Announcer`], in the order of the commits and
//! before anything of it is answered. So nobody is told of what others cannot see yet, and events
//! come in the order in which things happened.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::event::Event;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::Username;

use crate::catalog::Catalog;
use crate::desk::Desk;
use crate::feed::{Feed, ProductNews};
use crate::monitoring::meters::Meters;
use crate::presence::Presence;
use crate::relay::{Recipient, Relay};
use crate::sale_notices::SaleNoticeQueue;
use crate::store::catalog::ForSale;
use crate::store::{Change, CommitObserver, SentMessage};

/// See the module's description.
pub(crate) struct Announcer {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) desk: Desk,
    pub(crate) presence: Arc<Presence>,
    pub(crate) relay: Arc<dyn Relay>,
    pub(crate) notices: SaleNoticeQueue,
    pub(crate) meters: Arc<Meters>,
}

impl CommitObserver for Announcer {
    fn apply(&self, changes: Vec<Change>) {
        // Who owned a product is known only while it is for sale.
        let notices = changes
            .iter()
            .filter_map(|change| self.to_be_noticed(change));
        let notices: Vec<ProductId> = notices.collect();
        self.catalog.follow(&changes);
        // Asked after the catalog has changed: who begins to watch later finds the change there.
        if self.feed.is_watched() {
            self.feed
                .products(changes.iter().filter_map(|change| self.news(change)));
        }
        self.desk.changes(&changes);
        for product in notices {
            self.notices.sold(product);
        }
        for change in &changes {
            if let Change::Sent(sent) = change {
                self.deliver(sent);
            }
        }
    }

    fn committed(&self, jobs: usize, took: Duration) {
        self.meters.committed(jobs, took);
    }

    fn commit_failed(&self) {
        self.meters.commit_failed();
    }

    fn rebuild(&self, for_sale: Vec<ForSale>) {
        self.catalog.rebuild(for_sale);
        self.feed.resync();
        self.desk.resync();
    }
}

impl Announcer {
    /// The product, if its sale concerns somebody online. Others are told when they log in.
    fn to_be_noticed(&self, change: &Change) -> Option<ProductId> {
        let Change::Sold(product) = change else {
            return None;
        };
        let owner = Username::parse(&self.catalog.owner(*product)?).ok()?;
        self.presence.is_online(&owner).then_some(*product)
    }

    fn news(&self, change: &Change) -> Option<(ProductId, ProductNews)> {
        match change {
            Change::Listed(product) => {
                let item = self.catalog.item(product.id)?;
                Some((product.id, ProductNews::Listed(item)))
            }
            Change::Changed(product) => {
                let item = self.catalog.item(product.id)?;
                Some((product.id, ProductNews::Changed(item)))
            }
            Change::Sold(product) => Some((*product, ProductNews::Sold)),
            Change::Withdrawn(product) => Some((*product, ProductNews::Removed)),
            Change::Sent(_) => None,
        }
    }

    fn deliver(&self, sent: &SentMessage) {
        let event = Event::Message(sent.message.clone());
        // Usernames of our own store parse.
        if let Ok(to) = Username::parse(&sent.message.to) {
            self.relay.publish(Recipient::User(&to), &event);
        }
        if let Ok(from) = Username::parse(&sent.message.from) {
            let elsewhere = Recipient::UserElsewhere(&from, sent.origin);
            self.relay.publish(elsewhere, &event);
        }
    }
}
