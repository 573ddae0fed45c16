//! Products for a database that a server will start on, written in bulk: putting them up one by one would take
//! longer than all that is to be measured.

use std::ops::RangeInclusive;
use std::path::Path;

use auboutique_benches::seed;

/// Puts up so many products of these users, taking turns, with descriptions of 200 bytes. They are numbered
/// from 1.
///
/// # Panics
/// It is not a database of the store.
pub(crate) fn put_up(database: &Path, products: u64, sellers: &RangeInclusive<i64>, price: u64) {
    let mut connection = seed::open_for_filling(database);
    let transaction = connection.transaction().expect("nobody else writes");
    let count = sellers.end() - sellers.start() + 1;
    transaction
        .execute(
            "WITH RECURSIVE product (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM product WHERE id < ?1)
             INSERT INTO products
                 (id, owner, name, description, category, price, picture_bytes, listed_at)
             SELECT id, ?2 + id % ?3, printf('Calculus, volume %d', id),
                    substr(replace(printf('%200s', ''), ' ', 'Read once. '), 1, 200),
                    CASE id % 3 WHEN 0 THEN 'textbooks' WHEN 1 THEN 'clothing' ELSE 'other' END,
                    ?4, 0, 1785000000000 + id
             FROM product",
            [products.cast_signed(), *sellers.start(), count, price.cast_signed()],
        )
        .expect("the schema is the store's");
    transaction.commit().expect("the disk takes it");
}
