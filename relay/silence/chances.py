"""How likely something comes in a slot of the week, from counts of few weeks."""

import math
from collections.abc import Sequence
from typing import Final

from relay.silence.calendar import AN_HOUR

Counts = tuple[Sequence[int], Sequence[int]]
WEEKDAYS, DAYS = 5, 7
#: A wider pool teaches where what is known of the narrower one lies within so many standard errors of it.
ALIKE: Final = 2.0


def chances(known: Sequence[int], spoken: Sequence[int], widths: tuple[int, int]) -> list[float]:
    """Of each place in the week, by the widest pool of places that are like it.

    From a place and its nearest neighbours to the same on all weekdays, to more neighbours, to all days. ``widths`` are
    how many neighbours on either side.
    """
    near, far = (
        (_around(known, widths[0]), _around(spoken, widths[0])),
        (_around(known, widths[1]), _around(spoken, widths[1])),
    )
    chains = [near, far, _pooled(near, WEEKDAYS), _pooled(far, WEEKDAYS), _pooled(far, DAYS)]
    a_day = len(known) // DAYS
    return [
        _chance([(n[at], k[at]) for n, k in (_weekday(chains) if at // a_day < WEEKDAYS else _weekend(chains))])
        for at in range(len(known))
    ]


def _weekday(pools: Sequence[Counts]) -> Sequence[Counts]:
    near, _, near_weekdays, far_weekdays, every = pools
    return near, near_weekdays, far_weekdays, every


def _weekend(pools: Sequence[Counts]) -> Sequence[Counts]:
    near, far, _, _, every = pools
    return near, far, every


def _chance(pools: Sequence[tuple[int, int]]) -> float:
    """Careful by one standard error: a chance that is thought too high makes silences look rarer than they are."""
    n, k = pools[0]
    for wider in pools[1:]:
        if not _is_alike(n, k, *wider):
            break
        n, k = wider
    if not k:
        return 0.0
    return max(0.0, k / (n + 0.5) - math.sqrt(k * (n - k) / n**3))


def _is_alike(n: int, k: int, wider_n: int, wider_k: int) -> bool:
    if not n or not wider_n:
        return False
    chance = wider_k / wider_n
    return abs(k - chance * n) <= ALIKE * math.sqrt(chance * (1 - chance) * n) + 0.5


def _around(counts: Sequence[int], width: int) -> list[int]:
    size = len(counts)
    found, total = [], sum(counts[index % size] for index in range(-width, width + 1))
    for index in range(size):
        found.append(total)
        total += counts[(index + width + 1) % size] - counts[index - width]
    return found


def _pooled(counts: Counts, days: int) -> Counts:
    """The same of the first so many days of the week together, at each of its days."""
    known, spoken = (
        [sum(one[at :: len(one) // DAYS][:days]) for at in range(len(one) // DAYS)] * DAYS for one in counts
    )
    return known, spoken


def shares_of_a_day(hours: Sequence[float]) -> list[float]:
    """A day's weight lies in the hours in which it usually speaks; by slot of the week, of the chances of hours."""
    found: list[float] = []
    a_day = len(hours) // DAYS
    for start in range(0, len(hours), a_day):
        total = sum(hours[start : start + a_day]) * AN_HOUR
        found += [
            one / total if total else 1 / a_day / AN_HOUR
            for one in hours[start : start + a_day]
            for _ in range(AN_HOUR)
        ]
    return found


def is_like_weekdays(slots: Sequence[float], day: int) -> bool:
    """Whether about as much comes on a Saturday or Sunday as on a weekday."""
    a_day = len(slots) // DAYS
    weekdays = sum(slots[: a_day * WEEKDAYS]) / WEEKDAYS
    return sum(slots[day * a_day : (day + 1) * a_day]) >= 0.8 * weekdays > 0
