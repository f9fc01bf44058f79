"""Which parcels stand still together: the fewest causes that explain the many. Pure; time is an argument.

A parcel *stands* that was not scanned for longer than is usual, and *moves* if it was scanned lately or arrived; of one
between the two it is too early to say. Parcels of one carrier share a place, a day of dispatch, or only the carrier: a
cohort is the narrowest of these in which enough of them stand, and clearly more than usually do.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from typing import Final, NamedTuple

#: Fewer are no cohort; of those of whom it can be said at least such a share stands …
FLOOR: Final = 8
SHARE: Final = 0.6
#: … and it is clearly more than usual: at least half of those that usually move, a tenth of all, and no chance.
CLEARLY: Final = 0.1
SIGMAS: Final = 3
#: Narrow cohorts explain a carrier that stands as a whole if they hold so much of what stands.
EXPLAINED: Final = 0.8
#: More causes than this at one carrier are one.
MOST: Final = 3
#: What is usual is known after so many days; what is so on more than a quarter of them is usual.
ENOUGH_DAYS: Final = 18
OFTEN: Final = 0.75
#: Of a place's name so many letters count.
LONGEST_NAME: Final = 80
PLACE, DAY, ALL = "place", "day", "all"
#: Of a parcel whose place and day are known.
THREE: Final = 3


class Standing(NamedTuple):
    """A parcel that stands."""

    shipment_id: str
    order_id: str
    cohorts: tuple[str, ...]  #: by :func:`cohorts_of`, the narrowest first
    moved_at: datetime
    place: str = ""  #: as written


@dataclass(slots=True)
class Fleet:
    """The open outbound parcels of one carrier."""

    standing: list[Standing] = field(default_factory=list)
    moving: Counter[str] = field(default_factory=Counter)  #: by cohort
    resting: Counter[str] = field(default_factory=Counter)  #: the same of those of which it is too early to say


@dataclass(frozen=True, slots=True)
class Known:
    """An incident that is open."""

    cohort: str
    listed: Collection[str]  #: the ids of its parcels
    still: Sequence[Standing]  #: those of them that stand yet


@dataclass(frozen=True, slots=True)
class Cohort:
    """Parcels that stand still for one cause."""

    cohort: str
    standing: Sequence[Standing]  #: by their ids
    there: int  #: all of the cohort; of a cause at several places, all of these
    usual: int  #: how many of so many usually stand
    parts: Sequence[str] = ()  #: the places and days where it is one cause at several

    @property
    def since(self) -> datetime:
        """When they came to a stand: a tenth may have been lost before."""
        return sorted(one.moved_at for one in self.standing)[len(self.standing) // 10]


def plain(text: str) -> str:
    """A place's name as it is compared: letters and digits alone, without case or accents."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(sign if sign.isalnum() else " " for sign in folded if not unicodedata.combining(sign))
    return " ".join(kept.split())[:LONGEST_NAME]


def cohorts_of(place: str, day: str) -> tuple[str, ...]:
    """What a parcel belongs to, the narrowest first; ``place`` as written, "" where nobody said."""
    name = plain(place)
    return (*([f"{PLACE}/{name}"] if name else []), *([f"{DAY}/{day}"] if day else []), ALL)


def usual_shares(days: Iterable[Mapping[str, tuple[int, int]]]) -> dict[str, float]:
    """The share of each cohort that usually stands, by what stood and what moved on each of the last weeks' days.

    A cohort that is not there stood still on no scale worth noting. A single bad week is not usual, and what is so on
    more days is. Empty while too little is known of the carrier.
    """
    known = [counts for counts in days if ALL in counts]
    if len(known) < ENOUGH_DAYS:
        return {}
    names = {cohort for counts in known for cohort in counts}
    return {cohort: _often([_share(counts.get(cohort, (0, 0))) for counts in known]) for cohort in names}


def _share(counts: tuple[int, int]) -> float:
    return counts[0] / max(1, sum(counts))


def _often(shares: Sequence[float]) -> float:
    return sorted(shares)[int(OFTEN * (len(shares) - 1))]


def cohorts(fleet: Fleet, usual: Mapping[str, float], known: Iterable[Known] = ()) -> list[Cohort]:
    """What stands together now. No parcel is in two; one that is open stays, and grows, while half of it stands."""
    open_ = list(known)
    kept = [_kept(fleet, usual, one, open_) for one in open_ if 2 * len(one.still) >= max(1, len(one.listed))]
    taken = {shipment_id for one in open_ for shipment_id in one.listed}
    taken |= {one.shipment_id for cohort in kept for one in cohort.standing}
    taken_cohorts = {one.cohort for one in open_}
    if ALL in {one.cohort for one in kept} or not usual:
        return kept
    return [*kept, *_new(fleet, usual, taken, taken_cohorts)]


def _kept(fleet: Fleet, usual: Mapping[str, float], one: Known, all_known: Iterable[Known]) -> Cohort:
    """With what came to stand since; the narrowest that is open gets it."""
    listed = {shipment_id for other in all_known for shipment_id in other.listed}
    names = [other.cohort for other in all_known]
    joined = [
        standing
        for standing in fleet.standing
        if standing.shipment_id not in listed
        and next((cohort for cohort in standing.cohorts if cohort in names), None) == one.cohort
    ]
    return _cohort(fleet, usual, one.cohort, [*one.still, *joined])


def _new(fleet: Fleet, usual: Mapping[str, float], taken: Collection[str], but: Collection[str]) -> list[Cohort]:
    free = _without_days(one for one in fleet.standing if one.shipment_id not in taken)
    qualifying = _qualifying(free, fleet.moving, usual) - set(but)
    narrow = _narrowest(free, qualifying)
    explained = sum(len(found) for found in narrow.values())
    if ALL in qualifying and len(free) >= FLOOR and (explained < EXPLAINED * len(free) or len(narrow) > MOST):
        return [_cohort(fleet, usual, ALL, free)]
    if len(narrow) > MOST and ALL not in but:
        return [_several(fleet, usual, narrow)]
    return [_cohort(fleet, usual, cohort, found) for cohort, found in narrow.items()]


def _without_days(standing: Iterable[Standing]) -> list[Standing]:
    """What stands where enough of other days stand as well is the place's matter, and tells nothing of its own day."""
    found = list(standing)
    at, on = Counter(one.cohorts[0] for one in found), Counter(one.cohorts for one in found)
    return [
        one._replace(cohorts=(one.cohorts[0], ALL))
        if len(one.cohorts) == THREE and at[one.cohorts[0]] - on[one.cohorts] >= FLOOR
        else one
        for one in found
    ]


def _qualifying(free: Iterable[Standing], moving: Mapping[str, int], usual: Mapping[str, float]) -> set[str]:
    """Cohorts of which enough stand, whatever else explains some of them."""
    still = Counter(cohort for one in free for cohort in one.cohorts)
    return {
        cohort
        for cohort, count in still.items()
        if count >= _enough(count + moving[cohort], _usual_share(usual, cohort))
    }


def _enough(known: int, usual: float) -> float:
    """Of so many of which it can be said, how many must stand."""
    chance = SIGMAS * sqrt(known * usual * (1 - usual))
    return max(FLOOR, SHARE * known, (1 + usual) / 2 * known, (usual + CLEARLY) * known, usual * known + chance)


def _usual_share(usual: Mapping[str, float], cohort: str) -> float:
    return max(usual.get(cohort, 0.0), usual.get(ALL, 0.0))


def _narrowest(free: Iterable[Standing], qualifying: Collection[str]) -> dict[str, list[Standing]]:
    """Each parcel with its narrowest cohort; those that are left with too few are none. The largest first."""
    found: dict[str, list[Standing]] = {}
    rest = sorted(free)
    for kind in (PLACE, DAY):
        here: dict[str, list[Standing]] = {}
        for one in rest:
            for cohort in one.cohorts:
                if cohort in qualifying and cohort.startswith(f"{kind}/"):
                    here.setdefault(cohort, []).append(one)
        here = {cohort: standing for cohort, standing in here.items() if len(standing) >= FLOOR}
        found |= dict(sorted(here.items(), key=lambda item: (-len(item[1]), item[0])))
        explained = {one.shipment_id for standing in here.values() for one in standing}
        rest = [one for one in rest if one.shipment_id not in explained]
    return found


def _several(fleet: Fleet, usual: Mapping[str, float], narrow: Mapping[str, Sequence[Standing]]) -> Cohort:
    standing = [one for found in narrow.values() for one in found]
    moving, resting = (sum(counts[cohort] for cohort in narrow) for counts in (fleet.moving, fleet.resting))
    known = len(standing) + moving
    return Cohort(ALL, sorted(standing), known + resting, _usually(usual, ALL, known), tuple(narrow))


def _cohort(fleet: Fleet, usual: Mapping[str, float], cohort: str, standing: Sequence[Standing]) -> Cohort:
    known = len(standing) + fleet.moving[cohort]
    return Cohort(cohort, sorted(standing), known + fleet.resting[cohort], _usually(usual, cohort, known))


def _usually(usual: Mapping[str, float], cohort: str, known: int) -> int:
    return round(_usual_share(usual, cohort) * known)
