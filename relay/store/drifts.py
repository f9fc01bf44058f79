"""Where a shop shows something else than what is true."""

import secrets
from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text


def open_drift(tx: Tx, shipment: Row, reason: str, detail: str, now: datetime) -> bool:
    """Write down why a shipment's shop shows something else; whether that reason is new.

    A package that went from its order while it was written to, or whose customer is forgotten, differs from nothing.
    """
    if shipment["superseded_at"] or shipment["erased_at"]:
        return False
    known = open_drift_of(tx, shipment["shipment_id"])
    tx.rows(
        """
        INSERT INTO drifts (drift_id, shipment_id, shop, order_id, package, reason, detail, opened_at, last_seen_at)
        VALUES (:drift_id, :shipment_id, :shop, :order_id, :package, :reason, :detail, :now, :now)
        ON CONFLICT (shipment_id) WHERE closed_at IS NULL DO UPDATE SET last_seen_at = excluded.last_seen_at,
            package = excluded.package, reason = excluded.reason, detail = excluded.detail
        """,
        drift_id=secrets.token_hex(6),
        shipment_id=shipment["shipment_id"],
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        package=shipment["package"],
        reason=reason,
        detail=detail[:500],
        now=to_text(now),
    )
    return known is None or known["reason"] != reason


def see_again(tx: Tx, drift: Row, now: datetime) -> None:
    tx.rows("UPDATE drifts SET last_seen_at = :now WHERE drift_id = :id", id=drift["drift_id"], now=to_text(now))


def close_drift(tx: Tx, shipment_id: str, now: datetime) -> bool:
    return bool(
        tx.rows(
            """
            UPDATE drifts SET closed_at = :now, last_seen_at = :now
            WHERE shipment_id = :shipment_id AND closed_at IS NULL RETURNING shipment_id
            """,
            shipment_id=shipment_id,
            now=to_text(now),
        )
    )


def open_drift_of(tx: Tx, shipment_id: str) -> Row | None:
    found = tx.rows(
        "SELECT * FROM drifts WHERE shipment_id = :shipment_id AND closed_at IS NULL", shipment_id=shipment_id
    )
    return found[0] if found else None


def drifts(tx: Tx, *, limit: int = 100_000) -> list[Row]:
    """What is open, oldest first, with the package that it is about."""
    return tx.rows(
        """
        SELECT drifts.*, shipments.carrier, shipments.tracking_number, shipments.status,
            shipments.shop_shows
        FROM drifts JOIN shipments USING (shipment_id)
        WHERE drifts.closed_at IS NULL ORDER BY drifts.opened_at, drifts.shipment_id LIMIT :limit
        """,
        limit=limit,
    )


def count_drifts(tx: Tx) -> int:
    return int(tx.rows("SELECT COUNT(*) AS n FROM drifts WHERE closed_at IS NULL")[0]["n"])
