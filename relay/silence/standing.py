"""How long a parcel stands still, in time in which it could have moved. Pure; time is an argument."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

#: No further back is looked: whoever rests so long is not looked after any more.
FURTHEST: Final = timedelta(days=60)
DAY: Final = timedelta(days=1)


def counted_back(now: datetime, counted: timedelta, rests_on: Callable[[date], bool], zone: tzinfo) -> datetime:
    """The moment since which ``counted`` has passed without the days on which carriers rest."""
    left, end = counted, now
    day = now.astimezone(zone).date()
    while end > now - FURTHEST:
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        if not rests_on(day):
            if end - start >= left:
                return end - left
            left -= end - start
        day, end = day - DAY, start
    return now - FURTHEST
