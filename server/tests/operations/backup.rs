//! Taking backups, also while everybody buys, and what can go wrong.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auboutique_client::Client;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::purchases::{Buy, MyPurchases};
use auboutique_server::backup::{self as backups, Progress};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::common::{sell, usd};
use crate::process::{Process, complaint, output, program};

/// A place for data directories and backups.
pub(crate) fn place() -> (TempDir, PathBuf, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let backup = directory.path().join("backup");
    (directory, data_dir, backup)
}

/// Arguments of a command on a data directory.
pub(crate) fn command<'a>(name: &'a str, directory: &'a Path, data_dir: &'a Path) -> Vec<&'a str> {
    let [directory, data_dir] = [directory, data_dir].map(|path| path.to_str().unwrap());
    vec![name, directory, "--data-dir", data_dir]
}

/// Takes a backup and returns what was said.
pub(crate) fn take(backup: &Path, data_dir: &Path) -> String {
    let output = output(&command("backup", backup, data_dir));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Every file below a directory, by its path in it.
pub(crate) fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap();
                found.insert(name.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// Buys all products one after the other and says so for each.
async fn buy_all(client: Client, products: Vec<ProductId>, bought: mpsc::Sender<Key>) {
    for product in products {
        let request = Buy {
            key: Key::now(),
            price: usd(1250),
            product,
        };
        client.call(&request).await.unwrap();
        bought.send(request.key).await.unwrap();
    }
}

async fn purchases_of(client: &Client) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let mut request = MyPurchases::default();
    loop {
        let page = client.call(&request).await.unwrap();
        keys.extend(
            page.purchases
                .iter()
                .map(|purchase| purchase.confirmation.purchase),
        );
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return keys,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_every_sale_that_was_confirmed_before_it_began() {
    const BUYERS: usize = 4;
    const EACH: usize = 45;
    let (directory, data_dir, backup) = place();
    let server = Process::start(&data_dir);
    let mona = server.user("mona").await;
    let (send, mut bought) = mpsc::channel(BUYERS * EACH);
    let mut buying = Vec::new();
    for number in 0..BUYERS {
        let mut products = Vec::new();
        for item in 0..EACH {
            products.push(sell(&mona, &format!("Book {number} {item}"), 1250).await);
        }
        let omar = server.user(&format!("omar{number}")).await;
        buying.push((omar, products));
    }
    let buying: Vec<_> = buying
        .into_iter()
        .map(|(omar, products)| tokio::spawn(buy_all(omar, products, send.clone())))
        .collect();
    drop(send);
    let mut confirmed = BTreeSet::new();
    while confirmed.len() < BUYERS * EACH / 3 {
        confirmed.insert(bought.recv().await.unwrap());
    }
    // The others go on buying meanwhile.
    let arguments: Vec<_> = command("backup", &backup, &data_dir)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let taking = tokio::task::spawn_blocking(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        output(&arguments)
    });
    let mut all = confirmed.clone();
    while let Some(key) = bought.recv().await {
        all.insert(key);
    }
    for task in buying {
        task.await.unwrap();
    }
    let taken = taking.await.unwrap();
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert_eq!(all.len(), BUYERS * EACH);
    server.stop();

    let restored = directory.path().join("restored");
    let output = output(&command("restore", &backup, &restored));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let server = Process::start(&restored);
    let mut kept = BTreeSet::new();
    for number in 0..BUYERS {
        let omar = server.login(&format!("omar{number}")).await;
        kept.extend(purchases_of(&omar).await);
    }
    assert!(
        confirmed.is_subset(&kept),
        "{} of {}",
        kept.len(),
        confirmed.len()
    );
    assert!(kept.is_subset(&all));
    // What was not sold then can be sold now, and the market goes on.
    let mona = server.login("mona").await;
    sell(&mona, "One more", 100).await;
    server.stop();
}

#[tokio::test]
async fn a_backup_is_for_its_owner_alone_and_says_what_it_is() {
    let (_directory, data_dir, backup) = place();
    let server = Process::start(&data_dir);
    let said = take(&backup, &data_dir);
    assert!(said.contains("copying auboutique.db"), "{said}");
    assert_eq!(mode(&backup), 0o700);
    assert_eq!(mode(&backup.join("tls")), 0o700);
    let manifest = std::fs::read(backup.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["format"], 1);
    assert_eq!(manifest["program"], env!("CARGO_PKG_VERSION"));
    assert!(manifest["schema"]["main"].as_i64().unwrap() >= 3);
    assert!(manifest["taken_at"].as_str().unwrap().ends_with('Z'));
    let mut listed = BTreeSet::from(["manifest.json".to_owned()]);
    for file in manifest["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let size = backup.join(name).metadata().unwrap().len();
        assert_eq!(file["bytes"], size, "{name}");
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
        listed.insert(name.to_owned());
    }
    assert_eq!(listed, files(&backup));
    for name in [
        "auboutique.db",
        "pictures.db",
        "tls/ca.pem",
        "tls/ca.key",
        "tls/server.key",
    ] {
        assert!(listed.contains(name), "{name}");
    }
    for name in &listed {
        assert_eq!(mode(&backup.join(name)), 0o600, "{name}");
    }
    server.stop();
    // And of a market that nobody serves.
    let (_other, _, second) = place();
    std::fs::create_dir(&second).unwrap();
    take(&second, &data_dir);
    assert_eq!(files(&second), listed);
}

#[test]
fn a_directory_that_holds_something_is_left_alone() {
    let (directory, data_dir, backup) = place();
    Process::start(&data_dir).stop();
    std::fs::create_dir(&backup).unwrap();
    std::fs::write(backup.join("note"), "mine").unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "mine too").unwrap();
    for occupied in [&backup, &file] {
        let text = complaint(&output(&command("backup", occupied, &data_dir)), 1);
        assert!(text.contains("is not an empty directory"), "{text}");
        assert!(text.contains("hint: "), "{text}");
    }
    assert_eq!(files(&backup), ["note".to_owned()].into());
    assert_eq!(std::fs::read(&file).unwrap(), b"mine too");
}

#[test]
fn a_place_that_cannot_hold_a_backup_is_refused_and_nothing_is_left() {
    let (directory, data_dir, backup) = place();
    Process::start(&data_dir).stop();
    let inside = data_dir.join("backup");
    let text = complaint(&output(&command("backup", &inside, &data_dir)), 1);
    assert!(text.contains("inside the data directory"), "{text}");
    assert!(!inside.exists());
    let nowhere = directory.path().join("no/such/place");
    let text = complaint(&output(&command("backup", &nowhere, &data_dir)), 1);
    let parent = nowhere.parent().unwrap().display().to_string();
    assert!(
        text.contains(&format!("there is no directory {parent}")),
        "{text}"
    );
    assert!(text.contains("hint: make that directory"), "{text}");
    assert!(!directory.path().join("no").exists());
    let empty = directory.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let text = complaint(&output(&command("backup", &backup, &empty)), 1);
    assert!(text.contains("holds no market"), "{text}");
    assert!(!backup.exists() && files(&empty).is_empty());
}

#[test]
fn a_backup_for_which_there_is_no_room_leaves_nothing() {
    let (_directory, data_dir, backup) = place();
    Process::start(&data_dir).stop();
    // A limit on the size of files fails the write in the middle as a full disk does; it needs no
    // rights and no disk. Of 512 or 1,024 bytes each, depending on the shell.
    for (blocks, existing) in [(16, false), (32, true), (0, false)] {
        if existing {
            std::fs::create_dir(&backup).unwrap();
        }
        let real = program(&command("backup", &backup, &data_dir));
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &limited])
            .arg(real.get_program())
            .args(real.get_args())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = complaint(&output, 1);
        assert!(text.contains("there is no room for "), "{text}");
        assert!(
            text.contains("hint: ") && text.contains("make room"),
            "{text}"
        );
        assert_eq!(backup.exists(), existing, "{text}");
        if existing {
            assert!(files(&backup).is_empty());
            std::fs::remove_dir(&backup).unwrap();
        }
    }
    take(&backup, &data_dir);
}

#[tokio::test]
async fn a_backup_that_is_given_up_leaves_nothing() {
    let (_directory, data_dir, backup) = place();
    Process::start(&data_dir).stop();
    let mut seen = Vec::new();
    let mut report = |progress: Progress<'_>| {
        seen.push(progress.file.to_owned());
    };
    {
        let taking = backups::take(&data_dir, &backup, &mut report);
        let mut taking = std::pin::pin!(taking);
        // The first step needs another thread, so it cannot be over at once.
        tokio::select! {
            biased;
            outcome = &mut taking => panic!("{outcome:?}"),
            () = std::future::ready(()) => assert!(backup.exists()),
        }
    }
    assert_eq!(seen, ["auboutique.db"]);
    assert!(!backup.exists());
}
