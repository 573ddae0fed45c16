//! What the server refuses, and what the program makes of it.

use std::time::Duration;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::person::Person;
use crate::server::Server;

#[test]
fn each_refusal_has_its_exit_code_and_hint() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let id = mona.sell("Atlas", "5");

    assert_eq!(
        mona.refused(6, &["buy", &id, "--yes"])["code"],
        "own_product"
    );
    assert_eq!(
        mona.refused(3, &["buy", "999999", "--yes"])["code"],
        "not_found"
    );
    assert_eq!(mona.refused(3, &["show", "999999"])["code"], "not_found");
    let taken = mona.register(&server).code(1);
    taken.stderr(contains("--username"));
    let category = [
        "sell",
        "--name",
        "Vase",
        "--price",
        "5",
        "--category",
        "weapons",
    ];
    mona.auboutique(&category)
        .assert()
        .code(2)
        .stderr(contains("textbooks"));

    let weak = Person::new("weak");
    weak.auboutique(&["--server", &server.name(), "--ca"])
        .arg(server.ca())
        .args(["register", "--name", "Weak", "--email", "weak@example.org"])
        .args(["--username", "weak", "--password-stdin"])
        .write_stdin("aaaaaaaaaaaaaaaaaaaa\n")
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains("password")));
}

#[test]
fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let server = Server::start();
    let mona = Person::joined(&server, "mona");
    let tried = |username: &str| loop {
        let outcome = mona
            .auboutique(&[
                "login",
                "--username",
                username,
                "--password-stdin",
                "--json",
            ])
            .write_stdin("not the right password")
            .assert();
        let output = outcome.get_output();
        let error: Value = serde_json::from_slice(&output.stdout).unwrap();
        if output.status.code() == Some(75) {
            // Failures are slowed down; the server says for how long.
            let after_ms = error["error"]["after_ms"].as_u64().unwrap();
            assert!(after_ms < 5_000, "{error}");
            std::thread::sleep(Duration::from_millis(after_ms));
            continue;
        }
        assert_eq!(output.status.code(), Some(4), "{error}");
        break error.to_string();
    };
    assert!(tried("mona").contains("auth_failed"));
    assert_eq!(tried("mona"), tried("nobody"));
    // A failed login does not end the session of before.
    assert_eq!(mona.json(&["whoami"])["username"], "mona");
}
