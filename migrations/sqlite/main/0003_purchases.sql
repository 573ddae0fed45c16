-- Who bought what. A product is sold if and only if it has a row in sales.

CREATE TABLE collection_places (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hours TEXT NOT NULL,
    UNIQUE (name, hours)
) STRICT;

CREATE TABLE sales (
    -- The primary key is the product: a second sale of it cannot be stored.
    product INTEGER PRIMARY KEY REFERENCES products (id),
    buyer INTEGER NOT NULL REFERENCES users (id),
    seller INTEGER NOT NULL REFERENCES users (id),
    key BLOB NOT NULL CHECK (length(key) = 16),
    price INTEGER NOT NULL CHECK (price > 0),
    sold_at INTEGER NOT NULL,
    collect_on TEXT NOT NULL CHECK (collect_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    place INTEGER NOT NULL REFERENCES collection_places (id),
    code TEXT NOT NULL CHECK (length(code) = 8),
    CHECK (buyer <> seller),
    -- Keys ascend with time (UUIDv7), so this index grows at its end.
    UNIQUE (key, buyer)
) STRICT;

CREATE INDEX sales_by_buyer ON sales (buyer, sold_at);

-- A confirmation is made from these two tables alone, so neither ever changes.
CREATE TRIGGER sales_are_final BEFORE UPDATE ON sales
BEGIN SELECT RAISE(ABORT, 'a sale is final'); END;

CREATE TRIGGER sales_are_kept BEFORE DELETE ON sales
BEGIN SELECT RAISE(ABORT, 'a sale is kept'); END;

CREATE TRIGGER collection_places_are_final BEFORE UPDATE ON collection_places
BEGIN SELECT RAISE(ABORT, 'a collection place is final'); END;

CREATE TRIGGER collection_places_are_kept BEFORE DELETE ON collection_places
BEGIN SELECT RAISE(ABORT, 'a collection place is kept'); END;
