ALTER TABLE outbox ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE overrides ADD COLUMN thread TEXT;
ALTER TABLE overrides ADD COLUMN by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN told TEXT;
ALTER TABLE incidents ADD COLUMN told_at TEXT;
ALTER TABLE incidents ADD COLUMN figures TEXT NOT NULL DEFAULT '{}';
CREATE TABLE watches (
    watch_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    thread TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    told TEXT NOT NULL,
    told_at TEXT,
    ended_at TEXT,
    ended_because TEXT
);
CREATE UNIQUE INDEX watches_open ON watches (shop, order_id, thread) WHERE ended_at IS NULL;
CREATE INDEX watches_of_person ON watches (by_whom) WHERE ended_at IS NULL;
CREATE INDEX overrides_of_person ON overrides (by_whom) WHERE ended_at IS NULL;
CREATE TABLE notices (
    notice_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    carrier TEXT NOT NULL,
    region TEXT NOT NULL,
    text TEXT NOT NULL,
    until_at TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX notices_open ON notices (shop, until_at) WHERE ended_at IS NULL;
CREATE TABLE taken (
    item TEXT PRIMARY KEY,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE morning_lists (
    day TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    thread TEXT,
    told TEXT NOT NULL,
    told_at TEXT NOT NULL
);
CREATE TABLE asked (
    asked_id TEXT PRIMARY KEY,
    way TEXT NOT NULL,
    thread TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    team TEXT NOT NULL,
    text TEXT NOT NULL,
    words TEXT NOT NULL,
    response_url TEXT,
    response_until TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    pages INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT '',
    answered_at TEXT
);
CREATE INDEX asked_by_time ON asked (asked_at);
CREATE INDEX asked_by_address ON asked (response_until) WHERE response_url IS NOT NULL;
