//! People, products and figures for tests of screens.

use auboutique_protocol::admin::{
    Activity, AuditAction, AuditEntry, Connection, ConnectionNumber, Now, Point, Product,
    ProductState, Removed, Sale, SessionNumber, SoldTo, StatisticsReport, SuspendedSince,
    UserDetail, UserState, UserSummary,
};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};

/// 2026-05-04, 09:30:00 in UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_777_887_000_000);

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

const NAMES: [&str; 5] = [
    "Mona Haddad",
    "Omar Khalil",
    "لينا منصور",
    "Rami\u{1b}[31m Saab",
    "Zeinab Fakhreddine El Khatib",
];
const THINGS: [&str; 5] = [
    "Calculus, 9th edition",
    "Walnut box with inlay",
    "كتاب الأغاني",
    "Desk lamp",
    "Postage stamps of 1959, complete set in album",
];

fn pick<T: Copy>(of: &[T], number: u64) -> T {
    let count = of.len() as u64;
    of[usize::try_from(number % count).unwrap_or_default()]
}

pub(crate) fn ago(milliseconds: u64) -> UnixMillis {
    UnixMillis(NOW.0.saturating_sub(milliseconds))
}

pub(crate) const fn dollars(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::Usd,
    }
}

pub(crate) fn user(id: u64, username: &str) -> UserSummary {
    let state = match id % 10 {
        7 => UserState::Suspended(SuspendedSince {
            since: ago(DAY),
            reason: "sold what was not hers".into(),
        }),
        9 => UserState::Deleted(Nothing {}),
        _ => UserState::Active(Nothing {}),
    };
    UserSummary {
        id,
        name: pick(&NAMES, id).into(),
        email: format!("{username}@example.org"),
        state,
        online: id.is_multiple_of(3),
        sessions: id % 4,
        username: username.into(),
        last_seen: (!id.is_multiple_of(4)).then(|| ago(id % 40 * DAY)),
        purchases: id % 7,
        member_since: ago((id % 400 + 1) * DAY),
        products_for_sale: id % 5,
    }
}

pub(crate) fn detail(username: &str) -> UserDetail {
    UserDetail {
        id: 1,
        name: pick(&NAMES, 0).into(),
        email: format!("{username}@example.org"),
        spent: dollars(4_250),
        state: UserState::Active(Nothing {}),
        online: true,
        revenue: dollars(18_900),
        sessions: 2,
        username: username.into(),
        last_seen: Some(NOW),
        purchases: 3,
        connections: 1,
        member_since: ago(90 * DAY),
        products_sold: 4,
        products_for_sale: 6,
        products_withdrawn: 1,
        must_change_password: false,
    }
}

pub(crate) fn connection(number: u64, username: &str) -> Connection {
    Connection {
        agent: "auboutique/0.1.0".into(),
        since: ago(DAY - number % 1_000 * MINUTE),
        address: format!("192.0.2.{}", number % 250),
        session: SessionNumber(4_000_000_000_000_000 + number),
        bytes_in: number * 531,
        requests: number * 17 % 5_000,
        username: username.into(),
        bytes_out: number * 7_919,
        connection: ConnectionNumber(number),
        queue_depth: number % 20,
        last_activity: ago(number % 300 * 1_000),
    }
}

pub(crate) fn active(number: u64, requests: u64) -> Activity {
    Activity {
        bytes_in: requests * 31,
        requests,
        bytes_out: requests * 400,
        connection: ConnectionNumber(number),
        queue_depth: requests % 3,
        last_activity: NOW,
    }
}

pub(crate) fn sale(number: u64) -> Sale {
    Sale {
        name: pick(&THINGS, number).into(),
        buyer: format!("user{:05}", number % 97),
        place: "AUB Post Office, West Hall".into(),
        price: dollars(number % 300 * 25 + 500),
        seller: format!("user{:05}", number % 89),
        product: ProductId(number),
        sold_at: UnixMillis(NOW.0 - 10 * DAY + number * MINUTE),
        collect_on: "2026-05-06".into(),
    }
}

pub(crate) fn product(number: u64) -> Product {
    let state = match number % 6 {
        1 => ProductState::Sold(SoldTo {
            buyer: format!("user{:05}", number % 97),
            sold_at: ago(DAY),
        }),
        2 => ProductState::Hidden(Nothing {}),
        3 => ProductState::Withdrawn(Nothing {}),
        4 => ProductState::Removed(Removed {
            reason: "no weapons".into(),
        }),
        _ => ProductState::ForSale(Nothing {}),
    };
    Product {
        id: ProductId(number),
        name: pick(&THINGS, number).into(),
        owner: format!("user{:05}", number % 89),
        price: dollars(number % 300 * 25 + 500),
        state,
        category: "textbooks".into(),
        listed_at: ago(number % 60 * DAY),
    }
}

pub(crate) fn entry(number: u64, actor: &str, username: &str) -> AuditEntry {
    let actions = [
        AuditAction::Suspend,
        AuditAction::Disconnect,
        AuditAction::Reinstate,
        AuditAction::ResetPassword,
    ];
    AuditEntry {
        at: UnixMillis(NOW.0 - 20 * DAY + number * 60 * MINUTE),
        why: (!number.is_multiple_of(3)).then(|| "asked at the desk".into()),
        text: None,
        actor: actor.into(),
        action: pick(&actions, number),
        number,
        product: None,
        session: None,
        username: Some(username.into()),
    }
}

pub(crate) fn now() -> Now {
    Now {
        at: NOW,
        users: 340,
        errors: 310,
        faults: 0,
        online: 12,
        requests: 1_204_511,
        log_bytes: 4_100_000,
        uptime_ms: 3 * DAY + 2 * 60 * MINUTE,
        connections: 14,
        sales_today: 31,
        writer_queue: 2,
        revenue_today: dollars(41_250),
        database_bytes: 40_100_000,
        latency_p50_us: 210,
        latency_p99_us: 1_900,
        disk_free_bytes: Some(12_300_000_000),
        errors_per_second: 2,
        products_for_sale: 820,
        requests_per_second: 310,
        certificate_expires_at: UnixMillis(NOW.0 + 82 * DAY),
    }
}

pub(crate) fn report() -> StatisticsReport {
    let first = 59;
    let points = (0..=first).map(|day| Point {
        at: ago((first - day) * DAY + 9 * 60 * MINUTE + 30 * MINUTE),
        sales: day * 37 % 23 + day / 4,
        errors: None,
        revenue: dollars(day * 1_000),
        requests: None,
    });
    StatisticsReport {
        now: now(),
        points: points.collect(),
    }
}
