"""Laws of risen shares: no chance and no trifle, by every sender's own past."""

import random
from collections.abc import Sequence
from datetime import timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.silence.shares import (
    Limits,
    Share,
    chance_of,
    has_risen,
    is_back,
    should_have_been_pushed,
    spread,
    tail,
)
from relay.watch import missed, schema
from tests.conftest import NOON

UNREAD, UNKNOWN, MISSED = schema.LIMITS["unread"], schema.LIMITS["unknown"], missed.LIMITS
LIMITS = st.sampled_from([UNREAD, UNKNOWN, MISSED])
SHARES = st.builds(lambda of, part: Share(round(of * part), of), st.integers(0, 3000), st.floats(0, 1))
PASTS = st.lists(SHARES, max_size=30)


@given(now=SHARES, past=PASTS, limits=LIMITS, more=st.integers(1, 50))
def test_more_bad_ones_of_as_many_are_never_less_suspicious(
    now: Share, past: Sequence[Share], limits: Limits, more: int
) -> None:
    worse = Share(min(now.of, now.bad + more), now.of)
    assert chance_of(worse, past) <= chance_of(now, past) * (1 + 1e-9)
    assert has_risen(worse, past, limits) or not has_risen(now, past, limits)


@given(now=SHARES, before=SHARES, limits=LIMITS, more=st.integers(1, 50))
def test_a_worse_past_makes_nothing_more_suspicious(now: Share, before: Share, limits: Limits, more: int) -> None:
    worse = Share(min(before.of, before.bad + more), before.of)
    assert has_risen(now, [before], limits) or not has_risen(now, [worse], limits)


@given(now=SHARES, past=PASTS, limits=LIMITS)
def test_nothing_has_risen_and_is_back_at_once(now: Share, past: Sequence[Share], limits: Limits) -> None:
    assert not (has_risen(now, past, limits) and is_back(now, past, limits))


@given(past=PASTS, limits=LIMITS, bad=st.integers(0, 4))
def test_a_handful_is_no_matter(past: Sequence[Share], limits: Limits, bad: int) -> None:
    assert not has_risen(Share(bad, bad), past, limits)


@given(of=st.integers(1, 60), likes=st.integers(1, 40), dislikes=st.integers(1, 40))
def test_the_tail_is_the_exact_chance(of: int, likes: int, dislikes: int) -> None:
    """Against Pólya's urn, one ball after the other."""
    ways = comb(likes + dislikes + of - 1, of)
    exact = [comb(bad + likes - 1, bad) * comb(of - bad + dislikes - 1, of - bad) / ways for bad in range(of + 1)]
    for bad in range(of + 1):
        if bad * (likes + dislikes) > of * likes:
            assert tail(bad, of, likes, dislikes) == pytest.approx(sum(exact[bad:]), rel=1e-6)


def test_days_that_differ_as_chance_has_it_count_in_full_and_heaps_for_less() -> None:
    chance = random.Random(7)
    even = [Share(sum(chance.random() < 0.1 for _ in range(300)), 300) for _ in range(30)]
    heaps = [Share(200 if day % 10 == 0 else 10, 300) for day in range(30)]
    assert 1 <= spread(even) < 2
    assert spread(heaps) > 50
    assert has_risen(Share(150, 300), even, UNREAD)
    assert not has_risen(Share(180, 300), heaps, UNREAD)


def test_five_bodies_are_enough_where_all_were_read_before() -> None:
    assert has_risen(Share(5, 5), [Share(0, 40)] * 7, UNREAD)
    assert not has_risen(Share(4, 4), [Share(0, 40)] * 7, UNREAD)


def test_a_sender_that_could_never_be_read_needs_no_past() -> None:
    assert has_risen(Share(12, 12), [], UNREAD)
    assert not has_risen(Share(5, 5), [], UNREAD)


def test_the_changes_that_must_be_seen_are_seen() -> None:
    assert has_risen(Share(30, 100), [Share(0, 200)] * 14, UNREAD)
    assert has_risen(Share(20, 100), [Share(1, 200)] * 14, UNKNOWN)
    assert has_risen(Share(27, 60), [Share(2, 50)] * 14, MISSED)


def test_a_large_share_that_was_always_so_has_not_risen() -> None:
    assert not has_risen(Share(45, 100), [Share(40, 100), Share(44, 100), Share(37, 100)] * 5, UNREAD)


@pytest.mark.parametrize(
    ("hours", "is_missed"), [(-3, True), (-2, True), (-1.9, False), (1, False), (-24, False), (None, False)]
)
def test_what_should_have_been_pushed_happened_while_we_listened_and_two_hours_ago(
    hours: float | None, is_missed: bool
) -> None:
    occurred_at = None if hours is None else NOON + timedelta(hours=hours)
    assert should_have_been_pushed(occurred_at, NOON - timedelta(hours=24), NOON) == is_missed


# -- ordinary weeks ----------------------------------------------------------------------------------------------------

DAYS, LEARNED = 12 * 7, 42


def ordinary(chance: random.Random, volume: float, usual: float, shake: float) -> list[Share]:
    """Days of one sender: weekends are quiet, volumes wander, and each day has a share of its own around the usual."""
    days = []
    for day in range(LEARNED + DAYS):
        of = round(volume * chance.lognormvariate(0, 0.3) * (0.3 if day % 7 > 4 else 1))
        share = chance.betavariate(usual / shake, (1 - usual) / shake) if usual and shake else usual
        days.append(Share(sum(chance.random() < share for _ in range(of)), of))
    return days


@pytest.mark.parametrize("volume", [0.6, 5, 40, 400])
@pytest.mark.parametrize(("usual", "shake"), [(0, 0), (0.005, 0.001), (0.02, 0.004), (0.05, 0.01), (0.3, 0.01)])
@pytest.mark.parametrize("limits", [UNREAD, UNKNOWN, MISSED], ids=["unread", "unknown", "missed"])
def test_twelve_ordinary_weeks_raise_no_alarm(volume: float, usual: float, shake: float, limits: Limits) -> None:
    days = ordinary(random.Random(f"{volume}/{usual}"), volume, usual, shake)
    risen = [
        day for day in range(LEARNED, len(days)) if has_risen(days[day], days[max(0, day - LEARNED) : day], limits)
    ]
    assert risen == []
