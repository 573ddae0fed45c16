//! The queue: its bound, what happens to those who stop waiting, and its end.
//!
//! A second connection that holds the write lock keeps the writer at its batch for as long as a test
//! needs.

use std::future::poll_fn;
use std::task::Poll;

use sqlx::{Connection as _, SqliteConnection};

use super::super::QUEUE_JOBS_MAX;
use super::*;

/// The database's write lock, and a writer that waits for it with a batch of one purchase.
struct Held<'a> {
    connection: SqliteConnection,
    first: Asked<'a, Answer>,
}

impl<'a> Held<'a> {
    async fn with(bench: &'a Bench, purchase: &NewPurchase) -> Self {
        let mut connection = bench.directory.connection().await;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .unwrap();
        let before = bench.commits();
        let mut first = buy(&bench.store, purchase);
        assert_eq!(asked(&mut first).await, None);
        while bench.commits() == before {
            tokio::task::yield_now().await;
        }
        Self { connection, first }
    }

    /// Lets go of the lock; what the writer was at can be waited for.
    async fn release(mut self) -> Asked<'a, Answer> {
        sqlx::query("ROLLBACK")
            .execute(&mut self.connection)
            .await
            .unwrap();
        self.connection.close().await.unwrap();
        self.first
    }
}

/// Asks, and returns the answer if it is there at once.
async fn asked(question: &mut Asked<'_, Answer>) -> Option<Answer> {
    poll_fn(|context| {
        Poll::Ready(match question.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn a_full_queue_is_answered_busy_and_those_who_wait_are_served() {
    let bench = Bench::open().await;
    let [first, wanted, late] = bench.wanted().await;
    let held = Held::with(&bench, &first).await;
    let mut waiting = Vec::new();
    for _ in 0..QUEUE_JOBS_MAX {
        let purchase = bench.market.purchase(bench.omar, wanted.product, 500);
        let mut question = buy(&bench.store, &purchase);
        assert_eq!(asked(&mut question).await, None);
        waiting.push(question);
    }
    for mut refused in [buy(&bench.store, &late), sell(&bench.store, bench.mona)] {
        assert_eq!(asked(&mut refused).await, Some(Answer::Busy));
    }

    assert_eq!(held.release().await.await, Answer::Bought);
    let mut answers = Vec::new();
    for question in waiting {
        answers.push(question.await);
    }
    assert_eq!(answers[0], Answer::Bought);
    let too_late = Answer::NotBought(PurchaseOutcome::AlreadySold { yours: true });
    assert!(answers[1..].iter().all(|answer| *answer == too_late));
    // Busy means that nothing was applied, and that the next attempt may succeed.
    assert_eq!(bench.for_sale(), [late.product]);
    assert_eq!(buy(&bench.store, &late).await, Answer::Bought);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn the_writes_of_those_who_stop_waiting_are_done_and_others_answered() {
    let bench = Bench::open().await;
    let [at_work, dropped, kept] = bench.wanted().await;
    let held = Held::with(&bench, &at_work).await;
    let mut buying = buy(&bench.store, &dropped);
    let mut selling = sell(&bench.store, bench.mona);
    let mut staying = buy(&bench.store, &kept);
    for question in [&mut buying, &mut selling, &mut staying] {
        assert_eq!(asked(question).await, None);
    }
    drop((buying, selling));
    // So goes the one whose write is under way.
    drop(held.release().await);

    assert_eq!(staying.await, Answer::Bought);
    let listed = ProductId(kept.product.0 + 1);
    assert_eq!(bench.for_sale(), [listed]);
    for purchase in [at_work, dropped, kept] {
        let outcome = bench.market.refused(&purchase).await;
        assert_eq!(outcome, PurchaseOutcome::Confirmed(purchase.confirmation()));
    }
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
    let bench = Bench::open().await;
    let [wanted, late] = bench.wanted().await;
    let winner = buy(&bench.store, &wanted);
    // More than a batch holds.
    let repetitions = (0..2 * super::super::BATCH_JOBS_MAX).map(|_| buy(&bench.store, &wanted));
    let mut questions: Vec<_> = std::iter::once(winner).chain(repetitions).collect();
    questions.push(sell(&bench.store, bench.mona));
    questions.push(close(&bench.store));
    let mut answers = at_once(questions).await;
    assert_eq!(answers.pop(), Some(Answer::Closed));
    let listed = ProductId(late.product.0 + 1);
    assert_eq!(answers.pop(), Some(Answer::Listed(listed)));
    assert!(answers.iter().all(|answer| *answer == Answer::Bought));

    assert_eq!(buy(&bench.store, &late).await, Answer::Unknown);
    assert_eq!(close(&bench.store).await, Answer::Closed);
    assert_eq!(bench.for_sale(), [late.product, listed]);
    bench.assert_catalog_is_the_databases().await;
}
