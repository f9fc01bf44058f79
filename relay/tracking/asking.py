"""When a parcel is asked about: the promise that a platform broke, kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.model import Status

#: A parcel that is quiet this long is asked about; nearer to the door, sooner.
QUIET = timedelta(hours=6)
QUIET_BY_STATUS = {
    Status.OUT_FOR_DELIVERY: timedelta(minutes=45),
    Status.ATTEMPTED: timedelta(hours=2),
    Status.AVAILABLE_FOR_PICKUP: timedelta(hours=2),
}
#: What is final is asked about once more.
CONFIRM_AFTER = timedelta(hours=24)
#: So long after the last news a parcel is given up: fifty asks. It is then asked about daily, and at last no more.
GIVE_UP_AFTER = timedelta(days=12.5)
GIVEN_UP_QUIET, NEVER_AFTER = timedelta(days=1), timedelta(days=60)
#: Waits after failures in a row; the last one lasts.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360))


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a track remembers of being heard and asked."""

    known_at: datetime
    asked_at: datetime | None = None  #: last usable answer
    heard_at: datetime | None = None  #: last word of the carrier
    news_at: datetime | None = None  #: receipt of the last new fact
    changed_at: datetime | None = None  #: since when the parcel is what it is, if that is known
    tried_at: datetime | None = None
    failures: int = 0  #: in a row
    wanted_at: datetime | None = None  #: since when somebody wants to know at once


def quiet(status: Status) -> timedelta:
    """How long a parcel of this status may be quiet before it is asked about."""
    return CONFIRM_AFTER if status.is_final else QUIET_BY_STATUS.get(status, QUIET)


def give_up_at(clocks: Clocks) -> datetime:
    """When a track goes on the give-up list, unless it is heard of again."""
    return max(clocks.known_at, clocks.news_at or clocks.known_at) + GIVE_UP_AFTER


def next_ask(status: Status, clocks: Clocks) -> datetime | None:
    """When a parcel of this status is asked about next; None: no more.

    It never just fades: quiet for six hours it is asked about, for 12.5 days after the last news, then daily until the
    sixtieth day. What is final is confirmed once. Whoever pushes is asked only when it goes quiet.
    """
    if clocks.wanted_at and (clocks.tried_at is None or clocks.tried_at < clocks.wanted_at):
        return clocks.wanted_at
    planned = _planned(status, clocks)
    if planned is None or not clocks.failures or clocks.tried_at is None:
        return planned
    return max(planned, clocks.tried_at + BACK_OFF[min(clocks.failures, len(BACK_OFF)) - 1])


def _planned(status: Status, clocks: Clocks) -> datetime | None:
    last = max(filter(None, (clocks.asked_at, clocks.heard_at)), default=None)
    if last is None:
        return clocks.known_at
    if status.is_final:
        # Not the last fact: an answer may put the delivery into other words than the push before it.
        final_at = clocks.changed_at or clocks.news_at or last
        is_confirmed = clocks.asked_at is not None and clocks.asked_at >= final_at + CONFIRM_AFTER
        return None if is_confirmed else max(final_at + CONFIRM_AFTER, last)
    gives_up_at = give_up_at(clocks)
    due = last + quiet(status)
    if due <= gives_up_at:
        return due
    daily = max(last + GIVEN_UP_QUIET, gives_up_at)
    return daily if daily <= gives_up_at - GIVE_UP_AFTER + NEVER_AFTER else None
