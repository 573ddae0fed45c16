//! Which servers the program talks to, and what it remembers of them.

use predicates::prelude::*;
use predicates::str::contains;

use crate::person::{PASSWORD, Person};
use crate::proxy::Proxy;
use crate::server::Server;

#[test]
fn an_invite_is_enough_and_is_remembered() {
    let server = Server::start();
    let mona = Person::new("mona");
    mona.auboutique(&["register", "--server", &server.invite, "--name", "Mona"])
        .args([
            "--email",
            "mona@example.org",
            "--username",
            "mona",
            "--password-stdin",
        ])
        .write_stdin(PASSWORD)
        .assert()
        .success();
    // Neither server nor trust are named any more.
    mona.auboutique(&["login", "--username", "mona", "--password-stdin"])
        .write_stdin(PASSWORD)
        .assert()
        .success();
    assert_eq!(mona.json(&["whoami"])["username"], "mona");
}

#[test]
fn the_environment_names_server_and_authority() {
    let server = Server::start();
    let mona = Person::new("mona");
    mona.auboutique(&["register", "--name", "Mona", "--email", "mona@example.org"])
        .args(["--username", "mona", "--password-stdin"])
        .env("AUBOUTIQUE_SERVER", server.name())
        .env("AUBOUTIQUE_CA", server.ca())
        .env("AUBOUTIQUE_PROFILE", "work")
        .write_stdin(PASSWORD)
        .assert()
        .success();
    assert!(mona.path("state/auboutique/work/session.json").exists());
}

#[test]
fn an_unknown_server_is_not_trusted_without_asking() {
    let server = Server::start();
    let mona = Person::new("mona");
    mona.auboutique(&[
        "login",
        "--username",
        "mona",
        "--password-stdin",
        "--server",
        &server.name(),
    ])
    .write_stdin(PASSWORD)
    .assert()
    .code(5)
    .stderr(contains("--ca").and(contains("invite")));
    assert!(
        !mona.state("session.json").exists(),
        "nothing is remembered"
    );
}

#[test]
fn a_changed_authority_is_a_hard_stop() {
    let honest = Server::start();
    let other = Server::start();
    let mona = Person::new("mona");
    mona.register(&honest).success();
    let proxy = Proxy::start(honest.address, || true);
    let pin = honest.invite.split_once('#').unwrap().1;
    let invite = format!("auboutique://localhost:{}#{pin}", proxy.port);
    let login = |server: Option<&str>| {
        let mut command = mona.auboutique(&["login", "--username", "mona", "--password-stdin"]);
        if let Some(server) = server {
            command.args(["--server", server]);
        }
        command.write_stdin(PASSWORD).assert()
    };
    login(Some(&invite)).success();
    proxy.redirect(other.address);
    let seen = other.invite.split_once('#').unwrap().1;
    let groups = |pin: &str| format!("{} {}", &pin[..4], &pin[4..8]);
    login(None).code(5).stderr(
        contains("has changed")
            .and(contains(groups(pin)))
            .and(contains(groups(seen))),
    );
    let error = mona.refused(5, &["whoami"]);
    assert_eq!(error["code"], "untrusted");
    // The old server is still welcome, and so is the session.
    proxy.redirect(honest.address);
    assert_eq!(mona.json(&["whoami"])["username"], "mona");
}

#[test]
fn a_server_that_stopped_is_unreachable_and_the_login_is_kept() {
    let mut server = Server::start();
    let mona = Person::joined(&server, "mona");
    server.stop();
    assert_eq!(mona.refused(5, &["whoami"])["code"], "unreachable");
    assert_eq!(mona.refused(5, &["products"])["code"], "unreachable");
}
