//! What the admin listener pushes.

use auboutique_protocol::admin::{
    Activity, AdminEvent, AuditEntries, ConnectionNumber, ProductState, ProductsTold, SalesMade,
    SessionsActive, SessionsClosed, SessionsOpened, UserState, UsersTold,
};
use auboutique_protocol::codec;
use auboutique_protocol::envelope;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::event::{Disconnected, Draining, ProductsGone};
use auboutique_protocol::ids::ProductId;

use super::{PRODUCT, SOLD_AT, Vector, admin, full_name};
use crate::recode;

pub(super) fn all() -> Vec<Vector> {
    let vector = |(seq, event): (u64, AdminEvent)| Vector {
        name: full_name("admin_event", event.name(), ""),
        frame: envelope::event_encoded(seq, &codec::encode(&event)),
        recode: recode::admin_event,
    };
    (1..).zip(events()).map(vector).collect()
}

fn events() -> [AdminEvent; 15] {
    let products = || ProductsTold {
        products: vec![admin::product(PRODUCT, ProductState::ForSale(Nothing {}))],
    };
    let users = || UsersTold {
        users: vec![admin::summary(UserState::Active(Nothing {}))],
    };
    [
        AdminEvent::Ping(Nothing {}),
        AdminEvent::Disconnected(Disconnected {
            reason: "the certificate is no longer on the list".into(),
        }),
        AdminEvent::Draining(Draining {
            reconnect_after_ms: 2750,
        }),
        AdminEvent::Resync(Nothing {}),
        AdminEvent::SessionOpened(SessionsOpened {
            connections: vec![admin::connection()],
        }),
        AdminEvent::SessionClosed(SessionsClosed {
            connections: vec![ConnectionNumber(12), ConnectionNumber(13)],
        }),
        AdminEvent::SessionActive(SessionsActive {
            connections: vec![Activity {
                bytes_in: 1240,
                requests: 18,
                bytes_out: 34_110,
                connection: ConnectionNumber(12),
                queue_depth: 1,
                last_activity: SOLD_AT,
            }],
        }),
        AdminEvent::Sale(SalesMade {
            sales: vec![admin::sale()],
        }),
        AdminEvent::ProductListed(products()),
        AdminEvent::ProductChanged(products()),
        AdminEvent::ProductRemoved(ProductsGone {
            products: vec![PRODUCT, ProductId(43)],
        }),
        AdminEvent::UserRegistered(users()),
        AdminEvent::UserChanged(users()),
        AdminEvent::AuditEntry(AuditEntries {
            entries: admin::entries(),
        }),
        AdminEvent::Statistics(admin::now()),
    ]
}
