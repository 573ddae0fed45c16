//! Taking backups, and what can go wrong.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auboutique_server::backup::{self as backups, Progress};
use serde_json::Value;
use tempfile::TempDir;

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
    for (blocks, existing) in [(0, false), (16, false), (80, true), (100, false)] {
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
        assert!(text.contains("there is no room: "), "{text}");
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
