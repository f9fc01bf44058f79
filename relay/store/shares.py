"""What senders sent, counted: read and unread, known and unknown, told first and told late.

The present and the previous hour are counted from what was received, which a replay corrects; older ones stand in
``traffic``, hour by hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from relay.database import Row, Tx
from relay.model import Via, from_text, to_text

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Of a moment's text, as far as its hour, and its day: they compare with whole moments as they should.
_HOUR, _DAY = len("2026-03-02T12"), len("2026-03-02")


@dataclass(frozen=True, slots=True)
class Route:
    """Who tells, and how."""

    source: str
    via: Via

    @property
    def subject(self) -> str:
        return f"{self.source}/{self.via}"

    @property
    def names(self) -> dict[str, str]:
        """Of the table in which its messages are kept, and of its moment."""
        answers = {"table": "answers", "moment": "asked_at", "key": "answer_id"}
        pushes = {"table": "pushes", "moment": "received_at", "key": "push_id"}
        return answers if self.via is Via.POLL else pushes


class Counts(NamedTuple):
    messages: int = 0
    events: int = 0
    unknown: int = 0
    unread: int = 0
    news: int = 0
    missed: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(mine + its for mine, its in zip(self, other, strict=True)))


class DayCounts(NamedTuple):
    day: str
    counts: Counts


_SUMS = ", ".join(f"SUM({name})" for name in Counts._fields)
#: ``body IS NOT NULL`` is the condition of the index by time.
_FRESH = """
    SELECT slug, COUNT(*), SUM(events), SUM(unknown), SUM(CASE WHEN action = 'unreadable' THEN 1 ELSE 0 END), SUM(news),
        {missed}
    FROM {table} WHERE body IS NOT NULL AND {moment} >= :since GROUP BY slug
"""


def fresh(tx: Tx, since: datetime) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Of the pushes and of the answers since then, by the name under which they are kept."""
    pushes = _FRESH.format(table="pushes", moment="received_at", missed="0")
    answers = _FRESH.format(table="answers", moment="asked_at", missed="SUM(missed)")
    found = (tx.tuples(sql, since=to_text(since)) for sql in (pushes, answers))
    counted_pushes, counted_answers = ({slug: Counts(*counts) for slug, *counts in rows} for rows in found)
    return counted_pushes, counted_answers


def by_hours(tx: Tx, since: datetime, before: datetime) -> dict[Route, Counts]:
    """Of the hours from that of ``since`` on, but not that of ``before``."""
    found = tx.tuples(
        f"SELECT source, via, {_SUMS} FROM traffic WHERE source <> '' AND hour >= :since AND hour < :before "  # noqa: S608 - our own names
        "GROUP BY source, via",
        since=to_text(since)[:_HOUR],
        before=to_text(before)[:_HOUR],
    )
    return {Route(source, Via(via)): Counts(*counts) for source, via, *counts in found}


def by_days(tx: Tx, route: Route, since: datetime, before: datetime) -> list[DayCounts]:
    """Of each day from that of ``since`` on until the hour of ``before``; days without anything are left out."""
    found = tx.tuples(
        f"SELECT substr(hour, 1, {_DAY}) AS day, {_SUMS} FROM traffic "  # noqa: S608 - our own names
        "WHERE source = :source AND via = :via AND hour >= :since AND hour < :before "
        f"GROUP BY substr(hour, 1, {_DAY}) ORDER BY 1",
        source=route.source,
        via=route.via.value,
        since=to_text(since)[:_DAY],
        before=to_text(before)[:_HOUR],
    )
    return [DayCounts(day, Counts(*counts)) for day, *counts in found]


# -- the unread --------------------------------------------------------------------------------------------------------


def unread_since(tx: Tx, since: datetime) -> dict[tuple[str, str], int]:
    """How many bodies nobody could read yet, by table and sender."""
    return {
        (table, slug): count
        for table, moment in (("pushes", "received_at"), ("answers", "asked_at"))
        for slug, count in tx.tuples(
            f"SELECT slug, COUNT(*) FROM {table} "  # noqa: S608 - our own names
            f"WHERE action = 'unreadable' AND body IS NOT NULL AND {moment} >= :since GROUP BY slug",
            since=to_text(since),
        )
    }


def newest_unread_at(tx: Tx, route: Route, place: int) -> datetime | None:
    """When the newest unread one came, or the one before it, and so on by its place."""
    found = tx.tuples(
        "SELECT {moment} FROM {table} WHERE action = 'unreadable' AND body IS NOT NULL AND slug = :slug "  # noqa: S608 - our own names
        "ORDER BY {moment} DESC LIMIT 1 OFFSET :place".format(**route.names),
        slug=route.source,
        place=place - 1,
    )
    return from_text(found[0][0]) if found else None


def counted(tx: Tx, route: Route, since: datetime) -> Counts:
    """Of one sender, from what was received; of the pushes, none was missed."""
    found = tx.tuples(
        "SELECT COUNT(*), SUM(events), SUM(unknown), SUM(CASE WHEN action = 'unreadable' THEN 1 ELSE 0 END), "  # noqa: S608 - the same
        "SUM(news), 0 FROM {table} WHERE slug = :slug AND body IS NOT NULL AND {moment} >= :since".format(
            **route.names
        ),
        slug=route.source,
        since=to_text(since),
    )
    return Counts(*(count or 0 for count in found[0]))


# -- as they were received ---------------------------------------------------------------------------------------------

UNREAD, UNKNOWN = "action = 'unreadable'", "unknown > 0"


def kept(tx: Tx, route: Route, which: str, since: datetime, before: datetime, limit: int) -> list[Row]:
    """The newest of those that are ``UNREAD`` or have ``UNKNOWN`` scans."""
    return tx.rows(
        "SELECT * FROM {table} WHERE slug = :slug AND body IS NOT NULL AND {which} "  # noqa: S608 - the same
        "AND {moment} >= :since AND {moment} < :before ORDER BY {moment} DESC, {key} LIMIT :limit".format(
            **route.names, which=which
        ),
        slug=route.source,
        since=to_text(since),
        before=to_text(before),
        limit=limit,
    )


def count_missing(tx: Tx, source: str, since: datetime) -> int:
    """How many answers brought what should have been pushed."""
    found = tx.tuples(
        "SELECT COUNT(*) FROM answers WHERE slug = :slug AND body IS NOT NULL AND asked_at >= :since AND missed > 0",
        slug=source,
        since=to_text(since),
    )
    return int(found[0][0])


# -- what the past does not teach --------------------------------------------------------------------------------------


def lasted(tx: Tx, kind: str, subject: str | None, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """When incidents of this cause were opened and closed, of those that were open since then; None: of any."""
    found = tx.rows(
        """
        SELECT opened_at, closed_at FROM incidents
        WHERE kind = :kind AND (:subject = '' OR subject = :subject) AND (closed_at IS NULL OR closed_at >= :since)
        ORDER BY opened_at
        """,
        kind=kind,
        subject=subject or "",
        since=to_text(since),
    )
    return [(from_text(row["opened_at"]), from_text(row["closed_at"]) if row["closed_at"] else None) for row in found]


def days_of(spans: Iterable[tuple[datetime, datetime | None]], now: datetime) -> set[str]:
    """The days of the incidents, and the day before each, on which what it told of may have begun."""
    days: set[str] = set()
    for opened_at, closed_at in spans:
        day = opened_at - DAY
        while day.date() <= (closed_at or now).date():
            days.add(day.date().isoformat())
            day += DAY
    return days


#: Of an hour's twelve slots so many at least, or we were down.
UP = 9


def has_gap(tx: Tx, since: datetime, now: datetime) -> bool:
    """Whether there was an hour in which nobody listened. It is known from the first hour on that was written down."""
    found = tx.tuples("SELECT MIN(hour) FROM traffic WHERE source = '' AND via = 'up'")
    first = found[0][0]
    if first is None:
        return False
    begin = max(to_text(since)[:_HOUR], first[:_HOUR])
    up = {
        hour[:_HOUR]
        for hour, slots in tx.tuples(
            "SELECT hour, slots FROM traffic WHERE source = '' AND via = 'up' AND hour >= :since", since=begin
        )
        if int(slots).bit_count() >= UP or hour[:_HOUR] == begin
    }
    hour = from_text(f"{begin}:00:00+00:00")
    while hour + HOUR <= now:
        if to_text(hour)[:_HOUR] not in up:
            return True
        hour += HOUR
    return False
