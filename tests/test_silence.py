"""When a silence is no chance."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.silence import EXPECTED_AT_LEAST, HOUR, WEEK, expected, has_gone_quiet, silent_since
from tests.conftest import NOON


def shop(*, weeks: int, per_hour: int, hours: range = range(24)) -> Mapping[datetime, int]:
    """What a shop told that speaks at these hours of each day, the last time before noon."""
    found = {}
    for back in range(1, weeks * 7 * 24 + 1):
        hour = NOON - back * HOUR
        if hour.hour in hours:
            found[hour] = per_hour
    return found


def test_a_busy_shop_is_missed_soon_and_a_small_one_later() -> None:
    busy, small = shop(weeks=4, per_hour=20), shop(weeks=4, per_hour=1)
    assert has_gone_quiet(busy, NOON + timedelta(minutes=30))
    assert not has_gone_quiet(busy, NOON + timedelta(minutes=15))
    assert not has_gone_quiet(small, NOON + timedelta(hours=6))
    assert has_gone_quiet(small, NOON + timedelta(hours=7))


def test_a_shop_that_always_sleeps_at_night_is_not_missed_then() -> None:
    notices = shop(weeks=4, per_hour=20, hours=range(6, 12))  # the last word came before noon
    assert not has_gone_quiet(notices, NOON + timedelta(hours=18))
    assert has_gone_quiet(notices, NOON + timedelta(hours=18, minutes=30))


def test_nothing_is_usual_in_the_first_weeks() -> None:
    assert not has_gone_quiet(shop(weeks=1, per_hour=99), NOON + timedelta(days=2))
    assert not has_gone_quiet({}, NOON)


def test_a_quiet_sunday_of_every_week_is_usual() -> None:
    sunday = NOON + timedelta(days=6)
    notices = {
        hour: 20 for back in range(1, 4 * 7 * 24) if (hour := sunday - back * HOUR).weekday() != sunday.weekday()
    }
    until = sunday.replace(hour=23)
    assert silent_since(notices) == sunday.replace(hour=0)
    assert not has_gone_quiet(notices, until)
    assert has_gone_quiet(notices, until + timedelta(hours=2))


@given(st.integers(2, 6), st.integers(0, 30), st.floats(0.1, 100))
def test_what_is_expected_grows_with_time_and_with_the_rate(weeks: int, per_hour: int, hours: float) -> None:
    notices = shop(weeks=weeks, per_hour=per_hour + 1)
    until = NOON + timedelta(hours=hours)
    usual = expected(notices, NOON, until)
    assert usual <= expected(notices, NOON, until + HOUR)
    if until - NOON <= WEEK:
        assert abs(usual - hours * (per_hour + 1)) < 0.01
    assert has_gone_quiet(notices, until) == (usual >= EXPECTED_AT_LEAST)
