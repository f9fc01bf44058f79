"""The weeks and months that are reported: whole days by the shop's calendar. Pure."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from relay.errors import BadInput
from relay.model import to_text

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
#: A week is compared with so many before it.
WEEKS_BEFORE: Final = 4
_DATE = len("2026-03-02")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first minute of its first day to the last of its last one."""

    first: date
    last: date
    zone: str

    @property
    def start(self) -> datetime:
        return start_of(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment that is not of it."""
        return start_of(self.last + DAY, self.zone)

    @property
    def days(self) -> Sequence[date]:
        return [self.first + DAY * number for number in range((self.last - self.first).days + 1)]


def start_of(day: date, zone: str) -> datetime:
    """The first moment of a day; where the clock is put forward over midnight, that is the one after the gap."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


# -- weeks -------------------------------------------------------------------------------------------------------------


def week_before(day: date, zone: str) -> Period:
    """The last whole week, Monday to Sunday, before the one of a day."""
    monday = day - DAY * day.weekday() - WEEK
    return Period(monday, monday + DAY * 6, zone)


def iso_week(period: Period) -> str:
    """``2026-W48``."""
    year, week, _day = period.first.isocalendar()
    return f"{year}-W{week:02}"


def week_named(name: str, zone: str) -> Period:
    """The other way round."""
    year, _, week = name.partition("-W")
    monday = date.fromisocalendar(int(year), int(week), 1)
    return Period(monday, monday + DAY * 6, zone)


def weeks_before(week: Period) -> Sequence[Period]:
    """The newest first."""
    back = [WEEK * number for number in range(1, WEEKS_BEFORE + 1)]
    return [Period(week.first - far, week.last - far, week.zone) for far in back]


# -- months ------------------------------------------------------------------------------------------------------------

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_named(name: str, zone: str) -> Period:
    """Of ``2026-11``. Raises BadInput."""
    found = _MONTH.fullmatch(name)
    if not found or int(found[1]) < 2000:  # noqa: PLR2004 - nothing was tracked before
        raise BadInput("month", f"{name!r} is no month", "Write it as 2026-11")
    return _month_of(date(int(found[1]), int(found[2]), 1), zone)


def month_so_far(name: str, zone: str, now: datetime) -> Period:
    """A month, or its whole days where it is not over. Raises BadInput."""
    month, yesterday = month_named(name, zone), now.astimezone(ZoneInfo(zone)).date() - DAY
    if yesterday < month.first:
        raise BadInput("month", f"no day of {name} is over", "Ask for one that has begun")
    return Period(month.first, min(month.last, yesterday), zone)


def month_before(month: Period) -> Period:
    return _month_of((month.first - DAY).replace(day=1), month.zone)


def _month_of(first: date, zone: str) -> Period:
    return Period(first, (first + DAY * 31).replace(day=1) - DAY, zone)


# -- days --------------------------------------------------------------------------------------------------------------


class Days:
    """On which day of the shop's a stored moment lies, without reading the moment: its text has a fixed width."""

    def __init__(self, first: date, last: date, zone: str) -> None:
        self.dates = Period(first, last, zone).days
        self.names = [day.isoformat() for day in self.dates]
        self._starts = [to_text(start_of(day, zone)) for day in (*self.dates, last + DAY)]

    def number(self, text: str) -> int:
        """Of a moment or a bare date: how many days after the first; less than 0 before, their count after the last."""
        if len(text) == _DATE:
            return bisect_right(self.names, text) - 1 if text <= self.names[-1] else len(self.names)
        return bisect_right(self._starts, text) - 1

    def times(self) -> Sequence[tuple[datetime, datetime]]:
        """Of each day, its first moment and that of the next one."""
        return list(pairwise(datetime.fromisoformat(start) for start in self._starts))
