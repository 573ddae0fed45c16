//! Backups: a consistent copy of a data directory, and putting one back.
//!
//! A backup is a directory with copies of both databases, the TLS folder, of a demo its passphrases,
//! and a manifest that is written last: a directory without one is no backup. It holds the market's private keys and is
//! for its owner alone. [`take()`] works beside a running server; [`restore()`] needs the data
//! directory for itself.

mod files;
mod manifest;
mod restore;
mod take;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use self::restore::restore;
pub use self::take::take;
use crate::data_dir::DataDirError;
use crate::store::sqlite::backup::{Database, DatabaseError, Thoroughness, look_at};

/// Whether this directory holds a backup to its end.
pub(crate) fn is_finished(directory: &Path) -> bool {
    directory.join(manifest::MANIFEST).is_file()
}

/// Looks for damage in every page, index and reference of both databases, which may be in use.
///
/// # Errors
/// [`BackupError::NoMarket`], or [`BackupError::Unsound`] with what was found first.
pub async fn check_data(data_dir: &Path, report: Report<'_>) -> Result<(), BackupError> {
    for database in Database::ALL {
        let file = database.file_name();
        let path = data_dir.join(file);
        if !path.is_file() {
            let directory = data_dir.to_owned();
            return Err(BackupError::NoMarket { directory, file });
        }
        report(Progress {
            doing: "checking",
            file,
            bytes: 0,
        });
        let looked = look_at(&path, Thoroughness::Full).await;
        looked.map_err(|cause| BackupError::Unsound {
            path,
            cause: cause.to_string(),
        })?;
    }
    Ok(())
}

/// What is being done, for whoever waits.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// As in "copying".
    pub doing: &'static str,
    /// The name of the file in the data directory.
    pub file: &'a str,
    /// Bytes done of it; 0 when it begins.
    pub bytes: u64,
}

/// Called at the begin of each step and now and then within.
pub type Report<'a> = &'a mut (dyn FnMut(Progress<'_>) + Send);

/// Why a backup was not taken or not restored. Nothing is left half done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The directory for the backup holds something.
    #[error("{} exists and is not an empty directory", .0.display())]
    Occupied(PathBuf),
    /// The directory for the backup lies in the one to be copied.
    #[error("the backup {} would lie inside the data directory", .0.display())]
    InsideData(PathBuf),
    /// There is nothing to copy.
    #[error("{} holds no market: {} is missing", directory.display(), file)]
    NoMarket {
        /// The data directory.
        directory: PathBuf,
        /// What every data directory has.
        file: &'static str,
    },
    /// The directory in which the backup was to be made does not exist.
    #[error("there is no directory {} to make the backup in", .0.display())]
    NoParent(PathBuf),
    /// The disk is full, or a limit on what this user may write is reached.
    #[error("there is no room: {}: {cause}", path.display())]
    NoRoom {
        /// What was being copied or written.
        path: PathBuf,
        /// What the system or SQLite said.
        cause: String,
    },
    /// A file or directory could not be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A database could not be copied.
    #[error("cannot copy {}: {cause}", path.display())]
    Copy {
        /// Which.
        path: PathBuf,
        /// What SQLite said.
        cause: String,
    },
    /// The manifest is missing or is none.
    #[error("{} is not a complete backup: {reason}", directory.display())]
    NoBackup {
        /// The directory.
        directory: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file of the backup is not what was written.
    #[error("the backup is damaged: {file} {reason}")]
    Damaged {
        /// Which, by its name in the backup.
        file: String,
        /// How it differs.
        reason: String,
    },
    /// A database of the data directory is damaged or cannot be read.
    #[error("{} is not sound: {cause}", path.display())]
    Unsound {
        /// Which.
        path: PathBuf,
        /// What SQLite said.
        cause: String,
    },
    /// The backup was made by a newer program.
    #[error("the backup is newer than this program: {what} {found}, known up to {known}")]
    Newer {
        /// What has a version.
        what: String,
        /// The backup's version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The data directory is in use or unusable.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// There is data already.
    #[error("the data directory {} is not empty", .0.display())]
    DataPresent(PathBuf),
}

impl BackupError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Occupied(_) => Some("name a directory that does not exist yet"),
            Self::InsideData(_) => Some("name a directory elsewhere, best on another disk"),
            Self::NoMarket { .. } => Some("name the server's data directory with --data-dir"),
            Self::Unsound { .. } => Some("keep a copy of the data, then restore the newest backup"),
            Self::DataPresent(_) => {
                Some("--force moves what is there aside, to NAME.before-restore-TIME")
            }
            Self::DataDir(DataDirError::InUse { .. }) => {
                Some("stop the server first, or restore to another directory with --data-dir")
            }
            Self::Damaged { .. } | Self::NoBackup { .. } => {
                Some("nothing was changed; restore another backup")
            }
            Self::Newer { .. } => Some("nothing was changed; restore it with the newer program"),
            Self::NoParent(_) => Some("make that directory first, or name one that exists"),
            Self::NoRoom { .. } => {
                Some("nothing was left behind; make room, or name a directory on another disk")
            }
            Self::Io { cause, .. } if cause.kind() == ErrorKind::PermissionDenied => {
                Some("run this as the user of the server, where that user may read and write")
            }
            Self::Io { .. } | Self::Copy { .. } | Self::DataDir(_) => None,
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| {
            let path = path.to_owned();
            if is_lack_of_room(cause.kind()) {
                let cause = cause.to_string();
                Self::NoRoom { path, cause }
            } else {
                Self::Io { path, cause }
            }
        }
    }

    fn damaged(file: &str, reason: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }

    fn copy(path: &Path, failure: &DatabaseError) -> Self {
        let (path, cause) = (path.to_owned(), failure.to_string());
        if failure.is_lack_of_room() {
            Self::NoRoom { path, cause }
        } else {
            Self::Copy { path, cause }
        }
    }
}

fn is_lack_of_room(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_other_failures_and_has_a_hint() {
        let failed = |kind: ErrorKind| BackupError::io("b/pictures.db".as_ref())(kind.into());
        for kind in [
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::FileTooLarge,
        ] {
            let error = failed(kind);
            assert!(matches!(error, BackupError::NoRoom { .. }), "{error}");
            assert!(error.to_string().contains("no room: b/pictures.db: "));
            assert!(error.hint().is_some_and(|hint| hint.contains("make room")));
        }
        let other = failed(ErrorKind::InvalidData);
        assert!(matches!(other, BackupError::Io { .. }) && other.hint().is_none());
    }
}
