ALTER TABLE pushes ADD COLUMN replayed_at TEXT;
DROP INDEX pushes_by_time;
CREATE INDEX pushes_kept ON pushes (received_at) WHERE body IS NOT NULL;
DROP INDEX pushes_unread;
CREATE INDEX pushes_unread ON pushes (received_at) WHERE action = 'unreadable' AND body IS NOT NULL;
DROP INDEX answers_by_time;
CREATE INDEX answers_kept ON answers (asked_at) WHERE body IS NOT NULL;
CREATE INDEX orders_kept ON orders (created_at) WHERE erased_at IS NULL;
CREATE INDEX incident_orders_by_order ON incident_orders (shop, order_id);
