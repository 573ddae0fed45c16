//! What is told to whoever watches over a server, over real HTTP.

use std::net::SocketAddr;

use auboutique_protocol::ids::Key;
use auboutique_protocol::purchases::Buy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::raw::RawClient;
use crate::common::{PASSWORD, TestServer, refusal, sell, usd};
use crate::process::Process;

/// Sends these bytes and returns all that comes back.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has an answer, too: what came before.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// The status and the body.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = exchange(address, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The value of a metric with its labels.
pub(crate) fn value(metrics: &str, name: &str) -> f64 {
    let mut lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(metric, _)| *metric == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {metrics}"))
        .1
        .parse()
        .unwrap()
}

#[tokio::test]
async fn metrics_count_what_happened_and_name_nobody() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let karim = server.user("karim").await;
    let product = sell(&mona, "A rare Calculus", 1250).await;
    let buy = || Buy {
        key: Key::now(),
        price: usd(1250),
        product,
    };
    karim.call(&buy()).await.unwrap();
    refusal(karim.call(&buy()).await);
    sell(&mona, "Another Calculus", 1250).await;

    let (status, metrics) = get(server.metrics_address(), "/metrics").await;
    assert_eq!(status, 200);
    let request = |name, outcome| {
        format!(
            "auboutique_requests_total{{listener=\"member\",request=\"{name}\",outcome=\"{outcome}\"}}"
        )
    };
    let expected = [
        (request("register", "ok"), 2.0),
        (request("login", "ok"), 2.0),
        (request("buy", "ok"), 1.0),
        (request("buy", "refused"), 1.0),
        (request("buy", "failed"), 0.0),
        (
            "auboutique_refusals_total{code=\"already_sold\"}".into(),
            1.0,
        ),
        ("auboutique_users".into(), 2.0),
        ("auboutique_users_online".into(), 2.0),
        (
            "auboutique_connections{state=\"authenticated\"}".into(),
            2.0,
        ),
        ("auboutique_connections{state=\"anonymous\"}".into(), 0.0),
        ("auboutique_products_for_sale".into(), 1.0),
        ("auboutique_sales_total".into(), 1.0),
        ("auboutique_writer_queue_jobs".into(), 0.0),
        ("auboutique_writer_open".into(), 1.0),
        ("auboutique_password_queue_jobs".into(), 0.0),
        (
            "auboutique_connections_refused_total{reason=\"full\"}".into(),
            0.0,
        ),
        ("auboutique_commits_failed_total".into(), 0.0),
    ];
    for (name, expected) in expected {
        assert!(
            (value(&metrics, &name) - expected).abs() < 0.1,
            "{name}\n{metrics}"
        );
    }
    for grown in [
        "auboutique_commit_jobs_count",
        "auboutique_commit_duration_seconds_sum",
        "auboutique_password_hashes_total",
        "auboutique_handshakes_total{listener=\"member\",outcome=\"ok\"}",
        "auboutique_database_bytes",
        "auboutique_write_ahead_log_bytes",
        "auboutique_disk_free_bytes",
        "auboutique_certificate_days",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(value(&metrics, grown) > 0.0, "{grown}");
    }
    assert!(metrics.ends_with("# EOF\n"));
    for private in ["mona", "karim", "Calculus", PASSWORD] {
        assert!(!metrics.contains(private), "{private}");
    }
}

#[tokio::test]
async fn a_server_that_serves_is_ready_and_one_that_stops_is_not() {
    let server = TestServer::start().await;
    let address = server.metrics_address();
    assert_eq!(get(address, "/livez").await, (200, "alive\n".into()));
    assert_eq!(get(address, "/readyz").await, (200, "ready\n".into()));
    assert_eq!(get(address, "/elsewhere").await.0, 404);
    // It does not close its side, so the server waits for it.
    let held = RawClient::connect(&server).await;
    server.drain();
    assert_eq!(get(address, "/readyz").await, (503, "stopping\n".into()));
    assert_eq!(get(address, "/livez").await, (200, "alive\n".into()));
    drop(held);
    server.stop().await;
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn whoever_speaks_no_http_or_too_much_of_it_is_refused_and_the_next_is_served() {
    let server = TestServer::start().await;
    let address = server.metrics_address();
    let long = format!(
        "GET /livez HTTP/1.1\r\nX: {}\r\n\r\n",
        "x".repeat(16 * 1024)
    );
    for (sent, status) in [
        ("nothing of the kind\r\n\r\n", "400"),
        (&long, "431"),
        (
            "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            "405",
        ),
    ] {
        let answer = exchange(address, sent.as_bytes()).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        assert_eq!(get(address, "/livez").await.0, 200);
    }
}

#[test]
fn the_program_says_where_it_tells_them() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let told = |process: &Process| process.ready["addresses"]["metrics"].clone();
    let process = Process::start_with(&data, &["--metrics-port", "0"], &[]);
    let address: SocketAddr = told(&process).as_str().unwrap().parse().unwrap();
    assert!(address.ip().is_loopback());
    drop(process);
    assert!(told(&Process::start(&data)).is_null(), "only if asked for");
}
