"""What came by the hour, of each sender and route, and when we were there to hear it.

A row of ``traffic`` has, as bit masks, the slots of five minutes of its hour: ``slots``, in which something came, and
``asked``, in which an answer came that could be used. The sender "" with the route "up" is ourselves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from relay.database import Row, Tx, Values
from relay.model import CANARY, to_text
from relay.store._many import insert_many

UP = ("", "up")
#: Of a moment's text, as far as its minute.
_MINUTE = len("2026-03-02T12:00")


class Minute(NamedTuple):
    """What one sender sent within a minute."""

    slug: str
    minute: str
    messages: int
    events: int
    unknown: int
    unread: int
    news: int
    missed: int
    usable: int  #: answers that could be used
    telling: int  #: messages with news
    last_at: str


class Hour(NamedTuple):
    source: str
    via: str
    hour: str
    messages: int = 0
    slots: int = 0
    events: int = 0
    unknown: int = 0
    unread: int = 0
    news: int = 0
    missed: int = 0
    asked: int = 0
    parcels: int | None = None
    last_at: str | None = None


#: ``body IS NOT NULL`` is the condition of the index by time.
_COUNTED = """
    SELECT slug, substr({moment}, 1, {minute}), COUNT(*), SUM(events), SUM(unknown),
        SUM(CASE WHEN action = 'unreadable' THEN 1 ELSE 0 END), SUM(news), {more}, MAX({moment})
    FROM {table} WHERE body IS NOT NULL AND {moment} >= :since AND {moment} < :before AND slug <> :canary
    GROUP BY slug, substr({moment}, 1, {minute})
"""
_PUSHES = _COUNTED.format(moment="received_at", minute=_MINUTE, table="pushes", more="0, 0, COUNT(*)")
_ANSWERS = _COUNTED.format(
    moment="asked_at",
    minute=_MINUTE,
    table="answers",
    more="SUM(missed), SUM(CASE WHEN action = 'apply' AND outcome IN ('ok', 'not_found') THEN 1 ELSE 0 END), "
    "SUM(CASE WHEN news > 0 THEN 1 ELSE 0 END)",
)
_KEY = ("source", "via", "hour")
_SET = ", ".join(f"{name} = excluded.{name}" for name in Hour._fields if name not in {*_KEY, "parcels", "slots"})


def pushes(tx: Tx, since: datetime, before: datetime) -> list[Minute]:
    return [Minute(*row) for row in tx.tuples(_PUSHES, **_between(since, before))]


def answers(tx: Tx, since: datetime, before: datetime) -> list[Minute]:
    return [Minute(*row) for row in tx.tuples(_ANSWERS, **_between(since, before))]


def _between(since: datetime, before: datetime) -> dict[str, str]:
    return {"since": to_text(since), "before": to_text(before), "canary": CANARY}


def oldest_message(tx: Tx) -> str | None:
    """When the oldest came that is still kept."""
    found = [
        tx.tuples(f"SELECT MIN({moment}) FROM {table} WHERE body IS NOT NULL")[0][0]  # noqa: S608 - our own names
        for table, moment in (("pushes", "received_at"), ("answers", "asked_at"))
    ]
    return min(filter(None, found), default=None)


def hours(tx: Tx, since: datetime) -> list[Hour]:
    sql = f"SELECT {', '.join(Hour._fields)} FROM traffic WHERE hour >= :since"  # noqa: S608 - our own names
    return [Hour(*row) for row in tx.tuples(sql, since=to_text(since))]


def save(tx: Tx, rows: Iterable[Hour]) -> None:
    """What was counted takes the place of what stood there. What is known of slots and of parcels only grows better."""
    conflict = f"""
        ON CONFLICT (source, via, hour) DO UPDATE SET {_SET}, slots = traffic.slots | excluded.slots,
            parcels = COALESCE(excluded.parcels, traffic.parcels)
    """
    insert_many(tx, "traffic", Hour._fields, [tuple(row) for row in rows], f"{conflict} RETURNING source")


def drop(tx: Tx, before: datetime) -> None:
    tx.rows("DELETE FROM traffic WHERE hour < :before", before=to_text(before))


def open_parcels(tx: Tx) -> dict[str, int]:
    """How many parcels are on their way, by the carrier, and by the aggregator that was told of them."""
    by_carrier: Sequence[Values] = tx.tuples(
        f"SELECT carrier, COUNT(*) FROM shipments WHERE carrier IS NOT NULL AND {_OPEN} GROUP BY carrier"  # noqa: S608 - our own text
    )
    by_aggregator: Sequence[Values] = tx.tuples(
        f"""
        SELECT registrations.source, COUNT(DISTINCT shipment_id) FROM registrations JOIN shipments USING (track_id)
        WHERE {_OPEN} GROUP BY registrations.source
        """  # noqa: S608 - the same
    )
    return dict(by_aggregator) | dict(by_carrier)


_OPEN = "superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled')"


# -- what is known to be no silence of the carrier's -------------------------------------------------------------------


def mutes(tx: Tx, kind: str, since: datetime) -> list[Row]:
    """Incidents of a kind that were open after a moment."""
    return tx.rows(
        """
        SELECT subject, figures, opened_at, closed_at FROM incidents
        WHERE kind = :kind AND (closed_at IS NULL OR closed_at >= :since)
        """,
        kind=kind,
        since=to_text(since),
    )


def notices(tx: Tx, since: datetime) -> list[Row]:
    """Notes on carriers that were in force after a moment, with their ends."""
    return tx.rows(
        """
        SELECT carrier, at, CASE WHEN ended_at < until_at THEN ended_at ELSE until_at END AS until FROM notices
        WHERE carrier <> '' AND until_at >= :since
        """,
        since=to_text(since),
    )
