//! What watchers of a feed are told, and what it costs when they are slow.

use auboutique_protocol::catalog::ProductSummary;
use auboutique_protocol::codec;
use auboutique_protocol::envelope::{self, ServerFrame};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::{Event, PresenceChanged, Products, ProductsGone};
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::limits::{EVENT_ITEMS_MAX, FRAME_BYTES_MAX};
use auboutique_protocol::money::{Currency, Money};

use super::*;

fn summary(id: u64, price: u64) -> ProductSummary {
    ProductSummary {
        id: ProductId(id),
        name: "Calculus".into(),
        owner: "mona".into(),
        price: Money {
            minor: price,
            currency: Currency::Usd,
        },
        picture: None,
        category: "textbooks".into(),
        listed_at: UnixMillis(0),
        description: String::new(),
    }
}

fn item(id: u64, price: u64) -> Arc<[u8]> {
    codec::encode(&summary(id, price)).into()
}

fn listed(id: u64, price: u64) -> (ProductId, ProductNews) {
    (ProductId(id), ProductNews::Listed(item(id, price)))
}

fn changed(id: u64, price: u64) -> (ProductId, ProductNews) {
    (ProductId(id), ProductNews::Changed(item(id, price)))
}

fn sold(id: u64) -> (ProductId, ProductNews) {
    (ProductId(id), ProductNews::Sold)
}

fn products(products: &[(u64, u64)]) -> Products {
    let summary = |(id, price): &(u64, u64)| summary(*id, *price);
    Products {
        products: products.iter().map(summary).collect(),
    }
}

fn name(username: &str) -> Username {
    Username::parse(username).unwrap()
}

fn gone(ids: impl IntoIterator<Item = u64>) -> ProductsGone {
    ProductsGone {
        products: ids.into_iter().map(ProductId).collect(),
    }
}

/// What a watcher takes, decoded through an envelope as a client would.
fn take(watching: &mut Subscription) -> Vec<Event> {
    let decode = |event: Vec<u8>| {
        let frame = envelope::event_encoded(1, &event);
        assert!(frame.len() <= FRAME_BYTES_MAX);
        let ServerFrame::Event { event, .. } = ServerFrame::parse(&frame).unwrap() else {
            panic!("not an event: {frame:?}");
        };
        Event::decode(event.name, event.body).unwrap().unwrap()
    };
    watching.take().into_iter().map(decode).collect()
}

fn resync() -> Vec<Event> {
    vec![Event::Resync(Nothing {})]
}

#[test]
fn a_product_is_told_of_once_an_interval_with_its_latest_state() {
    let feed = Arc::new(Feed::default());
    let mut watching = feed.subscribe([Topic::Products].into());
    feed.products([
        listed(1, 100),
        changed(1, 110),
        changed(2, 120),
        listed(3, 130),
        sold(3),
        changed(4, 140),
        sold(4),
        (ProductId(5), ProductNews::Removed),
    ]);
    let expected = vec![
        Event::ProductListed(products(&[(1, 110)])),
        Event::ProductChanged(products(&[(2, 120)])),
        Event::ProductSold(gone([3, 4])),
        Event::ProductRemoved(gone([5])),
    ];
    assert_eq!(take(&mut watching), expected);
    assert!(take(&mut watching).is_empty());
}

#[test]
fn only_the_topics_asked_for_are_told_of() {
    let feed = Arc::new(Feed::default());
    let mut presence = feed.subscribe([Topic::Presence].into());
    let mut products = feed.subscribe([Topic::Products].into());
    feed.products([sold(1)]);
    feed.presence(name("mona"), true);
    feed.presence(name("omar"), false);
    let changes = PresenceChanged {
        online: vec!["mona".into()],
        offline: vec!["omar".into()],
    };
    assert_eq!(take(&mut presence), vec![Event::Presence(changes)]);
    assert_eq!(take(&mut products), vec![Event::ProductSold(gone([1]))]);
    feed.resync();
    assert!(take(&mut presence).is_empty());
    assert_eq!(take(&mut products), resync());
}

#[test]
fn who_is_again_as_before_the_interval_is_not_told_of() {
    let feed = Arc::new(Feed::default());
    let mut watching = feed.subscribe([Topic::Presence].into());
    let comes_and_goes = |username, first| {
        feed.presence(name(username), first);
        feed.presence(name(username), !first);
    };
    comes_and_goes("mona", true);
    comes_and_goes("omar", false);
    comes_and_goes("mona", true);
    assert!(take(&mut watching).is_empty());
    // An odd number of changes is one change.
    comes_and_goes("mona", true);
    feed.presence(name("mona"), true);
    comes_and_goes("omar", false);
    feed.presence(name("omar"), false);
    let changes = PresenceChanged {
        online: vec!["mona".into()],
        offline: vec!["omar".into()],
    };
    assert_eq!(take(&mut watching), vec![Event::Presence(changes)]);
}

#[test]
fn an_event_names_so_many_products_and_one_more_is_a_resync() {
    let feed = Arc::new(Feed::default());
    let mut watching = feed.subscribe([Topic::Products].into());
    let most = EVENT_ITEMS_MAX as u64;
    feed.products((1..=most).map(|id| listed(id, 100)));
    assert!(matches!(
        &take(&mut watching)[..],
        [Event::ProductListed(Products { products })] if products.len() == EVENT_ITEMS_MAX
    ));
    feed.products((1..=most).map(sold));
    assert_eq!(
        take(&mut watching),
        vec![Event::ProductSold(gone(1..=most))]
    );
    feed.products((1..=most + 1).map(sold));
    assert_eq!(take(&mut watching), resync());
}

#[test]
fn a_watcher_that_falls_behind_the_ring_is_told_to_read_again() {
    let feed = Arc::new(Feed::default());
    let mut slow = feed.subscribe([Topic::Products].into());
    // The same product, so that only the ring's length counts.
    feed.products((0..RING_ENTRIES_MAX).map(|_| sold(1)));
    assert_eq!(take(&mut slow), vec![Event::ProductSold(gone([1]))]);
    feed.products((0..=RING_ENTRIES_MAX).map(|_| sold(1)));
    assert_eq!(take(&mut slow), resync());
    assert_eq!(feed.ring().entries.len(), RING_ENTRIES_MAX);
    feed.products([sold(2)]);
    assert_eq!(take(&mut slow), vec![Event::ProductSold(gone([2]))]);
}

#[test]
fn without_watchers_nothing_is_kept() {
    let feed = Arc::new(Feed::default());
    feed.products([sold(1)]);
    assert!(feed.ring().entries.is_empty());
    let mut watching = feed.subscribe([Topic::Products].into());
    feed.products([sold(2)]);
    assert_eq!(take(&mut watching), vec![Event::ProductSold(gone([2]))]);
    drop(watching);
    assert!(!feed.is_watched());
}

#[tokio::test(start_paused = true)]
async fn ten_frames_a_second_are_told_and_no_more() {
    let feed = Arc::new(Feed::default());
    let mut watching = feed.subscribe([Topic::Products].into());
    let start = Instant::now();
    let mut frames = 0;
    while start.elapsed() < Duration::from_secs(1) {
        // Two kinds of events each time.
        feed.products([sold(1), listed(2, 100)]);
        watching.arrived().await;
        assert!(watching.is_due());
        frames += take(&mut watching).len();
        assert!(!watching.is_due());
    }
    assert_eq!(frames, 12, "ten in the second, and the two after it");
}
