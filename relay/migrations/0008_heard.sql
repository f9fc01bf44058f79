CREATE TABLE heard (
    event_id TEXT PRIMARY KEY,
    at TEXT NOT NULL
);
CREATE INDEX heard_by_time ON heard (at);
