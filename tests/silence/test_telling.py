"""What of an incident is worth a message: little, whatever happens to it, and never nothing."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.telling import (
    A_DAY,
    NOBODY_FOR,
    Standing,
    Told,
    Why,
    allowance,
    is_nobodys_for_long,
    may_reply,
    why_told,
)
from tests.conftest import NOON

OPEN = Standing(is_closed=False, hands="nobody", case="timeout", part_of="-", weight=8)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: What an incident may have become, after so many minutes more.
STEPS = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.builds(
            Standing,
            is_closed=st.just(value=False),
            hands=st.just("nobody"),
            case=st.sampled_from(["timeout", "refused", "page"]),
            part_of=st.sampled_from(["-", "storm"]),
            weight=st.integers(0, 10**6),
        ),
    ),
    max_size=40,
)


def told_of(steps: Sequence[tuple[int, Standing]]) -> tuple[Told | None, int, timedelta]:
    """What was last told of it, how many messages that took, and how long it lasted."""
    told, passed = None, timedelta(0)
    for minutes, stands in [(0, OPEN), *steps]:
        passed += timedelta(minutes=minutes)
        if why_told(told, stands, NOON, NOON + passed, is_quiet=False):
            told = Told(stands, NOON + passed, (told.posts if told else 0) + 1)
    return told, told.posts if told else 0, passed


@given(STEPS)
def test_an_incident_takes_at_most_three_messages_a_day_its_end_among_them(steps: list[tuple[int, Standing]]) -> None:
    told, posts, lasted = told_of(steps)
    assert told is not None
    ends_at = NOON + lasted + HOUR
    over = Standing(is_closed=True, hands="nobody", case="timeout", part_of="-", weight=8)
    assert why_told(told, over, NOON, ends_at, is_quiet=False) is Why.OVER
    posts += 1
    posts += may_reply(posts, NOON, ends_at)
    assert posts <= allowance(NOON, ends_at) == A_DAY * (1 + (ends_at - NOON) // DAY)


@given(STEPS)
def test_what_is_told_as_it_stands_is_not_told_again(steps: list[tuple[int, Standing]]) -> None:
    told, _posts, lasted = told_of(steps)
    assert told
    assert told.standing
    assert why_told(told, told.standing, NOON, NOON + lasted + DAY, is_quiet=False) is None


def test_a_figure_that_grows_is_told_once_it_is_twice_as_large_and_an_hour_old() -> None:
    told = Told(OPEN, NOON, 1)

    def why(weight: int, after: timedelta) -> Why | None:
        grown = Standing(is_closed=False, hands="nobody", case="timeout", part_of="-", weight=weight)
        return why_told(told, grown, NOON, NOON + after, is_quiet=False)

    assert [why(15, HOUR), why(16, HOUR / 2), why(16, HOUR)] == [None, None, Why.CHANGED]


def test_what_somebody_wants_to_hear_nothing_of_is_told_only_when_it_is_over() -> None:
    told = Told(OPEN, NOON, 1)
    worse = Standing(is_closed=False, hands="nobody", case="refused", part_of="-", weight=10**6)
    over = Standing(is_closed=True, hands="nobody", case="refused", part_of="-", weight=10**6)
    assert why_told(told, worse, NOON, NOON + HOUR, is_quiet=True) is None
    assert why_told(told, over, NOON, NOON + HOUR, is_quiet=True) is Why.OVER


def test_what_people_do_is_told_whatever_was_told_before() -> None:
    taken = Standing(is_closed=False, hands="somebody", case="timeout", part_of="-", weight=8)
    assert why_told(Told(OPEN, NOON, 99), taken, NOON, NOON, is_quiet=True) is Why.TAKEN


def test_what_was_over_before_it_was_told_is_not_told() -> None:
    over = Standing(is_closed=True, hands="nobody", case="timeout", part_of="-", weight=8)
    assert why_told(None, over, NOON, NOON, is_quiet=False) is None


@given(st.builds(Standing, st.booleans(), st.just("a1"), st.just("b2"), st.just("-"), st.integers(0, 10**9)))
def test_what_is_written_down_is_read_again(standing: Standing) -> None:
    assert Standing.read(str(standing)) == standing


def test_what_another_version_wrote_down_is_told_anew() -> None:
    assert Standing.read("open 5f3a09c1d2e45f3a 17") is None
    assert why_told(Told(None, NOON, 1), OPEN, NOON, NOON, is_quiet=False) is Why.CHANGED


def test_a_broken_promise_is_nobodys_for_long_an_hour_after_it_began_or_was_put_off() -> None:
    almost = NOBODY_FOR - timedelta(seconds=1)
    assert not is_nobodys_for_long(NOON, None, NOON + almost)
    assert is_nobodys_for_long(NOON, None, NOON + NOBODY_FOR)
    assert not is_nobodys_for_long(NOON, NOON + DAY, NOON + DAY + almost)
    assert is_nobodys_for_long(NOON, NOON - DAY, NOON + NOBODY_FOR)
