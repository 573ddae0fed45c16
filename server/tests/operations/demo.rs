//! The demo: a market to look at, made once and never in the place of a real one.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use auboutique_protocol::accounts::ChangePassword;
use auboutique_protocol::catalog::{ListProducts, Picture, PictureSize};
use auboutique_protocol::chat::Conversations;
use auboutique_protocol::purchases::MySales;
use auboutique_server::DemoUser;
use auboutique_server::config::Config;

use crate::common::{PASSWORD, TestServer};
use crate::process::{complaint, output, program};

fn demo(data_dir: &Path) -> Config {
    let mut config = Config::new(data_dir);
    config.names = vec!["localhost".into(), "127.0.0.1".into()];
    config.demo = true;
    config
}

/// The passphrases as the file in the directory keeps them.
fn users(data_dir: &Path) -> Vec<DemoUser> {
    let content = std::fs::read(data_dir.join("demo.json")).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&content).unwrap();
    serde_json::from_value(value["users"].clone()).unwrap()
}

#[tokio::test]
async fn the_first_start_fills_the_market_and_the_second_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("demo");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let server = TestServer::start_with(demo(&data_dir)).await;
        let users = users(&data_dir);
        let client = server.anonymous().await;
        let [mona, ..] = &users[..] else {
            panic!("nobody lives here")
        };
        let passphrase = mona.passphrase.as_str().into();
        client.login(&mona.username, passphrase).await.unwrap();
        let page = client.call(&ListProducts::default()).await.unwrap();
        assert!(page.products.len() >= 12, "{}", page.products.len());
        for product in &page.products {
            let picture = Picture {
                id: product.id,
                size: PictureSize::Thumbnail,
            };
            let picture = client.call(&picture).await.unwrap();
            assert!(picture.data.0.len() > 1_000);
        }
        let sales = client.call(&MySales::default()).await.unwrap();
        let inbox = client.call(&Conversations::default()).await.unwrap();
        seen.push((users, page, sales, inbox));
        server.stop().await;
    }
    assert_eq!(seen[0], seen[1]);
    use std::os::unix::fs::PermissionsExt as _;
    let file = std::fs::metadata(data_dir.join("demo.json")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

/// What the program says until it is ready, and what it is killed for then.
fn said_at_start(home: &Path, arguments: &[&str]) -> String {
    let ready = home.join("ready");
    // What an earlier start wrote must not be taken for this one's.
    let _ = std::fs::remove_file(&ready);
    let mut program = Program::start(home, arguments, &ready);
    let started = Instant::now();
    while !ready.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "not ready");
        assert_eq!(program.0.try_wait().unwrap(), None, "it has ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The invite is told after the file is written; the passphrases stand behind it.
    let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while !said.contains("karim") {
        said += &lines.next().expect("all are told of").unwrap();
        said.push('\n');
    }
    said
}

/// The program, killed when dropped.
struct Program(Child);

impl Program {
    fn start(home: &Path, arguments: &[&str], ready: &Path) -> Self {
        let mut command = program(&["0", "--listen", "127.0.0.1", "--name", "localhost"]);
        let child = command
            .arg("--ready-file")
            .arg(ready)
            .args(arguments)
            .env("XDG_DATA_HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_keeps_the_demo_apart_and_says_whom_to_log_in_as() {
    let home = tempfile::tempdir().unwrap();
    let said = said_at_start(home.path(), &["--demo"]);
    let users = users(&home.path().join("auboutique/demo"));
    for user in &users {
        assert!(said.contains(&user.passphrase), "{said}");
    }
    assert!(said.contains("login --username mona"), "{said}");
    let ready = std::fs::read_to_string(home.path().join("ready")).unwrap();
    assert!(!ready.contains(&users[0].passphrase));
    assert!(!home.path().join("auboutique/auboutique.db").exists());
}

#[tokio::test]
async fn a_passphrase_that_was_changed_is_not_told_as_one_that_is_good() {
    let home = tempfile::tempdir().unwrap();
    let data_dir = home.path().join("demo");
    let server = TestServer::start_with(demo(&data_dir)).await;
    let users = users(&data_dir);
    let [mona, omar, ..] = &users[..] else {
        panic!("nobody lives here")
    };
    let client = server.anonymous().await;
    let old = mona.passphrase.as_str();
    client.login(&mona.username, old.into()).await.unwrap();
    let change = ChangePassword {
        new: PASSWORD.into(),
        old: old.into(),
    };
    client.call(&change).await.unwrap();
    server.stop().await;
    let arguments = ["--demo", "--data-dir", data_dir.to_str().unwrap()];
    let said = said_at_start(home.path(), &arguments);
    assert!(!said.contains(old), "{said}");
    assert!(said.contains("mona     (changed)"), "{said}");
    assert!(said.contains(&omar.passphrase), "{said}");
    assert!(said.contains("login --username omar"), "{said}");
}

#[tokio::test]
async fn a_demo_that_was_restored_from_a_backup_is_a_demo() {
    let home = tempfile::tempdir().unwrap();
    let data_dir = home.path().join("auboutique/demo");
    let server = TestServer::start_with(demo(&data_dir)).await;
    let backup = home.path().join("backup");
    // Without --data-dir it is the demo's own directory that is meant.
    let taken = program(&["--demo", "backup", backup.to_str().unwrap()])
        .env("XDG_DATA_HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    server.stop().await;
    let other = tempfile::tempdir().unwrap();
    let restored = program(&["restore", backup.to_str().unwrap(), "--demo"])
        .env("XDG_DATA_HOME", other.path())
        .output()
        .unwrap();
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let said = said_at_start(other.path(), &["--demo"]);
    for user in users(&data_dir) {
        assert!(said.contains(&user.passphrase), "{said}");
    }
}

#[test]
fn a_directory_that_holds_something_else_gets_no_demo_and_not_even_a_lock() {
    let directory = tempfile::tempdir().unwrap();
    let letter = directory.path().join("letter");
    std::fs::write(&letter, "mine").unwrap();
    let data_dir = directory.path().to_str().unwrap();
    let arguments = [
        "0",
        "--listen",
        "127.0.0.1",
        "--demo",
        "--data-dir",
        data_dir,
    ];
    let said = complaint(&output(&arguments), 1);
    assert!(said.contains("is not empty and holds no demo"), "{said}");
    assert!(said.contains("hint: give the demo a directory"), "{said}");
    let names = std::fs::read_dir(directory.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names, [letter]);
}

#[tokio::test]
async fn a_real_market_is_never_made_a_demo() {
    let directory = tempfile::tempdir().unwrap();
    TestServer::start_on(directory.path()).await.stop().await;
    let data_dir = directory.path().to_str().unwrap();
    let arguments = [
        "0",
        "--listen",
        "127.0.0.1",
        "--demo",
        "--data-dir",
        data_dir,
    ];
    let said = complaint(&output(&arguments), 1);
    assert!(said.contains("holds a market that is no demo"), "{said}");
    assert!(
        said.contains("hint: give the demo a directory of its own"),
        "{said}"
    );
    assert!(!directory.path().join("demo.json").exists());
}
