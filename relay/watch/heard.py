"""What was heard of every carrier on every route in the last weeks, and what was learnt of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from relay.database import Tx
from relay.desk import Desk
from relay.model import Via, from_text
from relay.silence.calendar import AN_HOUR, Calendar, Grid, hour_of, moment_of, slot_of
from relay.silence.rates import LEARNT, Past, Profile, learn
from relay.store import traffic
from relay.store.traffic import UP, Hour
from relay.watch.traffic import KEPT
from relay.workdays import is_working_day

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
LEARNT_FOR = HOUR
TWO_DAYS: Final = 48  #: hours
#: A carrier that pushes so much more than usual has its news there, and need not be missed where it is asked.
MOVED: Final = 1.5
FRIDAY: Final = 4
Route = tuple[str, str]
Times = tuple[datetime, datetime]


@dataclass(slots=True)
class Known:
    """What was learnt of a route, and when."""

    at: datetime
    profile: Profile


@dataclass(frozen=True, slots=True)
class Looked:
    """That a silence was looked at and could be chance."""

    heard_at: datetime
    since: datetime  #: of what is evident
    at: datetime

    def is_enough(self, heard_at: datetime, now: datetime) -> bool:
        """Who is silent for two days need not be looked at every minute; a fiftieth more may tell more."""
        return heard_at == self.heard_at and timedelta(0) <= now - self.at < (self.at - self.since) / 50


@dataclass(slots=True)
class Memory:
    """The counts of six weeks, by route and number of the hour; read whole once an hour, then only what is new."""

    grid: Grid
    read_at: datetime
    hours: dict[Route, dict[int, Hour]]
    slots: dict[Route, dict[int, int]] = field(default_factory=dict)  #: bit masks, as the rules want them
    asked: dict[Route, dict[int, int]] = field(default_factory=dict)
    usual_parcels: dict[Route, float] = field(default_factory=dict)
    known: dict[Route, Known] = field(default_factory=dict)
    looked: dict[Route, Looked] = field(default_factory=dict)

    @classmethod
    def of(cls, tx: Tx, desk: Desk, now: datetime) -> "Memory":
        first = hour_of(now - KEPT)
        memory = cls(Grid.of(calendar_of(desk), first, 2 * (LEARNT // AN_HOUR) + (KEPT // HOUR)), now, {})
        memory.add(traffic.hours(tx, now - KEPT))
        return memory

    def is_fresh(self, now: datetime) -> bool:
        return self.read_at <= now and hour_of(self.read_at) == hour_of(now)

    def add(self, rows: Sequence[Hour]) -> None:
        for row in rows:
            route, hour = (row.source, row.via), hour_of(from_text(row.hour))
            self.hours.setdefault(route, {})[hour] = row
            self.slots.setdefault(route, {})[hour] = row.slots
            self.asked.setdefault(route, {})[hour] = row.asked

    def routes(self) -> list[Route]:
        return sorted(self.hours.keys() - {UP})

    def heard_at(self, route: Route, now: datetime) -> datetime | None:
        """Its last word; what a clock that was set back left in the future is none."""
        hours = self.hours[route]
        for hour in range(hour_of(now), self.grid.first // AN_HOUR - 1, -1):
            if (row := hours.get(hour)) and row.slots and (at := _last_word(row, hour, now)):
                return at
        return None

    def past(self, route: Route, quiet: Sequence[Times]) -> Past:
        """``quiet`` are times in which its silence is explained: as good as if we had not listened."""
        up = self.slots.get(UP, {})
        if quiet:
            up = dict(up)
        for begin, end in quiet:
            for slot in range(max(slot_of(begin), self.grid.first), slot_of(end) + 1):
                hour, bit = divmod(slot, AN_HOUR)
                up[hour] = up.get(hour, 0) & ~(1 << bit)
        return Past(self.slots[route], self.asked[route] if route[1] == Via.POLL else up, up)

    def profile(self, route: Route, past: Past, heard_at: datetime, now: datetime) -> Profile:
        """What is learnt once is believed for an hour."""
        if not self.is_learnt(route, now):
            self.known[route] = Known(now, learn(past, self.grid, slot_of(heard_at) + 1))
        return self.known[route].profile

    def is_learnt(self, route: Route, now: datetime) -> bool:
        known = self.known.get(route)
        return known is not None and timedelta(0) <= now - known.at < LEARNT_FOR

    def parcels(self, route: Route, now: datetime) -> tuple[int | None, float]:
        """How many it has, and which share of the usual it had at least in the last two days."""
        hours, newest = self.hours[route], hour_of(now)
        if (usual := self.usual_parcels.get(route)) is None:
            counts = [one.parcels for one in hours.values() if one.parcels is not None]
            usual = self.usual_parcels[route] = sum(counts) / len(counts) if counts else 0.0
        if usual < 1:
            return None, 1.0
        known = [one.parcels for hour in range(newest - TWO_DAYS, newest + 1) if (one := hours.get(hour))]
        lately = [count for count in known if count is not None]
        return (lately[-1], min(1.0, min(lately) / usual)) if lately else (None, 1.0)

    def usual(self, route: Route, now: datetime) -> float:
        """Messages, or news of answers, in this hour of the weeks before."""
        hours, weeks = self.hours[route], range(1, 5)
        at = [hours.get(hour_of(now - week * WEEK)) for week in weeks if hour_of(now - week * WEEK) >= min(hours)]
        return sum(_messages(one) for one in at if one) / max(1, len(at))

    def usual_of_a_day(self, route: Route) -> float:
        hours = self.hours[route]
        return sum(map(_messages, hours.values())) / max(1.0, (max(hours) - min(hours)) / 24)

    def has_moved(self, route: Route, now: datetime) -> bool:
        pushes = self.hours.get((route[0], Via.PUSH.value), {})
        if route[1] != Via.POLL or not pushes:
            return False
        lately = sum(one.messages for hour, one in pushes.items() if hour > hour_of(now - DAY))
        return lately > MOVED * self.usual_of_a_day((route[0], Via.PUSH.value)) + 5


def _messages(row: Hour) -> int:
    return row.news if row.via == Via.POLL else row.messages


def calendar_of(desk: Desk) -> Calendar:
    zone = desk.settings.timezone

    def is_holiday(day: date) -> bool:
        return day.weekday() <= FRIDAY and not is_working_day(day, zone)

    return Calendar(ZoneInfo(zone), is_holiday)


def _last_word(row: Hour, hour: int, now: datetime) -> datetime | None:
    if row.last_at and (at := from_text(row.last_at)) <= now:
        return at
    lived = row.slots & ((1 << slot_of(now) - hour * AN_HOUR + 1) - 1)
    return moment_of(hour * AN_HOUR + lived.bit_length() - 1) if lived else None
