//! What administrators ask for, and what answers them.

use auboutique_protocol::accounts::{Ping, Pong};
use auboutique_protocol::admin::{
    Announce, Announced, Audit, AuditAction, AuditEntry, AuditPage, Connection, ConnectionNumber,
    ConnectionPage, Disconnect, Now, PasswordReset, Point, Product, ProductPage, ProductRemoved,
    ProductState, ProductStateName, Products, Reinstate, RemoveProduct, Removed, ResetPassword,
    Sale, SalePage, Sales, SalesTotals, Series, SessionNumber, SessionSort, Sessions,
    SessionsEnded, SoldTo, Statistics, StatisticsReport, Suspend, SuspendedSince, Topic, User,
    UserDetail, UserPage, UserReinstated, UserSort, UserState, UserStateName, UserSummary,
    UserSuspended, Users, Watch, Watching,
};
use auboutique_protocol::call::{AdminCall, AdminRequest};
use auboutique_protocol::codec;
use auboutique_protocol::envelope;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::ProductId;

use super::{LISTED_AT, PRODUCT, SOLD_AT, Vector, cursor, full_name, purchases, usd};
use crate::recode;

/// The id that the vectors of a request use: its place in the table, counted from 1.
fn id_of(name: &str) -> u64 {
    let position = AdminCall::TABLE.iter().position(|row| row.name == name);
    position.expect("every request stands in the table") as u64 + 1
}

fn request<C: AdminRequest>(variant: &str, request: &C) -> Vector {
    let body = codec::encode(request);
    Vector {
        name: full_name("admin_call", C::NAME, variant),
        frame: envelope::call_encoded(id_of(C::NAME), C::NAME, &body),
        recode: recode::admin_request,
    }
}

fn reply<C: AdminRequest>(variant: &str, reply: &C::Reply) -> Vector {
    let body = codec::encode(reply);
    Vector {
        name: full_name("admin_ok", C::NAME, variant),
        frame: envelope::ok(id_of(C::NAME), &body),
        recode: recode::admin_reply::<C>,
    }
}

pub(super) fn all() -> Vec<Vector> {
    let mut vectors = vec![
        request("", &Ping {}),
        reply::<Ping>("", &Pong { time: LISTED_AT }),
    ];
    vectors.extend(users());
    vectors.extend(sessions());
    vectors.extend(market());
    vectors.extend(statistics());
    vectors.extend(actions());
    vectors
}

pub(super) fn summary(state: UserState) -> UserSummary {
    UserSummary {
        id: 7,
        name: "Mona".into(),
        email: "mona@mail.aub.edu".into(),
        state,
        online: true,
        sessions: 2,
        username: "mona".into(),
        last_seen: Some(LISTED_AT),
        purchases: 3,
        member_since: LISTED_AT,
        products_for_sale: 4,
    }
}

fn suspended() -> UserState {
    UserState::Suspended(SuspendedSince {
        since: SOLD_AT,
        reason: "sells what is not there".into(),
    })
}

fn users() -> Vec<Vector> {
    let page = |users, next| UserPage { next, users };
    let left = UserSummary {
        online: false,
        last_seen: None,
        ..summary(UserState::Deleted(Nothing {}))
    };
    vec![
        request(
            "full",
            &Users {
                sort: Some(UserSort::Newest),
                text: Some("mon".into()),
                limit: Some(20),
                state: Some(UserStateName::Active),
                cursor: Some(cursor()),
            },
        ),
        request("minimal", &Users::default()),
        reply::<Users>(
            "more",
            &page(
                vec![summary(UserState::Active(Nothing {})), summary(suspended())],
                Some(cursor()),
            ),
        ),
        reply::<Users>("last", &page(vec![left], None)),
        request(
            "",
            &User {
                username: "mona".into(),
            },
        ),
        reply::<User>(
            "",
            &UserDetail {
                id: 7,
                name: "Mona".into(),
                email: "mona@mail.aub.edu".into(),
                spent: usd(900),
                state: suspended(),
                online: false,
                revenue: usd(1250),
                sessions: 0,
                username: "mona".into(),
                last_seen: Some(LISTED_AT),
                purchases: 3,
                connections: 0,
                member_since: LISTED_AT,
                products_sold: 1,
                products_for_sale: 0,
                products_withdrawn: 2,
                must_change_password: true,
            },
        ),
    ]
}

pub(super) fn connection() -> Connection {
    Connection {
        agent: "auboutique/0.1.0".into(),
        since: LISTED_AT,
        address: "192.0.2.7".into(),
        session: SessionNumber(5_123_456_789_012_345),
        bytes_in: 1200,
        requests: 17,
        username: "mona".into(),
        bytes_out: 34_000,
        connection: ConnectionNumber(12),
        queue_depth: 0,
        last_activity: SOLD_AT,
    }
}

fn sessions() -> Vec<Vector> {
    vec![
        request(
            "full",
            &Sessions {
                sort: Some(SessionSort::Oldest),
                limit: Some(20),
                cursor: Some(cursor()),
                username: Some("mona".into()),
            },
        ),
        request("minimal", &Sessions::default()),
        reply::<Sessions>(
            "",
            &ConnectionPage {
                next: Some(cursor()),
                connections: vec![connection()],
            },
        ),
    ]
}

pub(super) fn sale() -> Sale {
    Sale {
        name: "Calculus".into(),
        buyer: "karim".into(),
        place: "AUB Post Office".into(),
        price: usd(1250),
        seller: "mona".into(),
        product: PRODUCT,
        sold_at: SOLD_AT,
        collect_on: purchases::COLLECT_ON.into(),
    }
}

pub(super) fn product(id: ProductId, state: ProductState) -> Product {
    Product {
        id,
        name: "Calculus".into(),
        owner: "mona".into(),
        price: usd(1250),
        state,
        category: "textbooks".into(),
        listed_at: LISTED_AT,
    }
}

fn market() -> Vec<Vector> {
    let states = [
        ProductState::ForSale(Nothing {}),
        ProductState::Hidden(Nothing {}),
        ProductState::Sold(SoldTo {
            buyer: "karim".into(),
            sold_at: SOLD_AT,
        }),
        ProductState::Withdrawn(Nothing {}),
        ProductState::Removed(Removed {
            reason: "not allowed here".into(),
        }),
    ];
    let products = (42..).map(ProductId).zip(states);
    vec![
        request(
            "full",
            &Sales {
                to: Some(SOLD_AT),
                from: Some(LISTED_AT),
                buyer: Some("karim".into()),
                limit: Some(20),
                cursor: Some(cursor()),
                seller: Some("mona".into()),
                product: Some(PRODUCT),
            },
        ),
        request("minimal", &Sales::default()),
        reply::<Sales>(
            "first",
            &SalePage {
                next: Some(cursor()),
                sales: vec![sale()],
                totals: Some(SalesTotals {
                    sum: usd(2500),
                    count: 2,
                }),
            },
        ),
        reply::<Sales>(
            "last",
            &SalePage {
                next: None,
                sales: vec![],
                totals: None,
            },
        ),
        request(
            "full",
            &Products {
                text: Some("calc".into()),
                limit: Some(20),
                owner: Some("mona".into()),
                state: Some(ProductStateName::Removed),
                cursor: Some(cursor()),
            },
        ),
        request("minimal", &Products::default()),
        reply::<Products>(
            "",
            &ProductPage {
                next: Some(cursor()),
                products: products.map(|(id, state)| product(id, state)).collect(),
            },
        ),
    ]
}

pub(super) fn now() -> Now {
    Now {
        at: SOLD_AT,
        users: 120,
        errors: 31,
        faults: 0,
        online: 17,
        requests: 90_210,
        log_bytes: 4_152_992,
        uptime_ms: 493_250,
        connections: 19,
        sales_today: 2,
        writer_queue: 0,
        revenue_today: usd(2500),
        database_bytes: 8_192_000,
        latency_p50_us: 96,
        latency_p99_us: 1792,
        disk_free_bytes: Some(50_000_000_000),
        errors_per_second: 1,
        products_for_sale: 340,
        requests_per_second: 182,
        certificate_expires_at: LISTED_AT,
    }
}

fn statistics() -> Vec<Vector> {
    let minute = Point {
        at: LISTED_AT,
        sales: 2,
        errors: Some(3),
        revenue: usd(2500),
        requests: Some(10_920),
    };
    let day = Point {
        errors: None,
        requests: None,
        ..minute
    };
    let report = |points| StatisticsReport { now: now(), points };
    vec![
        request(
            "full",
            &Statistics {
                series: Some(Series::Minute),
            },
        ),
        request("minimal", &Statistics::default()),
        reply::<Statistics>("now", &report(vec![])),
        reply::<Statistics>("minutes", &report(vec![minute])),
        reply::<Statistics>("days", &report(vec![day])),
        request(
            "full",
            &Audit {
                actor: Some("ops".into()),
                limit: Some(20),
                cursor: Some(cursor()),
                username: Some("mona".into()),
            },
        ),
        request("minimal", &Audit::default()),
        reply::<Audit>(
            "",
            &AuditPage {
                next: Some(cursor()),
                entries: entries(),
            },
        ),
    ]
}

pub(super) fn entries() -> Vec<AuditEntry> {
    let entry = AuditEntry {
        at: SOLD_AT,
        why: None,
        text: None,
        actor: "ops".into(),
        action: AuditAction::Announce,
        number: 1,
        product: None,
        session: None,
        username: None,
    };
    vec![
        AuditEntry {
            why: Some("not allowed here".into()),
            action: AuditAction::RemoveProduct,
            number: 3,
            product: Some(PRODUCT),
            username: Some("mona".into()),
            ..entry.clone()
        },
        AuditEntry {
            action: AuditAction::Disconnect,
            number: 2,
            session: Some(SessionNumber(5_123_456_789_012_345)),
            username: Some("mona".into()),
            ..entry.clone()
        },
        AuditEntry {
            text: Some("The Post Office is closed on Friday.".into()),
            ..entry
        },
    ]
}

fn actions() -> Vec<Vector> {
    let (why, username) = (|| Some("found logged in".to_owned()), || "mona".to_owned());
    vec![
        request(
            "full",
            &Disconnect {
                why: why(),
                session: Some(SessionNumber(5_123_456_789_012_345)),
                username: Some(username()),
            },
        ),
        request(
            "minimal",
            &Disconnect {
                why: None,
                session: None,
                username: None,
            },
        ),
        reply::<Disconnect>(
            "",
            &SessionsEnded {
                sessions: 2,
                connections: 1,
            },
        ),
        request(
            "",
            &Suspend {
                reason: "sells what is not there".into(),
                username: username(),
            },
        ),
        reply::<Suspend>(
            "",
            &UserSuspended {
                sessions: 2,
                connections: 1,
                products_hidden: 4,
            },
        ),
        request(
            "full",
            &Reinstate {
                why: why(),
                username: username(),
            },
        ),
        request(
            "minimal",
            &Reinstate {
                why: None,
                username: username(),
            },
        ),
        reply::<Reinstate>("", &UserReinstated { products_shown: 4 }),
        request(
            "full",
            &ResetPassword {
                why: why(),
                username: username(),
            },
        ),
        request(
            "minimal",
            &ResetPassword {
                why: None,
                username: username(),
            },
        ),
        reply::<ResetPassword>(
            "",
            &PasswordReset {
                password: "k7qm-2xvd-8hrt-9wbn-3fzc".into(),
                sessions: 2,
                connections: 1,
            },
        ),
        request(
            "",
            &RemoveProduct {
                reason: "not allowed here".into(),
                product: PRODUCT,
            },
        ),
        reply::<RemoveProduct>("", &ProductRemoved {}),
        request(
            "",
            &Announce {
                text: "The Post Office is closed on Friday.".into(),
            },
        ),
        reply::<Announce>(
            "",
            &Announced {
                at: SOLD_AT,
                connections: 19,
            },
        ),
        request(
            "",
            &Watch {
                topics: vec![
                    Topic::Sessions,
                    Topic::Sales,
                    Topic::Products,
                    Topic::Users,
                    Topic::Audit,
                    Topic::Statistics,
                ],
            },
        ),
        request("nothing", &Watch { topics: vec![] }),
        reply::<Watch>("", &Watching {}),
    ]
}
