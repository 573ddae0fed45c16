-- Pictures by the hash of their content. A database of their own, so that large writes never stand
-- in the way of a purchase.

CREATE TABLE pictures (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    full BLOB NOT NULL,
    full_width INTEGER NOT NULL CHECK (full_width > 0),
    full_height INTEGER NOT NULL CHECK (full_height > 0),
    thumbnail BLOB NOT NULL,
    thumbnail_width INTEGER NOT NULL CHECK (thumbnail_width > 0),
    thumbnail_height INTEGER NOT NULL CHECK (thumbnail_height > 0),
    -- When it was last stored; pictures that no product names are removed a day later.
    touched_at INTEGER NOT NULL
) STRICT;
