//! The program `auboutique-certs` as people run it.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::Value;
use tempfile::TempDir;

/// The program with nothing of this machine's user in its environment.
fn program(home: &TempDir) -> Command {
    let mut command = Command::cargo_bin("auboutique-certs").unwrap();
    command
        .env_clear()
        .env("HOME", home.path())
        .timeout(std::time::Duration::from_secs(60));
    command
}

fn show(home: &TempDir) -> Value {
    let output = program(home).args(["show", "--json"]).unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn tls(home: &TempDir) -> std::path::PathBuf {
    home.path().join(".local/share/auboutique/tls")
}

fn server_pem(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("server.pem")).unwrap()
}

#[test]
fn init_creates_and_show_describes() {
    let home = TempDir::new().unwrap();
    program(&home)
        .args(["init", "--name", "Shop.Example", "--name", "192.0.2.7"])
        .assert()
        .success()
        .stdout(contains("Created").and(contains("shop.example, 192.0.2.7")))
        .stderr(is_empty());
    program(&home)
        .arg("show")
        .assert()
        .success()
        .stdout(contains(" days left").and(contains("serverAuth")));
    let facts = show(&home);
    assert_eq!(
        facts["server"]["names"],
        serde_json::json!(["shop.example", "192.0.2.7"])
    );
    // 90 only within the second in which the certificate was issued.
    let days_left = facts["server"]["days_left"].as_i64().unwrap();
    assert!((89..=90).contains(&days_left), "{days_left}");
    assert_eq!(facts["server"]["is_authority"], false);
    assert_eq!(facts["authority"]["is_authority"], true);
    assert_eq!(facts["server"]["issuer"], facts["authority"]["subject"]);
    assert_eq!(facts["authority"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(facts["folder"].as_str(), tls(&home).to_str());
}

#[test]
fn init_without_names_covers_this_machine() {
    let home = TempDir::new().unwrap();
    program(&home).arg("init").assert().success();
    let facts = show(&home);
    let names = facts["server"]["names"].as_array().unwrap();
    for expected in ["localhost", "127.0.0.1", "::1"] {
        assert!(names.contains(&expected.into()), "{names:?}");
    }
}

#[test]
fn init_leaves_an_existing_folder_as_it_is() {
    let home = TempDir::new().unwrap();
    program(&home).arg("init").assert().success();
    let before = server_pem(&tls(&home));
    program(&home)
        .args(["init", "--name", "other.example"])
        .assert()
        .success()
        .stdout(contains("exists already; nothing was changed"));
    assert_eq!(server_pem(&tls(&home)), before);
}

#[test]
fn renew_changes_the_certificate_and_keeps_the_authority() {
    let home = TempDir::new().unwrap();
    program(&home).arg("init").assert().success();
    let first = show(&home);
    program(&home).arg("renew").assert().success();
    let second = show(&home);
    assert_eq!(first["authority"]["sha256"], second["authority"]["sha256"]);
    assert_eq!(first["server"]["names"], second["server"]["names"]);
    assert_ne!(first["server"]["sha256"], second["server"]["sha256"]);
    program(&home)
        .args(["renew", "--name", "shop.example"])
        .assert()
        .success();
    let third = show(&home);
    assert_eq!(
        third["server"]["names"],
        serde_json::json!(["shop.example"])
    );
}

#[test]
fn the_data_folder_comes_from_argument_environment_or_xdg() {
    let home = TempDir::new().unwrap();
    let path = |name: &str| home.path().join(name);
    program(&home)
        .env("XDG_DATA_HOME", path("xdg"))
        .arg("init")
        .assert()
        .success();
    program(&home)
        .env("XDG_DATA_HOME", path("xdg"))
        .env("AUBOUTIQUE_DATA_DIR", path("environment"))
        .arg("init")
        .assert()
        .success();
    program(&home)
        .env("AUBOUTIQUE_DATA_DIR", path("environment"))
        .args(["init", "--data-dir"])
        .arg(path("argument"))
        .assert()
        .success();
    for folder in ["xdg/auboutique", "environment", "argument"] {
        assert!(path(folder).join("tls/server.pem").exists(), "{folder}");
    }
    assert!(!tls(&home).exists());
}

#[test]
fn failures_exit_1_with_an_error_and_a_hint() {
    let home = TempDir::new().unwrap();
    for command in ["show", "renew"] {
        program(&home)
            .arg(command)
            .assert()
            .code(1)
            .stdout(is_empty())
            .stderr(starts_with("error: cannot read ").and(contains("\nhint: create ")));
    }
    assert!(!tls(&home).exists(), "nothing is created by looking");
}

#[test]
fn an_exposed_key_is_refused_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    program(&home).arg("init").assert().success();
    let key = tls(&home).join("ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let before = server_pem(&tls(&home));
    program(&home)
        .arg("renew")
        .assert()
        .code(1)
        .stderr(starts_with("error: other users can read the key").and(contains("chmod 600")));
    assert_eq!(server_pem(&tls(&home)), before);
}

#[test]
fn a_damaged_certificate_is_named() {
    let home = TempDir::new().unwrap();
    program(&home).arg("init").assert().success();
    fs::write(tls(&home).join("server.pem"), "nonsense").unwrap();
    program(&home)
        .arg("show")
        .assert()
        .code(1)
        .stderr(contains("server.pem holds no readable certificate").and(contains("hint: ")));
}

#[test]
fn wrong_arguments_exit_2_and_write_nothing() {
    let home = TempDir::new().unwrap();
    for arguments in [
        &[][..],
        &["destroy"],
        &["init", "--name", "two words"],
        &["init", "--name", ""],
        &["init", "--name", "\u{1b}[2J"],
        &["show", "--name", "x"],
    ] {
        let assert = program(&home).args(arguments).assert().code(2);
        let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(
            !text.contains("Invalid {") && !text.contains("Empty("),
            "{text}"
        );
    }
    assert!(!tls(&home).exists());
}

#[test]
fn help_shows_examples_that_work() {
    let home = TempDir::new().unwrap();
    let output = program(&home).arg("--help").unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let data = home.path().join("srv");
    let examples: Vec<_> = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("auboutique-certs "))
        .collect();
    assert!(examples.len() >= 4, "{help}");
    for example in examples {
        let words = example
            .split(' ')
            .map(|word| word.replace("/srv/auboutique", data.to_str().unwrap()));
        program(&home)
            .env("AUBOUTIQUE_DATA_DIR", &data)
            .args(words)
            .assert()
            .success();
    }
}

#[test]
fn an_administrator_is_made_listed_and_revoked() {
    let home = TempDir::new().unwrap();
    program(&home).args(["admin", "ops"]).assert().failure();
    program(&home).arg("init").assert().success();
    program(&home)
        .args(["admin", "ops"])
        .assert()
        .success()
        .stdout(contains("is an administrator until"));
    let folder = tls(&home).parent().unwrap().join("admins/ops");
    for file in ["cert.pem", "key.pem", "ca.pem"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let elsewhere = home.path().join("elsewhere");
    program(&home)
        .args(["admin", "mona", "-o"])
        .arg(&elsewhere)
        .assert()
        .success();
    assert!(elsewhere.join("key.pem").is_file());
    let listed = program(&home).args(["admins", "--json"]).unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "mona");
    assert_eq!(listed[1]["name"], "ops");
    assert!(listed[1]["days_left"].as_i64().unwrap() >= 89);
    program(&home).args(["revoke", "ops"]).assert().success();
    program(&home)
        .args(["revoke", "ops"])
        .assert()
        .failure()
        .stderr(contains("not an administrator"));
    program(&home)
        .arg("admins")
        .assert()
        .success()
        .stdout(contains("mona").and(contains("days left")));
    program(&home)
        .args(["admin", "../ops"])
        .assert()
        .code(2)
        .stderr(contains("administrator's name"));
}
