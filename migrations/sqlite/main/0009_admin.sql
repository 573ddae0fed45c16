-- What administrators did, and what it did to others. Times are milliseconds since 1970, UTC.

-- Who may not log in, and whose products are hidden. Mostly empty, so that a purchase which asks
-- whether the seller stands here pays next to nothing.
CREATE TABLE suspensions (
    user INTEGER PRIMARY KEY REFERENCES users (id),
    reason TEXT NOT NULL CHECK (reason <> ''),
    since INTEGER NOT NULL
) STRICT;

-- Whose password was made by an administrator, and only serves to choose another.
CREATE TABLE one_time_passwords (
    user INTEGER PRIMARY KEY REFERENCES users (id),
    since INTEGER NOT NULL
) STRICT;

-- Which products an administrator took off the market, and whether their owners were told.
CREATE TABLE removals (
    product INTEGER PRIMARY KEY REFERENCES products (id),
    owner INTEGER NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL CHECK (reason <> ''),
    at INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;

CREATE INDEX removals_untold ON removals (owner) WHERE told = 0;

-- One row for each thing that an administrator did, written in the transaction that does it.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    -- The name of the certificate.
    actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 32),
    action TEXT NOT NULL CHECK (action IN ('disconnect', 'suspend', 'reinstate', 'reset_password',
                                           'remove_product', 'announce')),
    why TEXT,
    text TEXT,
    -- To whom it was done, or whose product it was; a number, which outlives the name.
    user INTEGER REFERENCES users (id),
    product INTEGER REFERENCES products (id),
    session INTEGER
) STRICT;

CREATE INDEX audit_by_actor ON audit (actor);
CREATE INDEX audit_by_user ON audit (user) WHERE user IS NOT NULL;

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'what was done is done'); END;

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'what was done is kept'); END;

-- Sales as administrators read them: by time, with all that a sum over a time needs. It grows at its
-- end, like the sales themselves.
CREATE INDEX sales_by_time ON sales (sold_at, product, price);
