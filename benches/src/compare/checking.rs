//! What is kept, when all is over.

use std::path::Path;

use rusqlite::Connection;

use super::Failure;
use super::seeding::{OUR_DATABASE, PEER_DATABASE};

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What `PRAGMA integrity_check` says: `ok`.
    pub integrity: String,
    /// Sales.
    pub sales: u64,
    /// Different products among them.
    pub products: u64,
}

impl Kept {
    /// What is wrong after so many confirmed purchases, if anything is.
    #[must_use]
    pub fn complaint(&self, confirmed: u64) -> Option<String> {
        let Self {
            integrity,
            sales,
            products,
        } = self;
        if integrity != "ok" {
            Some(format!("the database is damaged: {integrity}"))
        } else if sales != products {
            let twice = sales - products;
            Some(format!("{twice} products were sold more than once"))
        } else if *sales != confirmed {
            Some(format!(
                "{confirmed} purchases were confirmed, {sales} are kept"
            ))
        } else {
            None
        }
    }
}

/// Reads the database in this directory, whose server has stopped; `is_ours` when our store keeps it.
///
/// # Errors
/// It cannot be read.
pub fn kept(data: &Path, is_ours: bool) -> Result<Kept, Failure> {
    let (database, table, column) = match is_ours {
        true => (OUR_DATABASE, "sales", "product"),
        false => (PEER_DATABASE, "purchases", "product_id"),
    };
    let path = data.join(database);
    read(&path, table, column).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(database: &Path, table: &str, column: &str) -> Result<Kept, rusqlite::Error> {
    let connection = Connection::open(database)?;
    let integrity = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let query = format!("SELECT count(*), count(DISTINCT {column}) FROM {table}");
    let (sales, products): (i64, i64) =
        connection.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Kept {
        integrity,
        sales: sales.unsigned_abs(),
        products: products.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_is_said() {
        let kept = |integrity: &str, sales, products| Kept {
            integrity: integrity.into(),
            sales,
            products,
        };
        assert_eq!(kept("ok", 5, 5).complaint(5), None);
        for (kept, confirmed, said) in [
            (kept("row 7 missing", 5, 5), 5, "damaged"),
            (kept("ok", 5, 4), 5, "1 products were sold more than once"),
            (
                kept("ok", 4, 4),
                5,
                "5 purchases were confirmed, 4 are kept",
            ),
            (
                kept("ok", 6, 6),
                5,
                "5 purchases were confirmed, 6 are kept",
            ),
        ] {
            let complaint = kept.complaint(confirmed).unwrap();
            assert!(complaint.contains(said), "{complaint}");
        }
    }
}
