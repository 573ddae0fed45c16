//! The real server behind the faulty network.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use auboutique_certs::{ServerAddress, Trust};
use auboutique_client::{Client, ConnectOptions, RetryPolicy};
use auboutique_loadtest::chaos::{Chaos, ChaosProfile};
use auboutique_loadtest::target::Embedded;
use auboutique_protocol::accounts::Ping;
use auboutique_protocol::catalog::ListProducts;

use crate::common::{client, client_at, options, token};

/// Connects through the proxy and asks for this and that; returns whether all of it was answered.
async fn visit(connect: ConnectOptions) -> bool {
    let Ok(client) = Client::connect(connect).await else {
        return false;
    };
    if client.resume(token(1)).await.is_err() {
        return false;
    }
    for _ in 0..20 {
        if client.call(&ListProducts::default()).await.is_err() {
            return false;
        }
    }
    true
}

async fn proxy(server: &Embedded, profile: ChaosProfile) -> Chaos {
    Chaos::start(server.socket_address(), 42, profile)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_get_through_others_do_not_and_the_server_is_well() {
    let server = Embedded::start(options()).await.unwrap();
    let profile = ChaosProfile {
        hold_max: Duration::from_millis(300),
        ..ChaosProfile::default()
    };
    let chaos = proxy(&server, profile).await;
    let address = ServerAddress {
        port: chaos.address().port(),
        ..server.address()
    };
    let connect = ConnectOptions::new(address, &Trust::Authority(server.ca_file()))
        .unwrap()
        .retry(RetryPolicy::NONE)
        .answer_timeout(Duration::from_secs(2));
    let visits: Vec<_> = (0..80)
        .map(|_| tokio::spawn(visit(connect.clone())))
        .collect();
    let mut answered = 0;
    for visit in visits {
        answered += u32::from(visit.await.unwrap());
    }
    let report = chaos.report();
    chaos.stop().await;
    assert!((40..80).contains(&answered), "{answered} of 80: {report:?}");
    assert_eq!(report.connections, 80);
    assert_eq!(report.fates.values().sum::<u64>(), 80);
    for fate in ["pass", "delay", "drip", "reset", "black_hole"] {
        assert!(report.fates.contains_key(fate), "{report:?}");
    }
    client(&server, 1).await.call(&Ping {}).await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_outlives_the_server() {
    let mut server = Embedded::start(options()).await.unwrap();
    let pass = ChaosProfile {
        delay: 0,
        drip: 0,
        reset: 0,
        half_close: 0,
        black_hole: 0,
        ..ChaosProfile::default()
    };
    let chaos = proxy(&server, pass).await;
    let port = chaos.address().port();
    let before = client_at(&server, port, 1).await;
    before.call(&Ping {}).await.unwrap();
    server.kill();
    assert!(before.call(&Ping {}).await.is_err());
    server.restart().await.unwrap();
    let after = client_at(&server, port, 1).await;
    after.call(&Ping {}).await.unwrap();
    assert!(chaos.report().fates["pass"] >= 2);
    chaos.stop().await;
    server.stop().await.unwrap();
}
