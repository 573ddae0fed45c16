//! Commits that fail, databases that cannot be opened again, and readers who must not run ahead.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use sqlx::Row as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::catalog::Catalog;
use crate::store::catalog::ForSale;
use crate::store::{Change, CommitObserver};

#[tokio::test]
async fn a_failed_commit_of_purchases_leaves_them_unknown_and_a_repetition_buys() {
    let bench = Bench::open().await;
    let wanted: [_; 3] = bench.wanted().await;
    let products = bench.for_sale();
    bench.fail_commit();
    let asked = wanted.iter().map(|purchase| buy(&bench.store, purchase));
    let answers = at_once(asked.collect()).await;
    assert_eq!(answers, [const { Answer::Unknown }; 3]);

    // Questions wait until the catalog is the database's again.
    let refusal = bench.store.refusal(&wanted[0]).await.unwrap();
    assert_eq!(refusal, None);
    assert_eq!(bench.for_sale(), products);
    for purchase in &wanted {
        assert_eq!(buy(&bench.store, purchase).await, Answer::Bought);
    }
    assert_eq!(bench.for_sale(), []);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_failed_commit_of_mixed_writes_leaves_them_unknown_and_applies_none() {
    let bench = Bench::open().await;
    let [purchase] = bench.wanted().await;
    bench.fail_commit();
    let answers = at_once(vec![
        sell(&bench.store, bench.mona),
        buy(&bench.store, &purchase),
        create_user(&bench.store, "rima"),
        sell(&bench.store, UserId(99)),
    ])
    .await;
    assert_eq!(answers, [const { Answer::Unknown }; 4]);

    assert_eq!(bench.store.refusal(&purchase).await.unwrap(), None);
    assert_eq!(bench.for_sale(), [purchase.product]);
    let answers = at_once(vec![
        sell(&bench.store, bench.mona),
        buy(&bench.store, &purchase),
        create_user(&bench.store, "rima"),
    ])
    .await;
    let listed = ProductId(purchase.product.0 + 1);
    let rima = UserId(bench.omar.0 + 1);
    assert_eq!(
        answers,
        [
            Answer::Listed(listed),
            Answer::Bought,
            Answer::User(Some(rima))
        ]
    );
    assert_eq!(bench.for_sale(), [listed]);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn a_failed_commit_has_the_catalog_rebuilt_from_the_database() {
    let bench = Bench::open().await;
    let [purchase, other] = bench.wanted().await;
    // As if the commit had been another than the one that the catalog was told of.
    bench
        .market
        .catalog
        .apply(vec![Change::Sold(other.product)]);
    bench.fail_commit();
    assert_eq!(buy(&bench.store, &purchase).await, Answer::Unknown);
    bench.store.writer.caught_up().await;
    assert_eq!(bench.for_sale(), [purchase.product, other.product]);
}

#[tokio::test]
async fn several_failed_commits_in_a_row_are_survived() {
    let bench = Bench::open().await;
    let [purchase] = bench.wanted().await;
    for _ in 0..3 {
        bench.fail_commit();
        assert_eq!(buy(&bench.store, &purchase).await, Answer::Unknown);
        bench.fail_commit();
        assert_eq!(sell(&bench.store, bench.mona).await, Answer::Unknown);
    }
    assert_eq!(buy(&bench.store, &purchase).await, Answer::Bought);
    bench.assert_catalog_is_the_databases().await;
}

#[tokio::test]
async fn while_the_database_cannot_be_opened_writes_are_busy_and_later_they_work() {
    let bench = Bench::open().await;
    let [purchase, other] = bench.wanted().await;
    let (path, aside) = (
        bench.directory.main_database(),
        bench.directory.main_database().with_extension("aside"),
    );
    std::fs::rename(&path, &aside).unwrap();
    bench.fail_commit();
    assert_eq!(buy(&bench.store, &purchase).await, Answer::Unknown);
    assert_eq!(buy(&bench.store, &other).await, Answer::Busy);
    assert_eq!(sell(&bench.store, bench.mona).await, Answer::Busy);

    std::fs::rename(&aside, &path).unwrap();
    let mut answer = Answer::Busy;
    while answer == Answer::Busy {
        answer = buy(&bench.store, &purchase).await;
    }
    assert_eq!(answer, Answer::Bought);
    assert_eq!(bench.for_sale(), [other.product]);
    bench.assert_catalog_is_the_databases().await;
}

/// Far longer than closing takes, so that a store that never closes fails the test.
const CLOSED_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_database_that_cannot_be_opened_again_does_not_keep_the_store_from_closing() {
    for closing_comes_with_the_failure in [true, false] {
        let bench = Bench::open().await;
        let [purchase] = bench.wanted().await;
        let path = bench.directory.main_database();
        std::fs::rename(&path, path.with_extension("aside")).unwrap();
        bench.fail_commit();
        let closing = async {
            let bought = buy(&bench.store, &purchase);
            if closing_comes_with_the_failure {
                at_once(vec![bought, close(&bench.store)]).await
            } else {
                vec![bought.await, close(&bench.store).await]
            }
        };
        let answers = tokio::time::timeout(CLOSED_WITHIN, closing).await;
        assert_eq!(answers, Ok(vec![Answer::Unknown, Answer::Closed]));
    }
}

/// A catalog that hears of a sale only when the test allows it.
struct Detained {
    catalog: Arc<Catalog>,
    arrived: UnboundedSender<()>,
    /// Ends when the test drops the other end.
    allowed: Mutex<mpsc::Receiver<()>>,
}

impl Detained {
    fn new(catalog: &Arc<Catalog>) -> (Self, UnboundedReceiver<()>, mpsc::Sender<()>) {
        let (arrived, arrivals) = unbounded_channel();
        let (allow, allowed) = mpsc::channel();
        let detained = Self {
            catalog: Arc::clone(catalog),
            arrived,
            allowed: Mutex::new(allowed),
        };
        (detained, arrivals, allow)
    }
}

impl CommitObserver for Detained {
    fn apply(&self, changes: Vec<Change>) {
        let sold = |change: &Change| matches!(change, Change::Sold(_));
        if changes.iter().any(sold) {
            self.arrived.send(()).unwrap();
            self.allowed.lock().unwrap().recv().unwrap();
        }
        self.catalog.apply(changes);
    }

    fn rebuild(&self, for_sale: Vec<ForSale>) {
        self.catalog.rebuild(for_sale);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_answer_tells_of_a_sale_before_the_catalog_shows_it() {
    let directory = Directory::create();
    let catalog = Arc::new(Catalog::default());
    let (detained, mut arrivals, allow) = Detained::new(&catalog);
    let store = Arc::new(directory.open_store(Arc::new(detained)).await);
    let backend = Box::new(directory.clone());
    let market = Arc::new(Market::around(backend, store.clone(), catalog).await);
    let [mona, omar] = market.users(["mona", "omar"]).await;
    let product = market.sell(mona, 500).await;
    let purchase = market.purchase(omar, product, 500);

    let buying = tokio::spawn({
        let (market, purchase) = (Arc::clone(&market), purchase.clone());
        async move { market.buy(purchase).await }
    });
    arrivals.recv().await.unwrap();
    // The sale is committed, and the catalog does not know.
    let mut connection = directory.connection().await;
    let sales = sqlx::query("SELECT count(*) FROM sales").fetch_one(&mut connection);
    assert_eq!(sales.await.unwrap().get::<i64, _>(0), 1);
    assert!(market.catalog.contains(product));
    assert!(!buying.is_finished());

    let reading: Vec<_> = (0..3)
        .map(|kind| tokio::spawn(read(kind, Arc::clone(&market), mona, purchase.clone())))
        .collect();
    let mut waiting: Asked<'_, ()> = Box::pin(store.writer.caught_up());
    let waits = std::future::poll_fn(|context| {
        std::task::Poll::Ready(waiting.as_mut().poll(context).is_pending())
    });
    assert!(waits.await, "readers wait for the catalog");
    allow.send(()).unwrap();
    waiting.await;
    assert!(!market.catalog.contains(product));
    for task in reading {
        task.await.unwrap();
    }
    let outcome = buying.await.unwrap();
    assert_eq!(outcome, PurchaseOutcome::Confirmed(purchase.confirmation()));
}

/// Asks one of the questions that tell of sales, and asserts that the catalog shows them.
async fn read(kind: usize, market: Arc<Market>, seller: UserId, purchase: NewPurchase) {
    let told = match kind {
        0 => market.store.refusal(&purchase).await.unwrap().is_some(),
        1 => {
            let page = market.store.purchases(purchase.buyer, None, 10).await;
            !page.unwrap().items.is_empty()
        }
        _ => {
            use auboutique_protocol::purchases::OwnProductState;
            let page = market.store.sales(seller, None, 10).await.unwrap();
            matches!(page.items[0].state, OwnProductState::Sold(_))
        }
    };
    // The commit was over before the question, so each must tell of it.
    assert!(told);
    assert!(!market.catalog.contains(purchase.product));
}
