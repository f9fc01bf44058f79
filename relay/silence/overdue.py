"""When a loop of our own has stopped. Pure; time is an argument.

A loop beats after each round that succeeded, and while it makes progress. Who has not beaten for longer than its limit
has stopped, unless nobody could beat: while the machine slept, no process ran, or the clock was set, no loop is to
blame, and each gets its whole limit anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Between two beats of a loop that works lies no more than this as a rule.
BEAT_EVERY = timedelta(seconds=30)
#: Without a beat of anybody for so long nobody could beat.
GAP = timedelta(seconds=60)
#: A beat may be written by another machine, whose clock is a little ahead.
AHEAD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Overdue:
    name: str
    last: datetime | None  #: when it last beat; None: it never did


def overdue(
    beats: Mapping[str, datetime],
    limits: Mapping[str, timedelta],
    now: datetime,
    awake_since: datetime | None = None,
) -> list[Overdue]:
    """Who has stopped. ``awake_since``: beats are expected from then on; None: from always."""
    return [
        Overdue(name, beats.get(name))
        for name, limit in limits.items()
        if _expected_from(beats.get(name), awake_since, now) < now - limit
    ]


def _expected_from(last: datetime | None, awake_since: datetime | None, now: datetime) -> datetime:
    """A beat in the future tells nothing: it was written before the clock was put back."""
    long_ago = datetime.min.replace(tzinfo=now.tzinfo)
    known = last if last and last <= now + AHEAD else long_ago
    return max(known, awake_since if awake_since and awake_since <= now + AHEAD else long_ago)


def has_gap(beats: Mapping[str, datetime], names: Mapping[str, timedelta], now: datetime) -> bool:
    """Whether nobody could beat of late: before this process began nobody ran, or the clock was another one."""
    newest = max((beats[name] for name in names if name in beats), default=None)
    return newest is None or not now - GAP <= newest <= now + AHEAD


def was_away(looked_at: datetime | None, now: datetime) -> bool:
    """Whether the watcher itself did not look for so long that it cannot blame others; or its clock went back."""
    return looked_at is not None and not -AHEAD <= now - looked_at <= GAP
