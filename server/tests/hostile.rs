//! What a broken or hostile client may send: each time a typed error or a close in order, and
//! afterwards the same server serves the next good client.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "hostile/cbor.rs"]
mod cbor;
mod common;
#[path = "hostile/requests.rs"]
mod requests;
#[path = "hostile/table.rs"]
mod table;
#[path = "hostile/transport.rs"]
mod transport;

use auboutique_client::protocol::accounts::Ping;
use auboutique_protocol::codec::head;
use auboutique_protocol::envelope;
use common::TestServer;

/// A client of our own is served as if nothing had happened, and the server stops in order.
async fn expect_unharmed(server: TestServer) {
    server.anonymous().await.call(&Ping {}).await.unwrap();
    server.stop().await;
}

/// A `ping` with a field that it does not have, `length` bytes long altogether.
fn bloated_ping(id: u64, length: usize) -> Vec<u8> {
    let request = |filling: usize| {
        let mut body = Vec::new();
        head::map(1, &mut body);
        head::text("x", &mut body);
        head::bytes(&vec![0; filling], &mut body);
        envelope::call_encoded(id, "ping", &body)
    };
    // The length of the filling's own head depends on it: settles in two steps.
    let around = request(length).len() - length;
    let request = request(length - around);
    assert_eq!(request.len(), length);
    request
}
