//! Restoring backups: what is refused, and that a refusal changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::backup::{command, files, place, take};
use crate::common::sell;
use crate::process::{Process, complaint, output};

/// A backup of an empty market, and the market.
fn backed_up() -> (TempDir, PathBuf, PathBuf) {
    let (directory, data_dir, backup) = place();
    Process::start(&data_dir).stop();
    take(&backup, &data_dir);
    (directory, data_dir, backup)
}

fn restore(backup: &Path, data_dir: &Path) -> std::process::Output {
    output(&command("restore", backup, data_dir))
}

/// What stands beside the data directory.
fn beside(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Changes the manifest of a backup.
fn edit(backup: &Path, change: impl FnOnce(&mut Value)) {
    let file = backup.join("manifest.json");
    let mut manifest = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(&file, manifest.to_string()).unwrap();
}

/// Makes the manifest true for a file that was changed.
fn sign(backup: &Path, name: &str) {
    use sha2::Digest as _;
    let content = fs::read(backup.join(name)).unwrap();
    let digest = sha2::Sha256::digest(&content);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    edit(backup, |manifest| {
        let files = manifest["files"].as_array_mut().unwrap();
        let file = files.iter_mut().find(|file| file["name"] == name).unwrap();
        file["bytes"] = json!(content.len());
        file["sha256"] = json!(digest);
    });
}

#[tokio::test]
async fn a_restored_market_is_the_same_to_those_who_trust_it() {
    let (directory, data_dir, backup) = place();
    let server = Process::start(&data_dir);
    let mona = server.user("mona").await;
    sell(&mona, "Calculus", 1250).await;
    take(&backup, &data_dir);
    let known = server.ready["ca_fingerprint"].clone();
    server.stop();
    let restored = directory.path().join("a/new/place");
    let output = restore(&backup, &restored);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mode = restored.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    let server = Process::start(&restored);
    assert_eq!(server.ready["ca_fingerprint"], known);
    server.login("mona").await;
    server.stop();
}

#[test]
fn a_data_directory_in_use_is_not_touched_even_by_force() {
    let (directory, data_dir, backup) = backed_up();
    let server = Process::start(&data_dir);
    let mut arguments = command("restore", &backup, &data_dir);
    for force in [false, true] {
        if force {
            arguments.push("--force");
        }
        let text = complaint(&output(&arguments), 1);
        assert!(
            text.contains(&format!("process {}", server.pid())),
            "{text}"
        );
        assert!(text.contains("hint: stop the server"), "{text}");
    }
    assert!(
        !beside(&directory)
            .iter()
            .any(|name| name.contains("restore"))
    );
    server.stop();
}

#[test]
fn existing_data_is_kept_unless_forced_and_then_moved_aside() {
    let (directory, data_dir, backup) = backed_up();
    let before = files(&data_dir);
    let text = complaint(&restore(&backup, &data_dir), 1);
    assert!(
        text.contains("is not empty") && text.contains("--force"),
        "{text}"
    );
    assert_eq!(files(&data_dir), before);

    fs::write(data_dir.join("mark"), "old").unwrap();
    let mut arguments = command("restore", &backup, &data_dir);
    arguments.push("--force");
    let output = output(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!data_dir.join("mark").exists());
    let names = beside(&directory);
    let aside = names
        .iter()
        .find(|name| name.starts_with("data.before-restore-"))
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(aside), "{said}");
    assert_eq!(
        fs::read(directory.path().join(aside).join("mark")).unwrap(),
        b"old"
    );
    assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?}");
    Process::start(&data_dir).stop();
}

#[test]
fn a_directory_that_is_no_data_directory_gets_not_even_a_lock() {
    let (directory, _, backup) = backed_up();
    let home = directory.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("letter"), "mine").unwrap();
    let text = complaint(&restore(&backup, &home), 1);
    assert!(text.contains("is not empty"), "{text}");
    assert_eq!(files(&home), ["letter".to_owned()].into());
    // An empty one is as good as none.
    fs::remove_file(home.join("letter")).unwrap();
    assert_eq!(restore(&backup, &home).status.code(), Some(0));
    Process::start(&home).stop();
}

#[test]
fn a_backup_that_is_damaged_incomplete_or_newer_is_refused_and_nothing_is_changed() {
    type Damage = fn(&Path);
    let table: &[(&str, Damage)] = &[
        ("has another SHA-256", |backup| {
            let file = backup.join("auboutique.db");
            let mut content = fs::read(&file).unwrap();
            content[5_000] ^= 1;
            fs::write(file, content).unwrap();
        }),
        ("bytes instead of", |backup| {
            let file = backup.join("pictures.db");
            let content = fs::read(&file).unwrap();
            fs::write(file, &content[..content.len() / 2]).unwrap();
        }),
        ("pictures.db is missing", |backup| {
            fs::remove_file(backup.join("pictures.db")).unwrap();
        }),
        ("has another SHA-256", |backup| {
            edit(backup, |manifest| {
                manifest["files"][0]["sha256"] = json!("00".repeat(32));
            });
        }),
        ("auboutique.db cannot be used", |backup| {
            // The manifest agrees, the pages do not.
            let file = backup.join("auboutique.db");
            let mut content = fs::read(&file).unwrap();
            content[4_096..].fill(0xa5);
            fs::write(file, content).unwrap();
            sign(backup, "auboutique.db");
        }),
        ("auboutique.db cannot be used", |backup| {
            fs::write(backup.join("auboutique.db"), "no database").unwrap();
            sign(backup, "auboutique.db");
        }),
        ("has schema version", |backup| {
            edit(backup, |manifest| manifest["schema"]["main"] = json!(1));
        }),
        (
            "newer than this program: auboutique.db has version 9999",
            |backup| {
                edit(backup, |manifest| manifest["schema"]["main"] = json!(9_999));
            },
        ),
        (
            "newer than this program: pictures.db has version 9999",
            |backup| {
                edit(backup, |manifest| {
                    manifest["schema"]["pictures"] = json!(9_999);
                });
            },
        ),
        ("newer than this program: format has version 2", |backup| {
            fs::write(backup.join("manifest.json"), "{\"format\": 2, \"all\": []}").unwrap();
        }),
        ("is not a complete backup", |backup| {
            fs::remove_file(backup.join("manifest.json")).unwrap();
        }),
        ("is not a complete backup", |backup| {
            fs::write(backup.join("manifest.json"), "{").unwrap();
        }),
        ("manifest.json names \"tls/../../mine\"", |backup| {
            edit(backup, |manifest| {
                manifest["files"][0]["name"] = json!("tls/../../mine");
            });
        }),
    ];
    let (directory, data_dir, _) = backed_up();
    for (number, (reason, damage)) in table.iter().enumerate() {
        let backup = directory.path().join(format!("backup{number}"));
        take(&backup, &data_dir);
        damage(&backup);
        let target = directory.path().join("target");
        let before = beside(&directory);
        let text = complaint(&restore(&backup, &target), 1);
        assert!(text.contains(reason), "{reason}: {text}");
        assert!(text.contains("hint: nothing was changed"), "{text}");
        assert_eq!(beside(&directory), before, "{reason}");
        // Nor is what was there.
        let kept = files(&data_dir);
        let mut arguments = command("restore", &backup, &data_dir);
        arguments.push("--force");
        complaint(&output(&arguments), 1);
        assert_eq!(files(&data_dir), kept);
        assert_eq!(beside(&directory), before, "{reason}");
    }
}
