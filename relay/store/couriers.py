"""What a shop calls its carriers, and the parcels whose carrier follows from it."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text

_OPEN = "superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled')"
#: A carrier that somebody else named, a person or the carrier itself, is not matched again.
_MATCHED = "superseded_at IS NULL AND (carrier IS NULL OR matched_by IS NOT NULL)"


# -- the table ---------------------------------------------------------------------------------------------------------


def table(tx: Tx, shop: str) -> dict[str, str]:
    """The shop's slugs by the keys of :func:`relay.tracking.matching.courier_key`."""
    return {row["courier"]: row["carrier"] for row in entries(tx, shop)}


def entries(tx: Tx, shop: str) -> list[Row]:
    return tx.rows("SELECT courier, carrier, by_whom, at FROM couriers WHERE shop = :shop ORDER BY courier", shop=shop)


def save_entry(tx: Tx, shop: str, courier: str, carrier: str, by: str, now: datetime) -> None:
    tx.rows(
        """
        INSERT INTO couriers (shop, courier, carrier, by_whom, at) VALUES (:shop, :courier, :carrier, :by, :now)
        ON CONFLICT (shop, courier) DO UPDATE SET
            carrier = excluded.carrier, by_whom = excluded.by_whom, at = excluded.at
        """,
        shop=shop,
        courier=courier,
        carrier=carrier,
        by=by,
        now=to_text(now),
    )


def drop_entry(tx: Tx, shop: str, courier: str) -> None:
    tx.rows("DELETE FROM couriers WHERE shop = :shop AND courier = :courier", shop=shop, courier=courier)


# -- parcels -----------------------------------------------------------------------------------------------------------


def name_courier(tx: Tx, shipment_id: str, courier: str) -> None:
    """The carrier's own word of how it is called; the shop's stays where there is one."""
    tx.rows(
        "UPDATE shipments SET courier = COALESCE(courier, :courier) WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        courier=courier,
    )


def mark_matched(tx: Tx, shipment_id: str, matched_by: str | None) -> None:
    tx.rows(
        "UPDATE shipments SET matched_by = :matched_by WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        matched_by=matched_by,
    )


def open_parcels(tx: Tx, shop: str, after: str, limit: int) -> list[Row]:
    """Parcels on their way whose carrier follows from hints, or is not known; ``after`` is the last id seen."""
    return tx.rows(
        f"""
        SELECT * FROM shipments WHERE shop = :shop AND shipment_id > :after AND {_MATCHED} AND {_OPEN}
        ORDER BY shipment_id LIMIT :limit
        """,  # noqa: S608 - our own text
        shop=shop,
        after=after,
        limit=limit,
    )


def without_carrier(tx: Tx, shop: str) -> list[Row]:
    """How many open parcels have no carrier, by what the shop calls it."""
    return tx.rows(
        f"""
        SELECT courier, courier_hints, COUNT(*) AS parcels, MIN(order_id) AS example
        FROM shipments WHERE shop = :shop AND carrier IS NULL AND {_OPEN}
        GROUP BY courier, courier_hints ORDER BY courier, courier_hints
        """,  # noqa: S608 - our own text
        shop=shop,
    )
