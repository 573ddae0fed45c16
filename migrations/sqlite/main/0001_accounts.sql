-- Who there is, and who is logged in. Times are milliseconds since 1970, UTC.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 32),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    -- A PHC string; never the password.
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the token: who reads this table cannot log in with it.
    token BLOB PRIMARY KEY CHECK (length(token) = 32),
    user INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user);
