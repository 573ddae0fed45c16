//! Flags win over the environment, the environment over the file, the file over the defaults.

use std::path::{Path, PathBuf};

use auboutique_client::protocol::accounts::Ping;
use tempfile::TempDir;

use crate::process::{Process, complaint, output, program};

fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("market.toml");
    std::fs::write(&file, text).unwrap();
    (directory, file)
}

/// The effective configuration.
fn effective(arguments: &[&str], environment: &[(&str, &str)]) -> toml::Table {
    let output = program(arguments)
        .args(["check-config", "--data-dir", "d"])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    String::from_utf8(output.stdout).unwrap().parse().unwrap()
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file_and_that_over_the_defaults() {
    let table = [
        ("port", "9001", "AUBOUTIQUE_PORT", "9002", "9003", "7443"),
        (
            "listen",
            "--listen=127.0.0.1",
            "AUBOUTIQUE_LISTEN",
            "127.0.0.2",
            "\"127.0.0.3\"",
            "0.0.0.0",
        ),
        ("names", "--name=a", "AUBOUTIQUE_NAME", "b", "[\"c\"]", "[]"),
        (
            "log_format",
            "--log-format=json",
            "AUBOUTIQUE_LOG_FORMAT",
            "json",
            "\"json\"",
            "text",
        ),
        (
            "ready_file",
            "--ready-file=a",
            "AUBOUTIQUE_READY_FILE",
            "b",
            "\"c\"",
            "",
        ),
        (
            "data_dir",
            "--data-dir=a",
            "AUBOUTIQUE_DATA_DIR",
            "b",
            "\"c\"",
            "auboutique",
        ),
    ];
    for (key, flag, variable, in_environment, in_file, default) in table {
        let (_directory, path) = file(&format!("{key} = {in_file}\n"));
        for (with_flag, with_environment, with_file) in [
            (true, true, true),
            (true, false, true),
            (false, true, true),
            (false, false, true),
            (false, true, false),
            (false, false, false),
        ] {
            let mut command = program(&[]);
            if with_file {
                command.arg("--config").arg(&path);
            }
            if with_environment {
                command.env(variable, in_environment);
            }
            if with_flag {
                command.arg(flag);
            }
            let output = command.arg("check-config").output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let shown: toml::Table = String::from_utf8(output.stdout).unwrap().parse().unwrap();
            let shown = shown.get(key).map(ToString::to_string).unwrap_or_default();
            let wanted = if with_flag {
                flag.rsplit('=').next().unwrap()
            } else if with_environment {
                in_environment
            } else if with_file {
                in_file
            } else {
                default
            };
            let bare = |text: &str| text.replace(['"', '[', ']'], "");
            let (shown, wanted) = (bare(&shown), bare(wanted));
            // The default data directory stands below a home that differs.
            let same =
                shown == wanted || (key == "data_dir" && shown.ends_with(&format!("/{wanted}")));
            assert!(
                same,
                "{key} {with_flag} {with_environment} {with_file}: {shown}"
            );
        }
    }
}

#[test]
fn the_file_can_be_named_by_a_flag_or_the_environment_and_the_flag_wins() {
    let (_one, first) = file("connections_max = 1\n");
    let (_two, second) = file("connections_max = 2\n");
    let by_environment = [("AUBOUTIQUE_CONFIG", utf8(&second))];
    let shown =
        |arguments: &[&str]| effective(arguments, &by_environment)["connections_max"].clone();
    assert_eq!(shown(&[]), 2.into());
    assert_eq!(shown(&["--config", utf8(&first)]), 1.into());
}

#[test]
fn the_example_is_a_configuration_and_means_the_defaults() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    let with_file = effective(&["--config", utf8(&example)], &[]);
    assert_eq!(with_file, effective(&[], &[]));
    assert_eq!(with_file["data_dir"], "d".into());
}

#[test]
fn a_file_that_cannot_be_used_is_a_plain_error_for_every_command() {
    let (directory, path) = file("port = 7443\nprot = 7444\n");
    let elsewhere = directory.path().join("elsewhere");
    let backup = elsewhere.join("backup");
    let config = ["--config", utf8(&path), "--data-dir", utf8(&elsewhere)];
    for command in [
        &[][..],
        &["check-config"],
        &["backup", utf8(&backup)],
        &["restore", utf8(&backup)],
    ] {
        let text = complaint(&output(&[command, &config].concat()), 1);
        let place = format!("error: {}:2:1: unknown field `prot`", path.display());
        assert!(text.starts_with(&place), "{text}");
        assert!(text.contains("\nhint: "), "{text}");
        assert!(!elsewhere.exists());
    }
    let text = complaint(&output(&["check-config", "--config", "missing.toml"]), 1);
    assert!(
        text.contains("missing.toml") && text.contains("hint: "),
        "{text}"
    );
    complaint(&output(&["check-config", "--no-such-flag"]), 2);
    complaint(&output(&["backup"]), 2);
    complaint(&output(&["restore"]), 2);
}

/// What is wrong with a certificate from elsewhere is found by checking as by starting, and told once
/// with what to do.
#[test]
fn a_certificate_that_cannot_be_used_is_found_by_checking() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    for market in ["one", "two"] {
        Process::start(&directory.path().join(market)).stop();
    }
    std::fs::write(path("text.pem"), "no certificate").unwrap();
    let [certificate, key] = [path("one/tls/server.pem"), path("one/tls/server.key")];
    let given = |certificate: &str, key: &str| {
        let data_dir = path("other");
        let flags = ["--cert", certificate, "--key", key, "--data-dir", &data_dir];
        let check = output(&[&flags[..], &["check-config"]].concat());
        let start = output(&[&["0", "--listen", "127.0.0.1"], &flags[..]].concat());
        [check, start]
    };
    let missing = path("nope.pem");
    for (certificate, key, reason) in [
        (&missing, &key, "cannot read "),
        (&certificate, &missing, "cannot read "),
        (&path("text.pem"), &key, "holds no readable certificate"),
        (
            &certificate,
            &path("text.pem"),
            "other users can read the key",
        ),
        (
            &certificate,
            &path("two/tls/server.key"),
            "does not belong to",
        ),
    ] {
        for output in given(certificate, key) {
            let text = complaint(&output, 1);
            assert!(text.contains(reason), "{text}");
            assert!(
                text.contains("hint: ") || text.contains("chmod 600"),
                "{text}"
            );
            assert!(text.matches("os error").count() <= 1, "{text}");
        }
    }
    let flags = ["--cert", &certificate, "--key", &key];
    assert_eq!(effective(&flags, &[])["cert"], certificate.as_str().into());
}

#[tokio::test]
async fn a_server_runs_as_its_file_says() {
    let (directory, path) = file(
        "connections_per_user_max = 1\n[market]\ncurrency = \"EUR\"\ncategories = [\"maps\"]\n\
         [limits]\npassword_characters_min = 20\n",
    );
    let data_dir = directory.path().join("data");
    let server = Process::start_with(&data_dir, &["--config", utf8(&path)], &[]);
    let client = server.anonymous().await;
    let hello = client.server();
    assert_eq!(hello.market.currency.code(), "EUR");
    assert_eq!(hello.market.categories, ["maps"]);
    assert_eq!(hello.limits.password_characters_min, 20);
    let first = server.user("mona").await;
    let second = server.anonymous().await;
    let password = crate::common::PASSWORD.into();
    assert!(second.login("mona", password).await.is_err());
    first.call(&Ping {}).await.unwrap();
    server.stop();
}
