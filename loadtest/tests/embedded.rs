//! The server as a child: it serves, is held and killed, comes back, and never stays behind.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use auboutique_certs::Trust;
use auboutique_client::{Client, ConnectOptions};
use auboutique_loadtest::target::{Embedded, EmbeddedOptions, TargetError};
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::purchases::MyPurchases;
use futures_util::FutureExt as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::net::TcpSocket;

use crate::common::{PASSWORD, client, options, purchase, sell};

/// Longest wait for the end of a process.
const PATIENCE: Duration = Duration::from_secs(20);
/// Says in the environment that this program is to be the harness that gets killed, and whether it
/// holds its server.
const HARNESS: &str = "LOADTEST_TEST_HARNESS";

/// The letter of a process's state; `None` when there is no such process, or only its remains.
fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.chars().next().filter(|state| *state != 'Z')
}

fn wait_for_end(pid: u32) {
    let since = Instant::now();
    while let Some(state) = state(pid) {
        assert!(since.elapsed() < PATIENCE, "{pid} is still there: {state}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn temporary_directory(server: &Embedded) -> PathBuf {
    server.data_dir().parent().unwrap().to_owned()
}

#[tokio::test]
async fn a_sale_outlives_the_kill_of_the_server_which_comes_back_on_the_same_port() {
    let mut server = Embedded::start(options()).await.unwrap();
    let seller = client(&server, 1).await;
    let buyer = client(&server, 2).await;
    let product = sell(&seller).await;
    let purchase = purchase(product);
    let confirmed = buyer.call_raw(&purchase).await.unwrap();
    let (address, pid) = (server.address(), server.pid());

    server.kill();
    assert_eq!(state(pid), None);
    assert!(buyer.call(&Ping {}).await.is_err());
    assert!(matches!(server.hold(), Err(TargetError::NotRunning)));
    let took = server.restart().await.unwrap();
    assert!(took > Duration::ZERO && took < PATIENCE);
    assert_eq!(server.address(), address);
    assert_ne!(server.pid(), pid);

    let buyer = client(&server, 2).await;
    assert_eq!(buyer.call_raw(&purchase).await.unwrap(), confirmed);
    let mine = buyer.call(&MyPurchases::default()).await.unwrap();
    assert_eq!(mine.purchases.len(), 1);
    buyer.close().await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn the_password_of_the_users_is_the_one_asked_for() {
    let server = Embedded::start(options()).await.unwrap();
    let trust = Trust::Authority(server.ca_file());
    let connect = ConnectOptions::new(server.address(), &trust).unwrap();
    let anybody = Client::connect(connect).await.unwrap();
    anybody.login("user-3", PASSWORD.into()).await.unwrap();
    anybody.close().await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_held_server_answers_when_it_is_released() {
    let server = Embedded::start(options()).await.unwrap();
    let client = client(&server, 1).await;
    for _ in 0..20 {
        server.hold().unwrap();
        server.hold().unwrap();
        assert_eq!(state(server.pid()), Some('T'));
        let mut answer = Box::pin(client.call(&Ping {}));
        assert!(answer.as_mut().now_or_never().is_none());
        // Nobody runs who could answer.
        let unanswered = tokio::time::timeout(Duration::from_millis(5), answer.as_mut()).await;
        assert!(unanswered.is_err());
        server.release().unwrap();
        answer.await.unwrap();
    }
    client.close().await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_leaves_no_process_and_no_directory() {
    for held in [false, true] {
        let server = Embedded::start(options()).await.unwrap();
        let (pid, directory) = (server.pid(), temporary_directory(&server));
        assert!(directory.exists());
        if held {
            server.hold().unwrap();
        }
        server.stop().await.unwrap();
        assert_eq!(state(pid), None);
        assert!(!directory.exists());
    }
}

#[tokio::test]
async fn dropping_leaves_no_process_and_no_directory() {
    for held in [false, true] {
        let server = Embedded::start(options()).await.unwrap();
        let (pid, directory) = (server.pid(), temporary_directory(&server));
        if held {
            server.hold().unwrap();
        }
        drop(server);
        assert_eq!(state(pid), None);
        assert!(!directory.exists());
    }
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_no_process() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    std::fs::create_dir(&data_dir).unwrap();
    // The server waits some seconds for whoever has its database.
    let database = SqliteConnectOptions::new()
        .filename(data_dir.join("auboutique.db"))
        .create_if_missing(true);
    let mut lock = SqliteConnection::connect_with(&database).await.unwrap();
    let locked = sqlx::query("BEGIN EXCLUSIVE").execute(&mut lock).await;
    locked.unwrap();
    let mut starting = Box::pin(Embedded::start(EmbeddedOptions {
        keep: Some(data_dir.clone()),
        users: Vec::new(),
        ..options()
    }));
    // Until the server is on its way: it makes its certificates before it opens the database.
    while !data_dir.join("tls/server.pem").exists() {
        let step = tokio::time::timeout(Duration::from_millis(1), starting.as_mut()).await;
        assert!(step.is_err(), "{step:?}");
    }
    let pid = std::fs::read_to_string(data_dir.join("lock")).unwrap();
    let pid = pid.trim().parse().unwrap();
    assert!(state(pid).is_some());
    drop(starting);
    assert_eq!(state(pid), None);
}

#[tokio::test]
async fn a_directory_to_keep_is_kept_with_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let keep = directory.path().join("market");
    let kept = EmbeddedOptions {
        keep: Some(keep.clone()),
        ..options()
    };
    let server = Embedded::start(kept.clone()).await.unwrap();
    assert_eq!(server.data_dir(), keep);
    server.stop().await.unwrap();
    let log = std::fs::read_to_string(keep.join("server.log")).unwrap();
    assert!(log.contains("stopped"), "{log}");
    // The users are there already, so they cannot be created again, and the error says so.
    let refused = Embedded::start(kept).await;
    assert!(matches!(refused, Err(TargetError::Seed(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_dies_by_itself_is_found_out_with_its_last_words() {
    let mut server = Embedded::start(options()).await.unwrap();
    server.check().await.unwrap();
    let log = |server: &Embedded| server.data_dir().parent().unwrap().join("server.log");
    std::fs::write(log(&server), "the disk is on fire\n").unwrap();
    let kill = Command::new("kill")
        .args(["-KILL", &server.pid().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let since = Instant::now();
    // All of its threads must be gone first.
    let found = loop {
        match server.check().await {
            Ok(()) => assert!(since.elapsed() < PATIENCE),
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(found, TargetError::Died { .. }), "{found:?}");
    let text = found.to_string();
    assert!(
        text.contains("on fire") && text.contains("signal: 9"),
        "{text}"
    );
    assert!(matches!(server.check().await, Err(TargetError::NotRunning)));
    server.restart().await.unwrap();
    server.check().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_is_reported_before_a_start() {
    let refused = Embedded::start(EmbeddedOptions {
        settings_toml: "connections_max = 0\n".into(),
        ..options()
    })
    .await;
    match refused {
        Err(error @ TargetError::Config(_)) => {
            let text = error.to_string();
            assert!(text.contains("connections_max"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_port_of_a_killed_server_is_given_to_nobody_else() {
    let mut server = Embedded::start(options()).await.unwrap();
    let address = server.socket_address();
    server.kill();
    let refused = TcpSocket::new_v4().unwrap().bind(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    for _ in 0..1_000 {
        let error = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    server.restart().await.unwrap();
    let back = client(&server, 1).await;
    back.close().await;
    server.stop().await.unwrap();
}

#[test]
fn a_server_may_be_started_and_used_from_any_task() {
    fn may_move<T: Send>(_: impl FnOnce() -> T) {}
    fn may_be_shared<T: Sync>() {}
    may_move(|| Embedded::start(options()));
    may_be_shared::<Embedded>();
}

/// Not a test of its own: the harness that the next test kills.
#[tokio::test]
async fn harness_that_is_killed() {
    let Some(held) = std::env::var_os(HARNESS) else {
        return;
    };
    let server = Embedded::start(options()).await.unwrap();
    if held == "held" {
        server.hold().unwrap();
    }
    println!("\nserver {}", server.pid());
    std::future::pending::<()>().await;
}

#[test]
fn a_harness_that_is_killed_leaves_no_server() {
    for state_of_server in ["running", "held"] {
        let directory = tempfile::tempdir().unwrap();
        let mut harness = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "harness_that_is_killed", "--nocapture"])
            .env(HARNESS, state_of_server)
            // It cannot remove its directory any more.
            .env("TMPDIR", directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(harness.stdout.take().unwrap()).lines();
        let pid = lines
            .map(Result::unwrap)
            .find_map(|line| line.strip_prefix("server ")?.parse::<u32>().ok());
        let pid = pid.unwrap();
        assert!(state(pid).is_some() && is_empty(directory.path()).is_err());
        harness.kill().unwrap();
        harness.wait().unwrap();
        wait_for_end(pid);
    }
}

fn is_empty(directory: &Path) -> Result<(), String> {
    match std::fs::read_dir(directory).unwrap().next() {
        None => Ok(()),
        Some(entry) => Err(format!("{entry:?}")),
    }
}
