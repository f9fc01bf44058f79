"""Where a moment lies in its week, by the wall clock of a place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

SLOT, HOUR = timedelta(minutes=5), timedelta(hours=1)
SLOT_S, HOUR_S = 300, 3600
AN_HOUR, A_DAY, A_WEEK = 12, 288, 2016  #: slots
ALL_SLOTS: Final = (1 << AN_HOUR) - 1
SUNDAY = 6


def no_holidays(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Calendar:
    zone: tzinfo
    is_holiday: Callable[[date], bool] = no_holidays


def hour_of(moment: datetime) -> int:
    """The number of its hour since 1970, UTC."""
    return int(moment.timestamp()) // HOUR_S


def slot_of(moment: datetime) -> int:
    """The number of its slot since 1970; every hour begins with one."""
    return int(moment.timestamp()) // SLOT_S


def moment_of(slot: float) -> datetime:
    return datetime.fromtimestamp(slot * SLOT_S, UTC)


@dataclass(frozen=True, slots=True)
class Grid:
    """A span of hours: of each slot its place in the local week, its local day, and whether that is a holiday."""

    first: int  #: the number of the first slot
    places: Sequence[int]
    days: Sequence[int]
    holidays: Sequence[bool]

    @classmethod
    def of(cls, calendar: Calendar, first_hour: int, hours: int) -> "Grid":
        """Each hour is looked up by itself, so that a change of the clocks falls where it does."""
        places: list[int] = []
        days: list[int] = []
        for hour in range(first_hour, first_hour + hours):
            local = datetime.fromtimestamp(hour * HOUR_S, UTC).astimezone(calendar.zone)
            day, in_day = local.toordinal(), (local.hour * 60 + local.minute) // 5
            for slot in range(in_day, in_day + AN_HOUR):
                days.append(day + slot // A_DAY)
                places.append((local.weekday() * A_DAY + slot) % A_WEEK)
        known = {day: calendar.is_holiday(date.fromordinal(day)) for day in set(days)}
        return cls(first_hour * AN_HOUR, places, days, [known[day] for day in days])

    @property
    def end(self) -> int:
        return self.first + len(self.places)


def on_sunday(place: int) -> int:
    return SUNDAY * A_DAY + place % A_DAY


def kind_of_day(place: int) -> int:
    """0 for Monday to Friday, 1 for Saturday, 2 for Sunday."""
    return max(0, place // A_DAY - 4)
