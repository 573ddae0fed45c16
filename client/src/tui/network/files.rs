//! Folders of one's own, in which a picture is looked for.

use std::io;
use std::path::Path;

use crate::tui::message::Entry;

/// Most entries of a folder that are shown.
const ENTRIES_MAX: usize = 2000;
/// What a picture's file is called.
const KINDS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// The folders and pictures in a folder, the way up first. Blocks.
///
/// # Errors
/// It cannot be read.
pub(super) fn folder(path: &Path) -> io::Result<Vec<Entry>> {
    let path = path.canonicalize()?;
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(&path)?.take(ENTRIES_MAX) {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What a link leads to counts; one that leads nowhere is left out.
        let Ok(facts) = std::fs::metadata(entry.path()) else {
            continue;
        };
        let kind = Path::new(&name).extension();
        let kind = kind.map(|kind| kind.to_string_lossy().to_lowercase());
        let is_picture = kind.is_some_and(|kind| KINDS.contains(&&*kind));
        if name.starts_with('.') || !(facts.is_dir() || is_picture) {
            continue;
        }
        entries.push(Entry {
            path: entry.path(),
            name,
            is_folder: facts.is_dir(),
            bytes: facts.len(),
        });
    }
    entries.sort_by_key(|entry| (!entry.is_folder, entry.name.to_lowercase()));
    if let Some(above) = path.parent() {
        entries.insert(
            0,
            Entry {
                path: above.to_owned(),
                name: "..".into(),
                is_folder: true,
                bytes: 0,
            },
        );
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_only_pictures_after_them() {
        let folder_path = tempfile::tempdir().unwrap();
        let path = folder_path.path();
        std::fs::create_dir(path.join("zoo")).unwrap();
        std::fs::create_dir(path.join(".hidden")).unwrap();
        for name in ["b.PNG", "a.jpeg", "notes.txt", ".secret.png"] {
            std::fs::write(path.join(name), b"x").unwrap();
        }
        std::os::unix::fs::symlink("nowhere", path.join("gone.png")).unwrap();
        let names = |entries: Vec<Entry>| -> Vec<String> {
            entries.into_iter().map(|entry| entry.name).collect()
        };
        let entries = folder(path).unwrap();
        assert_eq!(names(entries), ["..", "zoo", "a.jpeg", "b.PNG"]);
        assert!(folder(&path.join("absent")).is_err());
    }
}
