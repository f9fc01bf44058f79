"""Counts what came, hour by hour, from what was received: no push waits for it, and none is counted twice or lost."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from relay.database import Database, Tx
from relay.intake.said import via_of
from relay.model import Via, from_text, to_text
from relay.store import traffic
from relay.store.traffic import UP, Hour, Minute

EVERY, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEPT: Final = timedelta(weeks=6)
#: Nothing from anybody for so long in what was kept from before there were counts: we may have been down.
LONGEST_QUIET: Final = timedelta(hours=48)


@dataclass(slots=True)
class Counting:
    """Belongs to one thread."""

    _counted_at: datetime | None = None

    def count(self, database: Database, now: datetime) -> None:
        """The present and the previous hour anew, once a minute; on a database that has no counts, all that is kept."""
        if self._counted_at is not None and timedelta(0) <= now - self._counted_at < EVERY:
            return
        with database.read() as tx:
            before = traffic.hours(tx, _hour(now) - HOUR)
            is_first = not before and not traffic.hours(tx, now - KEPT)
            oldest = traffic.oldest_message(tx) if is_first else None
        if oldest is not None:
            _count_kept(database, max(from_text(oldest), now - KEPT), now)
        with database.read() as tx:
            found = [*_counted(tx, _hour(now) - HOUR, now), Hour(*UP, to_text(_hour(now)), slots=_slot(now))]
            found += _parcels(tx, before, found, now)
        latest = {row[:3]: row for row in found}
        if changed := [row for row in latest.values() if _is_news(row, before)]:
            is_new_day = self._counted_at is None or self._counted_at.date() != now.date()
            database.write(lambda tx: _save(tx, changed, now - KEPT if is_new_day else None))
        self._counted_at = now


def _save(tx: Tx, rows: Sequence[Hour], drop_before: datetime | None) -> None:
    traffic.save(tx, rows)
    if drop_before:
        traffic.drop(tx, drop_before)


def _is_news(row: Hour, before: Sequence[Hour]) -> bool:
    """A write is on the way of every push, so none is made to say the same again."""
    known = next((one for one in before if one[:3] == row[:3]), None)
    if known is None:
        return True
    merged = row._replace(slots=row.slots | known.slots, parcels=known.parcels if row.parcels is None else row.parcels)
    return merged != known


def _parcels(tx: Tx, before: Sequence[Hour], found: Sequence[Hour], now: datetime) -> list[Hour]:
    """Once in each hour a row of every route that speaks, with how many parcels it has."""
    hour = to_text(_hour(now))
    if any(row.hour == hour and row.parcels is not None for row in before):
        return []
    counts = traffic.open_parcels(tx)
    routes = {row[:2]: row for row in [*traffic.hours(tx, now - KEPT), *found] if row[:2] != UP}
    counted = {row[:2]: row for row in found if row.hour == hour}
    return [
        counted.get(route, Hour(*route, hour))._replace(parcels=counts.get(route[0], 0)) for route in sorted(routes)
    ]


# -- from minutes to hours ---------------------------------------------------------------------------------------------


def _counted(tx: Tx, since: datetime, now: datetime) -> list[Hour]:
    until = now + HOUR
    pushes = ((via_of(one.slug), one) for one in traffic.pushes(tx, since, until))
    answers = ((Via.POLL, one) for one in traffic.answers(tx, since, until))
    return list(_folded([*pushes, *answers]))


def _folded(minutes: Sequence[tuple[Via, Minute]]) -> Iterator[Hour]:
    found: defaultdict[tuple[str, str, str], list[Minute]] = defaultdict(list)
    for via, one in minutes:
        found[one.slug, via.value, f"{one.minute[:13]}:00:00.000+00:00"].append(one)
    for key, parts in found.items():
        sums = (sum(values) for values in zip(*(one[2:8] for one in parts), strict=True))
        messages, events, unknown, unread, news, missed = sums
        slots = _mask([one.minute for one in parts if one.telling])
        asked = _mask([one.minute for one in parts if one.usable])
        last_at = max((one.last_at for one in parts if one.telling), default=None)
        yield Hour(*key, messages, slots, events, unknown, unread, news, missed, asked, None, last_at)


def _mask(minutes: Sequence[str]) -> int:
    found = 0
    for minute in minutes:
        found |= 1 << int(minute[14:16]) // 5
    return found


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _slot(moment: datetime) -> int:
    return 1 << moment.minute // 5


# -- what came before there were counts --------------------------------------------------------------------------------


def _count_kept(database: Database, since: datetime, now: datetime) -> None:
    """Day by day; that we were there is believed of all but long times in which nobody sent anything."""
    begin, heard = _hour(since), []
    while begin < _hour(now):
        end = min(begin + DAY, _hour(now))
        with database.read() as tx:
            rows = [row for row in _counted(tx, begin, end - HOUR) if row.hour < to_text(end)]
        heard += sorted({from_text(row.hour) for row in rows})
        _write(database, rows)
        begin = end
    _write(database, [Hour(*UP, to_text(hour), slots=4095) for hour in _listening(heard)])


def _write(database: Database, rows: Sequence[Hour]) -> None:
    database.write(lambda tx: traffic.save(tx, rows))


def _listening(heard: Sequence[datetime]) -> Iterator[datetime]:
    yield from heard[:1]
    for before, after in pairwise(heard):
        quiet = (after - before) // HOUR
        yield from (before + hour * HOUR for hour in range(1 if after - before <= LONGEST_QUIET else quiet, quiet + 1))
