//! What the server does for its data by itself, and what it does not do when the disk fills up.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use auboutique_protocol::chat::{IfOffline, SendMessage};
use auboutique_protocol::error::{After, ErrorCode};
use auboutique_protocol::ids::Key;
use auboutique_protocol::purchases::{Buy, MyPurchases};

use super::backup::{command, place};
use super::monitoring::{get, value};
use crate::common::{TestServer, book, configured, refusal, registration, sell, usd};
use crate::process::{Process, complaint, output};

/// A backup of an empty market is taken in far less.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// Waits until there is something that it finds.
async fn wait_for<T>(mut find: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find().await {
            return found;
        }
        assert!(begun.elapsed() < TAKEN_WITHIN);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn with_backups(directory: &Path) -> String {
    let directory = directory.display();
    format!("names = [\"localhost\"]\n[backups]\ndirectory = \"{directory}\"\n")
}

#[tokio::test]
async fn a_scheduled_backup_is_taken_at_once_and_can_be_restored() {
    let (_place, data_dir, backups) = place();
    std::fs::create_dir(&backups).unwrap();
    let server = TestServer::start_configured(&with_backups(&backups)).await;
    let taken = wait_for(async || {
        let entry = std::fs::read_dir(&backups).unwrap().next()?.unwrap();
        let is_finished = entry.path().join("manifest.json").is_file()
            && !entry.path().to_str().unwrap().ends_with("unfinished");
        is_finished.then(|| entry.path())
    });
    let taken = taken.await;
    let told = wait_for(async || {
        let (_, metrics) = get(server.metrics_address(), "/metrics").await;
        let at = value(&metrics, "auboutique_backup_timestamp_seconds");
        (at > 0.0).then_some(at)
    });
    assert!(told.await > 1_700_000_000.0);
    server.stop().await;
    let restored = output(&command("restore", &taken, &data_dir));
    complaint(&restored, 0);
    assert!(data_dir.join("auboutique.db").is_file());
}

#[tokio::test]
async fn a_backup_that_cannot_be_taken_is_counted_and_members_are_served() {
    let (_place, _, backups) = place();
    let server = TestServer::start_configured(&with_backups(&backups)).await;
    wait_for(async || {
        let (_, metrics) = get(server.metrics_address(), "/metrics").await;
        (value(&metrics, "auboutique_backups_failed_total") > 0.0).then_some(())
    })
    .await;
    server.user("mona").await;
}

#[tokio::test]
async fn data_is_checked_beside_a_server_and_damage_is_named() {
    let (_place, data_dir, _) = place();
    let check = ["check-data", "--data-dir", data_dir.to_str().unwrap()];
    let said = complaint(&output(&check), 1);
    assert!(said.contains("holds no market"), "{said}");
    let server = Process::start(&data_dir);
    let checked = output(&check);
    complaint(&checked, 0);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(said.ends_with(" are sound\n"), "{said}");
    drop(server);
    // What was in the log is copied back when the last connection goes; then there is a file to damage.
    complaint(&output(&check), 0);
    let database = data_dir.join("auboutique.db");
    let log = data_dir.join("auboutique.db-wal");
    if log.exists() {
        std::fs::remove_file(log).unwrap();
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(database)
        .unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&[0xa5; 4096]).unwrap();
    drop(file);
    let said = complaint(&output(&check), 1);
    assert!(said.contains("auboutique.db is not sound: "), "{said}");
    assert!(said.contains("hint: keep a copy of the data"), "{said}");
}

fn needs_room(bytes: f64) -> String {
    format!("names = [\"localhost\"]\n[limits]\ndisk_free_bytes_min = {bytes:.0}\n")
}

#[tokio::test]
async fn a_disk_that_fills_up_ends_listing_first_and_selling_last() {
    let (directory, ..) = place();
    let room = async |text: &str| TestServer::start_with(configured(text, directory.path())).await;
    let server = room("names = [\"localhost\"]\n").await;
    let mona = server.user("mona").await;
    let karim = server.user("karim").await;
    let mut products = Vec::new();
    for name in ["One", "Two"] {
        products.push(sell(&mona, name, 500).await);
    }
    let (_, metrics) = get(server.metrics_address(), "/metrics").await;
    let free = value(&metrics, "auboutique_disk_free_bytes");
    let little = needs_room(free * 2.0);
    let none = needs_room(free * 10.0);
    drop((mona, karim));
    server.stop().await;

    let busy = ErrorCode::Busy(After { after_ms: 60_000 });
    let buy = |product| Buy {
        key: Key::now(),
        price: usd(500),
        product,
    };
    let mut earlier = None;
    for (text, level, is_sold) in [(little, 1.0, true), (none, 2.0, false)] {
        let server = room(&text).await;
        // Logging in, reading and leaving go on whatever happens.
        let mona = server.login("mona").await;
        let karim = server.login("karim").await;
        let (_, metrics) = get(server.metrics_address(), "/metrics").await;
        assert!((value(&metrics, "auboutique_disk_level") - level).abs() < 0.1);
        let newcomer = server.anonymous().await;
        assert_eq!(refusal(newcomer.call(&registration("rima")).await), busy);
        assert_eq!(refusal(mona.call(&book("Three", 500)).await), busy);
        let message = SendMessage {
            key: Key::now(),
            to: "mona".into(),
            text: "Hello".into(),
            about: None,
            if_offline: IfOffline::Keep,
        };
        assert_eq!(refusal(karim.call(&message).await), busy);
        let request = buy(products.pop().unwrap());
        let bought = karim.call(&request).await;
        if is_sold {
            earlier = Some((request, bought.unwrap()));
        } else {
            assert_eq!(refusal(bought), busy);
            // What was bought is confirmed again all the same.
            let (request, confirmation) = earlier.take().unwrap();
            assert_eq!(karim.call(&request).await.unwrap(), confirmation);
        }
        let request = MyPurchases::default();
        assert_eq!(karim.call(&request).await.unwrap().purchases.len(), 1);
        server.stop().await;
    }
}
