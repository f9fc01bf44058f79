"""What is usual of a carrier on a route, learnt from its own last four weeks.

Time is cut into slots of five minutes, and of each it is known whether anything came. How often something came at this
time of the week is its *chance*, at three scales: five minutes for who always talks, an hour for batches, a day for who
comes once a day. A silence weighs as much as -ln of the chance of it.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import and_
from statistics import median
from typing import Final

from relay.silence.calendar import A_DAY, A_WEEK, AN_HOUR, Grid, kind_of_day, on_sunday
from relay.silence.chances import DAYS, WEEKDAYS, chances, is_like_weekdays, shares_of_a_day

LEARNT = 4 * A_WEEK
#: Nobody is missed who is known for less than so many slots in which we listened.
ENOUGH = 2 * A_WEEK
#: A silence must weigh so much more than its heaviest at this time of the day, or it may be its way: those that come
#: by chance alone differ by a sum, those that come in clumps by a factor.
MORE, TWICE = 5.0, 2.0
#: Silences that come by chance alone weigh no more in four weeks; where those of most hours do, they come in clumps,
#: and a silence must weigh so much more at the wider scales.
CLUMPS, CLUMPED = 10.0, 1.5
#: So many times must something have come before its number is no reason for doubt.
FEW: Final = 80
#: So many slots in a row without listening, and what was silent before is no evidence any more.
GAP = 3
#: Of an hour or a day so much must have been listened to.
MOST = 0.75


@dataclass(frozen=True, slots=True)
class Past:
    """When something came, when it could have come, and when we listened: bit masks of slots by number of the hour."""

    spoke: Mapping[int, int]
    counted: Mapping[int, int]  #: of an asked carrier the slots with usable answers, else those of ``up``
    up: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """How wide the slots of a scale are."""

    name: str
    slots: int
    least: float  #: what a silence must weigh, for less than 0.05 of them to come by chance in twelve weeks
    level_hours: Sequence[int]  #: over which it is seen whether less comes than usual


def _least(spans_in_twelve_weeks: float) -> float:
    return math.log(spans_in_twelve_weeks / 0.05)


SPANS: Final = (
    Span("5 minutes", 1, _least(12 * A_WEEK), (3, 24)),
    Span("hour", AN_HOUR, _least(12 * 7 * 24), (24, 72)),
    Span("day", A_DAY, _least(12 * 7), (14 * 24,)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    span: Span
    chances: Sequence[float]  #: by place in the week, of the whole span that it lies in
    shares: Sequence[float]  #: how much of the span's weight lies in this slot
    weights: Sequence[float]  #: of the silence of a slot
    wanted: Sequence[Sequence[float]]  #: what a silence must weigh, by kind of day and local hour
    waits: Sequence[bool]  #: by day of the week: who has not spoken yet on this day may have it off
    is_clumped: bool  #: who is long silent now and then at most hours has no hour at which that means something


@dataclass(frozen=True, slots=True)
class Profile:
    scales: Sequence[Scale]
    is_enough: bool  #: known for long enough to be missed


def learn(past: Past, grid: Grid, until: int) -> Profile:
    """Of the four weeks before a slot: the one after that of the last word, for a silence must not excuse itself.

    Holidays teach nothing: no two are alike.
    """
    seen = _seen(past, grid, until)
    hours = _hour_chances(seen)
    by_slot = _slot_chances(seen), _each(hours, AN_HOUR), _each(_day_chances(seen), A_DAY)
    shares = [1.0] * A_WEEK, [1 / AN_HOUR] * A_WEEK, shares_of_a_day(hours)
    waits = [day >= WEEKDAYS and not is_like_weekdays(by_slot[0], day) for day in range(DAYS)]
    scales: list[Scale] = []
    for span, chance, share in zip(SPANS, by_slot, shares, strict=True):
        more = CLUMPED if any(scale.is_clumped for scale in scales) else 1.0
        scales.append(_scale(seen, span, chance, share, waits if span.slots < A_DAY else [False] * DAYS, more))
    return Profile(scales, is_enough=_is_enough(seen))


def _scale(
    seen: "Seen", span: Span, by_slot: Sequence[float], shares: Sequence[float], waits: Sequence[bool], more: float
) -> Scale:
    weights = [weight(chance, share, 1.0) for chance, share in zip(by_slot, shares, strict=True)]
    heaviest = _heaviest(seen, span, weights, waits)
    is_clumped = median(heaviest[0]) > CLUMPS
    usual = max(map(max, heaviest)) if is_clumped else 0.0
    more *= _fewness(seen, span, by_slot)
    wanted = [[more * one for one in _wanted(span, hours, usual)] for hours in heaviest]
    return Scale(span, by_slot, shares, weights, wanted, waits, is_clumped)


def weight(chance: float, share: float, level: float) -> float:
    return -math.log1p(-chance * level) * share


def weight_at(scale: Scale, grid: Grid, at: int, level: float, begin: int) -> float:
    """Of a slot of the grid in a silence that began in slot ``begin``. A holiday is no busier than a Sunday."""
    place = grid.places[at]
    sunday = on_sunday(place) if grid.holidays[at] else place
    is_later = grid.days[at] > grid.days[begin]
    if (scale.waits[sunday // A_DAY] and is_later) or _has_come(scale.span, begin, at, is_later=is_later):
        return 0.0
    own = scale.weights[place] if level == 1.0 else weight(scale.chances[place], scale.shares[place], level)
    if sunday == place:
        return own
    return min(own, weight(scale.chances[sunday], scale.shares[sunday], level))


def _has_come(span: Span, begin: int, at: int, *, is_later: bool) -> bool:
    """Whether an hour or a day has brought already what it was to bring."""
    if span.slots == A_DAY:
        return not is_later
    return span.slots == AN_HOUR and at // AN_HOUR == begin // AN_HOUR


# -- what was seen -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """Slots of the past, side by side; they begin and end with an hour."""

    places: Sequence[int]
    days: Sequence[int]
    up: Sequence[int]  #: 1 or 0, as all that follow
    counted: Sequence[int]
    spoke: Sequence[int]


def _seen(past: Past, grid: Grid, until: int) -> Seen:
    end = -(-until // AN_HOUR)
    hours = range(max(end - LEARNT // AN_HOUR, grid.first // AN_HOUR), end)
    window = slice(hours.start * AN_HOUR - grid.first, end * AN_HOUR - grid.first)
    up, spoke = (_bits([mask.get(hour, 0) for hour in hours]) for mask in (past.up, past.spoke))
    counted = _bits([past.counted.get(hour, 0) & past.up.get(hour, 0) for hour in hours])
    later = range(until - hours.start * AN_HOUR, len(counted))
    taught = [int(one and not day) for one, day in zip(counted, grid.holidays[window], strict=True)]
    taught[later.start :] = [0] * len(later)
    return Seen(grid.places[window], grid.days[window], up, taught, spoke)


def _bits(masks: Sequence[int]) -> list[int]:
    return [mask >> bit & 1 for mask in masks for bit in range(AN_HOUR)]


def _is_enough(seen: Seen) -> bool:
    first = seen.spoke.index(1) if 1 in seen.spoke else len(seen.spoke)
    return sum(seen.up[first:]) >= ENOUGH


def _slot_chances(seen: Seen) -> list[float]:
    known, spoken = [0] * A_WEEK, [0] * A_WEEK
    for place, is_counted, has_spoken in zip(seen.places, seen.counted, seen.spoke, strict=True):
        if is_counted:
            known[place] += 1
            spoken[place] += has_spoken
    return chances(known, spoken, (2, 6))


def _hour_chances(seen: Seen) -> list[float]:
    known, spoken = [0] * (A_WEEK // AN_HOUR), [0] * (A_WEEK // AN_HOUR)
    for start in range(0, len(seen.places), AN_HOUR):
        _count(seen, slice(start, start + AN_HOUR), seen.places[start] // AN_HOUR, known, spoken)
    return chances(known, spoken, (0, 1))


def _day_chances(seen: Seen) -> list[float]:
    known, spoken = [0] * DAYS, [0] * DAYS
    start = 0
    while start < len(seen.days):
        end = bisect_left(seen.days, seen.days[start] + 1, start)
        if end - start >= A_DAY - AN_HOUR:  # the first and the last are cut; one in spring is an hour short
            _count(seen, slice(start, end), seen.places[start] // A_DAY, known, spoken)
        start = end
    return chances(known, spoken, (0, 0))


def _count(seen: Seen, span: slice, key: int, known: list[int], spoken: list[int]) -> None:
    """An hour or a day counts where most of it was listened to, and anything of it could have brought something."""
    up, counted = seen.up[span], seen.counted[span]
    if any(counted) and sum(up) >= MOST * len(up):
        known[key] += 1
        spoken[key] += any(map(and_, counted, seen.spoke[span]))


def _each(chances_: Sequence[float], slots: int) -> list[float]:
    return [chance for chance in chances_ for _ in range(slots)]


# -- its heaviest silences ---------------------------------------------------------------------------------------------


def _heaviest(seen: Seen, span: Span, weights: Sequence[float], waits: Sequence[bool]) -> list[list[float]]:
    """What its silences weighed at most, by kind of day and local hour."""
    found = [[0.0] * 24 for _ in range(3)]
    silence, missing, begin, spoke_on = 0.0, 0, 0, 0
    slots = zip(seen.places, seen.days, seen.up, seen.counted, seen.spoke, strict=True)
    for at, (place, day, is_up, is_counted, has_spoken) in enumerate(slots):
        missing = 0 if is_up else missing + 1
        if has_spoken or missing >= GAP:
            silence, begin, spoke_on = 0.0, at, day
        elif (
            is_counted
            and not (waits[place // A_DAY] and day > spoke_on)
            and not _has_come(span, begin, at, is_later=day > spoke_on)
        ):
            silence += weights[place]
            hours, hour = found[kind_of_day(place)], place % A_DAY // AN_HOUR
            hours[hour] = max(hours[hour], silence)
    return found


def _fewness(seen: Seen, span: Span, by_slot: Sequence[float]) -> float:
    """By how much more a silence must weigh because little was learnt from; nothing where it never fails to come."""
    spoken = len({at // span.slots for at, has_spoken in enumerate(seen.spoke) if has_spoken})
    total = sum(by_slot)
    return 1 + FEW * (1 - sum(one * one for one in by_slot) / total) / spoken if total and spoken else 1.0


def _wanted(span: Span, heaviest: Sequence[float], usual: float) -> list[float]:
    around = [max(usual, heaviest[hour - 1], heaviest[hour], heaviest[(hour + 1) % 24]) for hour in range(24)]
    return [max(span.least, one + MORE, TWICE * one - MORE) for one in around]
