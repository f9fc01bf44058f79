"""Whether a share has risen: of bodies that nobody can read, of unknown codes, of scans that were never pushed.

What is usual is what was usual, day by day. A share has risen when it is no chance, by the exact chance of so many bad
ones under all that the past allows for (a beta-binomial tail), and when it is also large enough to matter to people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, exp, floor, lgamma

#: A scan that nobody pushed for so long is not on its way any more.
PUSH_TAKES = timedelta(hours=2)
#: Looked at every minute for twelve weeks, mere chance is told of once for a hundred carriers.
CHANCE = 1e-7
#: What is taken for granted of a sender that nobody knows: as though one in forty of twenty had been bad.
GRANTED_BAD, GRANTED = 0.5, 20.0
#: Fewer say nothing, of how much days differ or of how it is now; more than so many at once say no more than these.
SPEAKING, ENOUGH = 5, 1000
#: What is less likely than this is not taken for chance where nothing bad follows from it.
UNLIKELY = 0.01


@dataclass(frozen=True, slots=True)
class Share:
    """So many bad ones of so many."""

    bad: int
    of: int

    @property
    def share(self) -> float:
        return self.bad / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Below these a share may be no chance, and is no matter either."""

    bad: int  #: so many at least
    share: float  #: so large at least
    times: float  #: so many times the usual at least; more than 1
    learned: int = 0  #: nothing is said before so many are known

    def mind(self, now: Share) -> bool:
        """Whether it would be a matter at all, whatever is usual."""
        return now.bad >= self.bad and now.share >= self.share


def should_have_been_pushed(occurred_at: datetime | None, known_at: datetime, now: datetime) -> bool:
    """Whether a scan that an answer brings first happened while we listened, and so long ago that no push will come."""
    return occurred_at is not None and known_at < occurred_at <= now - PUSH_TAKES


def has_risen(now: Share, past: Sequence[Share], limits: Limits) -> bool:
    """Whether a share is no chance against the days before it, and large enough to be told of."""
    usual = total(past)
    return (
        limits.mind(now)
        and now.share >= limits.times * usual.share
        and usual.of >= limits.learned
        and chance_of(now, past) < CHANCE
    )


def is_back(now: Share, past: Sequence[Share], limits: Limits) -> bool:
    """Whether a share that had risen is down again; between the two it stays what it was told to be."""
    return now.of > 0 and now.share <= max(limits.share / 2, (1 + limits.times) / 2 * total(past).share)


def says_enough(now: Share, told: Share) -> bool:
    """Whether there is enough of what came since: hardly ever would none of so many be bad if all were as was told."""
    return now.of >= SPEAKING and (1 - told.share) ** now.of <= UNLIKELY


def total(shares: Sequence[Share]) -> Share:
    return Share(sum(one.bad for one in shares), sum(one.of for one in shares))


def chance_of(now: Share, past: Sequence[Share]) -> float:
    """How likely so many bad ones or more are, if all goes on as before.

    Where days differ by more than chance, as when bad ones come in heaps, all counts for as much less.
    """
    usual, apart = total(past), spread(past)
    of = min(ceil(now.of / apart), ENOUGH)
    bad = floor(now.share * of) if of == ENOUGH else floor(now.bad / apart)
    likes, dislikes = usual.bad / apart + GRANTED_BAD, (usual.of - usual.bad) / apart + GRANTED - GRANTED_BAD
    return tail(bad, of, likes, dislikes)


def spread(past: Sequence[Share]) -> float:
    """How many times more days differ than chance alone would have it (Pearson's dispersion); at least 1."""
    days = [day for day in past if day.of >= SPEAKING]
    usual = total(days)
    if len(days) < 2 or not 0 < usual.bad < usual.of:  # noqa: PLR2004 - one day does not differ from itself
        return 1.0
    share = usual.share
    off = sum((day.bad - day.of * share) ** 2 / (day.of * share * (1 - share)) for day in days)
    return max(1.0, off / (len(days) - 1))


def tail(bad: int, of: int, likes: float, dislikes: float) -> float:
    """The chance of ``bad`` or more of ``of`` whose share nobody knows, but for what was seen of it before.

    ``likes`` bad and ``dislikes`` good ones were: the tail of the beta-binomial distribution. Fewer than usual are no
    matter, and count as certain.
    """
    if bad * (likes + dislikes) <= of * likes:
        return 1.0
    term = exp(_log_ways(of, bad) + _log_beta(bad + likes, of - bad + dislikes) - _log_beta(likes, dislikes))
    whole = term
    for found in range(bad, of):
        term *= (of - found) / (found + 1) * (found + likes) / (of - found - 1 + dislikes)
        whole += term
        if term < whole * 1e-12:
            break
    return min(whole, 1.0)


def _log_ways(of: int, bad: int) -> float:
    return lgamma(of + 1) - lgamma(bad + 1) - lgamma(of - bad + 1)


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
