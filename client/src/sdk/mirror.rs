//! A mirror of the market: the products for sale, kept up to date by events.

use std::collections::BTreeMap;

use auboutique_protocol::catalog::{ListProducts, ProductSummary, Sort};
use auboutique_protocol::event::{Event, Topic};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::PAGE_ITEMS_MAX;

use crate::sdk::client::Client;
use crate::sdk::error::Error;
use crate::sdk::events::{Events, Notice};

/// The products for sale as of the last notice.
///
/// It watches before it reads, and reads again whenever events were missed, so it ends with what the
/// server has, whatever was dropped on the way.
#[derive(Debug)]
pub struct Mirror {
    client: Client,
    events: Events,
    products: BTreeMap<ProductId, ProductSummary>,
    /// Everything has to be read again before the next notice is of use.
    is_stale: bool,
}

impl Mirror {
    /// Begins to watch, and reads what is for sale.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn start(client: Client) -> Result<Self, Error> {
        let events = client.events();
        client.watch(&[Topic::Products]).await?;
        let mut mirror = Self {
            client,
            events,
            products: BTreeMap::new(),
            is_stale: true,
        };
        mirror.read().await?;
        Ok(mirror)
    }

    /// What is for sale, in the order of listing.
    #[must_use]
    pub fn products(&self) -> &BTreeMap<ProductId, ProductSummary> {
        &self.products
    }

    /// Waits for the next notice and follows it; `None` as in [`Events::next`].
    ///
    /// # Errors
    /// As [`Client::call`], when everything had to be read again; the next call tries that again.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn next(&mut self) -> Result<Option<Notice>, Error> {
        if self.is_stale {
            self.read().await?;
        }
        let Some(notice) = self.events.next().await else {
            return Ok(None);
        };
        self.follow(&notice);
        if self.is_stale {
            self.read().await?;
        }
        Ok(Some(notice))
    }

    fn follow(&mut self, notice: &Notice) {
        match notice {
            Notice::Missed => self.is_stale = true,
            Notice::Lost { .. } => {}
            Notice::Event(Event::ProductListed(event) | Event::ProductChanged(event)) => {
                for product in &event.products {
                    self.products.insert(product.id, product.clone());
                }
            }
            Notice::Event(Event::ProductSold(event) | Event::ProductRemoved(event)) => {
                for product in &event.products {
                    self.products.remove(product);
                }
            }
            Notice::Event(
                Event::Ping(_)
                | Event::Disconnected(_)
                | Event::Draining(_)
                | Event::Resync(_)
                | Event::Message(_)
                | Event::YourProductSold(_)
                | Event::Announcement(_)
                | Event::Presence(_),
            ) => {}
        }
    }

    /// Reads everything that is for sale.
    async fn read(&mut self) -> Result<(), Error> {
        let mut products = BTreeMap::new();
        // Oldest first: what is listed meanwhile comes at the end, and is not pushed past the page.
        let mut request = ListProducts {
            sort: Some(Sort::Oldest),
            limit: Some(PAGE_ITEMS_MAX),
            ..ListProducts::default()
        };
        loop {
            let page = self.client.call(&request).await?;
            let items = page.products.into_iter();
            products.extend(items.map(|product| (product.id, product)));
            let Some(next) = page.next else { break };
            request.cursor = Some(next);
        }
        self.products = products;
        self.is_stale = false;
        Ok(())
    }
}
