//! The authorisation matrix: every request of both tables, from everybody who may connect.
//!
//! The requests are the golden vectors, so a request that is new in a table is here by itself.

use std::collections::BTreeMap;
use std::path::Path;

use auboutique_client::Client;
use auboutique_protocol::accounts::{Login, Password, Resume};
use auboutique_protocol::admin::{ResetPassword, Suspend};
use auboutique_protocol::call::{Access, AdminCall, MemberCall};
use auboutique_protocol::envelope::ClientFrame;
use auboutique_protocol::ids::Token;

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, TestServer};
use crate::harness::{admin, identity};

/// An encoded body for each request of a listener, from the first vector of it.
fn bodies(kind: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors");
    let mut found = BTreeMap::new();
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut parts = name.split('.');
        if parts.next() == Some(kind) {
            let frame = std::fs::read(&path).unwrap();
            let Ok(ClientFrame::Call { call, .. }) = ClientFrame::parse(&frame) else {
                panic!("{name} is no request");
            };
            found
                .entry(call.name.to_owned())
                .or_insert(call.body.to_vec());
        }
    }
    found
}

/// What a connection answers to a request: `ok`, or the code of the refusal.
async fn outcome(client: &mut RawClient, name: &str, body: &[u8]) -> String {
    client.call(7, name, body).await;
    loop {
        match client.receive().await {
            Received::Ok { id: 7, .. } => return "ok".into(),
            Received::Error { code, .. } => return code,
            Received::Event { .. } => {}
            other @ (Received::Hello
            | Received::Ok { .. }
            | Received::Closed
            | Received::CutOff) => panic!("{name}: {other:?}"),
        }
    }
}

/// Requests that only administrators have: names that no member's request has.
fn only_admins() -> impl Iterator<Item = &'static str> {
    let is_members = |name: &str| MemberCall::TABLE.iter().any(|row| row.name == name);
    let rows = AdminCall::TABLE.iter().map(|row| row.name);
    rows.filter(move |name| !is_members(name))
}

/// Logins of mona, made before any request offers a wrong password and is made to wait.
async fn tokens(server: &TestServer, password: &Password) -> Vec<Token> {
    let mut tokens = Vec::new();
    for _ in MemberCall::TABLE {
        let client = server.anonymous().await;
        let reply = client.login("mona", password.clone()).await.unwrap();
        tokens.push(reply.token);
        client.close().await;
    }
    tokens
}

async fn resume(server: &TestServer, token: Token) -> RawClient {
    let mut client = RawClient::connect(server).await;
    client.request(1, &Resume { token }).await;
    let answer = client.receive().await;
    assert!(matches!(answer, Received::Ok { .. }), "{answer:?}");
    client
}

#[tokio::test]
async fn nobody_who_has_not_logged_in_does_what_members_do() {
    let server = TestServer::start().await;
    let bodies = bodies("call");
    for row in MemberCall::TABLE {
        let mut client = RawClient::connect(&server).await;
        let answer = outcome(&mut client, row.name, &bodies[row.name]).await;
        match row.access {
            Access::Member => assert_eq!(answer, "unauthenticated", "{}", row.name),
            Access::Anyone => assert_ne!(answer, "unauthenticated", "{}", row.name),
        }
        assert_ne!(answer, "bad_request", "{}", row.name);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_member_does_what_members_do_and_knows_no_request_of_administrators() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let members = bodies("call");
    let tokens = tokens(&server, &PASSWORD.into()).await;
    for (row, token) in MemberCall::TABLE.iter().zip(&tokens) {
        let mut client = resume(&server, token.clone()).await;
        let answer = outcome(&mut client, row.name, &members[row.name]).await;
        for refused in ["unauthenticated", "bad_request", "must_change_password"] {
            assert_ne!(answer, refused, "{}", row.name);
        }
    }
    let admins = bodies("admin_call");
    let mut anonymous = RawClient::connect(&server).await;
    let mut member = resume(&server, tokens[0].clone()).await;
    for name in only_admins() {
        for client in [&mut anonymous, &mut member] {
            let answer = outcome(client, name, &admins[name]).await;
            assert_eq!(answer, "bad_request", "{name}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_suspended_member_is_nobody() {
    let server = TestServer::start().await;
    server.user("mona").await;
    let mut before = RawClient::login(&server, "mona").await;
    let suspend = Suspend {
        reason: "fraud".into(),
        username: "mona".into(),
    };
    let ops = admin(&server, "ops").await;
    ops.call(&suspend).await.unwrap();
    assert!(
        matches!(before.receive().await, Received::Event { name, .. } if name == "disconnected")
    );
    assert_eq!(before.receive().await, Received::Closed);
    let bodies = bodies("call");
    for row in MemberCall::TABLE
        .iter()
        .filter(|row| row.access == Access::Member)
    {
        let mut client = RawClient::connect(&server).await;
        let login = Login {
            password: PASSWORD.into(),
            username: "mona".into(),
        };
        client.request(1, &login).await;
        client.expect_error(1, "suspended").await;
        let answer = outcome(&mut client, row.name, &bodies[row.name]).await;
        assert_eq!(answer, "unauthenticated", "{}", row.name);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_member_with_a_one_time_password_chooses_another_or_leaves() {
    let server = TestServer::start().await;
    let mona: Client = server.user("mona").await;
    mona.close().await;
    let ops = admin(&server, "ops").await;
    let reset = ResetPassword {
        why: None,
        username: "mona".into(),
    };
    let once = ops.call(&reset).await.unwrap().password;
    let bodies = bodies("call");
    let tokens = tokens(&server, &once).await;
    for (row, token) in MemberCall::TABLE.iter().zip(tokens) {
        let mut client = resume(&server, token).await;
        let answer = outcome(&mut client, row.name, &bodies[row.name]).await;
        let allowed = ["change_password", "logout", "ping"].contains(&row.name);
        assert_eq!(
            answer != "must_change_password",
            allowed,
            "{}: {answer}",
            row.name
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn an_administrator_does_what_administrators_do_and_knows_no_request_of_members() {
    let server = TestServer::start().await;
    let folder = identity(&server, "ops");
    let admins = bodies("admin_call");
    let mut client = RawClient::admin(&server, &folder).await;
    for row in AdminCall::TABLE {
        let answer = outcome(&mut client, row.name, &admins[row.name]).await;
        for refused in ["unauthenticated", "forbidden", "bad_request", "internal"] {
            assert_ne!(answer, refused, "{}", row.name);
        }
    }
    let members = bodies("call");
    let is_admins = |name: &str| AdminCall::TABLE.iter().any(|row| row.name == name);
    for row in MemberCall::TABLE.iter().filter(|row| !is_admins(row.name)) {
        let answer = outcome(&mut client, row.name, &members[row.name]).await;
        assert_eq!(answer, "bad_request", "{}", row.name);
    }
    // Of what both have, each has its own: members watch other topics.
    let answer = outcome(&mut client, "watch", &members["watch"]).await;
    assert_eq!(answer, "bad_request");
    server.stop().await;
}
