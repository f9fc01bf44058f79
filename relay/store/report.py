"""What a report counts, each query bounded by time through an index; all of a report reads one snapshot."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from relay.database import Row, Tx, Values
from relay.model import to_text

#: Parcels that are read at once.
PAGE: Final = 5000
_SCANS: Final = "FROM facts WHERE facts.track_id = shipments.track_id AND facts.kind = 'scan'"
_HAS_IT: Final = "facts.status NOT IN ('unknown', 'pending', 'info_received')"
_HAD_ENDED: Final = "shown_status IN ('delivered', 'returned', 'cancelled') AND changed_at < :end"
#: A scan from before the order is of another parcel that had the number. Facts are most of a database, so they are read
#: only of the parcels that were delivered in the period, and of those that were open at its end and scanned since.
_PARCELS: Final = f"""
    SELECT shipments.known_at, shipment_id, COALESCE(shipments.carrier, ''), shown_status, changed_at,
        COALESCE(shipments.dispatched_at, shipments.known_at), shipments.delivered_at,
        COALESCE(shipments.promised_at, orders.promised_at), held_since,
        CASE WHEN shown_status = 'delivered' AND shipments.delivered_at >= :start AND shipments.delivered_at < :end
             THEN (SELECT MIN(occurred_at) {_SCANS} AND {_HAS_IT}
                   AND occurred_at >= COALESCE(orders.ordered_at, '')) END,
        CASE WHEN {_HAD_ENDED} THEN NULL WHEN tracks.moved_at < :end THEN tracks.moved_at
             ELSE (SELECT MAX(occurred_at) {_SCANS} AND occurred_at < :end) END
    FROM shipments JOIN orders USING (shop, order_id)
        LEFT JOIN tracks ON NOT ({_HAD_ENDED}) AND tracks.track_id = shipments.track_id
    WHERE shop = :shop AND (shipments.known_at, shipment_id) > (:known_at, :shipment_id)
      AND shipments.known_at < :end AND shipments.kind = 'outbound' AND superseded_at IS NULL
    ORDER BY shipments.known_at, shipment_id LIMIT :limit
"""  # noqa: S608 - our own text


class Parcel(NamedTuple):
    """An outbound parcel; the fields are in the order of the columns above."""

    known_at: str
    shipment_id: str
    carrier: str  #: "": none is known
    status: str  #: as shown
    changed_at: str | None  #: since when it is shown so
    dispatched_at: str  #: a date or a moment; where nobody told it, when the parcel was known
    delivered_at: str | None  #: by the carrier
    promised: str | None  #: a date, or a moment that begins with it
    held_since: str | None
    first_scan: str | None  #: the first that says that the carrier has it, if it was delivered in the period
    last_scan: str | None  #: the last before the end of the period, if it was open then


def parcels(tx: Tx, shop: str, known_since: datetime, start: datetime, end: datetime) -> Iterator[Parcel]:
    """Those that became known since a moment and before the end of a period, page by page."""
    period = {"start": to_text(start), "end": to_text(end)}
    after = (to_text(known_since), "")
    while True:
        page = tx.tuples(_PARCELS, shop=shop, known_at=after[0], shipment_id=after[1], limit=PAGE, **period)
        yield from map(Parcel._make, page)
        if len(page) < PAGE:
            return
        after = (page[-1][0], page[-1][1])


# -- what left, and what came of it ------------------------------------------------------------------------------------


def sent(tx: Tx, channel: str, start: datetime, end: datetime) -> int:
    """How many messages of a channel the far side took in this time."""
    return _count(
        tx,
        """
        SELECT COUNT(*) FROM outbox
        WHERE state = 'sent' AND channel = :channel AND sent_at >= :start AND sent_at < :end
        """,
        start,
        end,
        channel=channel,
    )


def not_sent(tx: Tx, channel: str, start: datetime, end: datetime) -> Mapping[str, int]:
    """Of the messages that were made in this time and never left: by state, how many."""
    found = tx.tuples(
        """
        SELECT state, COUNT(*) FROM outbox
        WHERE state IN ('dead', 'shadow', 'paused') AND state <> 'sent' AND created_at >= :start AND created_at < :end
          AND channel = :channel GROUP BY state
        """,
        channel=channel,
        start=to_text(start),
        end=to_text(end),
    )
    return dict(found)


def untold(tx: Tx, start: datetime, end: datetime) -> int:
    """Of how much news in this time customers were not told, because it came too late or was held back."""
    return _count(tx, "SELECT COUNT(*) FROM untold WHERE since >= :start AND since < :end", start, end)


def drifts(tx: Tx, start: datetime, end: datetime) -> Values:
    """How many opened and closed in this time, and how many were open at its end."""
    return tx.tuples(
        """
        SELECT COALESCE(SUM(CASE WHEN opened_at >= :start THEN 1 ELSE 0 END), 0),
            COALESCE(SUM(CASE WHEN closed_at < :end THEN 1 ELSE 0 END), 0),
            COALESCE(SUM(CASE WHEN closed_at IS NULL OR closed_at >= :end THEN 1 ELSE 0 END), 0)
        FROM drifts WHERE (closed_at IS NULL OR closed_at >= :start) AND opened_at < :end
        """,
        start=to_text(start),
        end=to_text(end),
    )[0]


# -- what people did ---------------------------------------------------------------------------------------------------


def corrections(tx: Tx, start: datetime, end: datetime) -> Mapping[str, int]:
    """By the status that was set, how many."""
    found = tx.tuples(
        "SELECT status, COUNT(*) FROM overrides WHERE at >= :start AND at < :end GROUP BY status ORDER BY status",
        start=to_text(start),
        end=to_text(end),
    )
    return dict(found)


def contradicted(tx: Tx, start: datetime, end: datetime) -> int:
    """How many corrections a carrier contradicted in this time."""
    sql = "SELECT COUNT(*) FROM overrides WHERE contradicted_at >= :start AND contradicted_at < :end"
    return _count(tx, sql, start, end)


def not_received(tx: Tx, start: datetime, end: datetime) -> int:
    """Of how many parcels somebody noted that their customer did not get what is shown as delivered."""
    sql = """
        SELECT COUNT(DISTINCT shipment_id) FROM audit WHERE action = 'not received' AND at >= :start AND at < :end
    """
    return _count(tx, sql, start, end)


def _count(tx: Tx, sql: str, start: datetime, end: datetime, **given: str) -> int:
    return int(tx.tuples(sql, start=to_text(start), end=to_text(end), **given)[0][0])


# -- what was wrong ----------------------------------------------------------------------------------------------------


def incidents(tx: Tx, start: datetime, end: datetime) -> list[Row]:
    """Those that were open at any moment of this time, the first first."""
    return tx.rows(
        """
        SELECT kind, subject, opened_at, closed_at, owner FROM incidents
        WHERE (closed_at IS NULL OR closed_at >= :start) AND opened_at < :end ORDER BY opened_at, incident_id
        """,
        start=to_text(start),
        end=to_text(end),
    )
