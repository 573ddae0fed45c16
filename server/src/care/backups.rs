//! Scheduled backups: one whenever the newest is old enough, and the oldest make room.
//!
//! What there is says when the next is due, so a restart neither forgets nor repeats one. A backup is made
//! under another name and put in place by a rename, and only directories that hold a finished backup under
//! a name of ours are ever removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::backup::{self, BackupError};
use crate::monitoring::meters::CareMeters;

/// How often it is looked whether one is due; also the wait after a failure.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The name of a backup, by its time in UTC.
const NAME: &str = "auboutique-%Y%m%dT%H%M%SZ";
/// What stands at the end of a name while the backup is being made.
const UNFINISHED: &str = ".unfinished";

/// When backups are taken, where they are kept, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackupSchedule {
    pub(crate) directory: PathBuf,
    pub(crate) every: Duration,
    pub(crate) keep: usize,
}

/// Why a scheduled backup was not taken.
#[derive(Debug, thiserror::Error)]
enum ScheduleError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
}

impl BackupSchedule {
    /// Takes backups until it is told to stop.
    pub(crate) async fn run(
        self,
        data_dir: PathBuf,
        meters: Arc<CareMeters>,
        stop: CancellationToken,
    ) {
        // One warning for a state, not one a minute.
        let mut is_failing = false;
        loop {
            let round = self.round(&data_dir, Timestamp::now(), &meters);
            match stop.run_until_cancelled(round).await {
                None => return,
                Some(Ok(None)) => {}
                Some(Ok(Some(path))) => {
                    is_failing = false;
                    tracing::info!(path = %path.display(), "a backup was taken");
                }
                Some(Err(error)) => {
                    meters.backup_failed();
                    if !is_failing {
                        tracing::error!(%error, "no backup could be taken; it is tried each minute");
                    }
                    is_failing = true;
                }
            }
            if stop.run_until_cancelled(sleep(LOOK_EVERY)).await.is_none() {
                return;
            }
        }
    }

    /// Takes one if it is due, then removes those that are too many. Returns the new one.
    async fn round(
        &self,
        data_dir: &Path,
        now: Timestamp,
        meters: &CareMeters,
    ) -> Result<Option<PathBuf>, ScheduleError> {
        let taken = self.taken()?;
        let newest = taken.last().map(|(at, _)| *at);
        if let Some(newest) = newest {
            meters.backup_taken(newest);
            // A clock that went back must not end backups: what lies ahead of it counts as old.
            let age = Duration::try_from(now.duration_since(newest)).unwrap_or(Duration::MAX);
            if age < self.every {
                return Ok(None);
            }
        }
        self.remove_what_was_broken_off().await?;
        let name = now.strftime(NAME).to_string();
        let unfinished = self.directory.join(format!("{name}{UNFINISHED}"));
        backup::take(data_dir, &unfinished, &mut |_| {}).await?;
        let path = self.directory.join(name);
        let io = |cause| ScheduleError::Io {
            path: path.clone(),
            cause,
        };
        fs::rename(&unfinished, &path).map_err(io)?;
        meters.backup_taken(now);
        self.remove_the_oldest().await?;
        Ok(Some(path))
    }

    /// The backups of ours, oldest first.
    fn taken(&self) -> Result<Vec<(Timestamp, PathBuf)>, ScheduleError> {
        let io = |cause| ScheduleError::Io {
            path: self.directory.clone(),
            cause,
        };
        let mut taken = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(at) = name.and_then(taken_at)
                && backup::is_finished(&path)
            {
                taken.push((at, path));
            }
        }
        taken.sort();
        Ok(taken)
    }

    /// What a server left that was killed in the middle.
    async fn remove_what_was_broken_off(&self) -> Result<(), ScheduleError> {
        let io = |cause| ScheduleError::Io {
            path: self.directory.clone(),
            cause,
        };
        for entry in fs::read_dir(&self.directory).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let ours = name.and_then(|name| taken_at(name.strip_suffix(UNFINISHED)?));
            if ours.is_some() {
                tokio::fs::remove_dir_all(&path).await.map_err(io)?;
            }
        }
        Ok(())
    }

    async fn remove_the_oldest(&self) -> Result<(), ScheduleError> {
        let taken = self.taken()?;
        let too_many = taken.len().saturating_sub(self.keep);
        for (_, path) in &taken[..too_many] {
            let io = |cause| ScheduleError::Io {
                path: path.clone(),
                cause,
            };
            tokio::fs::remove_dir_all(path).await.map_err(io)?;
        }
        Ok(())
    }
}

/// The time in a name of ours.
fn taken_at(name: &str) -> Option<Timestamp> {
    let at = jiff::civil::DateTime::strptime(NAME, name).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests;
