//! Who is connected at this moment.

use auboutique_client::AdminClient;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, local_time};
use auboutique_client::terminal::table::{layout, left, right};
use auboutique_protocol::admin::{Activity, Connection, ConnectionPage, SessionNumber, Sessions};
use auboutique_protocol::page::Cursor;

use crate::args;
use crate::context::Context;
use crate::fields::{Cell, Field, Fields, field};
use crate::list::{self, Listing, Page};

pub(crate) async fn sessions(context: &Context, arguments: args::Sessions) -> Result<(), Failure> {
    let request = Sessions {
        sort: arguments.sort,
        username: arguments.user.map(String::from),
        ..Sessions::default()
    };
    list::print(context, request, arguments.paging).await
}

/// The live connections of a session.
pub(crate) async fn of_session(
    client: &AdminClient,
    session: SessionNumber,
) -> Result<Vec<Connection>, Failure> {
    let seen = list::follow(client, Sessions::default(), None, None).await?;
    let mut connections = seen.pages.items;
    connections.retain(|connection| connection.session == session);
    Ok(connections)
}

impl Fields for Connection {
    const FIELDS: &'static [Field<Self>] = &[
        field("connection", |live| Cell::Number(live.connection.0)),
        field("session", |live| Cell::Number(live.session.0)),
        field("username", |live| Cell::text(&live.username)),
        field("address", |live| Cell::text(&live.address)),
        field("agent", |live| Cell::text(&live.agent)),
        field("since", |live| Cell::Moment(live.since)),
        field("last_activity", |live| Cell::Moment(live.last_activity)),
        field("requests", |live| Cell::Number(live.requests)),
        field("bytes_in", |live| Cell::Number(live.bytes_in)),
        field("bytes_out", |live| Cell::Number(live.bytes_out)),
        field("queue_depth", |live| Cell::Number(live.queue_depth)),
    ];
}

impl Fields for Activity {
    const FIELDS: &'static [Field<Self>] = &[
        field("connection", |live| Cell::Number(live.connection.0)),
        field("last_activity", |live| Cell::Moment(live.last_activity)),
        field("requests", |live| Cell::Number(live.requests)),
        field("bytes_in", |live| Cell::Number(live.bytes_in)),
        field("bytes_out", |live| Cell::Number(live.bytes_out)),
        field("queue_depth", |live| Cell::Number(live.queue_depth)),
    ];
}

impl Listing for Sessions {
    type Item = Connection;
    const KEY: &'static str = "sessions";

    fn turn(&mut self, limit: u32, cursor: Option<Cursor>) {
        self.limit = Some(limit);
        self.cursor = cursor;
    }

    fn page(reply: ConnectionPage) -> Page<Connection> {
        Page {
            items: reply.connections,
            next: reply.next,
            totals: None,
        }
    }

    fn table(items: &[Connection], out: Output) -> Vec<String> {
        let columns = [
            right("SESSION"),
            left("USERNAME"),
            left("ADDRESS"),
            left("PROGRAM"),
            left("SINCE"),
            left("LAST ACTIVE"),
            right("REQUESTS"),
            right("QUEUE"),
        ];
        let rows: Vec<_> = items
            .iter()
            .map(|live| {
                [
                    live.session.to_string(),
                    live.username.clone(),
                    live.address.clone(),
                    live.agent.clone(),
                    local_time(live.since),
                    local_time(live.last_activity),
                    live.requests.to_string(),
                    live.queue_depth.to_string(),
                ]
            })
            .collect();
        layout(columns, 3, &rows, out.width)
    }
}
