CREATE TABLE shop_reads (
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    due_at TEXT,
    lease_until TEXT,
    told_at TEXT NOT NULL,
    told_by TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    failures INTEGER NOT NULL DEFAULT 0,
    rereads INTEGER NOT NULL DEFAULT 0,
    quiet_before TEXT,
    read_at TEXT,
    changed_at TEXT,
    fault TEXT,
    PRIMARY KEY (shop, order_id)
);
CREATE INDEX shop_reads_due ON shop_reads (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE shop_notices (
    shop TEXT NOT NULL,
    route TEXT NOT NULL,
    hour TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (shop, route, hour)
);
CREATE TABLE couriers (
    shop TEXT NOT NULL,
    courier TEXT NOT NULL,
    carrier TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (shop, courier)
);
ALTER TABLE orders ADD COLUMN affiliate TEXT;
ALTER TABLE orders ADD COLUMN copy_of TEXT;
ALTER TABLE orders ADD COLUMN is_mailed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE orders ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_by_copy ON orders (shop, copy_of) WHERE copy_of IS NOT NULL;
ALTER TABLE shipments ADD COLUMN courier TEXT;
ALTER TABLE shipments ADD COLUMN courier_hints TEXT;
ALTER TABLE shipments ADD COLUMN matched_by TEXT;
ALTER TABLE shipments ADD COLUMN issued_at TEXT;
ALTER TABLE shipments ADD COLUMN promised_at TEXT;
ALTER TABLE shipments ADD COLUMN is_pickup INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shipments ADD COLUMN shop_number TEXT;
ALTER TABLE shipments ADD COLUMN shop_order_id TEXT;
ALTER TABLE shipments ADD COLUMN shop_shows TEXT;
ALTER TABLE shipments ADD COLUMN shop_read_at TEXT;
ALTER TABLE shipments ADD COLUMN shop_wanted TEXT;
ALTER TABLE shipments ADD COLUMN shop_noted TEXT;
CREATE INDEX shipments_without_carrier ON shipments (shop, order_id) WHERE carrier IS NULL AND superseded_at IS NULL;
CREATE TABLE drifts (
    drift_id TEXT PRIMARY KEY,
    shipment_id TEXT NOT NULL REFERENCES shipments (shipment_id),
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    package TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    closed_at TEXT
);
CREATE UNIQUE INDEX drifts_open ON drifts (shipment_id) WHERE closed_at IS NULL;
