//! Every form of CBOR that the protocol forbids, where nobody has said hello yet.

use crate::common::TestServer;
use crate::common::raw::{RawClient, unhex};
use crate::expect_unharmed;
use crate::table::cbor::FORBIDDEN;

#[tokio::test]
async fn every_forbidden_form_is_refused_in_a_hello_as_well() {
    let server = TestServer::start().await;
    for (rule, body) in FORBIDDEN {
        println!("{rule}");
        let mut frame = unhex("a1 65 68656c6c6f");
        frame.extend(unhex(body));
        let mut client = RawClient::silent(&server).await;
        client.send(&frame).await;
        client.expect_refusal("bad_request").await;
    }
    expect_unharmed(server).await;
}
