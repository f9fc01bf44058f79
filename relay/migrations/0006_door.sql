CREATE TABLE awaited (
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL,
    package TEXT NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT,
    tracking_url TEXT,
    courier TEXT,
    dispatched_at TEXT,
    told_at TEXT NOT NULL,
    PRIMARY KEY (shop, order_id, package, carrier)
);
CREATE INDEX awaited_by_time ON awaited (told_at);
CREATE INDEX shipments_by_courier ON shipments (shop, shipment_id)
    WHERE superseded_at IS NULL AND (carrier IS NULL OR matched_by IS NOT NULL);
