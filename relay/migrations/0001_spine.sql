CREATE TABLE install (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE shops (
    shop TEXT PRIMARY KEY,
    announce_from TEXT,
    created_at TEXT NOT NULL
);
CREATE TABLE orders (
    shop TEXT NOT NULL REFERENCES shops (shop),
    order_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    short_number TEXT,
    customer_name TEXT,
    email TEXT,
    locale TEXT,
    promised_at TEXT,
    ordered_at TEXT,
    origin TEXT,
    shop_status TEXT,
    page_token TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    erased_at TEXT,
    PRIMARY KEY (shop, order_id)
);
CREATE INDEX orders_by_group ON orders (shop, group_id);
CREATE TABLE lookups (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (key, kind, shop, order_id)
);
CREATE INDEX lookups_by_order ON lookups (shop, order_id);
CREATE TABLE tracks (
    track_id TEXT PRIMARY KEY,
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    asked_at TEXT,
    tried_at TEXT,
    heard_at TEXT,
    ask_at TEXT,
    wanted_at TEXT,
    give_up_at TEXT,
    asks INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    push_stopped_at TEXT,
    lease_until TEXT,
    known_at TEXT NOT NULL
);
CREATE INDEX tracks_by_number ON tracks (tracking_number);
CREATE INDEX tracks_nameless ON tracks (tracking_number) WHERE carrier = '';
CREATE INDEX tracks_to_ask ON tracks (carrier, ask_at) WHERE ask_at IS NOT NULL;
CREATE TABLE registrations (
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    track_id TEXT NOT NULL REFERENCES tracks (track_id),
    PRIMARY KEY (source, reference)
);
CREATE TABLE shipments (
    shipment_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    package TEXT NOT NULL,
    kind TEXT NOT NULL,
    carrier TEXT,
    tracking_number TEXT,
    track_id TEXT REFERENCES tracks (track_id),
    tracking_url TEXT,
    dispatched_at TEXT,
    known_at TEXT NOT NULL,
    announce_from TEXT,
    superseded_at TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    shown_status TEXT NOT NULL DEFAULT 'pending',
    rounds INTEGER NOT NULL DEFAULT 0,
    held_status TEXT,
    held_reason TEXT,
    held_since TEXT,
    delivered_at TEXT,
    estimated_at TEXT,
    changed_at TEXT,
    override_id TEXT,
    recheck_at TEXT,
    considered_status TEXT,
    considered_round TEXT,
    considered_fact TEXT,
    revision INTEGER NOT NULL DEFAULT 0,
    UNIQUE (shop, order_id, package),
    FOREIGN KEY (shop, order_id) REFERENCES orders (shop, order_id)
);
CREATE INDEX shipments_by_track ON shipments (track_id);
CREATE INDEX shipments_to_recheck ON shipments (recheck_at) WHERE recheck_at IS NOT NULL;
CREATE INDEX shipments_held ON shipments (held_since) WHERE held_since IS NOT NULL;
CREATE TABLE facts (
    track_id TEXT NOT NULL REFERENCES tracks (track_id),
    fact_id TEXT NOT NULL,
    source TEXT NOT NULL,
    is_own INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    moment_text TEXT NOT NULL,
    occurred_at TEXT,
    local_time TEXT,
    zone_assumed INTEGER NOT NULL,
    description TEXT NOT NULL,
    place TEXT NOT NULL,
    to_recipient INTEGER NOT NULL,
    estimated_at TEXT,
    told_at TEXT,
    parcel_id TEXT,
    via TEXT NOT NULL,
    answered INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    raw_id TEXT,
    PRIMARY KEY (track_id, fact_id)
) WITHOUT ROWID;
CREATE TABLE pushes (
    push_id TEXT PRIMARY KEY,
    slug TEXT NOT NULL,
    received_at TEXT NOT NULL,
    repeated_at TEXT,
    repeats INTEGER NOT NULL DEFAULT 0,
    headers TEXT NOT NULL,
    body BYTEA,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    erased_at TEXT
);
CREATE INDEX pushes_by_time ON pushes (received_at);
CREATE INDEX pushes_unread ON pushes (received_at) WHERE action = 'unreadable';
CREATE TABLE answers (
    answer_id TEXT PRIMARY KEY,
    slug TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    http_status INTEGER NOT NULL,
    body BYTEA,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    erased_at TEXT
);
CREATE INDEX answers_by_time ON answers (asked_at);
CREATE TABLE outbox (
    message_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    rounds TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    lease_until TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    override_id TEXT,
    superseded_by TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT,
    receipt TEXT
);
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE state = 'due';
CREATE INDEX outbox_by_shipment ON outbox (shipment_id, channel);
CREATE INDEX outbox_by_state ON outbox (state, created_at) WHERE state <> 'sent';
CREATE INDEX outbox_waiting_of_group ON outbox (shop, group_id) WHERE state = 'due';
CREATE TABLE channels (
    channel TEXT PRIMARY KEY,
    paused_at TEXT,
    paused_by TEXT,
    down_since TEXT,
    probe_at TEXT,
    reason TEXT
);
CREATE TABLE overrides (
    override_id TEXT PRIMARY KEY,
    shipment_id TEXT NOT NULL REFERENCES shipments (shipment_id),
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL,
    until_word TEXT NOT NULL,
    until_at TEXT,
    tell INTEGER NOT NULL,
    write_shop INTEGER NOT NULL,
    contradicted_at TEXT,
    ended_at TEXT,
    ended_because TEXT
);
CREATE INDEX overrides_by_shipment ON overrides (shipment_id);
CREATE TABLE audit (
    audit_id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    shop TEXT,
    order_id TEXT,
    shipment_id TEXT,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_order ON audit (shop, order_id);
CREATE TABLE incidents (
    incident_id TEXT PRIMARY KEY,
    shop TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    remedy TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    closed_at TEXT,
    times INTEGER NOT NULL DEFAULT 1,
    owner TEXT,
    snoozed_until TEXT,
    thread TEXT
);
CREATE UNIQUE INDEX incidents_open ON incidents (shop, kind, subject) WHERE closed_at IS NULL;
CREATE TABLE incident_orders (
    incident_id TEXT NOT NULL REFERENCES incidents (incident_id),
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (incident_id, shipment_id, detail)
);
CREATE TABLE keys (
    key_id TEXT PRIMARY KEY,
    key_hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT,
    revoked_at TEXT
);
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until TEXT NOT NULL
);
CREATE TABLE beats (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
);
CREATE TABLE budgets (
    account TEXT PRIMARY KEY,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    tokens TEXT NOT NULL,
    refilled_at TEXT NOT NULL
);
CREATE TABLE tallies (
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    day TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (name, label, day)
);
CREATE TABLE tombstones (
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL
);
