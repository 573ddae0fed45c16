//! The writer under its microscope: what one batch does to another job of it, and to the catalog.
//!
//! Most of these tests run on one thread. There the writer cannot run while a test asks without
//! waiting, so jobs asked for together are one batch, which the count of commits confirms.

mod answer;
pub(super) mod crashes;
mod failures;
mod idle;
mod queue;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use auboutique_protocol::ids::ProductId;

use self::answer::{Answer, buy, close, create_user, open_session, reprice, sell};
use crate::store::UserId;
use crate::store::catalog::Immutable;
use crate::store::conformance::Market;
use crate::store::conformance::market::{Asked, at_once, usd};
use crate::store::purchases::{NewPurchase, PurchaseOutcome, PurchaseStore as _};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::conformance::Directory;

/// A market in SQLite whose writer can be watched, with a seller and a buyer.
struct Bench {
    directory: Directory,
    market: Market,
    store: Arc<SqliteStore>,
    mona: UserId,
    omar: UserId,
}

impl Bench {
    async fn open() -> Self {
        let directory = Directory::create();
        let (market, store) = directory.market().await;
        let [mona, omar] = market.users(["mona", "omar"]).await;
        Self {
            directory,
            market,
            store,
            mona,
            omar,
        }
    }

    /// Lists products and gives the purchases of them.
    async fn wanted<const N: usize>(&self) -> [NewPurchase; N] {
        let mut wanted = Vec::new();
        for _ in 0..N {
            let product = self.market.sell(self.mona, 500).await;
            wanted.push(self.market.purchase(self.omar, product, 500));
        }
        wanted.try_into().expect("one per product")
    }

    /// How many commits the writer has begun.
    fn commits(&self) -> u64 {
        self.store.writer.progress.started.load(Ordering::SeqCst)
    }

    /// Has SQLite refuse the next commit.
    fn fail_commit(&self) {
        self.directory.faults.commit.store(true, Ordering::SeqCst);
    }

    fn for_sale(&self) -> Vec<ProductId> {
        self.market.for_sale().iter().map(|item| item.id).collect()
    }

    /// Asserts that the catalog shows what a start of the store makes of the database.
    async fn assert_catalog_is_the_databases(mut self) {
        let followed = self.market.for_sale();
        self.market.reopen().await;
        assert_eq!(self.market.for_sale(), followed);
    }
}

#[tokio::test]
async fn purchases_that_wait_together_are_committed_together() {
    let bench = Bench::open().await;
    let wanted: [_; 9] = bench.wanted().await;
    let before = bench.commits();
    let asked = wanted.iter().map(|purchase| buy(&bench.store, purchase));
    let answers = at_once(asked.collect()).await;
    assert!(answers.iter().all(|answer| *answer == Answer::Bought));
    assert_eq!(bench.commits() - before, 1);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn writes_of_all_kinds_that_wait_together_are_committed_together() {
    let bench = Bench::open().await;
    let [first, second] = bench.wanted().await;
    let before = bench.commits();
    let answers = at_once(vec![
        buy(&bench.store, &first),
        sell(&bench.store, bench.mona),
        create_user(&bench.store, "rima"),
        create_user(&bench.store, "mona"),
        buy(&bench.store, &second),
    ])
    .await;
    let listed = ProductId(second.product.0 + 1);
    assert_eq!(
        answers,
        [
            Answer::Bought,
            Answer::Listed(listed),
            Answer::User(Some(UserId(bench.omar.0 + 1))),
            Answer::User(None),
            Answer::Bought,
        ]
    );
    assert_eq!(bench.commits() - before, 1);
    assert_eq!(bench.for_sale(), [listed]);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn of_a_purchase_and_a_new_price_that_wait_together_one_succeeds() {
    let bench = Bench::open().await;
    let [dearer, same, sold] = bench.wanted().await;
    assert_eq!(buy(&bench.store, &sold).await, Answer::Bought);
    let before = bench.commits();
    let answers = at_once(vec![
        buy(&bench.store, &dearer),
        reprice(&bench.store, bench.mona, dearer.product, 900),
        buy(&bench.store, &same),
        reprice(&bench.store, bench.mona, same.product, 500),
        reprice(&bench.store, bench.mona, sold.product, 900),
    ])
    .await;
    assert_eq!(
        answers,
        [
            Answer::NotBought(PurchaseOutcome::PriceChanged(usd(900))),
            Answer::Edited(900),
            Answer::Bought,
            Answer::Edited(500),
            Answer::NotEdited(Immutable::Sold),
        ]
    );
    assert_eq!(bench.commits() - before, 1);
    assert_eq!(bench.for_sale(), [dearer.product]);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn the_first_of_a_batch_wins() {
    let bench = Bench::open().await;
    let rima = bench.market.user("rima").await;
    // Alone, and in a batch with another write.
    for others in 0..2 {
        let [first] = bench.wanted().await;
        let second = bench.market.purchase(rima, first.product, 500);
        let mut asked = vec![
            buy(&bench.store, &first),
            buy(&bench.store, &second),
            buy(&bench.store, &first),
        ];
        asked.extend((0..others).map(|_| sell(&bench.store, bench.mona)));
        let answers = at_once(asked).await;
        let too_late = PurchaseOutcome::AlreadySold { yours: false };
        let expected = [Answer::Bought, Answer::NotBought(too_late), Answer::Bought];
        assert_eq!(answers[..3], expected);
        let repeated = bench.market.refused(&first).await;
        assert_eq!(repeated, PurchaseOutcome::Confirmed(first.confirmation()));
    }
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_buyer_who_does_not_exist_spoils_no_other_purchase() {
    let bench = Bench::open().await;
    for others in 0..2 {
        let [first, orphan, last] = bench.wanted().await;
        let orphan = NewPurchase {
            buyer: UserId(99),
            ..orphan
        };
        let before = bench.commits();
        let mut asked = vec![
            buy(&bench.store, &first),
            buy(&bench.store, &orphan),
            buy(&bench.store, &last),
        ];
        asked.extend((0..others).map(|_| open_session(&bench.store, bench.mona)));
        let answers = at_once(asked).await;
        let expected = [Answer::Bought, Answer::Failed, Answer::Bought];
        assert_eq!(answers[..3], expected);
        assert_eq!(bench.commits() - before, 1);
        assert!(bench.market.catalog.contains(orphan.product));
        let sold = bench.market.buy(NewPurchase {
            buyer: bench.omar,
            ..orphan
        });
        assert!(matches!(sold.await, PurchaseOutcome::Confirmed(_)));
    }
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_purchase_that_the_schema_refuses_spoils_no_other() {
    let bench = Bench::open().await;
    for others in 0..2 {
        let [first, undated, placeless, last] = bench.wanted().await;
        let undated = NewPurchase {
            collect_on: "soon".into(),
            ..undated
        };
        let mut nowhere = (*bench.market.place).clone();
        nowhere.id = 99;
        let placeless = NewPurchase {
            place: Arc::new(nowhere),
            ..placeless
        };
        let mut asked = vec![
            buy(&bench.store, &first),
            buy(&bench.store, &undated),
            buy(&bench.store, &placeless),
            buy(&bench.store, &last),
        ];
        asked.extend((0..others).map(|_| sell(&bench.store, bench.mona)));
        let answers = at_once(asked).await;
        let expected = [
            Answer::Bought,
            Answer::Failed,
            Answer::Failed,
            Answer::Bought,
        ];
        assert_eq!(answers[..4], expected);
        for (purchase, for_sale) in [(first, false), (undated, true), (placeless, true)] {
            assert_eq!(bench.market.catalog.contains(purchase.product), for_sale);
        }
        assert!(!bench.market.catalog.contains(last.product));
    }
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_write_that_the_schema_refuses_is_refused_alone() {
    let bench = Bench::open().await;
    let [purchase] = bench.wanted().await;
    let before = bench.commits();
    let answers = at_once(vec![
        sell(&bench.store, bench.mona),
        sell(&bench.store, UserId(99)),
        create_user(&bench.store, "rima"),
        open_session(&bench.store, UserId(99)),
        buy(&bench.store, &purchase),
        sell(&bench.store, bench.omar),
    ])
    .await;
    let next = |number| ProductId(purchase.product.0 + number);
    assert_eq!(
        answers,
        [
            Answer::Listed(next(1)),
            Answer::Failed,
            Answer::User(Some(UserId(bench.omar.0 + 1))),
            Answer::Failed,
            Answer::Bought,
            Answer::Listed(next(2)),
        ]
    );
    assert_eq!(bench.commits() - before, 1);
    assert_eq!(bench.for_sale(), [next(1), next(2)]);
    bench.assert_catalog_is_the_databases().await;
}
