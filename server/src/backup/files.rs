//! Files for their owner alone, on the disk before anybody relies on them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio::task::yield_now;

use super::{BackupError, Progress, Report};

/// Read and written at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// A new file that its owner alone can read.
pub(super) fn create(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(BackupError::io(path))
}

/// A new directory that its owner alone can enter. Its parent must exist.
pub(super) fn create_directory(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(BackupError::io(path))
}

/// Waits until a file's content, or a directory's entries, are on the disk.
pub(super) fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(BackupError::io(path))
}

/// The names in a directory, in order.
pub(super) fn names(directory: &Path) -> Result<Vec<String>, BackupError> {
    let read = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            let name = entry?.file_name().into_string();
            names.push(name.map_err(|_| io::Error::other("a name in it is not UTF-8"))?);
        }
        names.sort_unstable();
        Ok(names)
    };
    read().map_err(BackupError::io(directory))
}

/// A file's size and SHA-256 in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Reads a file to its end, into a new file if there is a copy to be made. Other tasks get their
/// turn in between.
pub(super) async fn read(
    from: &Path,
    to: Option<&Path>,
    step: Progress<'_>,
    report: Report<'_>,
) -> Result<Summary, BackupError> {
    report(step);
    let mut source = File::open(from).map_err(BackupError::io(from))?;
    let mut copy = match to {
        Some(path) => Some((path, create(path)?)),
        None => None,
    };
    let mut digest = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = source.read(&mut chunk).map_err(BackupError::io(from))?;
        if count == 0 {
            break;
        }
        digest.update(&chunk[..count]);
        if let Some((path, file)) = &mut copy {
            file.write_all(&chunk[..count])
                .map_err(BackupError::io(path))?;
        }
        bytes += count as u64;
        report(Progress { bytes, ..step });
        yield_now().await;
    }
    if let Some((path, file)) = copy {
        file.sync_all().map_err(BackupError::io(path))?;
    }
    let sha256 = digest.finalize();
    let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Summary { bytes, sha256 })
}
