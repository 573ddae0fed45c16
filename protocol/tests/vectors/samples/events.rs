//! What a server pushes, and the request that asks for it.

use auboutique_protocol::envelope;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::{
    Announcement, Disconnected, Draining, Event, PresenceChanged, Products, ProductsGone, Topic,
    Watch, Watching, YourProductSold,
};
use auboutique_protocol::ids::ProductId;

use super::{
    LISTED_AT, PRODUCT, SOLD_AT, Vector, catalog, chat, full_name, purchases, reply, request, usd,
};
use crate::recode;

pub(super) fn all() -> Vec<Vector> {
    let watch = |topics: &[Topic]| Watch {
        topics: topics.to_vec(),
    };
    let mut vectors = vec![
        request("", &watch(&[Topic::Products, Topic::Presence])),
        request("nothing", &watch(&[])),
        reply::<Watch>("", &Watching {}),
    ];
    let vector = |(seq, event): (u64, Event)| Vector {
        name: full_name("event", event.name(), ""),
        frame: envelope::event(seq, &event),
        recode: recode::event,
    };
    vectors.extend((1..).zip(events()).map(vector));
    vectors
}

fn events() -> [Event; 12] {
    let products = || Products {
        products: vec![catalog::summary()],
    };
    let gone = || ProductsGone {
        products: vec![PRODUCT, ProductId(43)],
    };
    [
        Event::Ping(Nothing {}),
        Event::Disconnected(Disconnected {
            reason: "the session was ended elsewhere".into(),
        }),
        Event::Draining(Draining {
            reconnect_after_ms: 2750,
        }),
        Event::Resync(Nothing {}),
        Event::Message(chat::message()),
        Event::YourProductSold(YourProductSold {
            name: "Calculus".into(),
            buyer: "karim".into(),
            price: usd(1250),
            product: PRODUCT,
            sold_at: SOLD_AT,
            collect_on: purchases::COLLECT_ON.into(),
        }),
        Event::Announcement(Announcement {
            at: LISTED_AT,
            text: "The Post Office is closed on Friday.".into(),
        }),
        Event::ProductListed(products()),
        Event::ProductChanged(products()),
        Event::ProductSold(gone()),
        Event::ProductRemoved(gone()),
        Event::Presence(PresenceChanged {
            online: vec!["mona".into()],
            offline: vec!["omar".into()],
        }),
    ]
}
