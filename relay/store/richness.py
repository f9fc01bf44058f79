"""How much answers say of a parcel, by day: its scans, and how many of these bear a place, a description, a moment.

Parcels of one status, known for about as long, are alike; each counts once a day, however often it is asked about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import starmap
from typing import NamedTuple

from relay.database import Row, Tx
from relay.model import FactKind, Report, from_text, to_text
from relay.store._many import insert_many

#: Parcels that are known for longer are all alike. The ages before double: a day, two, four, …
OLDEST = 6
_DAY = len("2026-03-02")


class Measure(NamedTuple):
    """The fields bear the names of the columns."""

    source: str
    status: str  #: of the parcel, by all that is known of it
    age: int  #: 0 on the day on which it became known; one more each time its days double
    day: str
    parcels: int
    scans: int
    scans_squared: int  #: the sum over the parcels of the square of each one's scans
    places: int  #: scans that bear one; so are the next two
    descriptions: int
    moments: int
    estimates: int  #: parcels with an expected date


_KEY = Measure._fields[:4]
_SUMS = Measure._fields[4:]


def is_first_of_day(track: Row, now: datetime) -> bool:
    """Whether a track that was just asked about had no usable answer before on the same day."""
    before = track["asked_before"]
    return before is None or before[:_DAY] < to_text(now)[:_DAY]


def measure(source: str, report: Report | None, status: str, track: Row, now: datetime) -> Measure:
    """How much is said of one parcel; of one that the answer leaves out or did not find, nothing."""
    facts = report.facts if report else ()
    scans = [fact for fact in facts if fact.kind is FactKind.SCAN]
    return Measure(
        source=source,
        status=status,
        age=age_of(now - from_text(track["known_at"])),
        day=to_text(now)[:_DAY],
        parcels=1,
        scans=len(scans),
        scans_squared=len(scans) ** 2,
        places=sum(bool(scan.place) for scan in scans),
        descriptions=sum(bool(scan.description) for scan in scans),
        moments=sum(scan.occurred_at is not None for scan in scans),
        estimates=int(any(fact.estimated_at for fact in facts)),
    )


def age_of(known_for: timedelta) -> int:
    return min(OLDEST, max(0, known_for.days).bit_length())


def add(tx: Tx, measures: Sequence[Measure]) -> None:
    """Add to the day's sums; in a fixed order, so that two writers never wait for each other."""
    summed: dict[tuple[object, ...], Measure] = {}
    for one in measures:
        key = one[:4]
        summed[key] = _sum(summed[key], one) if key in summed else one
    sums = ", ".join(f"{name} = richness.{name} + excluded.{name}" for name in _SUMS)
    rows = [summed[key] for key in sorted(summed, key=repr)]
    insert_many(tx, "richness", Measure._fields, rows, f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {sums}")


def _sum(one: Measure, other: Measure) -> Measure:
    return Measure(*one[:4], *(mine + its for mine, its in zip(one[4:], other[4:], strict=True)))


def measured(tx: Tx, since: datetime) -> list[Measure]:
    """Every day's sums from a day on."""
    fields = ", ".join(Measure._fields)
    return list(
        starmap(Measure, tx.tuples(f"SELECT {fields} FROM richness WHERE day >= :since", since=to_text(since)[:_DAY]))  # noqa: S608 - our own names
    )


def forget_before(tx: Tx, moment: datetime) -> None:
    tx.rows("DELETE FROM richness WHERE day < :day", day=to_text(moment)[:_DAY])
