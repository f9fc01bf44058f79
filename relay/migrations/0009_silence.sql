ALTER TABLE accounts ADD COLUMN failed_at TEXT;
ALTER TABLE incidents ADD COLUMN part_of TEXT;
ALTER TABLE incidents ADD COLUMN known_by TEXT;
ALTER TABLE incidents ADD COLUMN alerted_at TEXT;
ALTER TABLE incidents ADD COLUMN alerted_over_at TEXT;
ALTER TABLE incidents ADD COLUMN snoozed_by TEXT;
ALTER TABLE incidents ADD COLUMN posts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX incidents_parts ON incidents (part_of) WHERE part_of IS NOT NULL;
ALTER TABLE pushes ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pushes ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pushes ADD COLUMN news INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answers ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answers ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answers ADD COLUMN news INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answers ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE traffic (
    source TEXT NOT NULL,
    via TEXT NOT NULL,
    hour TEXT NOT NULL,
    messages INTEGER NOT NULL DEFAULT 0,
    slots INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    news INTEGER NOT NULL DEFAULT 0,
    missed INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0,
    parcels INTEGER,
    last_at TEXT,
    PRIMARY KEY (source, via, hour)
);
CREATE INDEX traffic_by_hour ON traffic (hour);
CREATE TABLE richness (
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    age INTEGER NOT NULL,
    day TEXT NOT NULL,
    parcels INTEGER NOT NULL,
    scans INTEGER NOT NULL,
    scans_squared INTEGER NOT NULL,
    places INTEGER NOT NULL,
    descriptions INTEGER NOT NULL,
    moments INTEGER NOT NULL,
    estimates INTEGER NOT NULL,
    PRIMARY KEY (source, status, age, day)
);
ALTER TABLE tracks ADD COLUMN asked_before TEXT;
ALTER TABLE tracks ADD COLUMN moved_at TEXT;
ALTER TABLE tracks ADD COLUMN place TEXT NOT NULL DEFAULT '';
UPDATE tracks SET
    moved_at = (SELECT MAX(CASE WHEN occurred_at > received_at THEN received_at ELSE occurred_at END)
                FROM facts WHERE facts.track_id = tracks.track_id),
    place = COALESCE((SELECT place FROM facts WHERE facts.track_id = tracks.track_id
                      AND place <> '' AND occurred_at IS NOT NULL
                      ORDER BY occurred_at DESC, fact_id LIMIT 1), '');
CREATE TABLE standstill (
    carrier TEXT NOT NULL,
    cohort TEXT NOT NULL,
    day TEXT NOT NULL,
    still INTEGER NOT NULL,
    moving INTEGER NOT NULL,
    PRIMARY KEY (carrier, cohort, day)
);
CREATE TABLE counted (
    what TEXT NOT NULL,
    source TEXT NOT NULL,
    outcome TEXT NOT NULL,
    times INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    news INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (what, source, outcome)
);
CREATE INDEX shipments_by_status ON shipments (shown_status, carrier) WHERE superseded_at IS NULL;
ALTER TABLE outbox ADD COLUMN held_at TEXT;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE state = 'due' AND held_at IS NULL;
CREATE INDEX outbox_held ON outbox (held_at) WHERE state = 'due' AND held_at IS NOT NULL;
CREATE TABLE mail_minutes (
    minute TEXT PRIMARY KEY,
    gone INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0
);
INSERT INTO mail_minutes (minute, gone, kept)
    SELECT SUBSTR(COALESCE(sent_at, created_at), 1, 16),
        SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), SUM(CASE WHEN state = 'shadow' THEN 1 ELSE 0 END)
    FROM outbox WHERE channel = 'email' AND state IN ('sent', 'shadow')
    GROUP BY SUBSTR(COALESCE(sent_at, created_at), 1, 16);
CREATE TABLE brake (
    channel TEXT PRIMARY KEY,
    looked_at TEXT,
    usual INTEGER NOT NULL DEFAULT 0,
    raised INTEGER NOT NULL DEFAULT 0,
    raised_at TEXT
);
CREATE TABLE untold (
    shipment_id TEXT NOT NULL,
    status TEXT NOT NULL,
    rounds TEXT NOT NULL,
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    because TEXT NOT NULL,
    since TEXT NOT NULL,
    done_at TEXT,
    done_by TEXT,
    PRIMARY KEY (shipment_id, status, rounds)
);
CREATE INDEX untold_open ON untold (since) WHERE done_at IS NULL;
CREATE INDEX untold_by_order ON untold (shop, order_id);
INSERT INTO untold (shipment_id, status, rounds, shop, order_id, because, since)
    SELECT shipment_id, SUBSTR(detail, 1, LENGTH(detail) - 33), SUBSTR(detail, LENGTH(detail) - 28), incident_orders.shop,
        order_id, 'late', opened_at
    FROM incident_orders JOIN incidents USING (incident_id)
    WHERE kind = 'untold' AND closed_at IS NULL AND detail LIKE '% of %';
CREATE INDEX outbox_sent ON outbox (channel, sent_at) WHERE state = 'sent';
CREATE INDEX untold_by_time ON untold (since);
CREATE INDEX incidents_by_end ON incidents (closed_at);
CREATE INDEX drifts_by_end ON drifts (closed_at);
CREATE INDEX overrides_by_time ON overrides (at);
CREATE INDEX overrides_contradicted ON overrides (contradicted_at) WHERE contradicted_at IS NOT NULL;
CREATE INDEX audit_by_action ON audit (action, at);
