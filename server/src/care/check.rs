//! A look at the databases once a day: whether every page is one (`PRAGMA quick_check`).
//!
//! It finds what a dying disk or a stray write has done before members do, while there are backups that
//! are older than the damage. Nothing is repaired: what is found stands in the log and in the metrics.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::monitoring::meters::CareMeters;
use crate::store::sqlite::backup::{Database, Thoroughness, look_at};

/// The first look comes this long after the start, when members have come back.
const FIRST_AFTER: Duration = Duration::from_secs(600);
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Looks at the databases until it is told to stop.
pub(crate) async fn run(data_dir: PathBuf, meters: Arc<CareMeters>, stop: CancellationToken) {
    let mut wait = FIRST_AFTER;
    while stop.run_until_cancelled(sleep(wait)).await.is_some() {
        wait = EVERY;
        if stop
            .run_until_cancelled(round(&data_dir, &meters))
            .await
            .is_none()
        {
            return;
        }
    }
}

async fn round(data_dir: &std::path::Path, meters: &CareMeters) {
    let mut is_sound = true;
    for database in Database::ALL {
        let file = database.file_name();
        match look_at(&data_dir.join(file), Thoroughness::Quick).await {
            Ok(()) => tracing::info!(file, "a database was looked at and is sound"),
            Err(error) => {
                is_sound = false;
                tracing::error!(file, %error, "a database is not sound; see docs/OPERATIONS.md");
            }
        }
    }
    meters.looked_at(Timestamp::now(), is_sound);
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use auboutique_protocol::money::Currency;
    use prometheus_client::encoding::text;

    use super::*;
    use crate::catalog::Catalog;
    use crate::monitoring::meters::Meters;
    use crate::store::Store as _;
    use crate::store::sqlite::SqliteStore;

    async fn is_sound(data_dir: &std::path::Path) -> bool {
        let meters = Meters::default();
        round(data_dir, &meters.care).await;
        let mut told = String::new();
        text::encode(&mut told, meters.registry()).unwrap();
        let line = told
            .lines()
            .find(|line| line.starts_with("auboutique_databases_sound "));
        line.unwrap().ends_with(" 1")
    }

    #[tokio::test]
    async fn damage_is_found_while_the_database_is_in_use() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let store = SqliteStore::open(path, Currency::Usd, Arc::new(Catalog::default())).await;
        let store = store.unwrap();
        assert!(is_sound(path).await);
        store.close().await;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .open(path.join("auboutique.db"))
            .unwrap();
        // The second page, from its first byte on.
        file.seek(SeekFrom::Start(4096)).unwrap();
        file.write_all(&[0xa5; 4096]).unwrap();
        drop(file);
        assert!(!is_sound(path).await);
    }
}
