ALTER TABLE answers ADD COLUMN action TEXT NOT NULL DEFAULT 'apply';
ALTER TABLE answers ADD COLUMN asked TEXT NOT NULL DEFAULT '[]';
ALTER TABLE answers ADD COLUMN is_registration INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answers ADD COLUMN replayed_at TEXT;
CREATE INDEX answers_unread ON answers (asked_at) WHERE action = 'unreadable' AND body IS NOT NULL;
ALTER TABLE tracks ADD COLUMN failure TEXT;
CREATE INDEX tracks_due ON tracks (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX registrations_by_track ON registrations (track_id, source);
ALTER TABLE budgets DROP COLUMN tokens;
ALTER TABLE budgets RENAME COLUMN refilled_at TO spent_at;
ALTER TABLE budgets ADD COLUMN burst INTEGER NOT NULL DEFAULT 0;
CREATE TABLE accounts (
    account TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    failing_since TEXT,
    failure TEXT NOT NULL
);
CREATE TABLE tokens (
    account TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    renew_at TEXT NOT NULL
);
