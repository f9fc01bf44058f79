"""What stands still: the open parcels with their last move, those that arrived, and how many usually stand."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from relay.database import Row, Tx
from relay.model import to_text
from relay.store._many import insert_many

#: Parcels that are read at once.
PAGE: Final = 5000
#: The day of a dispatch, or where nobody told it the day on which the parcel was known; UTC.
_DISPATCHED: Final = "COALESCE(shipments.dispatched_at, shipments.known_at)"
_OPEN: Final = "superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled')"
_MOVING: Final = f"""
    SELECT shipments.known_at, shipment_id, order_id, shipments.carrier, shown_status, {_DISPATCHED},
        tracks.moved_at, tracks.place, tracks.asked_at
    FROM shipments JOIN tracks USING (track_id)
    WHERE shop = :shop AND {_OPEN} AND (shipments.known_at, shipment_id) > (:known_at, :shipment_id)
      AND kind = 'outbound' AND tracks.moved_at >= :since
    ORDER BY shipments.known_at, shipment_id LIMIT :limit
"""  # noqa: S608 - our own text


class Moved(NamedTuple):
    """An open outbound parcel; the fields are in the order of the columns above."""

    known_at: str
    shipment_id: str
    order_id: str
    carrier: str
    status: str
    dispatched: str  #: a date or a moment
    moved_at: str
    place: str  #: as the carrier wrote it
    asked_at: str | None  #: its last usable answer


def open_parcels(tx: Tx, shop: str, since: datetime) -> Iterator[Moved]:
    """Those that were scanned since a moment, page by page."""
    after = ("", "")
    while True:
        page = tx.tuples(_MOVING, shop=shop, known_at=after[0], shipment_id=after[1], since=to_text(since), limit=PAGE)
        yield from map(Moved._make, page)
        if len(page) < PAGE:
            return
        after = (page[-1][0], page[-1][1])


def arrived_by_day(tx: Tx, shop: str, since: datetime) -> Iterable[tuple[str, str, int]]:
    """Of the parcels known since a moment: carrier, day of dispatch, and how many have their last word."""
    found: Iterable[tuple[str, str, int]] = tx.tuples(
        f"""
        SELECT carrier, substr({_DISPATCHED}, 1, 10) AS day, COUNT(*) FROM shipments
        WHERE shop = :shop AND shipments.known_at >= :since AND superseded_at IS NULL AND carrier IS NOT NULL
          AND kind = 'outbound' AND shown_status IN ('delivered', 'returned', 'cancelled')
        GROUP BY carrier, day
        """,  # noqa: S608 - our own text
        shop=shop,
        since=to_text(since),
    )
    return found


def arrived_lately(tx: Tx, shop: str, since: datetime, known_since: datetime) -> Iterable[tuple[str, str, int]]:
    """Carrier, last place, and how many got their last word there since a moment."""
    found: Iterable[tuple[str, str, int]] = tx.tuples(
        """
        SELECT shipments.carrier, place, COUNT(*) FROM shipments JOIN tracks USING (track_id)
        WHERE shop = :shop AND shipments.known_at >= :known_since AND superseded_at IS NULL AND kind = 'outbound'
          AND shown_status IN ('delivered', 'returned', 'cancelled') AND changed_at >= :since AND moved_at >= :since
        GROUP BY shipments.carrier, place
        """,
        shop=shop,
        since=to_text(since),
        known_since=to_text(known_since),
    )
    return found


def listed(tx: Tx, incident_id: str) -> list[Row]:
    """The parcels behind an incident as they are now; ``is_open`` is 0 for those with their last word."""
    return tx.rows(
        f"""
        SELECT DISTINCT shipments.shipment_id, shipments.order_id, shown_status, {_DISPATCHED} AS dispatched,
            tracks.moved_at, tracks.place, CASE WHEN {_OPEN} THEN 1 ELSE 0 END AS is_open
        FROM incident_orders JOIN shipments ON shipments.shipment_id = incident_orders.shipment_id
        LEFT JOIN tracks ON tracks.track_id = shipments.track_id
        WHERE incident_id = :id
        """,  # noqa: S608 - our own text
        id=incident_id,
    )


def notes_since(tx: Tx, shop: str, since: datetime) -> list[Row]:
    """Notes on carriers and regions that were in force at any time since a moment; ``end_at`` is when they ended."""
    return tx.rows(
        """
        SELECT carrier, region, at, COALESCE(ended_at, until_at) AS end_at FROM notices
        WHERE shop = :shop AND COALESCE(ended_at, until_at) >= :since
        """,
        shop=shop,
        since=to_text(since),
    )


def hours_up(tx: Tx, since: datetime) -> list[str]:
    """The hours in which this installation looked after things, in order."""
    found = tx.rows(
        "SELECT hour FROM traffic WHERE source = '' AND via = 'up' AND hour >= :since AND slots <> 0 ORDER BY hour",
        since=to_text(since),
    )
    return [row["hour"] for row in found]


# -- what is usual -----------------------------------------------------------------------------------------------------


def is_noted(tx: Tx, day: date) -> bool:
    return bool(tx.rows("SELECT 1 FROM standstill WHERE day = :day LIMIT 1", day=day.isoformat()))


def note(tx: Tx, day: date, counts: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Remember of each carrier and cohort how many stood on a day, and how many moved."""
    rows = [(carrier, cohort, day.isoformat(), *numbers) for (carrier, cohort), numbers in sorted(counts.items())]
    insert_many(tx, "standstill", ("carrier", "cohort", "day", "still", "moving"), rows, "ON CONFLICT DO NOTHING")


def forget_days(tx: Tx, before: date) -> None:
    tx.rows("DELETE FROM standstill WHERE day < :day", day=before.isoformat())


def noted(tx: Tx, since: date, before: date) -> list[Row]:
    return tx.rows(
        "SELECT carrier, cohort, day, still, moving FROM standstill WHERE day >= :since AND day < :before",
        since=since.isoformat(),
        before=before.isoformat(),
    )
