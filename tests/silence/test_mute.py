"""Laws of silences: more is never less suspicious, and nobody is missed who is not known."""

import math
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.silence.calendar import ALL_SLOTS, AN_HOUR, Calendar, Grid, hour_of, moment_of, slot_of
from relay.silence.mute import FLOOR, noticed_after, once_in, silence
from relay.silence.rates import LEARNT, Past, Profile, learn
from tests.bench.shapes import SHAPES
from tests.bench.silence import Run

#: A Wednesday noon in New York, ten days after its clocks were put forward.
NOW = datetime(2026, 3, 18, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURS = LEARNT // AN_HOUR


@cache
def grid(zone: str = "America/New_York") -> Grid:
    return Grid.of(Calendar(ZoneInfo(zone)), hour_of(NOW) - HOURS - 24, 3 * HOURS)


def always(mask: int = ALL_SLOTS, hours: int = HOURS) -> dict[int, int]:
    return dict.fromkeys(range(hour_of(NOW) - hours, hour_of(NOW)), mask)


@cache
def talks(per_hour: float, *, by_day: bool = False) -> tuple[Profile, Past]:
    """At random, and where ``by_day`` from eight to eight by the wall clock of New York."""
    random, spoke = Random(per_hour), {}
    for hour in always():
        local = moment_of(hour * AN_HOUR).astimezone(ZoneInfo("America/New_York")).hour
        if not by_day or 8 <= local < 20:
            spoke[hour] = sum(1 << bit for bit in range(12) if random.random() < 1 - math.exp(-per_hour / 12))
    past = Past(spoke, always(hours=HOURS) | later(), always(hours=HOURS) | later())
    return learn(past, grid(), slot_of(NOW)), past


def later() -> dict[int, int]:
    return dict.fromkeys(range(hour_of(NOW), hour_of(NOW) + HOURS), ALL_SLOTS)


def is_missed(per_hour: float, after: timedelta, *, share: float = 1.0) -> bool:
    profile, past = talks(per_hour)
    return silence(profile, past, grid(), NOW, NOW + after, share=share) is not None


@given(st.sampled_from([100.0, 20.0, 5.0, 1.0]), st.integers(1, 3000), st.integers(0, 600))
def test_more_silence_is_never_less_suspicious_for_who_talks_all_day(rate: float, minutes: int, more: int) -> None:
    if is_missed(rate, minutes * MINUTE):
        assert is_missed(rate, (minutes + more) * MINUTE)


@given(st.sampled_from([100.0, 20.0, 5.0]), st.integers(1, 600), st.floats(0, 1))
def test_fewer_parcels_never_make_a_silence_more_suspicious(rate: float, minutes: int, share: float) -> None:
    assert is_missed(rate, minutes * MINUTE, share=share) <= is_missed(rate, minutes * MINUTE)


def test_who_talks_more_is_missed_sooner() -> None:
    found = [noticed_after(talks(rate)[0], grid(), NOW) for rate in (100.0, 20.0, 5.0, 1.0, 0.2)]
    times = [time for time in found if time is not None]
    assert times == sorted(times)
    assert len(times) == 5
    assert (times[0] <= 20 * MINUTE, times[1] <= 60 * MINUTE) == (True, True)


@pytest.mark.parametrize("rate", [100.0, 20.0, 5.0])
def test_what_is_foretold_is_when_it_is_noticed(rate: float) -> None:
    foretold = noticed_after(talks(rate)[0], grid(), NOW)
    assert foretold is not None
    assert not is_missed(rate, foretold - 2 * MINUTE)
    assert is_missed(rate, foretold + 10 * MINUTE)


def test_nothing_is_told_of_less_than_ten_minutes() -> None:
    assert not is_missed(1000.0, FLOOR - MINUTE)
    assert is_missed(1000.0, 2 * FLOOR)


def test_nobody_is_missed_in_the_first_two_weeks() -> None:
    for days, is_known in ((13, False), (15, True)):
        known = always(hours=days * 24)
        profile = learn(Past(known, known, known), grid(), slot_of(NOW))
        assert profile.is_enough is is_known
        assert (noticed_after(profile, grid(), NOW) is not None) is is_known


def test_who_never_spoke_is_never_missed() -> None:
    past = Past({}, always() | later(), always() | later())
    profile = learn(past, grid(), slot_of(NOW))
    assert silence(profile, past, grid(), NOW - timedelta(weeks=3), NOW) is None
    assert noticed_after(profile, grid(), NOW) is None


def test_a_night_is_no_silence_also_after_the_clocks_were_put_forward() -> None:
    """Ten days after the change three weeks of what was learnt are from before."""
    _, past = talks(60.0, by_day=True)
    evening = datetime(2026, 3, 17, 23, 55, tzinfo=UTC)
    past = Past({hour: mask for hour, mask in past.spoke.items() if hour <= hour_of(evening)}, past.counted, past.up)
    profile = learn(past, grid(), slot_of(evening) + 1)
    for hours in range(1, 12):
        assert silence(profile, past, grid(), evening, evening + timedelta(hours=hours)) is None
    assert silence(profile, past, grid(), evening, datetime(2026, 3, 18, 13, tzinfo=UTC)) is not None


@given(st.integers(20, 20000))
def test_what_was_silent_before_a_gap_of_our_own_is_no_evidence(minutes: int) -> None:
    """A restored backup: its last word is long past, and we listen again for nine minutes."""
    profile, past = talks(100.0)
    now = NOW + minutes * MINUTE
    up = {hour: mask for hour, mask in past.up.items() if hour < hour_of(NOW)}
    for slot in range(slot_of(now - 5 * MINUTE), slot_of(now) + 1):
        up[slot // AN_HOUR] = up.get(slot // AN_HOUR, 0) | 1 << slot % AN_HOUR
    back = Past(past.spoke, up, up)
    if minutes >= 60:
        assert silence(profile, back, grid(), NOW, now) is None


@given(st.integers(0, 20000))
def test_a_clock_that_was_set_back_is_no_silence(minutes: int) -> None:
    profile, past = talks(100.0)
    assert silence(profile, past, grid(), NOW, NOW - minutes * MINUTE) is None


@pytest.mark.parametrize(("surprise", "times"), [(0, 1), (6.91, 1000), (13.2, 500_000), (80, 1_000_000)])
def test_a_chance_is_told_in_a_round_number_that_is_no_exaggeration(surprise: float, times: int) -> None:
    assert once_in(surprise) == times


# -- simulated weeks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["silent at night", "change of the clocks (New York)"])
def test_two_ordinary_weeks_pass_without_a_false_alarm(name: str) -> None:
    assert Run.of(SHAPES[name], seed=0).false_alarms(weeks=2) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_twelve_ordinary_weeks_bring_less_than_one_false_alarm_a_carrier(name: str) -> None:
    found = [Run.of(SHAPES[name], seed).false_alarms() for seed in range(3)]
    assert sum(found) < len(found)
