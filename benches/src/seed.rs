//! The databases of a market with people and products in them, written in bulk and copied for every side.

use std::ops::Range;
use std::path::{Path, PathBuf};

use auboutique_server::benching::Market;
use rusqlite::Connection;
use tokio::runtime::Runtime;

/// The seller of everything.
pub const SELLER: i64 = 1;
/// People who buy. None is the seller.
pub const BUYERS: i64 = 256;
/// What everything costs, in minor units.
pub const PRICE: u64 = 100;

/// Who buys a product, or makes an attempt, of this number: all take turns.
#[must_use]
pub fn buyer_of(number: u64) -> i64 {
    SELLER + 1 + (number % BUYERS.cast_unsigned()).cast_signed()
}

/// Opens a database to write much to it at once: fast, and lost if the machine stops meanwhile.
///
/// # Panics
/// There is none.
#[must_use]
pub fn open_for_filling(database: &Path) -> Connection {
    let connection = Connection::open(database).expect("the database is there");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;",
        )
        .expect("the settings are known");
    connection
}

/// A directory with the databases of the store, with [`BUYERS`] and so many products for sale, numbered
/// from 1.
///
/// # Panics
/// The disk or the store fails.
pub fn fill(runtime: &Runtime, directory: &Path, products: u64) {
    std::fs::create_dir_all(directory).expect("the directory can be made");
    runtime.block_on(async {
        let market = Market::open(directory).await;
        market.close().await;
    });
    let mut connection = open_for_filling(&database(directory));
    let transaction = connection.transaction().expect("nobody else writes");
    // Nobody searches here; without its words a product is written ten times as fast.
    transaction
        .execute_batch("DROP TRIGGER products_are_found;")
        .expect("the schema is the store's");
    transaction
        .execute(
            "WITH RECURSIVE person (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM person WHERE id <= ?1)
             INSERT INTO users (id, username, name, email, password, created_at)
             SELECT id, format('person%04d', id), 'A person', 'person@example.org', '', 1785000000000
             FROM person",
            [BUYERS],
        )
        .expect("the schema is the store's");
    transaction.commit().expect("the disk takes it");
    drop(connection);
    stock(directory, 1..products + 1);
}

/// Puts products of these numbers up for sale, in databases that nobody has open.
///
/// # Panics
/// The disk fails, or there are some of these numbers already.
pub fn stock(directory: &Path, products: Range<u64>) {
    let connection = open_for_filling(&database(directory));
    connection
        .execute(
            "WITH RECURSIVE product (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM product WHERE id + 1 < ?2)
             INSERT INTO products
                 (id, owner, name, description, category, price, picture_bytes, listed_at)
             SELECT id, ?3, 'Calculus, 9th edition', printf('copy %d, with a few notes in pencil', id),
                    'textbooks', ?4, 0, 1785000000000 + id
             FROM product",
            [
                products.start.cast_signed(),
                products.end.cast_signed(),
                SELLER,
                PRICE.cast_signed(),
            ],
        )
        .expect("the schema is the store's");
    // All of it into the file itself, which is copied.
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("nobody reads");
}

/// Another directory with the same databases.
///
/// # Panics
/// The disk fails.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the directory can be made");
    for entry in std::fs::read_dir(from).expect("the directory is there") {
        let entry = entry.expect("its entries can be read");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("the disk takes it");
    }
}

/// The main database of a directory.
#[must_use]
pub fn database(directory: &Path) -> PathBuf {
    directory.join("auboutique.db")
}

/// What is wrong with a database after so many purchases of these products, if anything is.
///
/// # Panics
/// It cannot be read.
#[must_use]
pub fn complaint(directory: &Path, sales: u64) -> Option<String> {
    let connection = Connection::open(database(directory)).expect("the database is there");
    let text = |query: &str| {
        connection
            .query_row(query, [], |row| row.get::<_, String>(0))
            .expect("the schema is the store's")
    };
    let integrity = text("PRAGMA integrity_check");
    if integrity != "ok" {
        return Some(integrity);
    }
    let kept = text("SELECT CAST(count(*) AS TEXT) FROM sales");
    (kept != sales.to_string())
        .then(|| format!("{sales} purchases were confirmed, {kept} are kept"))
}
