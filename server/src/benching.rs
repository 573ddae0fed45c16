//! What the benches drive: the parts of the server, without the rest of it.
//!
//! Only there with the feature `benching`. Whatever fails here panics: a bench that goes on would measure
//! something else.

pub mod catalog;
pub mod password;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auboutique_protocol::catalog::Sort;
use auboutique_protocol::ids::{Key, ProductId, UnixMillis};
use auboutique_protocol::money::{Currency, Money};
use auboutique_protocol::purchases::Confirmation;

use crate::catalog::{Catalog, Query};
use crate::handlers::catalog::encode_page;
use crate::store::purchases::{
    CollectionPlace, NewPurchase, PickupCode, PurchaseOutcome, PurchaseStore as _,
};
use crate::store::sqlite::{self, SqliteStore};
use crate::store::{CommitObserver, Store as _, UserId};

/// Pages in the write-ahead log before the store has it copied back, as `PRAGMA wal_autocheckpoint` takes it:
/// whoever is measured beside the store has the same.
pub const CHECKPOINT_PAGES: &str = sqlite::CHECKPOINT_PAGES;

static ANSWERS_ARE_FLUSHED: AtomicBool = AtomicBool::new(false);

/// From now on the servers of this process write every answer by itself, to see what gathering them is worth.
pub fn flush_answers() {
    ANSWERS_ARE_FLUSHED.store(true, Ordering::Relaxed);
}

pub(crate) fn answers_are_flushed() -> bool {
    ANSWERS_ARE_FLUSHED.load(Ordering::Relaxed)
}

/// The store and the catalog that follows it, as in the server, and nothing around them.
pub struct Market {
    store: SqliteStore,
    catalog: Arc<Catalog>,
    place: Arc<CollectionPlace>,
}

impl fmt::Debug for Market {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Market").finish_non_exhaustive()
    }
}

impl Market {
    /// Opens the databases in this directory, which exists, and reads what is for sale. Prices are in
    /// dollars.
    ///
    /// # Panics
    /// They cannot be opened.
    pub async fn open(directory: &Path) -> Self {
        let catalog = Arc::new(Catalog::default());
        let observer: Arc<dyn CommitObserver> = Arc::clone(&catalog) as _;
        let store = SqliteStore::open(directory, Currency::Usd, observer)
            .await
            .expect("the databases can be opened");
        let place = store
            .collection_place("AUB Post Office", "Mon-Fri 9-16")
            .await
            .expect("a place can be stored");
        Self {
            store,
            catalog,
            place,
        }
    }

    /// Buys a product for the user with this number.
    ///
    /// # Errors
    /// It was not bought: why, for people.
    ///
    /// # Panics
    /// The store failed.
    pub async fn buy(
        &self,
        buyer: i64,
        product: ProductId,
        key: Key,
        price: Money,
        now: UnixMillis,
    ) -> Result<Confirmation, String> {
        let purchase = NewPurchase {
            buyer: UserId(buyer),
            key,
            product,
            price,
            sold_at: now,
            collect_on: "2026-11-30".into(),
            place: Arc::clone(&self.place),
            code: PickupCode::draw().expect("the system has random bytes"),
        };
        let outcome = if self.catalog.contains(product) {
            self.store.buy(purchase).await.map(Some)
        } else {
            self.store.refusal(&purchase).await
        };
        match outcome.expect("the store answers") {
            Some(PurchaseOutcome::Confirmed(confirmation)) => Ok(confirmation),
            other => Err(format!("{other:?}")),
        }
    }

    /// The newest products for sale, at most so many, as the body of an encoded `ProductPage`.
    #[must_use]
    pub fn page(&self, limit: usize) -> Vec<u8> {
        let query = Query {
            owner: None,
            category: None,
            prices: 0..=u64::MAX,
            sort: Sort::Newest,
            after: None,
            limit,
        };
        encode_page(&self.catalog.page(&query)).0
    }

    /// How many products are for sale.
    #[must_use]
    pub fn for_sale(&self) -> usize {
        self.catalog.len()
    }

    /// Finishes what is begun, and closes the databases.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
