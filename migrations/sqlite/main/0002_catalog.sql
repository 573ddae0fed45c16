-- What is, or was, for sale.

CREATE TABLE market (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Of every price in this database; it cannot change under existing prices.
    currency TEXT NOT NULL
) STRICT;

CREATE TRIGGER market_is_fixed BEFORE UPDATE ON market
BEGIN SELECT RAISE(ABORT, 'the currency of a market cannot change'); END;

CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price > 0),
    -- SHA-256 of the picture in the pictures database.
    picture BLOB CHECK (picture IS NULL OR length(picture) = 32),
    picture_bytes INTEGER NOT NULL CHECK (picture_bytes >= 0),
    listed_at INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT;

-- Also in the order of listing: the index ends with the id.
CREATE INDEX products_by_owner ON products (owner);

-- Keys of writes that keep their reply. They outlive what they made.
CREATE TABLE request_keys (
    key BLOB NOT NULL CHECK (length(key) = 16),
    user INTEGER NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('sell', 'send_message')),
    -- SHA-256 of the request's canonical body.
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    reply BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (key, user, kind)
) STRICT, WITHOUT ROWID;
