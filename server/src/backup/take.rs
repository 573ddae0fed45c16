//! Taking a backup beside a running server.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::files::{self, Summary};
use super::manifest::{DEMO, Entry, MANIFEST, MANIFEST_NEW, Manifest, Schema, TLS};
use super::{BackupError, Progress, Report};
use crate::data_dir::PicturesHold;
use crate::store::sqlite::backup::{Database, copy, schema_version};

/// Folders below the TLS folder, one in the other.
const DEPTH_MAX: usize = 4;
/// Between two reports on a database that is being copied.
const REPORT_EVERY: Duration = Duration::from_millis(200);

/// Copies the databases and the TLS folder of `data_dir` to `directory`, which must not exist or be
/// empty; of a demo also the file that makes it one. Every sale that was confirmed before this is called is in the copy.
///
/// # Errors
/// See [`BackupError`]. What was made so far is removed again.
///
/// # Cancel safety
/// What was made is removed when the future is dropped.
pub async fn take(
    data_dir: &Path,
    directory: &Path,
    report: Report<'_>,
) -> Result<(), BackupError> {
    let main = Database::Main.file_name();
    if !data_dir.join(main).is_file() {
        return Err(BackupError::NoMarket {
            directory: data_dir.to_owned(),
            file: main,
        });
    }
    let taken_at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut unfinished = Unfinished::begin(data_dir, directory)?;
    // Until the pictures are copied, none may be removed that a product of the copy names.
    let kept = PicturesHold::keep(data_dir).await;
    let _kept = kept.map_err(BackupError::io(data_dir))?;
    let mut entries = Vec::new();
    // Before the database: a demo that calls itself filled has been filled in what is copied next.
    if data_dir.join(DEMO).is_file() {
        entries.push(copy_file(DEMO.to_owned(), data_dir, directory, report).await?);
    }
    for database in Database::ALL {
        entries.push(copy_database(database, data_dir, directory, report).await?);
    }
    let version = async |database: Database| {
        let path = directory.join(database.file_name());
        let version = schema_version(&path).await;
        version.map_err(|cause| BackupError::copy(&path, &cause))
    };
    let schema = Schema {
        main: version(Database::Main).await?,
        pictures: version(Database::Pictures).await?,
    };
    for name in tls_files(data_dir)? {
        entries.push(copy_file(name, data_dir, directory, report).await?);
    }
    Manifest::new(taken_at, schema, entries).write(directory)?;
    unfinished.finished = true;
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => files::sync(parent),
        _ => files::sync(".".as_ref()),
    }
}

async fn copy_database(
    database: Database,
    data_dir: &Path,
    directory: &Path,
    report: Report<'_>,
) -> Result<Entry, BackupError> {
    let name = database.file_name();
    let (from, to) = (data_dir.join(name), directory.join(name));
    // Made before SQLite writes to it, so that nobody else can ever read it.
    files::create(&to)?;
    let step = |doing, bytes| Progress {
        doing,
        file: name,
        bytes,
    };
    report(step("copying", 0));
    let mut every = tokio::time::interval(REPORT_EVERY);
    let copying = copy(&from, &to);
    let mut copying = std::pin::pin!(copying);
    loop {
        tokio::select! {
            copied = &mut copying => {
                copied.map_err(|cause| BackupError::copy(&from, &cause))?;
                break;
            }
            _ = every.tick() => {
                let bytes = fs::metadata(&to).map_or(0, |file| file.len());
                if bytes > 0 {
                    report(step("copying", bytes));
                }
            }
        }
    }
    files::sync(&to)?;
    let summary = files::read(&to, None, step("reading back", 0), report).await?;
    Ok(entry(name.to_owned(), summary))
}

async fn copy_file(
    name: String,
    data_dir: &Path,
    directory: &Path,
    report: Report<'_>,
) -> Result<Entry, BackupError> {
    let to = directory.join(&name);
    let folder = to.parent().unwrap_or(directory);
    if !folder.exists() {
        files::create_directory(folder)?;
    }
    let step = Progress {
        doing: "copying",
        file: &name,
        bytes: 0,
    };
    let summary = files::read(&data_dir.join(&name), Some(&to), step, report).await?;
    files::sync(folder)?;
    Ok(entry(name, summary))
}

fn entry(name: String, Summary { bytes, sha256 }: Summary) -> Entry {
    Entry {
        name,
        bytes,
        sha256,
    }
}

/// The files of the TLS folder by their names in the data directory, none if there is no folder:
/// then the certificate comes from elsewhere.
fn tls_files(data_dir: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Vec::new();
    if data_dir.join(TLS).exists() {
        collect(data_dir, TLS, DEPTH_MAX, &mut found)?;
    }
    Ok(found)
}

fn collect(
    data_dir: &Path,
    folder: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> Result<(), BackupError> {
    for name in files::names(&data_dir.join(folder))? {
        let name = format!("{folder}/{name}");
        let path = data_dir.join(&name);
        let kind = fs::metadata(&path).map_err(BackupError::io(&path))?;
        if kind.is_file() {
            found.push(name);
        } else if kind.is_dir() && depth > 0 {
            collect(data_dir, &name, depth - 1, found)?;
        } else {
            let cause = ErrorKind::Unsupported.into();
            return Err(BackupError::Io { path, cause });
        }
    }
    Ok(())
}

/// Removes what was made of a backup unless it was finished.
struct Unfinished {
    directory: PathBuf,
    made: bool,
    finished: bool,
}

impl Unfinished {
    fn begin(data_dir: &Path, directory: &Path) -> Result<Self, BackupError> {
        let data_dir = data_dir.canonicalize().map_err(BackupError::io(data_dir))?;
        let made = match fs::read_dir(directory) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(BackupError::Occupied(directory.to_owned()));
                }
                false
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match directory.parent() {
                    // A path of one part lies in the working directory.
                    Some(parent) if !parent.as_os_str().is_empty() && !parent.exists() => {
                        return Err(BackupError::NoParent(parent.to_owned()));
                    }
                    _ => files::create_directory(directory)?,
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(BackupError::Occupied(directory.to_owned()));
            }
            Err(error) => return Err(BackupError::io(directory)(error)),
        };
        let unfinished = Self {
            directory: directory.to_owned(),
            made,
            finished: false,
        };
        let place = directory
            .canonicalize()
            .map_err(BackupError::io(directory))?;
        if place.starts_with(&data_dir) {
            return Err(BackupError::InsideData(directory.to_owned()));
        }
        Ok(unfinished)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // The failure that led here is what is reported; a file that stays has no manifest beside it.
        for database in Database::ALL {
            let _ = fs::remove_file(self.directory.join(database.file_name()));
        }
        for name in [MANIFEST, MANIFEST_NEW, DEMO] {
            let _ = fs::remove_file(self.directory.join(name));
        }
        let _ = fs::remove_dir_all(self.directory.join(TLS));
        if self.made {
            let _ = fs::remove_dir(&self.directory);
        }
    }
}
