//! The data directory and its locks: one server at a time, and no picture lost to a copy.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two attempts to get a [`PicturesHold`].
const HOLD_RETRY: Duration = Duration::from_millis(10);

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It could not be made or read.
    #[error("cannot use the data directory {}: {cause}", path.display())]
    Unusable {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another process holds it.
    #[error("the data directory {} is in use by process {pid}", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The other process, as it wrote it down.
        pid: String,
    },
}

/// An exclusive hold on a data directory, until dropped or until the process ends however it ends.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Creates the directory for its owner alone where it is missing, and locks it.
    pub(crate) fn acquire(directory: &Path) -> Result<Self, DataDirError> {
        let unusable = |path: &Path, cause| DataDirError::Unusable {
            path: path.to_owned(),
            cause,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|cause| unusable(directory, cause))?;
        let path = directory.join("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|cause| unusable(&path, cause))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                let pid = match pid.trim() {
                    "" => "unknown".into(),
                    pid => pid.to_owned(),
                };
                return Err(DataDirError::InUse {
                    path: directory.to_owned(),
                    pid,
                });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(&path, cause)),
        }
        write_pid(&mut file).map_err(|cause| unusable(&path, cause))?;
        Ok(Self { _file: file })
    }
}

/// A hold on the pictures of a data directory. Whoever copies them shares it with others, whoever
/// removes some has it alone, in whatever process. It is a lock on the directory itself, so that it
/// leaves no file behind and needs no right to write, and ends with its holder however that ends.
#[derive(Debug)]
pub(crate) struct PicturesHold {
    _directory: File,
}

impl PicturesHold {
    /// Keeps pictures from being removed. Waits until a removal that is under way is over.
    pub(crate) async fn keep(data_dir: &Path) -> io::Result<Self> {
        let directory = File::open(data_dir)?;
        loop {
            match directory.try_lock_shared() {
                Ok(()) => {
                    return Ok(Self {
                        _directory: directory,
                    });
                }
                // A removal is one short commit. Waiting in the system would block the thread.
                Err(TryLockError::WouldBlock) => tokio::time::sleep(HOLD_RETRY).await,
                Err(TryLockError::Error(cause)) => return Err(cause),
            }
        }
    }

    /// Allows to remove pictures; `None` while somebody keeps them.
    pub(crate) fn try_remove(data_dir: &Path) -> io::Result<Option<Self>> {
        let directory = File::open(data_dir)?;
        match directory.try_lock() {
            Ok(()) => Ok(Some(Self {
                _directory: directory,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(cause),
        }
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_second_holder_is_refused_with_the_pid_of_the_first() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("data");
        let lock = DataDirLock::acquire(&directory).unwrap();
        let pid = std::process::id().to_string();
        match DataDirLock::acquire(&directory) {
            Err(DataDirError::InUse { pid: holder, .. }) => assert_eq!(holder, pid),
            other => panic!("{other:?}"),
        }
        drop(lock);
        DataDirLock::acquire(&directory).unwrap();
    }

    #[test]
    fn a_new_directory_is_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a/b");
        DataDirLock::acquire(&directory).unwrap();
        assert_eq!(
            std::fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        std::fs::write(&path, "").unwrap();
        let error = DataDirLock::acquire(&path).unwrap_err().to_string();
        assert!(error.contains("file"), "{error}");
    }

    #[tokio::test]
    async fn pictures_are_kept_by_many_together_and_removed_by_nobody_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let removal = PicturesHold::try_remove(path).unwrap();
        assert!(removal.is_some());
        let mut keeping = Box::pin(PicturesHold::keep(path));
        assert!(keeping.as_mut().now_or_never().is_none());
        drop(removal);
        let first = keeping.await.unwrap();
        let second = PicturesHold::keep(path).await.unwrap();
        drop(first);
        assert!(PicturesHold::try_remove(path).unwrap().is_none());
        drop(second);
        assert!(PicturesHold::try_remove(path).unwrap().is_some());
        // It is another lock than the server's.
        let _lock = DataDirLock::acquire(path).unwrap();
        assert!(PicturesHold::try_remove(path).unwrap().is_some());
    }
}
