//! What the login throttle remembers comes back as it was.

use auboutique_protocol::ids::UnixMillis;

use super::Market;
use crate::store::throttle::{ThrottleEntry, ThrottleTable};

fn entry(table: ThrottleTable, key: &str, count: u32, at: u64) -> ThrottleEntry {
    ThrottleEntry {
        table,
        key: key.into(),
        count,
        at: UnixMillis(at),
    }
}

async fn entries(market: &Market) -> Vec<ThrottleEntry> {
    market.store.throttle_entries().await.unwrap()
}

pub(crate) async fn what_the_throttle_remembers_is_there_after_a_restart(mut market: Market) {
    assert!(entries(&market).await.is_empty());
    let all = ThrottleTable::ALL.map(|table| entry(table, "00ff", 3, 7));
    let keep = market.store.keep_throttle_entries(all.to_vec(), Vec::new());
    keep.await.unwrap();
    market.reopen().await;
    assert_eq!(entries(&market).await, all);

    let later = entry(ThrottleTable::Failures, "00ff", 4, 9);
    let forgotten = vec![
        (ThrottleTable::Known, "00ff".to_owned()),
        (ThrottleTable::Known, "never there".to_owned()),
    ];
    let keep = market
        .store
        .keep_throttle_entries(vec![later.clone()], forgotten);
    keep.await.unwrap();
    let [_, _, name, source] = all;
    assert_eq!(entries(&market).await, [later, name, source]);
}

pub(crate) async fn what_is_old_is_forgotten_a_part_at_a_time(market: Market) {
    let kept = (0..5)
        .map(|at| entry(ThrottleTable::Source, &format!("{at:02x}"), 0, at))
        .chain([entry(ThrottleTable::Name, "00", 0, 0)])
        .collect();
    let keep = market.store.keep_throttle_entries(kept, Vec::new());
    keep.await.unwrap();
    let mut forgotten = Vec::new();
    for _ in 0..3 {
        let forget = market
            .store
            .forget_throttle_entries(ThrottleTable::Source, UnixMillis(3), 2);
        forgotten.push(forget.await.unwrap());
    }
    assert_eq!(forgotten, [2, 1, 0]);
    let left: Vec<_> = entries(&market).await.into_iter().map(|e| e.at.0).collect();
    assert_eq!(left, [0, 3, 4]);
}
