//! The store's contract, kept by SQLite: the suite for every backend, and random histories.

mod model;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auboutique_protocol::ids::{ProductId, UnixMillis};
use auboutique_protocol::money::Currency;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tempfile::TempDir;

use super::writer::Faults;
use super::{SqliteStore, connect_options, to_sql};
use crate::catalog::Catalog;
use crate::data_dir::PicturesHold;
use crate::pictures::{EncodedPicture, ProcessedPicture};
use crate::store::conformance::{Backend, Market, conformance};
use crate::store::pictures::PictureStore as _;
use crate::store::{CommitObserver, Store};

conformance!(Directory::create());

/// A directory with the databases, removed in the end.
#[derive(Clone)]
pub(super) struct Directory {
    directory: Arc<TempDir>,
    /// Failures to inject into every store that is opened here.
    pub(super) faults: Faults,
    /// How long a writer here waits before it tidies up; longer than any test unless set.
    pub(super) idle: Duration,
}

impl Directory {
    pub(super) fn create() -> Self {
        Self {
            directory: Arc::new(tempfile::tempdir().unwrap()),
            faults: Faults::default(),
            idle: Duration::from_secs(86_400),
        }
    }

    pub(super) fn main_database(&self) -> PathBuf {
        self.directory.path().join("auboutique.db")
    }

    pub(super) async fn open_store(&self, observer: Arc<dyn CommitObserver>) -> SqliteStore {
        let (directory, faults) = (self.directory.path(), self.faults.clone());
        SqliteStore::open_with(directory, Currency::Usd, observer, self.idle, faults)
            .await
            .unwrap()
    }

    /// A connection beside those of the store.
    pub(super) async fn connection(&self) -> SqliteConnection {
        let options = connect_options(&self.main_database());
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// A market here, and its store as what it is.
    pub(super) async fn market(&self) -> (Market, Arc<SqliteStore>) {
        let catalog = Arc::new(Catalog::default());
        let store = Arc::new(self.open_store(catalog.clone()).await);
        let backend = Box::new(self.clone());
        let market = Market::around(backend, store.clone(), catalog).await;
        (market, store)
    }
}

#[async_trait]
impl Backend for Directory {
    async fn open(&self, observer: Arc<dyn CommitObserver>) -> Arc<dyn Store> {
        Arc::new(self.open_store(observer).await)
    }

    async fn withdraw(&self, product: ProductId) {
        let mut connection = self.connection().await;
        let done = sqlx::query("UPDATE products SET withdrawn_at = 1 WHERE id = ?")
            .bind(to_sql(product.0))
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
        connection.close().await.unwrap();
    }
}

/// The sweep of unused pictures spares what was wanted lately, so a repeated put must be noted.
#[tokio::test]
async fn a_picture_that_is_stored_again_is_noted_as_wanted_again() {
    let directory = Directory::create();
    let store = directory.open_store(Arc::new(Catalog::default())).await;
    let path = directory.directory.path().join("pictures.db");
    let mut connection = SqliteConnection::connect_with(&connect_options(&path))
        .await
        .unwrap();
    for moment in [1, 5] {
        let put = store.put_picture(tiny_picture(), UnixMillis(moment)).await;
        put.unwrap();
        let row = sqlx::query("SELECT touched_at, count(*) FROM pictures")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!((row.get(0), row.get(1)), (to_sql(moment), 1_i64));
    }
}

/// A backup copies the pictures after the products that name them.
#[tokio::test]
async fn no_picture_is_removed_while_somebody_copies_them() {
    let directory = Directory::create();
    let store = directory.open_store(Arc::new(Catalog::default())).await;
    store
        .put_picture(tiny_picture(), UnixMillis(1))
        .await
        .unwrap();
    let copying = PicturesHold::keep(directory.directory.path()).await;
    let swept = store.sweep_pictures(UnixMillis(9), None).await.unwrap();
    assert_eq!((swept.removed, swept.next), (0, None));
    drop(copying);
    let swept = store.sweep_pictures(UnixMillis(9), None).await.unwrap();
    assert_eq!(swept.removed, 1);
}

fn tiny_picture() -> ProcessedPicture {
    let form = EncodedPicture {
        jpeg: vec![1],
        width: 1,
        height: 1,
    };
    ProcessedPicture {
        full: form.clone(),
        thumbnail: form,
        hash: [1; 32],
    }
}
