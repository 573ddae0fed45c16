//! Who is not let in, and what is not done.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use assert_cmd::assert::Assert;
use auboutique_certs::TlsFolder;
use jiff::{Timestamp, ToSpan as _};

use crate::market::Market;

/// Runs a command with an identity; it fails with `code`. Returns what it says.
fn refused(market: &Market, identity: &Path, code: i32) -> String {
    said(
        &market
            .nobody(&["users", "--identity"])
            .arg(identity)
            .assert()
            .code(code),
    )
}

fn said(outcome: &Assert) -> String {
    String::from_utf8_lossy(&outcome.get_output().stderr).into_owned()
}

/// Issues an identity of which so many days have passed.
fn aged(market: &Market, days: i64) -> std::path::PathBuf {
    let identity = market.path("aged");
    let then = Timestamp::now() - (days * 24).hours();
    TlsFolder::new(market.path("data/tls"))
        .issue_admin(&"aged".parse().unwrap(), &identity, then)
        .unwrap();
    identity
}

#[test]
fn without_an_identity_nothing_is_sent() {
    let market = Market::start();
    let missing = said(&market.nobody(&["users"]).assert().code(4));
    let usual = market.path("home/.config/auboutique/admin");
    assert!(
        missing.contains(&format!("no identity in {}", usual.display())),
        "{missing}"
    );
    assert!(
        missing.contains("hint: whoever runs the server makes one"),
        "{missing}"
    );
    // In the usual place it needs no flag.
    std::fs::create_dir_all(usual.parent().unwrap()).unwrap();
    std::fs::rename(market.path("data/admins/ops"), &usual).unwrap();
    market.nobody(&["users"]).assert().success();
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let market = Market::start();
    let identity = market.join("careless");
    let key = identity.join("key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let message = refused(&market, &identity, 4);
    assert!(
        message.contains("other users can read the key"),
        "{message}"
    );
    assert!(message.contains("chmod 600"), "{message}");
}

#[test]
fn damaged_files_are_no_identity() {
    let market = Market::start();
    let identity = market.join("damaged");
    std::fs::remove_file(identity.join("ca.pem")).unwrap();
    assert!(refused(&market, &identity, 4).contains("ca.pem"));
    std::fs::write(identity.join("cert.pem"), "no").unwrap();
    assert!(refused(&market, &identity, 4).contains("cert.pem"));
}

#[test]
fn another_market_is_not_trusted_and_does_not_trust() {
    let (market, other) = (Market::start(), Market::start());
    let foreign = other.path("data/admins/ops");
    let message = refused(&market, &foreign, 5);
    assert!(message.contains("cannot trust"), "{message}");
    // Knowing this server, with a certificate of the other one.
    std::fs::copy(market.path("data/tls/ca.pem"), foreign.join("ca.pem")).unwrap();
    let message = refused(&market, &foreign, 4);
    assert!(
        message.contains("does not accept this client's certificate"),
        "{message}"
    );
}

#[test]
fn a_revoked_certificate_is_not_taken() {
    let market = Market::start();
    let identity = market.join("former");
    market
        .nobody(&["users", "--identity"])
        .arg(&identity)
        .assert()
        .success();
    market.revoke("former");
    let outcome = market
        .nobody(&["users", "--json", "--identity"])
        .arg(&identity)
        .assert()
        .code(4);
    let output: serde_json::Value = serde_json::from_slice(&outcome.get_output().stdout).unwrap();
    assert_eq!(output["error"]["code"], "forbidden");
}

#[test]
fn a_certificate_that_ends_soon_is_spoken_of_and_one_that_ended_is_not_used() {
    let market = Market::start();
    let identity = aged(&market, 65);
    let spoken = |arguments: &[&str]| {
        let command = market
            .nobody(arguments)
            .arg("--identity")
            .arg(&identity)
            .assert();
        said(&command.success())
    };
    assert!(
        spoken(&["users"]).starts_with("warning: your certificate"),
        "{}",
        spoken(&["users"])
    );
    assert!(
        spoken(&["users"]).contains("ends in 2"),
        "{}",
        spoken(&["users"])
    );
    assert_eq!(spoken(&["users", "--quiet"]), "");
    let identity = aged(&market, 100);
    let message = refused(&market, &identity, 4);
    assert!(message.contains("your certificate ended on"), "{message}");
}

#[test]
fn where_no_server_is_none_is_reached() {
    let mut market = Market::start();
    let ops = market.path("data/admins/ops");
    let members = format!("localhost:{}", market.member.port());
    let message = said(
        &market
            .ops(&["users", "--server", &members])
            .assert()
            .code(5),
    );
    assert!(message.contains("port for administrators"), "{message}");
    market.stop();
    let message = refused(&market, &ops, 5);
    assert!(message.contains("cannot reach"), "{message}");
}

#[test]
fn without_consent_nothing_is_done() {
    let market = Market::start();
    market.member("mona");
    for arguments in [
        &["disconnect", "mona"][..],
        &["disconnect", "--session", "1"],
        &["suspend", "mona", "--reason", "fraud"],
        &["reset-password", "mona", "--no-input"],
        &["remove-product", "1", "--reason", "x"],
        &["announce", "hello"],
    ] {
        assert_eq!(
            market.refused(2, arguments)["code"],
            "usage",
            "{arguments:?}"
        );
    }
    assert!(
        market.json(&["audit"])["audit"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_cannot_be_is_told_clearly() {
    let market = Market::start();
    let reversed = ["sales", "--from", "2026-05-02", "--to", "2026-05-01"];
    assert_eq!(
        market.refused(2, &reversed)["message"],
        "--to is before --from"
    );
    let both = market.refused(2, &["users", "--csv"]);
    assert_eq!(both["code"], "usage");
    let nobody = market.refused(3, &["user", "nobody"]);
    assert_eq!(nobody["message"], "there is no user nobody");
    let nobody = market.refused(3, &["suspend", "nobody", "--reason", "x", "--yes"]);
    assert_eq!(nobody["code"], "not_found");
    market
        .ops(&["users", "--limit", "99999999999"])
        .assert()
        .code(2);
    let cursor = market.refused(1, &["users", "--cursor", "ff"]);
    assert_eq!(cursor["field"], "cursor");
}
