//! Folding: what happened in an interval becomes as few events as can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use auboutique_protocol::codec::{self, head};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::{Event, PresenceChanged, ProductsGone};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::EVENT_ITEMS_MAX;
use auboutique_protocol::text::Username;

use super::{Entry, ProductNews, Topics};

/// The events that tell of these entries, encoded; `None` stands for entries of which some are gone.
pub(super) fn events<'a>(
    entries: Option<impl Iterator<Item = &'a Entry>>,
    topics: Topics,
) -> Vec<Vec<u8>> {
    let folded = entries.and_then(|entries| Folded::of(entries, topics));
    folded
        .and_then(Folded::into_events)
        .unwrap_or_else(|| vec![codec::encode(&Event::Resync(Nothing {}))])
}

/// The latest state of everything that was told of. Products stand in the order of their ids, which
/// is that of their listing.
#[derive(Default)]
struct Folded<'a> {
    products: BTreeMap<ProductId, &'a ProductNews>,
    /// Products that were listed within the interval, whatever became of them.
    new: BTreeSet<ProductId>,
    presence: BTreeMap<&'a Username, bool>,
}

impl<'a> Folded<'a> {
    /// `None` when everything has to be read again.
    fn of(entries: impl Iterator<Item = &'a Entry>, topics: Topics) -> Option<Self> {
        let mut folded = Self::default();
        for entry in entries {
            match entry {
                Entry::Resync if topics.products => return None,
                Entry::Product(product, news) if topics.products => {
                    if matches!(news, ProductNews::Listed(_)) {
                        folded.new.insert(*product);
                    }
                    folded.products.insert(*product, news);
                }
                Entry::Presence { username, online } if topics.presence => {
                    // Comings and goings of a user alternate, so a second one undoes the first:
                    // whoever is again as before the interval is not told of.
                    if folded.presence.remove(username).is_none() {
                        folded.presence.insert(username, *online);
                    }
                }
                Entry::Resync | Entry::Product(..) | Entry::Presence { .. } => {}
            }
        }
        Some(folded)
    }

    /// `None` when it is more than events may hold.
    fn into_events(self) -> Option<Vec<Vec<u8>>> {
        let (mut listed, mut changed) = (Vec::new(), Vec::new());
        let (mut sold, mut removed) = (Vec::new(), Vec::new());
        for (product, news) in self.products {
            match news {
                ProductNews::Listed(item) => listed.push(item),
                ProductNews::Changed(item) if self.new.contains(&product) => listed.push(item),
                ProductNews::Changed(item) => changed.push(item),
                ProductNews::Sold => sold.push(product),
                ProductNews::Removed => removed.push(product),
            }
        }
        let groups = [
            listed.len(),
            changed.len(),
            sold.len(),
            removed.len(),
            self.presence.len(),
        ];
        if groups.into_iter().any(|count| count > EVENT_ITEMS_MAX) {
            return None;
        }
        let events = [
            items("product_listed", &listed),
            items("product_changed", &changed),
            gone(sold, Event::ProductSold),
            gone(removed, Event::ProductRemoved),
            presence(&self.presence),
        ];
        Some(events.into_iter().flatten().collect())
    }
}

/// An event that holds list items, which are encoded already.
fn items(name: &str, items: &[&Arc<[u8]>]) -> Option<Vec<u8>> {
    if items.is_empty() {
        return None;
    }
    let mut event = Vec::new();
    head::map(1, &mut event);
    head::text(name, &mut event);
    head::map(1, &mut event);
    head::text("products", &mut event);
    head::array(items.len() as u64, &mut event);
    for item in items {
        event.extend_from_slice(item);
    }
    Some(event)
}

fn gone(products: Vec<ProductId>, event: fn(ProductsGone) -> Event) -> Option<Vec<u8>> {
    let is_some = !products.is_empty();
    is_some.then(|| codec::encode(&event(ProductsGone { products })))
}

fn presence(changes: &BTreeMap<&Username, bool>) -> Option<Vec<u8>> {
    if changes.is_empty() {
        return None;
    }
    let names = |online: bool| {
        changes
            .iter()
            .filter(|(_, is_online)| **is_online == online)
            .map(|(username, _)| username.as_str().to_owned())
            .collect()
    };
    Some(codec::encode(&Event::Presence(PresenceChanged {
        online: names(true),
        offline: names(false),
    })))
}
