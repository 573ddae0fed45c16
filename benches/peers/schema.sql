-- A market as one would lay it out for a relational database. Times are milliseconds since 1970, UTC.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the token.
    token BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    -- Minor units.
    price INTEGER NOT NULL CHECK (price > 0),
    listed_at INTEGER NOT NULL,
    -- Written with the row in `purchases`, so that lists need not look there.
    sold_at INTEGER
) STRICT;

CREATE INDEX products_by_owner ON products (owner_id);

CREATE TABLE purchases (
    id INTEGER PRIMARY KEY,
    -- Sold once.
    product_id INTEGER NOT NULL UNIQUE REFERENCES products (id),
    buyer_id INTEGER NOT NULL REFERENCES users (id),
    -- What the buyer's program calls this purchase, so that it can ask again.
    key BLOB NOT NULL,
    price INTEGER NOT NULL,
    sold_at INTEGER NOT NULL,
    collect_on TEXT NOT NULL,
    code TEXT NOT NULL,
    UNIQUE (key, buyer_id)
) STRICT;

CREATE INDEX purchases_by_buyer ON purchases (buyer_id, sold_at);
