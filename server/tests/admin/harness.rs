//! A server with an administrator.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use auboutique_certs::{AdminName, ServerAddress, TlsFolder};
use auboutique_client::{AdminClient, AdminEvents, ConnectOptions, Error, Events, Notice};
use auboutique_client::{AdminOptions, RetryPolicy};
use auboutique_protocol::admin::AdminEvent;
use auboutique_protocol::call::AdminRequest;
use auboutique_protocol::event::Event;
use jiff::Timestamp;
use tokio::time::timeout;

use crate::common::TestServer;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What happens within [`PATIENCE`].
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it happens in time")
}

pub(crate) fn tls(server: &TestServer) -> TlsFolder {
    TlsFolder::new(server.data_dir().join("tls"))
}

/// The folder of a new administrator.
pub(crate) fn identity(server: &TestServer, name: &str) -> PathBuf {
    let folder = server.data_dir().join("admins").join(name);
    let name: AdminName = name.parse().unwrap();
    tls(server)
        .issue_admin(&name, &folder, Timestamp::now())
        .unwrap();
    folder
}

pub(crate) fn address(port: u16) -> ServerAddress {
    ServerAddress {
        host: "localhost".into(),
        port,
    }
}

pub(crate) fn options(server: &TestServer, folder: &std::path::Path) -> AdminOptions {
    let options = ConnectOptions::admin(address(server.admin_port()), folder).unwrap();
    options.retry(RetryPolicy::NONE)
}

/// A connected administrator.
pub(crate) async fn admin(server: &TestServer, name: &str) -> AdminClient {
    let folder = identity(server, name);
    AdminClient::connect(options(server, &folder))
        .await
        .unwrap()
}

/// What comes of a request.
pub(crate) async fn ask<C: AdminRequest>(
    admin: &AdminClient,
    request: C,
) -> Result<C::Reply, Error> {
    admin.call(&request).await
}

/// The first event that is wanted; others are passed over.
pub(crate) async fn heard<T>(
    events: &mut AdminEvents,
    wanted: impl Fn(AdminEvent) -> Option<T>,
) -> T {
    soon(async {
        loop {
            match events.next().await.expect("the events go on") {
                Notice::Event(event) => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
                Notice::Missed => {}
                Notice::Lost { reason, .. } => panic!("{reason}"),
            }
        }
    })
    .await
}

/// The reason with which a member's session ended.
pub(crate) async fn farewell(events: &mut Events) -> String {
    soon(async {
        loop {
            if let Some(Notice::Event(Event::Disconnected(event))) = events.next().await {
                return event.reason.into_owned();
            }
        }
    })
    .await
}

/// The words of the next announcement.
pub(crate) async fn announcement(events: &mut Events) -> String {
    soon(async {
        loop {
            if let Some(Notice::Event(Event::Announcement(event))) = events.next().await {
                return event.text;
            }
        }
    })
    .await
}

/// Why nothing came of it.
pub(crate) fn failure<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Error {
    outcome.expect_err("it is refused")
}

/// Waits for the first event of one kind, and takes something from it.
macro_rules! hear {
    ($events:expr, $pattern:pat => $value:expr) => {
        $crate::harness::heard(&mut $events, |event| {
            if let $pattern = event {
                Some($value)
            } else {
                None
            }
        })
    };
}
pub(crate) use hear;
