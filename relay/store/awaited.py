"""Packages that a carrier told of before their shop did, or while they are with another carrier."""

from dataclasses import asdict, dataclass
from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text
from relay.store.facts import settle_moves


@dataclass(frozen=True, slots=True)
class Link:
    """How a carrier says that a package is found: what of it is None was not said. A moment is UTC, as stored."""

    tracking_number: str | None = None
    tracking_url: str | None = None
    courier: str | None = None
    dispatched_at: str | None = None


def await_package(tx: Tx, shop: str, order_id: str, package: str, carrier: str, link: Link, now: datetime) -> None:
    """Remember that ``carrier`` told of this package; what it says of it now replaces what it said before."""
    tx.rows(
        """
        INSERT INTO awaited (shop, order_id, package, carrier, tracking_number, tracking_url, courier, dispatched_at,
            told_at)
        VALUES (:shop, :order_id, :package, :carrier, :tracking_number, :tracking_url, :courier, :dispatched_at, :now)
        ON CONFLICT (shop, order_id, package, carrier) DO UPDATE SET
            tracking_number = COALESCE(excluded.tracking_number, awaited.tracking_number),
            tracking_url = COALESCE(excluded.tracking_url, awaited.tracking_url),
            courier = COALESCE(excluded.courier, awaited.courier),
            dispatched_at = COALESCE(excluded.dispatched_at, awaited.dispatched_at),
            told_at = excluded.told_at
        """,
        shop=shop,
        order_id=order_id,
        package=package,
        carrier=carrier,
        now=to_text(now),
        **asdict(link),
    )


def known_package(tx: Tx, shop: str, order_id: str, package: str, key: str) -> Row | None:
    """The shipment of this package: of this very order, else of the only one that is found under ``key``."""
    found = tx.rows(
        """
        SELECT shipments.* FROM lookups JOIN shipments USING (shop, order_id)
        WHERE shop = :shop AND lookups.kind = 'order' AND key = :key AND package = :package AND superseded_at IS NULL
        """,
        shop=shop,
        key=key,
        package=package,
    )
    same = [row for row in found if row["order_id"] == order_id]
    return (same or found)[0] if same or len(found) == 1 else None


def awaited(tx: Tx, shop: str, order_id: str, package: str) -> list[Row]:
    """What each carrier told of this package."""
    return tx.rows(
        "SELECT * FROM awaited WHERE shop = :shop AND order_id = :order_id AND package = :package",
        shop=shop,
        order_id=order_id,
        package=package,
    )


def came(tx: Tx, row: Row) -> None:
    """The package is known now, and with this carrier."""
    tx.rows(
        """
        DELETE FROM awaited
        WHERE shop = :shop AND order_id = :order_id AND package = :package AND carrier = :carrier
        """,
        shop=row["shop"],
        order_id=row["order_id"],
        package=row["package"],
        carrier=row["carrier"],
    )


def bring(tx: Tx, old: str, new: str, source: str) -> None:
    """Give what ``source`` told on a track to another one, unless a shipment still points there."""
    moved = tx.rows(
        """
        UPDATE facts SET track_id = :new
        WHERE track_id = :old AND source = :source
          AND fact_id NOT IN (SELECT fact_id FROM facts WHERE track_id = :new)
          AND NOT EXISTS (SELECT 1 FROM shipments WHERE track_id = :old AND superseded_at IS NULL)
        RETURNING fact_id
        """,
        old=old,
        new=new,
        source=source,
    )
    if moved:
        tx.rows(
            """
            UPDATE tracks SET heard_at = (SELECT MAX(heard_at) FROM tracks WHERE track_id IN (:old, :new))
            WHERE track_id = :new
            """,
            old=old,
            new=new,
        )
        settle_moves(tx, [new])


def missed(tx: Tx, limit: int) -> list[str]:
    """Shipments of packages that are still awaited: the two transactions committed at once.

    It is looked at all the time: the list says to begin with the few that are awaited, not with all parcels.
    """
    found = tx.rows(
        """
        SELECT DISTINCT shipment_id FROM awaited JOIN shipments USING (shop, order_id, package)
        WHERE (shipments.shop, shipments.order_id, shipments.package) IN (SELECT shop, order_id, package FROM awaited)
          AND (shipments.carrier = awaited.carrier
            OR (shipments.carrier IS NULL AND NOT EXISTS (
              SELECT 1 FROM awaited AS other
              WHERE other.shop = shipments.shop AND other.order_id = shipments.order_id
                AND other.package = shipments.package AND other.carrier <> awaited.carrier)))
        LIMIT :limit
        """,
        limit=limit,
    )
    return [row["shipment_id"] for row in found]


def drop_awaited(tx: Tx, before: datetime, limit: int) -> int:
    """Let go of what was told before a moment and never came."""
    return len(
        tx.rows(
            """
            DELETE FROM awaited WHERE (shop, order_id, package, carrier) IN (
                SELECT shop, order_id, package, carrier FROM awaited WHERE told_at < :before LIMIT :limit)
            RETURNING package
            """,
            before=to_text(before),
            limit=limit,
        )
    )
