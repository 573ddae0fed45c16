-- What the login throttle remembers, so that a restart neither pardons a guesser nor locks out who
-- belongs. Keys are digests of names and addresses of sources, in hexadecimal digits; the code that
-- writes them says how.
CREATE TABLE throttle (
    about TEXT NOT NULL CHECK (about IN ('failures', 'known', 'name', 'source')),
    key TEXT NOT NULL CHECK (key <> ''),
    -- Failures in a row, where they are counted.
    count INTEGER NOT NULL CHECK (count >= 0),
    -- Milliseconds since 1970: the last failure, the last login, or when all tokens are there again.
    at INTEGER NOT NULL CHECK (at >= 0),
    PRIMARY KEY (about, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX throttle_by_age ON throttle (about, at);
