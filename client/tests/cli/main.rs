//! The program without a server: help, wrong usage, and servers that are not there.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test's own machinery ends the test"
)]

mod settings;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

/// The program with a home of its own, and nothing of this machine's environment.
fn auboutique(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auboutique"));
    command
        .env_clear()
        .env("HOME", home.path())
        .env("XDG_STATE_HOME", home.path().join("state"))
        .timeout(std::time::Duration::from_secs(60));
    command
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The commands, as the program's own help lists them.
fn commands() -> Vec<String> {
    let help = auboutique(&home()).arg("--help").assert().success();
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        // What a command does may go on in further lines, which are set in more.
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn without_a_command_and_a_terminal_the_help_is_named() {
    let home = home();
    let outcome = auboutique(&home).assert().code(2);
    outcome.stderr(contains("no command was given").and(contains("auboutique --help")));
    let commands = commands();
    assert!(commands.len() >= 25, "{commands:?}");
    for command in ["register", "edit", "withdraw", "sellers", "online", "man"] {
        assert!(commands.iter().any(|name| name == command), "{command}");
    }
}

#[test]
fn each_command_explains_itself_with_an_example() {
    let home = home();
    for command in commands() {
        let example = format!("auboutique {command}");
        auboutique(&home)
            .args([&command, "--help"])
            .assert()
            .success()
            .stdout(contains("Example:").and(contains(example)));
    }
}

#[test]
fn the_version_is_the_package_s() {
    let version = concat!("auboutique ", env!("CARGO_PKG_VERSION"), "\n");
    auboutique(&home())
        .arg("--version")
        .assert()
        .success()
        .stdout(version);
}

#[test]
fn a_missing_value_is_wrong_usage_and_names_its_flag() {
    let home = home();
    let name = ["--name", "Mona"];
    let email = ["--email", "mona@example.org"];
    let server = ["--server", "localhost"];
    let cases: [(&str, Vec<&str>, &str); 6] = [
        ("register", vec![], "--name"),
        ("register", name.to_vec(), "--email"),
        ("register", [name, email].concat(), "--username"),
        ("login", vec!["--username", "mona"], "--password-stdin"),
        ("whoami", vec![], "--server"),
        ("buy", [&["7"], &server[..]].concat(), "--yes"),
    ];
    for (command, arguments, flag) in cases {
        auboutique(&home)
            .args([command, "--no-input"])
            .args(arguments)
            .assert()
            .code(2)
            .stderr(
                starts_with("error: ")
                    .and(contains("\nhint: "))
                    .and(contains(flag)),
            );
    }
}

#[test]
fn without_a_terminal_nothing_is_asked_either() {
    auboutique(&home())
        .args(["login", "--server", "localhost"])
        .assert()
        .code(2)
        .stderr(contains("--username"));
}

#[test]
fn wrong_usage_is_also_told_to_scripts() {
    let home = home();
    for arguments in [
        vec!["products", "--json", "--sort", "sideways"],
        vec!["whoami", "--json"],
    ] {
        let outcome = auboutique(&home).args(arguments).assert().code(2);
        let output: serde_json::Value =
            serde_json::from_slice(&outcome.get_output().stdout).unwrap();
        assert_eq!(output["error"]["code"], "usage", "{output}");
    }
}

#[test]
fn a_password_is_never_an_argument() {
    auboutique(&home())
        .args(["login", "--username", "mona", "--password", "x"])
        .assert()
        .code(2);
}

#[test]
fn a_short_password_is_refused_before_anything_is_sent() {
    auboutique(&home())
        .args(["register", "--server", "localhost:1", "--name", "Mona"])
        .args([
            "--email",
            "mona@example.org",
            "--username",
            "mona",
            "--password-stdin",
        ])
        .write_stdin("too short\n")
        .assert()
        .code(2)
        .stderr(contains("at least 15 characters"));
}

#[test]
fn an_empty_standard_input_holds_no_password() {
    auboutique(&home())
        .args([
            "login",
            "--server",
            "localhost:1",
            "--username",
            "mona",
            "--password-stdin",
        ])
        .write_stdin("")
        .assert()
        .code(2)
        .stderr(contains("no password"));
}

#[test]
fn who_is_not_logged_in_is_told_so_without_connecting() {
    let home = home();
    for command in ["whoami", "logout", "products", "purchases", "sales"] {
        auboutique(&home)
            .args([command, "--server", "localhost:1"])
            .assert()
            .code(4)
            .stderr(contains("auboutique login"));
    }
}

fn login(home: &TempDir, server: &str) -> Command {
    let mut command = auboutique(home);
    command
        .args([
            "login",
            "--username",
            "mona",
            "--password-stdin",
            "--server",
            server,
        ])
        .write_stdin("a very long passphrase\n");
    command
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let server = format!("localhost:{}", free_port());
    let outcome = login(&home(), &server).arg("--json").assert().code(5);
    let outcome = outcome.stderr(starts_with("error: cannot reach ").and(contains("\nhint: ")));
    let output: serde_json::Value = serde_json::from_slice(&outcome.get_output().stdout).unwrap();
    assert_eq!(output["error"]["code"], "unreachable");
}

#[test]
fn a_name_without_an_address_is_unreachable() {
    login(&home(), "no-such-host.invalid")
        .assert()
        .code(5)
        .stderr(contains("no-such-host.invalid"));
}

#[test]
fn an_authority_that_cannot_be_read_is_no_ground_for_trust() {
    let home = home();
    let missing = home.path().join("nothing.pem");
    login(&home, "localhost:1")
        .arg("--ca")
        .arg(&missing)
        .assert()
        .code(5)
        .stderr(contains("nothing.pem").and(contains("--ca")));
    std::fs::write(&missing, "not a certificate").unwrap();
    login(&home, "localhost:1")
        .arg("--ca")
        .arg(&missing)
        .assert()
        .code(5);
}

#[test]
fn nothing_is_remembered_of_a_server_that_was_not_reached() {
    let home = home();
    let server = format!("localhost:{}", free_port());
    login(&home, &server).assert().code(5);
    auboutique(&home)
        .arg("whoami")
        .assert()
        .code(2)
        .stderr(contains("--server"));
}

#[test]
fn a_picture_is_not_saved_over_a_file_or_into_nowhere() {
    let home = home();
    let file = home.path().join("there.jpg");
    std::fs::write(&file, "mine").unwrap();
    let target = |path: &std::path::Path| {
        let mut command = auboutique(&home);
        command
            .args(["picture", "1", "--server", "localhost:1", "-o"])
            .arg(path);
        command
    };
    target(&file).assert().code(1).stderr(contains("--force"));
    target(&home.path().join("no/where.jpg")).assert().code(1);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}

#[test]
fn an_export_is_not_for_standard_output() {
    let home = home();
    auboutique(&home)
        .args(["export", "--server", "localhost:1", "-o", "-"])
        .assert()
        .code(2)
        .stderr(contains("a directory of files").and(contains("-o DIR")));
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn colours_are_as_they_were_asked_for_also_in_complaints() {
    let home = home();
    let complaint = |arguments: &[&str]| {
        let mut command = auboutique(&home);
        // Asks for colours where there is no terminal, unless something stronger is said.
        let outcome = command.env("CLICOLOR_FORCE", "1").args(arguments).assert();
        String::from_utf8(outcome.code(2).get_output().stderr.clone()).unwrap()
    };
    let always = complaint(&["frobnicate", "--color", "always"]);
    assert!(always.contains('\u{1b}'), "{always}");
    let never = complaint(&["frobnicate", "--color=never"]);
    assert!(
        never.contains("frobnicate") && !never.contains('\u{1b}'),
        "{never}"
    );
    auboutique(&home)
        .args(["config", "set", "color", "never"])
        .assert()
        .success();
    let set = complaint(&["frobnicate"]);
    assert!(!set.contains('\u{1b}'), "{set}");
    let typed = complaint(&["frobnicate", "--color", "always"]);
    assert!(typed.contains('\u{1b}'), "{typed}");
}

#[test]
fn a_file_that_is_no_picture_is_not_sold() {
    let home = home();
    let file = home.path().join("text.png");
    std::fs::write(&file, "hello").unwrap();
    auboutique(&home)
        .args([
            "sell",
            "--name",
            "Atlas",
            "--price",
            "5",
            "--server",
            "localhost:1",
            "--picture",
        ])
        .arg(&file)
        .assert()
        .code(1)
        .stderr(contains("no PNG, JPEG or WebP"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let home = home();
    let mut child = Command::new(env!("CARGO_BIN_EXE_auboutique"))
        .env_clear()
        .env("HOME", home.path())
        .arg("--help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
}

#[test]
fn the_manual_page_and_the_completions_are_printed() {
    let home = home();
    let manual = auboutique(&home).arg("man").assert().success();
    assert!(manual.get_output().stdout.is_ascii());
    manual.stdout(contains(".TH auboutique").and(contains("EXIT CODES")));
    for shell in ["bash", "zsh", "fish"] {
        let completions = auboutique(&home).args(["completions", shell]).assert();
        completions.success().stdout(contains("delete-account"));
    }
    auboutique(&home)
        .args(["completions", "tcsh"])
        .assert()
        .code(2);
}
