"""Whether a carrier that usually speaks has gone silent, and how long a silence would be noticed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from relay.silence.calendar import AN_HOUR, SLOT_S, Grid, kind_of_day, moment_of, slot_of
from relay.silence.rates import GAP, Past, Profile, Scale, weight_at

#: However busy a carrier is, nobody is told of less.
FLOOR: Final = timedelta(minutes=10)
#: A chance is told no smaller than that: the model is not known to be right so far out.
RAREST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Silence:
    since: datetime  #: its last word, or the end of our own last gap
    once_in: int  #: a silence like that comes by chance less than once in so many times
    scale: str

    def lasts(self, now: datetime) -> timedelta:
        return now - self.since


def silence(
    profile: Profile, past: Past, grid: Grid, heard_at: datetime, now: datetime, *, share: float = 1.0
) -> Silence | None:
    """The silence since ``heard_at``, if it is no chance.

    ``share`` is how many of its usual parcels a carrier has now: with fewer, less is to be expected. What was silent
    before a gap of our own is no evidence, nor is a silence shorter than ten minutes.
    """
    begin = _begin(past, heard_at, now)
    if not profile.is_enough or now - moment_of(begin) < FLOOR:
        return None
    found = [(_surprise(scale, past, grid, begin, now, share), scale) for scale in profile.scales]
    surprise, scale = max(found, key=lambda one: one[0])
    return Silence(moment_of(begin), once_in(surprise), scale.span.name) if surprise > 0 else None


def once_in(surprise: float) -> int:
    """With one digit that counts, rounded down."""
    times = min(math.exp(min(surprise, 50)), RAREST)
    unit: int = 10 ** int(math.log10(max(times, 1)) + 1e-9)
    return int(times / unit + 1e-9) * unit


def evident_since(past: Past, heard_at: datetime, now: datetime) -> datetime:
    """Since when there is evidence of a silence: the last word, or the end of our own last gap."""
    return moment_of(_begin(past, heard_at, now))


def _begin(past: Past, heard_at: datetime, now: datetime) -> float:
    """The same in slots."""
    first, last = slot_of(heard_at), slot_of(now)
    missing = 0
    for slot in range(last - 1, first, -1):
        missing = 0 if past.up.get(slot // AN_HOUR, 0) >> slot % AN_HOUR & 1 else missing + 1
        if missing >= GAP:
            return slot + GAP
    return heard_at.timestamp() / SLOT_S


def _surprise(scale: Scale, past: Past, grid: Grid, begin: float, now: datetime, share: float) -> float:
    """How much silence there is beyond any doubt, as -ln of its chance; 0: it may be chance."""
    wanted = _wanted(scale, grid, slot_of(now))
    if _weight(scale, past, grid, begin, now, 1.0) < wanted:
        return 0.0
    level = min(1.0, share) * _level(scale, past, grid, int(begin))
    found = _weight(scale, past, grid, begin, now, level)
    return found if found >= wanted else 0.0


def _wanted(scale: Scale, grid: Grid, slot: int) -> float:
    place = grid.places[slot - grid.first]
    return scale.wanted[kind_of_day(place)][place // AN_HOUR % 24]


def _weight(scale: Scale, past: Past, grid: Grid, begin: float, now: datetime, level: float) -> float:
    end = now.timestamp() / SLOT_S
    first = max(0, int(begin) - grid.first)
    return sum(
        weight_at(scale, grid, slot - grid.first, level, first) * (min(end, slot + 1) - max(begin, slot))
        for slot in _counted(past, max(grid.first, int(begin)), int(end) + 1)
    )


def _counted(past: Past, first: int, end: int) -> Iterator[int]:
    for slot in range(first, end):
        hour, bit = divmod(slot, AN_HOUR)
        if past.counted.get(hour, 0) & past.up.get(hour, 0) & 1 << bit:
            yield slot


# -- less than usual ---------------------------------------------------------------------------------------------------


def _level(scale: Scale, past: Past, grid: Grid, begin: int) -> float:
    """How much of the usual came before the silence began, at most all of it."""
    return min(_came(scale, past, grid, begin - hours * AN_HOUR, begin) for hours in scale.span.level_hours)


def _came(scale: Scale, past: Past, grid: Grid, first: int, end: int) -> float:
    """Of the spans in which something was to come, in how many it did. Nothing to come: as usual."""
    usual = 0.0
    spoken: set[int] = set()
    for slot in _counted(past, max(grid.first, first), end):
        at = slot - grid.first
        if not grid.holidays[at]:
            usual += scale.chances[grid.places[at]] * scale.shares[grid.places[at]]
            if past.spoke.get(slot // AN_HOUR, 0) >> slot % AN_HOUR & 1:
                spoken.add(slot // scale.span.slots)
    return min(1.0, len(spoken) / usual) if usual >= 1 else 1.0


# -- how soon it would be noticed --------------------------------------------------------------------------------------


def noticed_after(profile: Profile, grid: Grid, now: datetime, *, share: float = 1.0) -> timedelta | None:
    """How long after now its silence would be noticed, were its last word now; None: not before the grid ends."""
    if not profile.is_enough:
        return None
    found = [slot for scale in profile.scales if (slot := _alarm_at(scale, grid, now, min(1.0, share))) is not None]
    return max(FLOOR, moment_of(min(found)) - now) if found else None


def _alarm_at(scale: Scale, grid: Grid, now: datetime, level: float) -> float | None:
    """In slots; None: the grid ends before."""
    total, begin = 0.0, now.timestamp() / SLOT_S
    first = int(begin) - grid.first
    for slot in range(int(begin), grid.end):
        more = weight_at(scale, grid, slot - grid.first, level, first) * (slot + 1 - max(begin, slot))
        wanted = _wanted(scale, grid, slot)
        if more and total + more >= wanted:
            return max(begin, slot) + max(0.0, wanted - total) / more * (slot + 1 - max(begin, slot))
        total += more
    return None
