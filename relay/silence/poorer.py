"""Whether answers tell less of a parcel than they did: fewer scans, or scans without a place, words or a moment.

Parcels are compared with those that were like them, by status and by how long they are known; so a day with many young
parcels is no poor day. What is poor must be so by far, against what single parcels and what whole days differ by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import pstdev
from typing import NamedTuple

#: A day with fewer parcels says nothing; nor do fewer days.
PARCELS, DAYS = 20, 7
#: Poor is less than this share of the usual, if it is also so many standard errors below it.
POOR, ERRORS = 0.7, 4.0
#: Between this share and the poor one, what is poor stays poor.
RICH = 0.85


class Told(NamedTuple):
    """What a day's answers told of the parcels of one kind."""

    parcels: int
    scans: int
    scans_squared: int  #: the sum over the parcels of the square of each one's scans
    places: int  #: scans that bear one; so are the next two
    descriptions: int
    moments: int
    estimates: int  #: parcels with an expected date


#: By what makes parcels alike.
Day = Mapping[tuple[str, int], Told]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is of one thing, beside what there would usually be."""

    what: str  #: ``scans``, ``places``, ``descriptions``, ``moments`` or ``estimates``
    found: float
    usual: float
    of: int  #: parcels or scans that could have had it
    error: float  #: the standard error of ``found`` against ``usual``, as a share of it

    @property
    def share(self) -> float:
        return self.found / self.usual if self.usual else 1.0

    @property
    def is_poor(self) -> bool:
        return self.share < POOR and 1 - self.share > ERRORS * self.error


def poorer(today: Day, past: Sequence[Day]) -> Comparison | None:
    """What is poorest today of all that is poor against the days before; None: nothing is, or nobody could say."""
    return min((one for one in _compared(today, past) if one.is_poor), key=lambda one: one.share, default=None)


def is_rich_again(today: Day, past: Sequence[Day]) -> bool:
    """Whether nothing of a day is much less than usual; a day of few parcels says so of nothing."""
    compared = _compared(today, past)
    return bool(compared) and all(one.share >= RICH for one in compared)


def parcels_in(day: Day) -> int:
    return sum(told.parcels for told in day.values())


def merged(days: Iterable[Day]) -> dict[tuple[str, int], Told]:
    whole: dict[tuple[str, int], Told] = {}
    for day in days:
        for alike, told in day.items():
            sums = zip(whole[alike], told, strict=True) if alike in whole else ((0, one) for one in told)
            whole[alike] = Told(*(one + other for one, other in sums))
    return whole


# -- one thing after the other -----------------------------------------------------------------------------------------


def _compared(today: Day, past: Sequence[Day]) -> list[Comparison]:
    days = [day for day in past if parcels_in(day) >= PARCELS]
    if len(days) < DAYS:
        return []
    usual = {alike: told for alike, told in merged(days).items() if told.parcels >= PARCELS}
    if parcels_in(_known(today, usual)) < PARCELS:
        return []
    things = ("scans", "places", "descriptions", "moments", "estimates")
    return [one for what in things if (one := _compare(what, today, usual, days))]


def _known(day: Day, usual: Day) -> Day:
    return {alike: told for alike, told in day.items() if alike in usual}


def _compare(what: str, today: Day, usual: Day, days: Sequence[Day]) -> Comparison | None:
    """None: there is too little of it at any time."""
    found, expected, variance, of = 0.0, 0.0, 0.0, 0
    for alike, told in _known(today, usual).items():
        before = usual[alike]
        size, mean = _size(what, told), _mean(what, before)
        found += getattr(told, what)
        expected += size * mean
        variance += size**2 * _variance(what, before) * (1 / told.parcels + 1 / before.parcels)
        of += size
    if expected < PARCELS:
        return None
    return Comparison(what, found, expected, of, sqrt(variance / expected**2 + _day_variance(what, usual, days)))


def _size(what: str, told: Told) -> int:
    """How many could have it."""
    return told.parcels if what in {"scans", "estimates"} else told.scans


def _mean(what: str, told: Told) -> float:
    return float(getattr(told, what)) / size if (size := _size(what, told)) else 0.0


def _variance(what: str, told: Told) -> float:
    """From parcel to parcel. All scans of one may lack the same, so a share differs at most as one of parcels does."""
    if what == "scans":
        mean = told.scans / told.parcels
        return max(0.0, told.scans_squared / told.parcels - mean**2)
    share = _mean(what, told)
    return share * (1 - share)


def _day_variance(what: str, usual: Day, days: Sequence[Day]) -> float:
    """How much whole days differ from what their parcels let expect, as shares of it."""
    shares = []
    for day in days:
        known = _known(day, usual)
        expected = sum(_size(what, told) * _mean(what, usual[alike]) for alike, told in known.items())
        if expected >= PARCELS:
            shares.append(sum(getattr(told, what) for told in known.values()) / expected)
    return pstdev(shares) ** 2 if shares else 0.0
