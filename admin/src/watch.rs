//! The command `watch`: what happens in the market, as it happens, one event a line for scripts and one
//! thing a line for people. A lost connection is waited for.

pub(crate) mod wording;

use auboutique_client::Notice;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::reachability::Reachability;
use auboutique_client::terminal::stream::Stream;
use auboutique_protocol::admin::{AdminEvent, Topic};
use serde_json::{Value, json};

use self::wording::{Names, text_of};
use crate::args;
use crate::context::Context;
use crate::fields::{Object, objects};
use crate::identity;

/// What is followed unless something is chosen: everything but the statistics, which come each second.
const TOPICS_DEFAULT: &[Topic] = &[
    Topic::Sessions,
    Topic::Sales,
    Topic::Products,
    Topic::Users,
    Topic::Audit,
];

/// Prints what happens until it is interrupted, or `count` lines were printed.
pub(crate) async fn watch(context: &Context, arguments: args::Watch) -> Result<(), Failure> {
    let client = context.connect().await?;
    let mut events = client.events();
    let topics = if arguments.topics.is_empty() {
        TOPICS_DEFAULT
    } else {
        &arguments.topics
    };
    client.watch(topics).await?;
    context
        .out
        .note("Watching the market. Press Ctrl-C to stop.");
    let mut printer = Printer {
        stream: Stream::new(context.out, arguments.count),
        names: Names::default(),
    };
    let mut reachability = Reachability::default();
    let mut farewell = None;
    while !printer.stream.is_over() {
        let Some(notice) = events.next().await else {
            return Err(end(farewell, reachability));
        };
        let change = match &notice {
            Notice::Lost { reason, .. } => reachability.lost(reason),
            Notice::Event(AdminEvent::Disconnected(event)) => {
                farewell = Some(event.reason.clone().into_owned());
                reachability.heard()
            }
            Notice::Event(_) | Notice::Missed => {
                farewell = None;
                reachability.heard()
            }
        };
        if let Some(change) = change {
            printer.stream.change(&change)?;
        }
        printer.print(&notice)?;
    }
    client.close().await;
    Ok(())
}

/// How the command ends when nothing more will be told.
fn end(farewell: Option<String>, reachability: Reachability) -> Failure {
    match (farewell, reachability.reason()) {
        (Some(reason), _) => identity::rejected("forbidden", reason),
        (None, Some(reason)) => Failure::server_lost(&reason),
        (None, None) => Failure::server_lost("the connection has ended"),
    }
}

struct Printer {
    stream: Stream,
    names: Names,
}

impl Printer {
    fn print(&mut self, notice: &Notice<AdminEvent>) -> Result<(), Failure> {
        if !self.stream.is_json() {
            let things = match notice {
                Notice::Event(event) => text_of(event, &mut self.names),
                Notice::Missed => vec![("missed", "some events were missed".into())],
                // Told as a change, once.
                Notice::Lost { .. } => Vec::new(),
            };
            return self.stream.things(things);
        }
        let value = match notice {
            Notice::Event(event) => json_of(event),
            Notice::Missed => Some(json!({ "event": "missed" })),
            Notice::Lost { .. } => None,
        };
        value.map_or(Ok(()), |value| self.stream.event(&value))
    }
}

/// What happened, for scripts: the event's name under `event`, and its fields.
fn json_of(event: &AdminEvent) -> Option<Value> {
    let mut value = match event {
        AdminEvent::SessionOpened(event) => json!({ "sessions": objects(&event.connections) }),
        AdminEvent::SessionClosed(event) => json!({ "connections": event.connections }),
        AdminEvent::SessionActive(event) => json!({ "sessions": objects(&event.connections) }),
        AdminEvent::Sale(event) => json!({ "sales": objects(&event.sales) }),
        AdminEvent::ProductListed(event) | AdminEvent::ProductChanged(event) => {
            json!({ "products": objects(&event.products) })
        }
        AdminEvent::ProductRemoved(event) => json!({ "products": event.products }),
        AdminEvent::UserRegistered(event) | AdminEvent::UserChanged(event) => {
            json!({ "users": objects(&event.users) })
        }
        AdminEvent::AuditEntry(event) => json!({ "audit": objects(&event.entries) }),
        AdminEvent::Statistics(now) => json!({ "now": Object(now) }),
        AdminEvent::Disconnected(event) => json!({ "reason": event.reason }),
        AdminEvent::Draining(event) => json!({ "reconnect_after_ms": event.reconnect_after_ms }),
        AdminEvent::Ping(_) | AdminEvent::Resync(_) => return None,
    };
    value["event"] = json!(event.name());
    Some(value)
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::admin::{AuditAction, AuditEntries, AuditEntry};
    use auboutique_protocol::ids::UnixMillis;

    use super::*;

    #[test]
    fn scripts_get_the_name_of_the_event_and_its_fields() {
        let event = AdminEvent::AuditEntry(AuditEntries {
            entries: vec![AuditEntry {
                at: UnixMillis(0),
                why: Some("fraud".into()),
                text: None,
                actor: "ops".into(),
                action: AuditAction::Suspend,
                number: 1,
                product: None,
                session: None,
                username: Some("mona".into()),
            }],
        });
        let value = json_of(&event).unwrap();
        assert_eq!(value["event"], "audit_entry");
        assert_eq!(value["audit"][0]["action"], "suspend");
        assert_eq!(value["audit"][0]["at"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_revoked_certificate_ends_it_as_one_that_is_not_taken() {
        let mut reachability = Reachability::default();
        reachability.lost("not on the list");
        let failure = end(Some("revoked".into()), reachability);
        assert_eq!(failure.exit() as u8, 4);
        let failure = end(None, Reachability::default());
        assert_eq!(failure.exit() as u8, 5);
    }
}
