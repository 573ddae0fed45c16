//! Backups on a clock that the tests move.

use auboutique_protocol::money::Currency;
use tempfile::TempDir;

use super::*;
use crate::catalog::Catalog;
use crate::monitoring::meters::Meters;
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;

const HOUR: Duration = Duration::from_secs(3_600);

/// A market that is backed up each hour, of which three are kept.
struct Bench {
    _directory: TempDir,
    data: PathBuf,
    schedule: BackupSchedule,
    meters: Meters,
    begin: Timestamp,
}

impl Bench {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [data, backups] = ["data", "backups"].map(|name| directory.path().join(name));
        for made in [&data, &backups, &data.join("tls")] {
            fs::create_dir(made).unwrap();
        }
        let catalog = Arc::new(Catalog::default());
        let store = SqliteStore::open(&data, Currency::Usd, catalog).await;
        store.unwrap().close().await;
        Self {
            data,
            schedule: BackupSchedule {
                directory: backups,
                every: HOUR,
                keep: 3,
            },
            meters: Meters::default(),
            begin: "2026-02-25T10:00:00Z".parse().unwrap(),
            _directory: directory,
        }
    }

    /// Whether a backup was taken so long after the begin.
    async fn round(&self, after: Duration) -> bool {
        let now = self.begin + after;
        let taken = self
            .schedule
            .round(&self.data, now, &self.meters.care)
            .await;
        taken.unwrap().is_some()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.schedule.directory).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
        let mut names: Vec<_> = entries.map(|entry| name(entry).unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn one_is_taken_when_the_newest_is_old_enough_and_so_many_are_kept() {
    let bench = Bench::open().await;
    assert!(bench.round(Duration::ZERO).await, "there was none");
    assert!(!bench.round(Duration::from_secs(3_599)).await);
    for hours in 1..=4 {
        assert!(bench.round(HOUR * hours).await);
    }
    let expected = ["12", "13", "14"].map(|hour| format!("auboutique-20260225T{hour}0000Z"));
    assert_eq!(bench.names(), expected);
}

#[tokio::test]
async fn what_is_not_a_finished_backup_of_ours_is_neither_counted_nor_removed() {
    let bench = Bench::open().await;
    let foreign = ["auboutique-20260101T000000Z", "auboutique-monday", "photos"];
    for name in foreign {
        fs::create_dir(bench.schedule.directory.join(name)).unwrap();
    }
    for hours in 0..5 {
        assert!(bench.round(HOUR * hours).await);
    }
    let names = bench.names();
    assert_eq!(names.len(), 6, "{names:?}");
    for name in foreign {
        assert!(names.contains(&name.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn what_a_killed_server_left_unfinished_is_removed() {
    let bench = Bench::open().await;
    let left = bench
        .schedule
        .directory
        .join("auboutique-20260225T093000Z.unfinished");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("auboutique.db"), "half").unwrap();
    assert!(bench.round(Duration::ZERO).await);
    assert_eq!(bench.names(), ["auboutique-20260225T100000Z"]);
}

#[tokio::test]
async fn a_clock_that_went_back_takes_one_more_and_does_not_wait_for_the_future() {
    let bench = Bench::open().await;
    assert!(bench.round(HOUR * 100).await);
    assert!(bench.round(Duration::ZERO).await);
}

#[tokio::test]
async fn a_failure_leaves_nothing_and_the_next_round_succeeds() {
    let bench = Bench::open().await;
    let (main, aside) = (bench.data.join("auboutique.db"), bench.data.join("aside"));
    fs::rename(&main, &aside).unwrap();
    let failed = bench
        .schedule
        .round(&bench.data, bench.begin, &bench.meters.care)
        .await;
    failed.unwrap_err();
    assert_eq!(bench.names(), Vec::<String>::new());
    fs::rename(&aside, &main).unwrap();
    assert!(bench.round(Duration::ZERO).await);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error_with_its_name() {
    let mut bench = Bench::open().await;
    bench.schedule.directory.push("missing");
    let failed = bench
        .schedule
        .round(&bench.data, bench.begin, &bench.meters.care)
        .await;
    let error = failed.unwrap_err().to_string();
    assert!(error.contains("missing"), "{error}");
}
