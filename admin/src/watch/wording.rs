//! What happened, for people: a word, and the rest of the line.

use std::collections::HashMap;

use auboutique_protocol::admin::{
    AdminEvent, AuditEntry, Connection, ConnectionNumber, Now, Product, Sale, UserState,
    UserSummary,
};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::term_safe;

use crate::audit::object;

/// Most connections whose user is remembered until they close.
const NAMES_MAX: usize = 20_000;

/// Who is on the connections that were opened before one's eyes.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<ConnectionNumber, String>);

pub(crate) fn text_of(event: &AdminEvent, names: &mut Names) -> Vec<(&'static str, String)> {
    match event {
        AdminEvent::SessionOpened(event) => names.opened(&event.connections),
        AdminEvent::SessionClosed(event) => names.closed(&event.connections),
        AdminEvent::Sale(event) => each("sold", &event.sales, sale),
        AdminEvent::ProductListed(event) => each("listed", &event.products, product),
        AdminEvent::ProductChanged(event) => each("changed", &event.products, product),
        AdminEvent::ProductRemoved(event) => each("removed", &event.products, |id: &ProductId| {
            format!("#{id}")
        }),
        AdminEvent::UserRegistered(event) => each("joined", &event.users, registered),
        AdminEvent::UserChanged(event) => each("user", &event.users, changed),
        AdminEvent::AuditEntry(event) => each("audit", &event.entries, entry),
        AdminEvent::Statistics(now) => vec![("now", statistics(now))],
        AdminEvent::Disconnected(event) => {
            vec![("ended", term_safe(&event.reason).into_owned())]
        }
        AdminEvent::Draining(_) => vec![("draining", "the server stops; waiting for it".into())],
        // What connections do each second is for machines.
        AdminEvent::SessionActive(_) | AdminEvent::Ping(_) | AdminEvent::Resync(_) => Vec::new(),
    }
}

fn each<T>(
    word: &'static str,
    things: &[T],
    text: impl Fn(&T) -> String,
) -> Vec<(&'static str, String)> {
    things.iter().map(|thing| (word, text(thing))).collect()
}

impl Names {
    /// Remembers who is on these connections.
    pub(crate) fn remember(&mut self, connections: &[Connection]) {
        for connection in connections {
            if self.0.len() < NAMES_MAX {
                let name = connection.username.clone();
                self.0.insert(connection.connection, name);
            }
        }
    }

    fn opened(&mut self, connections: &[Connection]) -> Vec<(&'static str, String)> {
        self.remember(connections);
        each("login", connections, |connection| {
            format!(
                "{} from {} with {} (session {})",
                term_safe(&connection.username),
                term_safe(&connection.address),
                term_safe(&connection.agent),
                connection.session
            )
        })
    }

    fn closed(&mut self, connections: &[ConnectionNumber]) -> Vec<(&'static str, String)> {
        let line = |number: &ConnectionNumber| match self.0.remove(number) {
            Some(name) => ("gone", term_safe(&name).into_owned()),
            None => ("gone", format!("connection {number}")),
        };
        connections.iter().map(line).collect()
    }
}

fn sale(sale: &Sale) -> String {
    format!(
        "#{} {}, {}, by {} to {}",
        sale.product,
        term_safe(&sale.name),
        sale.price,
        term_safe(&sale.seller),
        term_safe(&sale.buyer)
    )
}

fn product(product: &Product) -> String {
    format!(
        "#{} {}, {}, by {}",
        product.id,
        term_safe(&product.name),
        product.price,
        term_safe(&product.owner)
    )
}

fn registered(user: &UserSummary) -> String {
    format!("{} ({})", term_safe(&user.username), term_safe(&user.name))
}

fn changed(user: &UserSummary) -> String {
    let name = term_safe(&user.username);
    match &user.state {
        UserState::Active(_) => format!("{name} is active"),
        UserState::Suspended(suspended) => {
            format!("{name} is suspended: {}", term_safe(&suspended.reason))
        }
        UserState::Deleted(_) => format!("{name} has left"),
    }
}

fn entry(entry: &AuditEntry) -> String {
    let why = entry.why.as_ref().or(entry.text.as_ref());
    let why = why.map_or_else(String::new, |why| format!(": {}", term_safe(why)));
    format!(
        "{} did {} to {}{why}",
        term_safe(&entry.actor),
        entry.action,
        term_safe(&object(entry))
    )
}

fn statistics(now: &Now) -> String {
    format!(
        "{} online, {} sales today, {}, {} requests/s, {} refused/s, p99 {} µs",
        now.online,
        now.sales_today,
        now.revenue_today,
        now.requests_per_second,
        now.errors_per_second,
        now.latency_p99_us
    )
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::admin::{SalesMade, SessionNumber, SessionsClosed, SessionsOpened};
    use auboutique_protocol::ids::UnixMillis;
    use auboutique_protocol::money::{Currency, Money};

    use super::*;

    fn connection(number: u64, username: &str) -> Connection {
        Connection {
            agent: "auboutique/0.1.0".into(),
            since: UnixMillis(0),
            address: "192.0.2.7".into(),
            session: SessionNumber(5),
            bytes_in: 0,
            requests: 0,
            username: username.into(),
            bytes_out: 0,
            connection: ConnectionNumber(number),
            queue_depth: 0,
            last_activity: UnixMillis(0),
        }
    }

    #[test]
    fn whoever_was_seen_to_come_is_named_when_they_go() {
        let mut names = Names::default();
        let opened = AdminEvent::SessionOpened(SessionsOpened {
            connections: vec![connection(3, "mona\u{1b}[2J")],
        });
        let line = "mona\u{fffd}[2J from 192.0.2.7 with auboutique/0.1.0 (session 5)";
        assert_eq!(text_of(&opened, &mut names), [("login", line.to_owned())]);
        let closed = AdminEvent::SessionClosed(SessionsClosed {
            connections: vec![ConnectionNumber(3), ConnectionNumber(4)],
        });
        let lines = text_of(&closed, &mut names);
        let expected = ["mona\u{fffd}[2J", "connection 4"].map(|name| ("gone", name.to_owned()));
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_sale_is_a_line() {
        let sold = AdminEvent::Sale(SalesMade {
            sales: vec![Sale {
                name: "Calculus".into(),
                buyer: "omar".into(),
                place: "West Hall".into(),
                price: Money {
                    minor: 1250,
                    currency: Currency::Usd,
                },
                seller: "mona".into(),
                product: ProductId(7),
                sold_at: UnixMillis(0),
                collect_on: "2026-05-04".into(),
            }],
        });
        let line = "#7 Calculus, 12.50 USD, by mona to omar".to_owned();
        assert_eq!(text_of(&sold, &mut Names::default()), [("sold", line)]);
    }
}
