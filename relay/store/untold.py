"""Whom we did not tell: by parcel, status and round, until they hear something newer or somebody ticks it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from relay.database import Row, Tx
from relay.model import to_text

#: What is still on the list; a parcel that is gone from its order has nobody to tell.
_OPEN: Final = """
    FROM untold JOIN shipments USING (shipment_id)
    WHERE done_at IS NULL AND shipments.superseded_at IS NULL
"""


def add(tx: Tx, shipment: Row, status: str, rounds: str, because: str, now: datetime) -> None:
    tx.rows(
        """
        INSERT INTO untold (shipment_id, status, rounds, shop, order_id, because, since)
        VALUES (:shipment_id, :status, :rounds, :shop, :order_id, :because, :now) ON CONFLICT DO NOTHING
        """,
        shipment_id=shipment["shipment_id"],
        status=status,
        rounds=rounds,
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        because=because,
        now=to_text(now),
    )


def add_waiting(tx: Tx, because: str, now: datetime) -> int:
    """List whom every mail that waits would have told."""
    return _add_mails(tx, "1 = 1", because, now, "9999")


def add_held(tx: Tx, because: str, now: datetime, before: datetime | None = None) -> int:
    """List whom the mails that the brake holds, or held before a moment, would have told."""
    return _add_mails(tx, "held_at <= :before", because, now, to_text(before) if before else "9999")


def _add_mails(tx: Tx, which: str, because: str, now: datetime, before: str) -> int:
    """One that was ticked and is withheld once more is listed again."""
    return len(
        tx.rows(
            f"""
            INSERT INTO untold (shipment_id, status, rounds, shop, order_id, because, since)
            SELECT shipment_id, status, rounds, shop, order_id, CAST(:because AS TEXT), CAST(:now AS TEXT) FROM outbox
            WHERE channel = 'email' AND state = 'due' AND CAST(:before AS TEXT) IS NOT NULL AND {which}
            ON CONFLICT (shipment_id, status, rounds) DO UPDATE SET because = excluded.because,
                since = excluded.since, done_at = NULL, done_by = NULL
            RETURNING shipment_id
            """,  # noqa: S608 - our own text
            because=because,
            now=to_text(now),
            before=before,
        )
    )


def put_behind(tx: Tx, incident_id: str, because: str, since: datetime) -> None:
    """Put the parcels that are listed since a moment behind an incident."""
    tx.rows(
        """
        INSERT INTO incident_orders (incident_id, shop, order_id, shipment_id, detail)
        SELECT :incident_id, shop, order_id, shipment_id, status || ' (' || because || ')' FROM untold
        WHERE since = :since AND because = :because ON CONFLICT DO NOTHING
        """,
        incident_id=incident_id,
        because=because,
        since=to_text(since),
    )


def is_any_open(tx: Tx) -> bool:
    return bool(tx.rows(f"SELECT 1 AS one {_OPEN} LIMIT 1"))


def count(tx: Tx) -> int:
    return int(tx.rows(f"SELECT COUNT(*) AS entries {_OPEN}")[0]["entries"])


def listed(tx: Tx, limit: int) -> list[Row]:
    """The longest first."""
    return tx.rows(
        f"""
        SELECT untold.shipment_id, untold.status, untold.rounds, untold.shop, untold.order_id, because, since,
            carrier, tracking_number, package, shipments.shown_status
        {_OPEN} ORDER BY since, untold.order_id, untold.shipment_id, untold.status LIMIT :limit
        """,
        limit=limit,
    )


# -- ends --------------------------------------------------------------------------------------------------------------


def told(tx: Tx, shipment_ids: Sequence[str], now: datetime) -> None:
    """Whoever hears something of a parcel is up to date again."""
    for shipment_id in shipment_ids:
        tx.rows(
            """
            UPDATE untold SET done_at = :now, done_by = 'wismo: told since'
            WHERE shipment_id = :shipment_id AND done_at IS NULL
            """,
            shipment_id=shipment_id,
            now=to_text(now),
        )


def tick_parcel(tx: Tx, shipment_id: str, by: str, now: datetime) -> int:
    return _ticked(tx, "shipment_id = :key", shipment_id, by, now)


def tick_order(tx: Tx, order_id: str, by: str, now: datetime) -> int:
    return _ticked(tx, "order_id = :key", order_id, by, now)


def tick_all(tx: Tx, by: str, now: datetime) -> int:
    """Those that are listed up to now; what comes later is not decided with them."""
    return _ticked(tx, "since <= :key", to_text(now), by, now)


def _ticked(tx: Tx, which: str, key: str, by: str, now: datetime) -> int:
    return len(
        tx.rows(
            f"""
            UPDATE untold SET done_at = :now, done_by = :by WHERE done_at IS NULL AND {which} RETURNING shipment_id
            """,  # noqa: S608 - our own text
            key=key,
            by=by,
            now=to_text(now),
        )
    )
