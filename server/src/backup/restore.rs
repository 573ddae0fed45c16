//! Putting a backup in place.
//!
//! Everything is copied to a directory beside the data directory, checked there, and put in place
//! by a rename: until then nothing is changed, afterwards everything is.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::{self, Summary};
use super::manifest::{Entry, Manifest, not_newer};
use super::{BackupError, Progress, Report};
use crate::data_dir::DataDirLock;
use crate::store::sqlite::backup::{Database, check};

/// The file that is in every data directory, whether it holds anything or not.
const LOCK: &str = "lock";

/// Makes `data_dir` what the backup in `directory` holds. With `force`, what is there is moved
/// aside; the return value says where to.
///
/// # Errors
/// See [`BackupError`]. Nothing was changed then.
///
/// # Cancel safety
/// Nothing was changed when the future is dropped.
pub async fn restore(
    directory: &Path,
    data_dir: &Path,
    force: bool,
    report: Report<'_>,
) -> Result<Option<PathBuf>, BackupError> {
    let manifest = Manifest::read(directory)?;
    let target = Target::claim(data_dir, force)?;
    let staging = Staging::new(&target)?;
    for entry in &manifest.files {
        copy(entry, directory, &staging.path, report).await?;
    }
    for database in Database::ALL {
        check_database(database, &manifest, &staging.path, report).await?;
    }
    files::sync(&staging.path)?;
    target.replace(&staging)
}

async fn copy(
    entry: &Entry,
    from: &Path,
    to: &Path,
    report: Report<'_>,
) -> Result<(), BackupError> {
    let path = to.join(&entry.name);
    let folder = path.parent().unwrap_or(to);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(BackupError::io(folder))?;
    let source = from.join(&entry.name);
    if !source.is_file() {
        return Err(BackupError::damaged(&entry.name, "is missing"));
    }
    let step = Progress {
        doing: "copying",
        file: &entry.name,
        bytes: 0,
    };
    let Summary { bytes, sha256 } = files::read(&source, Some(&path), step, report).await?;
    if bytes != entry.bytes {
        let reason = format!("has {bytes} bytes instead of {}", entry.bytes);
        return Err(BackupError::damaged(&entry.name, reason));
    }
    if sha256 != entry.sha256 {
        return Err(BackupError::damaged(&entry.name, "has another SHA-256"));
    }
    files::sync(folder)
}

async fn check_database(
    database: Database,
    manifest: &Manifest,
    directory: &Path,
    report: Report<'_>,
) -> Result<(), BackupError> {
    let name = database.file_name();
    report(Progress {
        doing: "checking",
        file: name,
        bytes: 0,
    });
    let found = check(&directory.join(name))
        .await
        .map_err(|cause| BackupError::damaged(name, format!("cannot be used: {cause}")))?;
    not_newer(name, found, database.schema_known())?;
    let said = manifest.schema.of(database);
    if found != said {
        let reason = format!("has schema version {found} instead of {said}");
        return Err(BackupError::damaged(name, reason));
    }
    Ok(())
}

/// The data directory to be replaced, locked if it exists.
struct Target {
    path: PathBuf,
    parent: PathBuf,
    name: OsString,
    /// The lock, and whether anything else is there.
    present: Option<(DataDirLock, bool)>,
}

impl Target {
    fn claim(data_dir: &Path, force: bool) -> Result<Self, BackupError> {
        let io = |cause| BackupError::io(data_dir)(cause);
        let path = match data_dir.canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::path::absolute(data_dir).map_err(io)?
            }
            Err(error) => return Err(io(error)),
        };
        let no_name = || io(io::Error::from(ErrorKind::InvalidInput));
        let parent = path.parent().ok_or_else(no_name)?.to_owned();
        let name = path.file_name().ok_or_else(no_name)?.to_owned();
        let present = if path.exists() {
            let names = files::names(&path)?;
            let occupied = names.iter().any(|name| name != LOCK);
            let known = names.iter().any(|name| name == LOCK);
            // Without a lock it is no data directory, and not even a lock must be left in it.
            if occupied && !known && !force {
                return Err(BackupError::DataPresent(path));
            }
            let lock = DataDirLock::acquire(&path)?;
            if occupied && !force {
                return Err(BackupError::DataPresent(path));
            }
            Some((lock, occupied))
        } else {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&parent)
                .map_err(BackupError::io(&parent))?;
            None
        };
        Ok(Self {
            path,
            parent,
            name,
            present,
        })
    }

    /// A name beside the data directory.
    fn beside(&self, prefix: &str, suffix: &str) -> PathBuf {
        let mut name = OsString::from(prefix);
        name.push(&self.name);
        name.push(suffix);
        self.parent.join(name)
    }

    fn replace(&self, staging: &Staging) -> Result<Option<PathBuf>, BackupError> {
        let aside = match &self.present {
            Some((_, true)) => {
                let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
                let aside = self.beside("", &format!(".before-restore-{time}"));
                fs::rename(&self.path, &aside).map_err(BackupError::io(&self.path))?;
                Some(aside)
            }
            Some((_, false)) => {
                // A rename replaces a directory only if it is empty.
                let lock = self.path.join(LOCK);
                fs::remove_file(&lock).map_err(BackupError::io(&lock))?;
                None
            }
            None => None,
        };
        if let Err(cause) = fs::rename(&staging.path, &self.path) {
            if let Some(aside) = &aside {
                fs::rename(aside, &self.path).map_err(BackupError::io(aside))?;
            }
            return Err(BackupError::io(&self.path)(cause));
        }
        files::sync(&self.parent)?;
        Ok(aside)
    }
}

/// Where the new data directory is put together; removed unless it was renamed.
struct Staging {
    path: PathBuf,
    /// Held until it is in place and its entry on the disk: no server starts on it before.
    _lock: DataDirLock,
}

impl Staging {
    fn new(target: &Target) -> Result<Self, BackupError> {
        let path = target.beside(".", &format!(".restore-{}", std::process::id()));
        files::create_directory(&path)?;
        let lock = DataDirLock::acquire(&path).inspect_err(|_| {
            let _ = fs::remove_dir_all(&path);
        })?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone if it was put in place.
        let _ = fs::remove_dir_all(&self.path);
    }
}
