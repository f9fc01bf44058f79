"""How many mails an hour bears. Pure."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.silence import brake
from relay.silence.brake import Usual
from tests.conftest import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("setting", "usual", "limit"),
    [
        ("auto", Usual(), 50),
        ("auto", Usual(12), 50),
        ("auto", Usual(17), 51),
        ("auto", Usual(400), 1200),
        ("auto", Usual(12, raised=90), 90),
        (20, Usual(400), 20),
        (20, Usual(400, raised=90), 90),
        ("off", Usual(400), None),
    ],
)
def test_the_limit_is_three_times_the_busiest_hour_and_at_least_fifty(
    setting: brake.Setting, usual: Usual, limit: int | None
) -> None:
    assert brake.limit_of(setting, usual) == limit


@given(st.dictionaries(st.integers(-500, 500), st.integers(0, 9999), max_size=20))
def test_only_hours_of_the_last_two_weeks_that_are_over_say_what_is_usual(mails: dict[int, int]) -> None:
    now = NOON + timedelta(minutes=20)
    counted = {NOON + hours * HOUR: count for hours, count in mails.items()}
    expected = [count for hours, count in mails.items() if -14 * 24 < hours < 0]
    assert brake.busiest_of(counted, now) == max(expected, default=0)


def test_what_a_person_let_go_counts_for_a_day_and_then_only_as_history() -> None:
    assert brake.raised_by(50, 70) == 360
    assert [brake.still_raised(360, NOON, NOON + hours * HOUR) for hours in (0, 23, 24, -1)] == [360, 360, 0, 0]
    assert brake.still_raised(360, None, NOON) == 0
