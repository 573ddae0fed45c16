//! The program as an operator meets it: arguments, files, signals, complaints.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::common::raw::Received;
use crate::process::{Process, complaint, output};

/// Arguments of a server on this data directory, on a port of the system's choice.
fn on<'a>(data_dir: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["0", "--listen", "127.0.0.1", "--data-dir"];
    arguments.push(data_dir.to_str().unwrap());
    arguments.extend_from_slice(more);
    arguments
}

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn the_ready_file_says_where_the_server_is_and_by_what_it_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start(&data_dir);
    let ready = &server.ready;
    assert_eq!(ready["pid"], server.pid());
    assert_eq!(
        ready["addresses"]["member"],
        format!("127.0.0.1:{}", server.port())
    );
    let fingerprint = ready["ca_fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 64);
    assert_eq!(
        ready["invite"],
        format!("auboutique://localhost:{}#{fingerprint}", server.port())
    );
    assert!(!directory.path().join("data.ready.json.new").exists());
    server.user("mona").await;
    server.stop();
}

#[test]
fn members_are_invited_by_the_first_of_the_names() {
    let directory = tempfile::tempdir().unwrap();
    // In the certificate this one stands before `localhost`.
    let more = ["--name", "a.example.org"];
    let server = Process::start_with(&directory.path().join("data"), &more, &[]);
    let invite = server.ready["invite"].as_str().unwrap();
    assert!(invite.starts_with("auboutique://localhost:"), "{invite}");
    server.stop();
}

#[tokio::test]
async fn a_signal_stops_the_server_in_order() {
    for signal in ["TERM", "INT"] {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Process::start(&directory.path().join("data"));
        let mut client = server.raw().await;
        server.signal(signal);
        let draining = Received::Event {
            seq: 1,
            name: "draining".into(),
        };
        assert_eq!(client.receive().await, draining);
        assert_eq!(client.receive().await, Received::Closed);
        drop(client);
        assert_eq!(server.wait().code(), Some(0), "{}", server.log());
        assert!(server.log().contains("stopped"), "{}", server.log());
    }
}

#[test]
fn a_second_process_on_a_data_directory_is_refused_and_told_whose_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start(&data_dir);
    let text = complaint(&output(&on(&data_dir, &[])), 1);
    let pid = format!("process {}", server.pid());
    assert!(text.contains("error: ") && text.contains(&pid), "{text}");
    assert!(text.contains("hint: "), "{text}");
    // A killed server holds nothing.
    server.kill();
    Process::start(&data_dir).stop();
}

#[test]
fn a_port_in_use_is_a_plain_error() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data_dir = directory.path().join("data");
    let mut arguments = on(&data_dir, &[]);
    arguments[0] = &port;
    let text = complaint(&output(&arguments), 1);
    assert!(
        text.contains("error: cannot listen on") && text.contains(&port),
        "{text}"
    );
}

#[test]
fn the_help_shows_how_to_start() {
    let help = output(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(
        text.contains("Examples:") && text.contains("auboutique-server 7443 --name"),
        "{text}"
    );
    let version = output(&["--version"]);
    let text = String::from_utf8(version.stdout).unwrap();
    assert_eq!(
        text.trim(),
        concat!("auboutique-server ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_arguments_are_a_usage_error() {
    for arguments in [
        &["port"][..],
        &["70000"],
        &["-1"],
        &["--listen", "everywhere"],
        &["--log-format", "xml"],
        &["--cert", "server.pem"],
        &["--key", "server.key"],
        &["--no-such-flag"],
        &["7443", "7444"],
    ] {
        let text = complaint(&output(arguments), 2);
        assert!(text.starts_with("error: "), "{arguments:?}: {text}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_one_is_a_plain_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    for data_dir in [file.clone(), file.join("below")] {
        let text = complaint(&output(&on(&data_dir, &[])), 1);
        assert!(
            text.contains("error: cannot use the data directory"),
            "{text}"
        );
        assert!(
            text.contains("hint: ") && text.contains("--data-dir"),
            "{text}"
        );
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"not a directory");
}

#[test]
fn a_ready_file_that_cannot_be_written_is_a_plain_error() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let nowhere = directory.path().join("no/such/place");
    let arguments = on(&data_dir, &["--ready-file", nowhere.to_str().unwrap()]);
    let text = complaint(&output(&arguments), 1);
    assert!(
        text.contains("error: cannot write the ready file"),
        "{text}"
    );
    assert!(text.contains("hint: "), "{text}");
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    Process::start(&data_dir).stop();
    let (certificate, key) = (
        data_dir.join("tls/server.pem"),
        data_dir.join("tls/server.key"),
    );
    set_mode(&key, 0o644);
    let other = directory.path().join("other");
    let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    let given = on(&other, &["--cert", files[0], "--key", files[1]]);
    for arguments in [on(&data_dir, &[]), given.clone()] {
        let text = complaint(&output(&arguments), 1);
        assert!(
            text.contains("error: other users can read the key"),
            "{text}"
        );
        assert!(text.contains("chmod 600"), "{text}");
    }
    // A given certificate is used once its key is closed to others; such a server has no pin.
    set_mode(&key, 0o600);
    let server = Process::start_with(&other, &given[5..], &[]);
    assert_eq!(server.ready["ca_fingerprint"], Value::Null);
    server.stop();
}

#[tokio::test]
async fn the_log_as_json_is_one_object_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let json = [("RUST_LOG", "debug")];
    let server = Process::start_with(&data_dir, &["--log-format", "json"], &json);
    server.user("mona").await;
    let mut server = server;
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    let log = server.log();
    let mut messages = Vec::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string());
        messages.push(line["message"].as_str().unwrap_or_default().to_owned());
    }
    for expected in ["registered", "logged in", "stopped"] {
        assert!(messages.iter().any(|message| message == expected), "{log}");
    }
}
