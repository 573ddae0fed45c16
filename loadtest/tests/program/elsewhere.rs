//! Runs against a server that the load test did not start: a good one, and ones that cannot be
//! tested.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use auboutique_certs::TlsFolder;
use auboutique_loadtest::target::{Embedded, EmbeddedOptions};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::tool::{Tool, checked};

/// A server that a load test finds.
async fn server() -> Embedded {
    Embedded::start(EmbeddedOptions {
        program: env!("CARGO_BIN_EXE_auboutique-loadtest").into(),
        users: Vec::new(),
        password: None,
        settings_toml: String::new(),
        keep: None,
    })
    .await
    .unwrap()
}

fn authority(server: &Embedded) -> PathBuf {
    server.ca_file()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_tested_within_its_limits_and_tidied_up() {
    let server = server().await;
    let (address, ca) = (server.address().to_string(), authority(&server));
    let told = tokio::task::spawn_blocking(move || {
        let tool = Tool::new();
        let ca = ca.to_str().unwrap();
        let race = [
            "--server", &address, "--ca", ca, "--yes", "race", "--buyers", "6",
        ];
        let report = tool.report(&[&race[..], &["--items", "4", "-q"]].concat(), 0);
        assert_eq!(report["confirmed"], 4);
        assert!(
            report.get("stored_sales").is_none(),
            "nobody can read its database"
        );
        assert!(checked(&report, "views_agree") > 0);
        let market = [
            "--server", &address, "--ca", ca, "--yes", "market", "--users", "4",
        ];
        let report = tool.report(
            &[&market[..], &["--items", "12", "--requests", "80", "-q"]].concat(),
            0,
        );
        report["notes"].to_string()
    });
    let told = told.await.unwrap();
    assert!(told.contains("items that were left for sale"), "{told}");
    assert!(!told.contains("could not be tidied up"), "{told}");
    server.stop().await.unwrap();
}

/// A server whose administrators' listener is known, in a directory of its own.
struct Administered {
    child: Child,
    directory: TempDir,
    member: String,
    admin: String,
}

impl Administered {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).into_os_string();
        let child = Command::new(env!("CARGO_BIN_EXE_auboutique-loadtest"))
            .args(["serve-market", "0", "--listen=127.0.0.1", "--admin-port=0"])
            .args(["--name=localhost,127.0.0.1", "--log-format=text"])
            .arg("--data-dir")
            .arg(path("data"))
            .arg("--ready-file")
            .arg(path("ready.json"))
            // It ends when this does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut started = Self {
            child,
            directory,
            member: String::new(),
            admin: String::new(),
        };
        let mut line = String::new();
        let said = started.child.stdout.as_mut().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        let ready = std::fs::read(started.path("ready.json")).unwrap();
        let ready: serde_json::Value = serde_json::from_slice(&ready).unwrap();
        let address = |kind: &str| ready["addresses"][kind].as_str().unwrap().to_owned();
        (started.member, started.admin) = (address("member"), address("admin"));
        started
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes an administrator, and returns the folder of the identity.
    fn administrator(&self) -> PathBuf {
        let folder = TlsFolder::new(self.path("data/tls"));
        let identity = self.path("ops");
        let name = "ops".parse().unwrap();
        folder
            .issue_admin(&name, &identity, Timestamp::now())
            .unwrap();
        identity
    }
}

impl Drop for Administered {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_administrators_are_told_is_compared_as_well() {
    let server = Administered::start();
    let identity = server.administrator();
    let ca = server.path("data/tls/ca.pem");
    let common = [
        "--server",
        &server.member,
        "--ca",
        ca.to_str().unwrap(),
        "--yes",
    ];
    let race = ["race", "--buyers", "5", "--items", "4", "-q"];
    let tool = Tool::new();
    let report = tool.report(&[&common[..], &race[..]].concat(), 0);
    assert_eq!(checked(&report, "ledger_agrees"), 0, "nobody could know");
    let admin = [
        "--admin",
        &server.admin,
        "--identity",
        identity.to_str().unwrap(),
    ];
    let report = tool.report(&[&common[..], &admin[..], &race[..]].concat(), 0);
    // Each of the four sales: that it is told, and that it was asked for.
    assert_eq!(checked(&report, "ledger_agrees"), 8);
    let nobody = ["--admin", &server.admin, "--identity", "nobody"];
    let ended = tool.run(&[&common[..], &nobody[..], &race[..]].concat());
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("nobody"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted_is_not_tested() {
    let server = server().await;
    let address = server.address().to_string();
    let (ended, wrong) = tokio::task::spawn_blocking(move || {
        let tool = Tool::new();
        let unknown = tool.run(&["--server", &address, "--yes", "race"]);
        std::fs::write(tool.path().join("ca.pem"), "nothing").unwrap();
        let wrong = tool.run(&["--server", &address, "--ca", "ca.pem", "--yes", "race"]);
        (unknown, wrong)
    })
    .await
    .unwrap();
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("hint: give its authority with --ca FILE"),
        "{}",
        ended.err
    );
    assert_eq!(wrong.code, Some(3), "{}", wrong.err);
    assert!(
        wrong.err.contains("no readable certificate"),
        "{}",
        wrong.err
    );
    server.stop().await.unwrap();
}

#[test]
fn a_server_that_is_not_there_is_told_as_such() {
    let tool = Tool::new();
    // A port that was free an instant ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let ended = tool.run(&["--server", &format!("127.0.0.1:{port}"), "--yes", "race"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.contains("hint: does a server run there?"),
        "{}",
        ended.err
    );
}

#[test]
fn a_server_that_speaks_another_language_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The thread ends with the test program.
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            // Nobody may be left to read it.
            let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n");
        }
    });
    let tool = Tool::new();
    let ended = tool.run(&[
        "--server",
        &address,
        "--yes",
        "connect",
        "--users",
        "1",
        "--requests",
        "1",
    ]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.starts_with("This will register 1 accounts"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("error: "), "{}", ended.err);
}
