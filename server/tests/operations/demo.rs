//! The demo: a market to look at, made once and never in the place of a real one.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auboutique_protocol::catalog::{ListProducts, Picture, PictureSize};
use auboutique_protocol::chat::Conversations;
use auboutique_protocol::purchases::MySales;
use auboutique_server::DemoUser;
use auboutique_server::config::Config;

use crate::common::TestServer;

fn demo(data_dir: &std::path::Path) -> Config {
    let mut config = Config::new(data_dir);
    config.names = vec!["localhost".into(), "127.0.0.1".into()];
    config.demo = true;
    config
}

/// The passphrases as the file in the directory keeps them.
fn users(data_dir: &std::path::Path) -> Vec<DemoUser> {
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

/// The program, killed when dropped.
struct Program(Child);

impl Program {
    fn start(home: &std::path::Path, arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_auboutique-server"))
            .args(["0", "--listen", "127.0.0.1", "--name", "localhost"])
            .args(arguments)
            .env("XDG_DATA_HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
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
    let ready = home.path().join("ready");
    let mut program = Program::start(
        home.path(),
        &["--demo", "--ready-file", ready.to_str().unwrap()],
    );
    let started = Instant::now();
    while !ready.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "not ready");
        assert_eq!(program.0.try_wait().unwrap(), None, "it has ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let data_dir = home.path().join("auboutique/demo");
    let users = users(&data_dir);
    program.0.kill().unwrap();
    let mut said = String::new();
    use std::io::Read as _;
    let mut output = program.0.stdout.take().unwrap();
    output.read_to_string(&mut said).unwrap();
    for user in &users {
        assert!(said.contains(&user.passphrase), "{said}");
    }
    assert!(said.contains("login --username mona"), "{said}");
    assert!(
        !std::fs::read_to_string(&ready)
            .unwrap()
            .contains(&users[0].passphrase)
    );
    assert!(!home.path().join("auboutique/auboutique.db").exists());
}

#[tokio::test]
async fn a_real_market_is_never_made_a_demo() {
    let directory = tempfile::tempdir().unwrap();
    TestServer::start_on(directory.path()).await.stop().await;
    let data_dir = directory.path().to_str().unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_auboutique-server"))
        .args([
            "0",
            "--listen",
            "127.0.0.1",
            "--demo",
            "--data-dir",
            data_dir,
        ])
        .output()
        .unwrap();
    assert_eq!(program.status.code(), Some(1));
    let said = String::from_utf8(program.stderr).unwrap();
    assert!(said.contains("holds a market that is no demo"), "{said}");
    assert!(
        said.contains("hint: give the demo a directory of its own"),
        "{said}"
    );
    assert!(!directory.path().join("demo.json").exists());
}
