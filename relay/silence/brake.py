"""How many mails may leave in an hour before a person is asked: far more than ever is a fault of ours, as a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

HOUR: Final = timedelta(hours=1)
#: So many times the busiest hour of so long…
TIMES: Final = 3
HISTORY: Final = timedelta(days=14)
#: … and never fewer: a shop that is small or new has busy hours too.
FLOOR: Final = 50
#: What a person let go is what an hour may bear for so long; then it is part of the history.
RAISED_FOR: Final = timedelta(hours=24)
#: Who waits longer than news lasts is not told any more.
HELD_FOR: Final = timedelta(hours=48)

Setting = int | Literal["auto", "off"]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is known of an installation's hours."""

    busiest: int = 0  #: mails that left, or would have, in the busiest hour of the last two weeks that is over
    raised: int = 0  #: the limit after somebody let a wave go; 0: nobody did lately


def limit_of(setting: Setting, usual: Usual) -> int | None:
    """How many mails may leave in any hour; None: any number.

    A young installation has the floor, and what its time in shadow showed.
    """
    if setting == "off":
        return None
    given = max(TIMES * usual.busiest, FLOOR) if setting == "auto" else setting
    return max(given, usual.raised)


def busiest_of(hours: Mapping[datetime, int], now: datetime) -> int:
    """The mails of the busiest hour that is over; the present one would allow itself three times as many."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    return max((mails for at, mails in hours.items() if now - HISTORY <= at < this_hour), default=0)


def is_same_hour(one: datetime | None, other: datetime) -> bool:
    return one is not None and one.replace(minute=0, second=0, microsecond=0) == other.replace(
        minute=0, second=0, microsecond=0
    )


def raised_by(gone: int, held: int) -> int:
    """The limit once somebody has said that so many mails are right: as if the hour were the busiest."""
    return TIMES * (gone + held)


def still_raised(raised: int, raised_at: datetime | None, now: datetime) -> int:
    return raised if raised_at is not None and raised_at <= now < raised_at + RAISED_FOR else 0
