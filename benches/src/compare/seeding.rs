//! The same people, sessions and products for every server, written in bulk before it starts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use auboutique_protocol::ids::Token;
use auboutique_protocol::text::Username;
use auboutique_server::config::args::Args;
use auboutique_server::seed::{SeedUser, seed};
use clap::Parser as _;
use rusqlite::{Connection, params};

use super::{Failure, PRICE};

/// Our store's database in its directory.
pub const OUR_DATABASE: &str = "auboutique.db";
/// The peers' database in its directory.
pub const PEER_DATABASE: &str = "market.db";
/// The peers' tables.
const PEER_SCHEMA: &str = include_str!("../../peers/schema.sql");
/// Who sells everything.
const SELLER: &str = "seller";
/// For bulk loads, which nobody would miss.
const BULK: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;
                    PRAGMA temp_store = memory;";
/// All of it into the file itself, which is copied.
const SETTLE: &str = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;";
/// Of about 150 bytes, so that no side's list cuts it.
const DESCRIPTION: &str = "copy %d, bought new three semesters ago, with a few notes in pencil on the margins \
                           and the receipt; cover a little worn, pages clean and all there";

/// The token of the session of a buyer, counted from 0. Everything here is thrown away with the run.
#[must_use]
pub fn token(buyer: u32) -> Token {
    let mut bytes = [0xA5; 32];
    bytes[28..].copy_from_slice(&buyer.to_be_bytes());
    Token(bytes)
}

/// The arguments of our server for this data directory, on any free port.
#[must_use]
pub fn our_arguments(data: &Path, settings: &Path) -> Vec<OsString> {
    let fixed = |text: &str| OsString::from(text);
    vec![
        fixed("0"),
        fixed("--listen=127.0.0.1"),
        fixed("--admin-port=0"),
        fixed("--name=localhost,127.0.0.1"),
        fixed("--log-format=text"),
        fixed("--data-dir"),
        data.into(),
        fixed("--config"),
        settings.into(),
    ]
}

/// Fills a directory for our store: a seller with so many products for sale, numbered from 1, and so many
/// buyers with a session each.
///
/// # Errors
/// The disk or the database will not take it.
pub async fn fill_ours(
    data: &Path,
    settings: &Path,
    buyers: u32,
    products: u64,
) -> Result<(), Failure> {
    let name = OsString::from("auboutique-server");
    let typed = std::iter::once(name).chain(our_arguments(data, settings));
    let args = Args::try_parse_from(typed).map_err(|error| error.to_string())?;
    let config = args.load().map_err(|error| error.to_string())?.config;
    let mut users = Vec::new();
    for buyer in 0..buyers {
        users.push(user(&format!("buyer{buyer:05}"), token(buyer))?);
    }
    users.push(user(SELLER, token(u32::MAX))?);
    seed(&config, &users, None)
        .await
        .map_err(|error| error.to_string())?;
    stock(&data.join(OUR_DATABASE), products).map_err(|error| format!("cannot fill: {error}"))
}

fn user(name: &str, token: Token) -> Result<SeedUser, Failure> {
    let username = Username::parse(name).map_err(|error| error.to_string())?;
    Ok(SeedUser { username, token })
}

fn stock(database: &Path, products: u64) -> Result<(), rusqlite::Error> {
    let mut connection = Connection::open(database)?;
    connection.execute_batch(BULK)?;
    let transaction = connection.transaction()?;
    transaction.execute(
        "WITH RECURSIVE product (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM product WHERE id < ?1)
         INSERT INTO products
             (id, owner, name, description, category, price, picture_bytes, listed_at)
         SELECT product.id, users.id, 'Calculus, 9th edition', printf(?4, product.id),
                'textbooks', ?3, 0, 1785000000000 + product.id
         FROM product, users WHERE users.username = ?2",
        params![products.cast_signed(), SELLER, PRICE.cast_signed(), DESCRIPTION],
    )?;
    transaction.commit()?;
    connection.execute_batch(SETTLE)
}

/// Fills a directory for a peer with what a directory for our store holds.
///
/// # Errors
/// The disk or the database will not take it.
pub fn fill_peer(ours: &Path, data: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(data).map_err(|error| format!("{}: {error}", data.display()))?;
    let ours = ours.join(OUR_DATABASE);
    translate(&ours, &data.join(PEER_DATABASE)).map_err(|error| format!("cannot fill: {error}"))
}

fn translate(ours: &Path, theirs: &Path) -> Result<(), rusqlite::Error> {
    let connection = Connection::open(theirs)?;
    connection.execute_batch(BULK)?;
    connection.execute_batch(PEER_SCHEMA)?;
    connection.execute("ATTACH ? AS ours", [ours.to_string_lossy()])?;
    connection.execute_batch(
        "BEGIN;
         INSERT INTO users (id, username, created_at)
         SELECT id, username, created_at FROM ours.users;
         INSERT INTO sessions (token, user_id, created_at)
         SELECT token, user, created_at FROM ours.sessions;
         INSERT INTO products (id, owner_id, name, description, category, price, listed_at)
         SELECT id, owner, name, description, category, price, listed_at FROM ours.products;
         COMMIT;
         DETACH ours;",
    )?;
    connection.execute_batch(SETTLE)
}

/// Copies the databases of a directory to another.
///
/// # Errors
/// The disk will not take it.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| format!("cannot copy {}: {error}", from.display());
    std::fs::create_dir_all(to).map_err(failed)?;
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let path: PathBuf = entry.map_err(failed)?.path();
        let is_database = path.extension().is_some_and(|extension| extension == "db");
        if let (true, Some(name)) = (is_database, path.file_name()) {
            std::fs::copy(&path, to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::checking::{Kept, kept};

    #[tokio::test]
    async fn every_side_is_given_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("server.toml");
        std::fs::write(&settings, "").unwrap();
        let [ours, copied, theirs] =
            ["ours", "copied", "theirs"].map(|name| folder.path().join(name));
        fill_ours(&ours, &settings, 3, 20).await.unwrap();
        copy(&ours, &copied).unwrap();
        fill_peer(&ours, &theirs).unwrap();
        for (database, sales) in [
            (copied.join(OUR_DATABASE), "sales"),
            (theirs.join(PEER_DATABASE), "purchases"),
        ] {
            let connection = Connection::open(&database).unwrap();
            let count = |table: &str| {
                let query = format!("SELECT count(*) FROM {table}");
                connection.query_row(&query, [], |row| row.get::<_, i64>(0))
            };
            let counts = ["users", "sessions", "products"].map(|table| count(table).unwrap());
            assert_eq!(counts, [4, 4, 20], "{sales}");
        }
        let nothing = Kept {
            integrity: "ok".into(),
            sales: 0,
            products: 0,
        };
        assert_eq!(kept(&theirs, false).unwrap(), nothing);
        assert_eq!(kept(&copied, true).unwrap(), nothing);
    }

    #[test]
    fn no_two_buyers_share_a_token() {
        assert_ne!(token(1), token(2));
        assert_ne!(token(1), token(257));
    }
}
