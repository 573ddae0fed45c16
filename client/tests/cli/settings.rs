//! The settings that the program keeps, and what wins over them.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use super::{auboutique, free_port, home};

#[test]
fn settings_are_made_shown_and_taken_back() {
    let home = home();
    let config = |arguments: &[&str]| {
        let mut command = auboutique(&home);
        command.arg("config").args(arguments);
        command
    };
    let path = home.path().join(".config/auboutique/config.toml");
    config(&["path"])
        .assert()
        .success()
        .stdout(format!("{}\n", path.display()));
    config(&["list"]).assert().success().stdout("");
    config(&["get", "server"])
        .assert()
        .code(3)
        .stderr(contains("config set server VALUE"));
    config(&["set", "server", "market.example.org"])
        .assert()
        .success();
    config(&["set", "profile", "work"]).assert().success();
    config(&["get", "server"])
        .assert()
        .success()
        .stdout("market.example.org\n");
    config(&["list", "--json"])
        .assert()
        .success()
        .stdout("{\"profile\":\"work\",\"server\":\"market.example.org\"}\n");
    config(&["unset", "profile"]).assert().success();
    config(&["get", "profile"]).assert().code(3);
}

#[test]
fn settings_that_are_none_are_refused_and_change_nothing() {
    let home = home();
    for (arguments, reason) in [
        (&["set", "sever", "x"][..], "invalid value 'sever'"),
        (&["set", "server", "a b"], "server: "),
        (
            &["set", "profile", "No Such"],
            "profile: a profile's name is",
        ),
        (&["set", "color", "pink"], "color: is auto, always or never"),
        (&["set", "ca", "no-such-file.pem"], "ca: there is no file"),
        (&["set", "server"], "VALUE"),
    ] {
        let assert = auboutique(&home).arg("config").args(arguments).assert();
        assert.code(2).stderr(contains(reason));
    }
    assert!(!home.path().join(".config").exists());
    // A file that somebody spoilt by hand stops what needs it, and says where it is.
    let file = home.path().join(".config/auboutique/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "sever = \"x\"\n").unwrap();
    auboutique(&home)
        .arg("products")
        .assert()
        .code(1)
        .stderr(contains("unknown field `sever`").and(contains("config.toml")));
    auboutique(&home)
        .args(["config", "path"])
        .assert()
        .success();
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_settings() {
    let home = home();
    let ports = [free_port(), free_port(), free_port()];
    let [setting, environment, flag] = ports.map(|port| format!("127.0.0.1:{port}"));
    auboutique(&home)
        .args(["config", "set", "server", &setting])
        .assert()
        .success();
    let register = ["register", "--name", "M", "--email", "m@example.org"];
    let who = ["--username", "mona", "--generate-password", "--no-input"];
    let tries = |command: &mut Command, server: &str| {
        let assert = command.args(register).args(who).assert();
        assert.code(5).stderr(contains(server));
    };
    tries(&mut auboutique(&home), &setting);
    tries(
        auboutique(&home).env("AUBOUTIQUE_SERVER", &environment),
        &environment,
    );
    tries(
        auboutique(&home)
            .env("AUBOUTIQUE_SERVER", &environment)
            .args(["--server", &flag]),
        &flag,
    );
}
