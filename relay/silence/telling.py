"""What of an incident is worth a message, and when somebody must be told of it by another way.

Wismo makes at most three messages a day about an incident of its own accord: that it is there, that it has become
another one, that it is over. What people do with it is shown at once, and counted by nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

#: Messages about one incident in a day.
A_DAY: Final = 3
DAY: Final = timedelta(days=1)
#: What has changed so little or so soon is not told anew.
GROWN_AFTER, GROWN_TIMES, GROWN_FROM = timedelta(hours=1), 2, 10
#: So long a broken promise may be nobody's before it is told by another way.
NOBODY_FOR: Final = timedelta(hours=1)


class Why(StrEnum):
    """Why something is told of an incident."""

    NEW = "new"
    TAKEN = "taken"  # somebody did something with it, or what they did has run out
    CHANGED = "changed"  # it is worse, another case, or part of another incident
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a message about an incident says of it, shortly: the same, nothing new."""

    is_closed: bool
    hands: str  #: a digest of who has it, and until when it sleeps
    case: str  #: a digest of what kind of its kind it is
    part_of: str  #: the incident that it is part of; "-" of none
    weight: int  #: how many parcels are behind it

    def __str__(self) -> str:
        return f"{'closed' if self.is_closed else 'open'} {self.hands} {self.case} {self.part_of} {self.weight}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None: another version wrote it."""
        match text.split():
            case [("closed" | "open") as state, hands, case, part_of, weight] if weight.isdigit():
                return cls(state == "closed", hands, case, part_of, int(weight))
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What was last told of an incident."""

    standing: Standing | None
    at: datetime
    posts: int  #: messages that Wismo has made of its own accord


def allowance(opened_at: datetime, now: datetime) -> int:
    """How many messages there may have been by now; a clock that was put back takes none away."""
    return A_DAY * (1 + max(now - opened_at, timedelta(0)) // DAY)


def why_told(told: Told | None, stands: Standing, opened_at: datetime, now: datetime, *, is_quiet: bool) -> Why | None:
    """Why an incident is told now; None: it is not. ``is_quiet``: somebody wants to hear nothing of it meanwhile."""
    if told is None:
        return None if stands.is_closed else Why.NEW
    before = told.standing
    if before is None or stands.is_closed != before.is_closed:
        return Why.OVER if stands.is_closed else Why.CHANGED
    if stands.hands != before.hands:
        return Why.TAKEN
    is_other = stands.part_of != before.part_of or (_is_worse(before, stands) and abs(now - told.at) >= GROWN_AFTER)
    may_say = told.posts + 2 <= allowance(opened_at, now)  # one more is for its end
    return Why.CHANGED if is_other and may_say and not is_quiet else None


def _is_worse(before: Standing, stands: Standing) -> bool:
    return stands.case != before.case or stands.weight >= max(GROWN_TIMES * before.weight, GROWN_FROM)


def may_reply(posts: int, opened_at: datetime, now: datetime) -> bool:
    """Whether the end of an incident is also told in its thread, once its message says so."""
    return posts < allowance(opened_at, now)


# -- another way -------------------------------------------------------------------------------------------------------


def is_nobodys_for_long(opened_at: datetime, slept_until: datetime | None, now: datetime) -> bool:
    """Of one that nobody has: an hour after it began, or after the time for which it was put off."""
    return now - max(filter(None, (opened_at, slept_until))) >= NOBODY_FOR
