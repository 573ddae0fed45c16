//! What the market's database holds, read from its file.
//!
//! On purpose none of the server's code has a part in this: a server that tells everybody the same
//! wrong thing, or whose memory differs from its disk, is found out only by somebody who reads
//! the disk. The file is opened for reading alone, so that nothing is repaired or tidied by looking.
//! It may be read while the server runs and after the server was killed: what stands in the
//! write-ahead log is read with it, as the next server will read it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use auboutique_protocol::ids::{Key, ProductId};
use auboutique_server::SYNCHRONOUS;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::history::{Actor, Item, KeyId, Price, StoredSale};
use crate::report::DatabaseCheck;

/// The database with the sales.
const MAIN: &str = "auboutique.db";
/// The database with the pictures.
const PICTURES: &str = "pictures.db";
/// How long to wait for a server that recovers its log.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Most complaints of the integrity check that are repeated.
const COMPLAINTS_MAX: usize = 5;

/// Why the ledger cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database cannot be opened or read.
    #[error("cannot read {}: {cause}", file.display())]
    Read {
        /// The database.
        file: PathBuf,
        /// What SQLite said.
        cause: sqlx::Error,
    },
    /// A sale in it is none that the schema allows.
    #[error("a row of the sales in {} makes no sense: {reason}", file.display())]
    Nonsense {
        /// The database.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The numbers by which a run calls what the database names; `None` is what it does not know.
pub trait Numbering: Sync {
    /// A product.
    fn item(&self, product: ProductId) -> Option<Item>;
    /// A user, by username.
    fn actor(&self, username: &str) -> Option<Actor>;
    /// A purchase's key.
    fn key(&self, key: &Key) -> Option<KeyId>;
}

/// All sales of the run's products, in one read, as the run calls them: sales of other products are
/// left out, other buyers and keys are `None`.
///
/// # Errors
/// See [`LedgerError`].
pub async fn sales(
    data_dir: &Path,
    names: &impl Numbering,
) -> Result<Vec<StoredSale>, LedgerError> {
    let mut database = Database::open(data_dir, MAIN).await?;
    // Left, so that a sale to a buyer who is not there is seen as well.
    let rows = database
        .rows(
            "SELECT product, username, sales.price, key FROM sales
             LEFT JOIN users ON users.id = sales.buyer",
        )
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let sale = sale(&row).map_err(|reason| database.nonsense(reason))?;
        let Some(item) = names.item(sale.product) else {
            continue;
        };
        found.push(StoredSale {
            item,
            buyer: sale.buyer.and_then(|name| names.actor(&name)),
            price: sale.price,
            key: names.key(&sale.key),
        });
    }
    database.close().await?;
    Ok(found)
}

/// What SQLite itself finds wrong with the databases: damaged pages, rows that indexes do not
/// agree with, rows that refer to none. Reads all of them.
///
/// # Errors
/// See [`LedgerError`]; damage that was found is no error.
pub async fn check(data_dir: &Path) -> Result<DatabaseCheck, LedgerError> {
    let mut complaints = Vec::new();
    let mut foreign_keys_broken = 0;
    for name in [MAIN, PICTURES] {
        let mut database = Database::open(data_dir, name).await?;
        for row in database.rows("PRAGMA integrity_check").await? {
            let complaint: String = row.try_get(0).map_err(|cause| database.error(cause))?;
            if complaint != "ok" {
                complaints.push(format!("{name}: {complaint}"));
            }
        }
        let broken = database.rows("PRAGMA foreign_key_check").await?;
        foreign_keys_broken += u64::try_from(broken.len()).unwrap_or(u64::MAX);
        database.close().await?;
    }
    let integrity = match complaints.len() {
        0 => "ok".into(),
        count if count > COMPLAINTS_MAX => {
            complaints.truncate(COMPLAINTS_MAX);
            format!("{} … {count} in all", complaints.join("; "))
        }
        _ => complaints.join("; "),
    };
    Ok(DatabaseCheck {
        integrity,
        foreign_keys_broken,
    })
}

/// How durable a commit of the embedded server is, such as `WAL, synchronous=FULL`.
///
/// The first is read from the file. The second is a setting of the server's connections that no
/// file shows: it is what the server of this same build sets on all of them, and reads back in a
/// test of its own. So this says nothing of a server elsewhere.
///
/// # Errors
/// See [`LedgerError`].
pub async fn durability(data_dir: &Path) -> Result<String, LedgerError> {
    let mut database = Database::open(data_dir, MAIN).await?;
    let mut mode = String::new();
    for row in database.rows("PRAGMA journal_mode").await? {
        mode = row.try_get(0).map_err(|cause| database.error(cause))?;
    }
    database.close().await?;
    Ok(format!(
        "{}, synchronous={SYNCHRONOUS}",
        mode.to_uppercase()
    ))
}

/// A row of the sales, by what it means.
struct Sale {
    product: ProductId,
    buyer: Option<String>,
    price: Price,
    key: Key,
}

fn sale(row: &SqliteRow) -> Result<Sale, String> {
    let unreadable = |error: sqlx::Error| error.to_string();
    let product: i64 = row.try_get("product").map_err(unreadable)?;
    let price: i64 = row.try_get("price").map_err(unreadable)?;
    let key: &[u8] = row.try_get("key").map_err(unreadable)?;
    Ok(Sale {
        product: ProductId(u64::try_from(product).map_err(|_| format!("product {product}"))?),
        buyer: row.try_get("username").map_err(unreadable)?,
        price: Price(u32::try_from(price).map_err(|_| format!("price {price}"))?),
        key: Key(key
            .try_into()
            .map_err(|_| format!("a key of {} bytes", key.len()))?),
    })
}

/// A database, opened for reading.
struct Database {
    connection: SqliteConnection,
    file: PathBuf,
}

impl Database {
    async fn open(data_dir: &Path, name: &str) -> Result<Self, LedgerError> {
        let file = data_dir.join(name);
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        match SqliteConnection::connect_with(&options).await {
            Ok(connection) => Ok(Self { connection, file }),
            Err(cause) => Err(LedgerError::Read { file, cause }),
        }
    }

    async fn rows(&mut self, statement: &'static str) -> Result<Vec<SqliteRow>, LedgerError> {
        let rows = sqlx::query(statement).fetch_all(&mut self.connection).await;
        rows.map_err(|cause| self.error(cause))
    }

    async fn close(self) -> Result<(), LedgerError> {
        let Self { connection, file } = self;
        let closed = connection.close().await;
        closed.map_err(|cause| LedgerError::Read { file, cause })
    }

    fn error(&self, cause: sqlx::Error) -> LedgerError {
        let file = self.file.clone();
        LedgerError::Read { file, cause }
    }

    fn nonsense(&self, reason: String) -> LedgerError {
        let file = self.file.clone();
        LedgerError::Nonsense { file, reason }
    }
}
