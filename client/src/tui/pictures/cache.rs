//! Pictures of the server, kept on disk by their hash, within a bound.
//!
//! Nothing depends on it: what cannot be read is fetched, and what cannot be written is fetched again.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use auboutique_protocol::ids::PictureHash;
use etcetera::BaseStrategy as _;

use crate::terminal::files::{create_directory, replace};

/// Bytes of all pictures that are kept.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Of a full cache so much stays.
const BYTES_KEPT: u64 = BYTES_MAX / 4 * 3;
/// Largest file that is read back: the server's pictures are smaller.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The folder with the pictures; `None` where nobody has a home.
#[derive(Debug, Clone)]
pub(crate) struct Cache(Option<PathBuf>);

impl Cache {
    /// The cache of this user.
    pub(crate) fn of_user() -> Self {
        let strategy = etcetera::choose_base_strategy().ok();
        Self(strategy.map(|strategy| strategy.cache_dir().join("auboutique/pictures")))
    }

    fn path(&self, hash: PictureHash, is_large: bool) -> Option<PathBuf> {
        let form = if is_large { "full" } else { "thumbnail" };
        let folder = self.0.as_ref()?;
        Some(folder.join(format!("{hash}-{form}.jpg")))
    }

    /// A picture, if it is here. Blocks.
    pub(crate) fn read(&self, hash: PictureHash, is_large: bool) -> Option<Vec<u8>> {
        let path = self.path(hash, is_large)?;
        let length = fs::metadata(&path).ok()?.len();
        if length > FILE_BYTES_MAX {
            return None;
        }
        fs::read(path).ok()
    }

    /// Keeps a picture. Blocks.
    ///
    /// # Errors
    /// It cannot be written, as on a full disk.
    pub(crate) fn write(&self, hash: PictureHash, is_large: bool, file: &[u8]) -> io::Result<()> {
        let (Some(folder), Some(path)) = (&self.0, self.path(hash, is_large)) else {
            return Ok(());
        };
        create_directory(folder)?;
        replace(&path, file)?;
        self.shrink()
    }

    /// Removes the oldest where there are too many bytes.
    fn shrink(&self) -> io::Result<()> {
        let Some(folder) = &self.0 else { return Ok(()) };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            if facts.is_file() {
                files.push((facts.modified()?, facts.len(), entry.path()));
            }
        }
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        if bytes <= BYTES_MAX {
            return Ok(());
        }
        files.sort();
        for (_, length, path) in files {
            if bytes <= BYTES_KEPT {
                break;
            }
            fs::remove_file(path)?;
            bytes -= length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_again_and_the_oldest_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(Some(folder.path().join("pictures")));
        let hash = PictureHash([7; 32]);
        assert_eq!(cache.read(hash, false), None);
        cache.write(hash, false, b"small").unwrap();
        assert_eq!(cache.read(hash, false).as_deref(), Some(&b"small"[..]));
        assert_eq!(cache.read(hash, true), None);
        let filler = vec![0; usize::try_from(FILE_BYTES_MAX).unwrap()];
        for number in 8..=72 {
            cache
                .write(PictureHash([number; 32]), true, &filler)
                .unwrap();
        }
        assert_eq!(cache.read(hash, false), None, "it was the oldest");
        assert!(cache.read(PictureHash([72; 32]), true).is_some());
        let left = fs::read_dir(folder.path().join("pictures"))
            .unwrap()
            .count();
        assert!(left <= 64, "{left}");
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_lost() {
        let cache = Cache(Some("/proc/nothing/pictures".into()));
        assert!(cache.write(PictureHash([7; 32]), false, b"x").is_err());
        assert_eq!(cache.read(PictureHash([7; 32]), false), None);
    }
}
