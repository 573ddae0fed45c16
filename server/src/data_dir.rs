//! The data directory and its lock: one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

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

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

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
}
