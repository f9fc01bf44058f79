"""Pages of shipments for scripts, and what one message brought."""

from collections.abc import Iterable, Mapping

from relay.database import Row, Tx
from relay.store.asks import NO_NEWS
from relay.store.facts import NEWS_AT

#: Before everything in the order of a list, which begins with what was known last.
BEFORE_ALL = ("9", "")

_OPEN = "(superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled'))"
_GIVEN_UP = f"""({_OPEN} AND COALESCE({NO_NEWS} OR shipments.status = 'expired'
    OR orders.promised_at <= :late, FALSE))"""

#: What a list may be asked for. The moments are those of the clocks; never heard is before any moment.
CONDITIONS: Mapping[str, str] = {
    "status": "shown_status = :status",
    "carrier": "shipments.carrier = :carrier",
    "order_id": "shipments.order_id = :order_id",
    "kind": "shipments.kind = :kind",
    "open": _OPEN,
    "final": f"NOT {_OPEN}",
    "heard_before": "COALESCE(tracks.heard_at, '') < :heard_before",
    "asked_before": "COALESCE(tracks.asked_at, '') < :asked_before",
    "changed_before": "COALESCE(shipments.changed_at, '') < :changed_before",
    "changed_after": "shipments.changed_at >= :changed_after",
    "given_up": _GIVEN_UP,
    "not_given_up": f"NOT {_GIVEN_UP}",
    "held": "held_since IS NOT NULL",
    "not_held": "held_since IS NULL",
    "overridden": "override_id IS NOT NULL",
    "not_overridden": "override_id IS NULL",
}


def shipments(
    tx: Tx, shop: str, conditions: Iterable[str], values: Mapping[str, str], after: tuple[str, str], limit: int
) -> list[Row]:
    """At most ``limit`` shipments that fit all of ``conditions``, the newest first, beginning behind ``after``."""
    wanted = " AND ".join(CONDITIONS[name] for name in conditions)
    return tx.rows(
        f"""
        SELECT shipments.*, orders.promised_at, orders.page_token, tracks.asked_at, tracks.tried_at, tracks.heard_at,
            tracks.known_at AS track_known_at, {NEWS_AT}
        FROM shipments JOIN orders USING (shop, order_id) LEFT JOIN tracks USING (track_id)
        WHERE shop = :shop AND superseded_at IS NULL AND (shipments.known_at, shipment_id) < (:known_at, :shipment_id)
          {"AND " + wanted if wanted else ""}
        ORDER BY shipments.known_at DESC, shipment_id DESC LIMIT :limit
        """,  # noqa: S608 - our own conditions
        shop=shop,
        known_at=after[0],
        shipment_id=after[1],
        limit=limit,
        **values,
    )


def scans_brought(tx: Tx, track_id: str, raw_id: str) -> int:
    """How many scans of a track nobody had told before the push ``raw_id``."""
    found = tx.rows(
        "SELECT COUNT(*) AS n FROM facts WHERE track_id = :track_id AND raw_id = :raw_id AND kind = 'scan'",
        track_id=track_id,
        raw_id=raw_id,
    )
    return int(found[0]["n"])
