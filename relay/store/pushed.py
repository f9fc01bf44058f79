"""Parcels by when their carrier began to push them."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text

#: More are not counted.
MOST = 1000


def pushed_since(tx: Tx, carrier: str, before: datetime) -> list[Row]:
    """Open parcels' tracks whose first push came before a moment: when it came, and when any last did."""
    return tx.rows(
        """
        SELECT tracks.track_id, COALESCE(MIN(heard_at), MIN(received_at)) AS heard_at, MIN(received_at) AS first_at
        FROM tracks JOIN facts USING (track_id)
        WHERE tracks.carrier = :carrier AND facts.source = :carrier AND via = 'push' AND EXISTS (
            SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id AND superseded_at IS NULL
              AND shown_status NOT IN ('delivered', 'returned', 'cancelled'))
        GROUP BY tracks.track_id HAVING MIN(received_at) < :before
        ORDER BY tracks.track_id LIMIT :most
        """,
        carrier=carrier,
        before=to_text(before),
        most=MOST,
    )
