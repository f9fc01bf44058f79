"""How near the end of something is. Pure; time is an argument."""

from datetime import datetime, timedelta
from typing import Literal

#: So long before its end a certificate is spoken of, and so long before it once more.
SOON, URGENT = timedelta(days=21), timedelta(days=7)
#: So long before its end a carrier's promise to push counts as ended.
AHEAD = timedelta(days=1)

Stage = Literal["soon", "urgent", "over"]


def stage_of(until: datetime, now: datetime) -> Stage | None:
    """None: there is time."""
    left = until - now
    if left <= timedelta(0):
        return "over"
    if left <= URGENT:
        return "urgent"
    return "soon" if left <= SOON else None


def pushes_end(lasts: timedelta) -> timedelta:
    """The age of a parcel's first push at which the last ones are to be expected."""
    return lasts - AHEAD
