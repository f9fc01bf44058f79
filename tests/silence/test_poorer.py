"""Answers that tell less: of alike parcels, by far, and not because the parcels are younger."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.silence.poorer import Day, Told, is_rich_again, merged, parcels_in, poorer

KIND = ("in_transit", 2)


def day_of(scans: Sequence[int], *, places: float = 1.0, estimates: int = 0) -> Day:
    """A day of alike parcels with so many scans each."""
    whole = sum(scans)
    squared = sum(each**2 for each in scans)
    return {KIND: Told(len(scans), whole, squared, round(places * whole), whole, whole, estimates)}


USUAL = [day_of([5, 6, 7, 4, 6] * 8, places=0.95, estimates=20) for _ in range(14)]
SCANS = st.lists(st.integers(0, 12), min_size=1, max_size=80)


@given(scans=SCANS, lost=st.integers(1, 5))
def test_fewer_scans_are_never_less_poor(scans: Sequence[int], lost: int) -> None:
    fewer = [max(0, each - lost) for each in scans]
    before, after = poorer(day_of(scans), USUAL), poorer(day_of(fewer), USUAL)
    assert before is None or (after is not None and after.share <= before.share + 1e-9)


@given(scans=SCANS)
def test_nothing_is_poor_and_rich_at_once(scans: Sequence[int]) -> None:
    today = day_of(scans, places=0.95, estimates=len(scans) // 2)
    assert not (poorer(today, USUAL) and is_rich_again(today, USUAL))


@given(scans=st.lists(st.integers(0, 2), max_size=19))
def test_a_handful_of_parcels_says_nothing(scans: Sequence[int]) -> None:
    assert poorer(day_of(scans), USUAL) is None
    assert not is_rich_again(day_of(scans), USUAL)


def test_nothing_is_said_before_a_week_is_known() -> None:
    assert poorer(day_of([1] * 40), USUAL[:6]) is None
    assert poorer(day_of([1] * 40), USUAL[:7]) is not None


@pytest.mark.parametrize(
    ("today", "what"),
    [
        (day_of([2, 3, 2, 1] * 8, places=0.95, estimates=16), "scans"),
        (day_of([5, 6, 7, 4] * 8, places=0.1, estimates=16), "places"),
        (day_of([5, 6, 7, 4] * 12, places=0.95), "estimates"),
        (day_of([5, 6, 7, 4] * 8, places=0.95, estimates=16), None),
        (day_of([4, 5, 6, 4] * 8, places=0.85, estimates=13), None),
    ],
)
def test_what_is_told_is_what_lacks_most(today: Day, what: str | None) -> None:
    fall = poorer(today, USUAL)
    assert (fall.what if fall else None) == what


def test_it_is_rich_again_only_with_nearly_all() -> None:
    assert is_rich_again(day_of([5, 6, 7, 4] * 8, places=0.95, estimates=16), USUAL)
    assert not is_rich_again(day_of([4, 5, 5, 3] * 8, places=0.95, estimates=16), USUAL)


def test_parcels_that_nobody_knows_the_like_of_are_not_compared() -> None:
    strange = {("unknown", 0): day_of([1] * 40)[KIND]}
    assert poorer(strange, USUAL) is None


# -- ordinary weeks ----------------------------------------------------------------------------------------------------

WEEKS, LEARNED = 12, 14


def is_at_work(day: int) -> bool:
    """Neither weekends nor two holidays every two months see a dispatch or a scan. A sale is in between."""
    return day % 7 < 5 and day % 60 not in {20, 21}


def parcels_of(chance: random.Random, day: int, volume: float) -> list[tuple[int, float]]:
    """The ages in days of the parcels on their way, and how talkative the route of each is."""
    ages = []
    for age in range(16):
        sent = day - age
        many = 5 if sent % 60 == 30 else int(is_at_work(sent))
        ages += [age] * sum(chance.random() < 0.8**age for _ in range(round(volume * many)))
    return [(age, chance.uniform(0.4, 1.6)) for age in ages]


def told_of(chance: random.Random, day: int, volume: float, *, lost: Callable[[int], int] = lambda scans: scans) -> Day:
    """What the answers of a day tell: more scans of older parcels, a place in nine of ten."""
    alike: list[Day] = []
    for age, talk in parcels_of(chance, day, volume):
        at_work = sum(is_at_work(day - before) for before in range(age + 1))
        scans = lost(1 + sum(chance.random() < talk / 2 for _ in range(2 * at_work)))
        places = sum(chance.random() < 0.9 for _ in range(scans))
        one = Told(1, scans, scans**2, places, scans, scans, int(chance.random() < 0.6))
        alike.append({("in_transit", age.bit_length()): one})
    return merged(alike)


@pytest.mark.parametrize("volume", [2, 8, 30])
def test_twelve_ordinary_weeks_raise_no_alarm(volume: float) -> None:
    chance = random.Random(volume)
    days = [told_of(chance, day, volume) for day in range(WEEKS * 7 + LEARNED)]
    falls = [poorer(days[day], days[day - LEARNED : day]) for day in range(LEARNED, len(days))]
    assert [fall for fall in falls if fall] == []


@pytest.mark.parametrize("volume", [8, 30])
def test_a_history_that_is_cut_short_is_noticed_on_its_first_day(volume: float) -> None:
    chance = random.Random(volume)
    days = [told_of(chance, day, volume) for day in range(40)]
    poor = told_of(chance, 40, volume, lost=lambda scans: min(scans, 1))
    fall = poorer(poor, days[-LEARNED:])
    assert fall is not None
    assert (fall.what, fall.share < 0.6) == ("scans", True)
    assert parcels_in(poor) >= 20


def test_a_comparison_needs_both_a_large_share_and_many_errors() -> None:
    fall = poorer(day_of([1] * 40), USUAL)
    assert fall is not None
    assert not replace(fall, error=0.25).is_poor
    assert not replace(fall, found=fall.usual * 0.75, error=0.01).is_poor
