//! What administrators did.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, local_time};
use auboutique_client::terminal::table::{layout, left, right};
use auboutique_protocol::admin::{Audit, AuditEntry, AuditPage};
use auboutique_protocol::page::Cursor;

use crate::args;
use crate::context::Context;
use crate::fields::{Cell, Field, Fields, field};
use crate::list::{self, Listing, Page};

pub(crate) async fn audit(context: &Context, arguments: args::Audit) -> Result<(), Failure> {
    let request = Audit {
        actor: arguments.actor.map(|actor| actor.to_string()),
        username: arguments.user.map(String::from),
        ..Audit::default()
    };
    list::print(context, request, arguments.paging).await
}

/// Whom or what it was done to, for people.
pub(crate) fn object(entry: &AuditEntry) -> String {
    let session = entry.session.map(|session| format!("session {session}"));
    let product = entry.product.map(|product| format!("product {product}"));
    let parts = [entry.username.clone(), session, product];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "everybody online".to_owned()
    } else {
        parts.join(", ")
    }
}

impl Fields for AuditEntry {
    const FIELDS: &'static [Field<Self>] = &[
        field("number", |entry| Cell::Number(entry.number)),
        field("at", |entry| Cell::Moment(entry.at)),
        field("actor", |entry| Cell::text(&entry.actor)),
        field("action", |entry| Cell::text(entry.action.to_string())),
        field("username", |entry| {
            Cell::some(entry.username.as_ref(), Cell::text)
        }),
        field("session", |entry| {
            Cell::some(entry.session, |session| Cell::Number(session.0))
        }),
        field("product", |entry| {
            Cell::some(entry.product, |product| Cell::Number(product.0))
        }),
        field("why", |entry| Cell::some(entry.why.as_ref(), Cell::text)),
        field("text", |entry| Cell::some(entry.text.as_ref(), Cell::text)),
    ];
}

impl Listing for Audit {
    type Item = AuditEntry;
    const KEY: &'static str = "audit";

    fn turn(&mut self, limit: u32, cursor: Option<Cursor>) {
        self.limit = Some(limit);
        self.cursor = cursor;
    }

    fn page(reply: AuditPage) -> Page<AuditEntry> {
        Page {
            items: reply.entries,
            next: reply.next,
            totals: None,
        }
    }

    fn table(items: &[AuditEntry], out: Output) -> Vec<String> {
        let columns = [
            right("NUMBER"),
            left("AT"),
            left("WHO"),
            left("DID"),
            left("TO"),
            left("WHY"),
        ];
        let rows: Vec<_> = items
            .iter()
            .map(|entry| {
                let why = entry.why.as_ref().or(entry.text.as_ref());
                [
                    entry.number.to_string(),
                    local_time(entry.at),
                    entry.actor.clone(),
                    entry.action.to_string(),
                    object(entry),
                    // An announcement may have several lines.
                    why.map(|why| why.replace('\n', " ")).unwrap_or_default(),
                ]
            })
            .collect();
        layout(columns, 5, &rows, out.width)
    }
}
