CREATE INDEX shipments_listed ON shipments (shop, known_at, shipment_id);
CREATE INDEX shipments_open ON shipments (shop, known_at, shipment_id)
    WHERE superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled');
