"""When nothing comes for so long that it is no chance. Pure; time is an argument."""

from collections.abc import Mapping
from datetime import datetime, timedelta

#: What is usual is learnt from so many weeks, once there are enough of them for an hour of the week to be usual.
WEEKS, ENOUGH_WEEKS = 4, 2
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
#: A silence in which so many notices were to be expected comes by chance less than once in a thousand: exp(-6.91).
EXPECTED_AT_LEAST = 6.91


def expected(notices: Mapping[datetime, int], since: datetime, until: datetime) -> float:
    """How many notices usually come between two moments, by the same hours of the weeks before.

    ``notices`` are counts by the beginning of their hour. 0 while there is too little to learn from.
    """
    weeks = _weeks_known(notices, since)
    if weeks < ENOUGH_WEEKS:
        return 0.0
    usual, hour = 0.0, since.replace(minute=0, second=0, microsecond=0)
    while hour < until:
        share = (min(until, hour + HOUR) - max(since, hour)) / HOUR
        usual += share * sum(notices.get(hour - week * WEEK, 0) for week in range(1, weeks + 1)) / weeks
        hour += HOUR
    return usual


def _weeks_known(notices: Mapping[datetime, int], now: datetime) -> int:
    return min(WEEKS, (now - min(notices, default=now)) // WEEK)


def silent_since(notices: Mapping[datetime, int]) -> datetime | None:
    """The end of the last hour in which something came."""
    return max(notices) + HOUR if notices else None


def has_gone_quiet(notices: Mapping[datetime, int], now: datetime) -> bool:
    """Whether nothing came for so long that it is no chance, against the usual hours."""
    since = silent_since(notices)
    return since is not None and since < now and expected(notices, since, now) >= EXPECTED_AT_LEAST
