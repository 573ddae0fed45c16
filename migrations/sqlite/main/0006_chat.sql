-- What members write to each other. Times are milliseconds since 1970, UTC.

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    -- The two who have it, the smaller number first: two people have one conversation.
    first INTEGER NOT NULL REFERENCES users (id),
    second INTEGER NOT NULL REFERENCES users (id),
    -- The number of its last message.
    last INTEGER NOT NULL CHECK (last >= 0),
    UNIQUE (first, second),
    CHECK (first < second)
) STRICT;

CREATE TABLE messages (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number > 0),
    sender INTEGER NOT NULL REFERENCES users (id),
    about INTEGER REFERENCES products (id),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

-- A conversation as each of the two has it.
CREATE TABLE participants (
    user INTEGER NOT NULL REFERENCES users (id),
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES users (id),
    -- The number of the last message marked as read.
    seen INTEGER NOT NULL DEFAULT 0 CHECK (seen >= 0),
    -- How many messages of the other stand behind it.
    unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
    -- When the last message was sent.
    last_at INTEGER NOT NULL,
    PRIMARY KEY (conversation, user),
    CHECK (user <> other)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX participants_by_other ON participants (user, other);
CREATE INDEX participants_by_time ON participants (user, last_at, conversation);

-- How many messages a user has sent on the last day on which the user sent any.
CREATE TABLE messages_sent (
    user INTEGER PRIMARY KEY REFERENCES users (id),
    -- `YYYY-MM-DD` in the market's time zone.
    day TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0)
) STRICT;
