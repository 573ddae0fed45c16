//! The process dies under a batch: at each place what is on the disk is the whole batch or nothing of it,
//! and a repetition with the same key ends all doubt.
//!
//! The writer is held where it would have died, and the files are copied as they are. That is what a new
//! process would find; what a dead one had in memory is in no file.

use std::path::Path;
use std::sync::Mutex;

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::super::CrashPoint;
use super::*;
use crate::catalog::Catalog;
use crate::store::sqlite::SqliteStore;

/// Holds a writer at one place, once.
#[derive(Debug, Default)]
pub(in crate::store::sqlite) struct Death {
    point: Mutex<Option<CrashPoint>>,
    reached: Notify,
    released: Notify,
}

impl Death {
    pub(in crate::store::sqlite::writer) async fn reach(&self, point: CrashPoint) {
        let is_here = self
            .point
            .lock()
            .unwrap()
            .take_if(|wanted| *wanted == point);
        if is_here.is_some() {
            self.reached.notify_one();
            self.released.notified().await;
        }
    }
}

/// The database with its log, as it is at this moment, in a directory of its own.
fn copy_files(directory: &Directory) -> Directory {
    let copy = Directory::create();
    let (from, to) = (directory.main_database(), copy.main_database());
    for suffix in ["", "-wal"] {
        let [from, to] = [&from, &to].map(|path| format!("{}{suffix}", path.display()));
        assert!(Path::new(&from).exists(), "{from}");
        std::fs::copy(from, to).unwrap();
    }
    copy
}

async fn bought(store: &SqliteStore, buyer: UserId) -> Vec<ProductId> {
    let page = store.purchases(buyer, None, 9).await.unwrap();
    let products = page.items.iter().map(|bought| bought.confirmation.product);
    products.collect()
}

/// Dies at this place under purchases, alone or beside other writes; says whether they are on the disk.
async fn die(point: CrashPoint, is_mixed: bool) {
    let bench = Bench::open().await;
    let [earlier, first, second] = bench.wanted().await;
    assert_eq!(buy(&bench.store, &earlier).await, Answer::Bought);
    let death = Arc::clone(&bench.directory.faults.death);
    *death.point.lock().unwrap() = Some(point);
    let mut asked = vec![buy(&bench.store, &first), buy(&bench.store, &second)];
    if is_mixed {
        asked.push(sell(&bench.store, bench.mona));
        asked.push(create_user(&bench.store, "rima"));
    }
    let dying = async {
        death.reached.notified().await;
        let copy = copy_files(&bench.directory);
        death.released.notify_one();
        copy
    };
    let (answers, copy) = tokio::join!(at_once(asked), dying);
    assert_eq!(answers[..2], [const { Answer::Bought }; 2]);

    let store = Arc::new(copy.open_store(Arc::new(Catalog::default())).await);
    let is_stored = matches!(point, CrashPoint::AfterCommit | CrashPoint::BeforeReply);
    let found = bought(&store, bench.omar).await.len();
    assert_eq!(found, if is_stored { 3 } else { 1 }, "{point:?}");
    for purchase in [&earlier, &first, &second] {
        assert_eq!(buy(&store, purchase).await, Answer::Bought, "{point:?}");
    }
    assert_eq!(bought(&store, bench.omar).await.len(), 3, "{point:?}");
    let name_is_free = create_user(&store, "rima").await != Answer::User(None);
    assert_eq!(name_is_free, !(is_mixed && is_stored), "{point:?}");
}

#[tokio::test]
async fn purchases_alone_are_on_the_disk_together_or_not_at_all() {
    use CrashPoint::{AfterCommit, BeforeBegin, BeforeReply};
    for point in [BeforeBegin, AfterCommit, BeforeReply] {
        die(point, false).await;
    }
}

#[tokio::test]
async fn a_mixed_batch_is_on_the_disk_as_a_whole_or_not_at_all() {
    use CrashPoint::{AfterCommit, BeforeBegin, BeforeCommit, BeforeReply, BetweenStatements};
    for point in [
        BeforeBegin,
        BetweenStatements,
        BeforeCommit,
        AfterCommit,
        BeforeReply,
    ] {
        die(point, true).await;
    }
}

/// Lets the writer have committed a first purchase when a second comes, and stops it again there or not:
/// the answers, of which the second is asked for only when the first is there.
async fn one_behind_the_other(bench: &Bench, stop_again: bool) -> [Answer; 2] {
    let [first, second] = bench.wanted().await;
    let death = &bench.directory.faults.death;
    *death.point.lock().unwrap() = Some(CrashPoint::AfterCommit);
    let mut ask_first = Box::pin(buy(&bench.store, &first));
    let mut ask_second = Box::pin(buy(&bench.store, &second));
    tokio::select! {
        biased;
        answer = &mut ask_first => panic!("{answer:?} before the writer went on"),
        () = death.reached.notified() => {}
    }
    // Polled once, it waits in the queue.
    assert_eq!((&mut ask_second).now_or_never(), None);
    if stop_again {
        *death.point.lock().unwrap() = Some(CrashPoint::AfterCommit);
    } else {
        bench.fail_commit();
    }
    death.released.notify_one();
    let answer = ask_first.await;
    if stop_again {
        death.reached.notified().await;
        assert_eq!((&mut ask_second).now_or_never(), None);
        death.released.notify_one();
    }
    [answer, ask_second.await]
}

#[tokio::test]
async fn a_batch_is_answered_while_the_next_one_is_written() {
    let bench = Bench::open().await;
    let answers = one_behind_the_other(&bench, true).await;
    assert_eq!(answers, [const { Answer::Bought }; 2]);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_commit_that_fails_takes_nothing_from_the_batch_before() {
    let bench = Bench::open().await;
    let answers = one_behind_the_other(&bench, false).await;
    assert_eq!(answers, [Answer::Bought, Answer::Unknown]);
    bench.store.writer.caught_up().await;
    assert_eq!(bench.for_sale().len(), 1);
    bench.assert_catalog_is_the_databases().await;
}
