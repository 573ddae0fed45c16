//! The ledger on databases of a real server: running, killed, stopped, and damaged.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::collections::HashMap;
use std::path::Path;

use auboutique_loadtest::history::{Actor, Item, KeyId, Price, StoredSale};
use auboutique_loadtest::ledger::{LedgerError, Numbering, check, durability, sales};
use auboutique_loadtest::target::{Embedded, EmbeddedOptions};
use auboutique_protocol::ids::{Key, ProductId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::common::{client, options, purchase, sell};

/// What a run calls its products, users and keys.
#[derive(Default)]
struct Names {
    products: HashMap<ProductId, Item>,
    users: HashMap<String, Actor>,
    keys: HashMap<Key, KeyId>,
}

impl Names {
    async fn sales(&self, data_dir: &Path) -> Result<Vec<StoredSale>, LedgerError> {
        let mut found = sales(data_dir, self).await?;
        found.sort_by_key(|sale| sale.item);
        Ok(found)
    }
}

impl Numbering for Names {
    fn item(&self, product: ProductId) -> Option<Item> {
        self.products.get(&product).copied()
    }

    fn actor(&self, username: &str) -> Option<Actor> {
        self.users.get(username).copied()
    }

    fn key(&self, key: &Key) -> Option<KeyId> {
        self.keys.get(key).copied()
    }
}

fn stored(item: u32, buyer: Option<u32>, key: Option<u32>) -> StoredSale {
    StoredSale {
        item: Item(item),
        buyer: buyer.map(Actor),
        price: Price(1_250),
        key: key.map(KeyId),
    }
}

/// Three products, of which user 2 buys the first and user 3 the second.
async fn trade(server: &Embedded) -> Names {
    let seller = client(server, 1).await;
    let mut names = Names::default();
    for number in 0..3_u8 {
        let product = sell(&seller).await;
        names.products.insert(product, Item(number.into()));
        let name = format!("user-{}", number + 1);
        names.users.insert(name, Actor(number.into()));
        if number < 2 {
            let purchase = purchase(product);
            let buyer = client(server, number + 2).await;
            buyer.call(&purchase).await.unwrap();
            buyer.close().await;
            names.keys.insert(purchase.key, KeyId(number.into()));
        }
    }
    seller.close().await;
    names
}

fn both() -> Vec<StoredSale> {
    vec![stored(0, Some(1), Some(0)), stored(1, Some(2), Some(1))]
}

fn files(data_dir: &Path) -> [Vec<u8>; 2] {
    let read = |name| std::fs::read(data_dir.join(name)).unwrap();
    [read("auboutique.db"), read("auboutique.db-wal")]
}

#[tokio::test]
async fn sales_are_read_while_the_server_runs_after_its_death_and_after_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let keep = Some(directory.path().to_owned());
    let mut server = Embedded::start(EmbeddedOptions { keep, ..options() })
        .await
        .unwrap();
    let names = trade(&server).await;
    assert_eq!(names.sales(directory.path()).await.unwrap(), both());
    server.hold().unwrap();
    assert_eq!(names.sales(directory.path()).await.unwrap(), both());

    server.kill();
    let left = files(directory.path());
    assert_eq!(names.sales(directory.path()).await.unwrap(), both());
    assert_eq!(check(directory.path()).await.unwrap().integrity, "ok");
    // The next server finds what the last one left, as if nobody had looked.
    assert!(files(directory.path()) == left && !left[1].is_empty());

    server.restart().await.unwrap();
    assert_eq!(names.sales(directory.path()).await.unwrap(), both());
    server.stop().await.unwrap();
    assert_eq!(names.sales(directory.path()).await.unwrap(), both());
    let checked = check(directory.path()).await.unwrap();
    assert_eq!(
        (&*checked.integrity, checked.foreign_keys_broken),
        ("ok", 0)
    );
    let setting = durability(directory.path()).await.unwrap();
    assert_eq!(setting, "WAL, synchronous=FULL");
}

/// A database that a server has stopped on, and a connection that may do anything to it.
async fn stopped() -> (tempfile::TempDir, Names, SqliteConnection) {
    let directory = tempfile::tempdir().unwrap();
    let keep = Some(directory.path().to_owned());
    let server = Embedded::start(EmbeddedOptions { keep, ..options() })
        .await
        .unwrap();
    let names = trade(&server).await;
    server.stop().await.unwrap();
    let file = directory.path().join("auboutique.db");
    let vandal = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(false);
    let connection = SqliteConnection::connect_with(&vandal).await.unwrap();
    (directory, names, connection)
}

#[tokio::test]
async fn what_the_run_does_not_know_is_nobody_and_other_products_are_left_out() {
    let (directory, mut names, _connection) = stopped().await;
    names.users.remove("user-2");
    names.keys.clear();
    let expected = vec![stored(0, None, None), stored(1, Some(2), None)];
    assert_eq!(names.sales(directory.path()).await.unwrap(), expected);
    names.products.retain(|_, item| *item == Item(2));
    assert_eq!(names.sales(directory.path()).await.unwrap(), []);
}

#[tokio::test]
async fn a_sale_to_a_buyer_who_is_not_there_is_seen_and_counted() {
    let (directory, names, mut connection) = stopped().await;
    sqlx::query(
        "INSERT INTO sales SELECT 3, 4711, seller, randomblob(16), price, sold_at, collect_on,
         place, code FROM sales WHERE product = 1",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let mut expected = both();
    expected.push(stored(2, None, None));
    assert_eq!(names.sales(directory.path()).await.unwrap(), expected);
    let checked = check(directory.path()).await.unwrap();
    assert_eq!(
        (&*checked.integrity, checked.foreign_keys_broken),
        ("ok", 1)
    );
}

#[tokio::test]
async fn an_index_that_has_lost_a_row_is_found() {
    let (directory, _names, mut connection) = stopped().await;
    for statement in [
        "PRAGMA writable_schema = ON",
        "CREATE TABLE copy (buyer, sold_at)",
        "CREATE INDEX copy_by_buyer ON copy (buyer, sold_at)",
        "UPDATE sqlite_schema SET rootpage =
             (SELECT rootpage FROM sqlite_schema WHERE name = 'copy_by_buyer')
         WHERE name = 'sales_by_buyer'",
    ] {
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
    let checked = check(directory.path()).await.unwrap();
    assert!(checked.integrity.contains("sales_by_buyer"), "{checked:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    for content in [None, Some("no database")] {
        if let Some(content) = content {
            std::fs::write(directory.path().join("auboutique.db"), content).unwrap();
        }
        let error = Names::default().sales(directory.path()).await.unwrap_err();
        assert!(error.to_string().contains("auboutique.db"), "{error}");
        assert!(check(directory.path()).await.is_err());
    }
}
