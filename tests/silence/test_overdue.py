"""Who has stopped, and when nobody is to blame."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.clocks import Clocks, Jump, jump_between
from relay.silence.overdue import has_gap, overdue, was_away
from tests.conftest import NOON

LIMITS = {"outbox": timedelta(seconds=90), "poll": timedelta(seconds=90)}
SPANS = st.integers(-10_000_000, 10_000_000).map(lambda seconds: timedelta(seconds=seconds))


def ago(**seconds: float) -> dict[str, datetime]:
    return {name: NOON - timedelta(seconds=back) for name, back in seconds.items()}


def names(beats: Mapping[str, datetime], awake_since: datetime | None = None, now: datetime = NOON) -> list[str]:
    return [one.name for one in overdue(beats, LIMITS, now, awake_since)]


def test_who_beat_within_its_limit_runs_and_who_did_not_has_stopped() -> None:
    assert names(ago(outbox=90, poll=91)) == ["poll"]
    assert names(ago(outbox=1)) == ["poll"]
    assert overdue(ago(outbox=1), LIMITS, NOON)[0].last is None


def test_after_a_gap_each_has_its_whole_limit_again() -> None:
    old = ago(outbox=9999, poll=9999)
    assert names(old, NOON - timedelta(seconds=90)) == []
    assert names(old, NOON - timedelta(seconds=91)) == ["outbox", "poll"]
    assert names({"outbox": NOON}, NOON - timedelta(seconds=91)) == ["poll"]


def test_a_beat_from_the_future_proves_nothing_but_another_machines_clock_may_be_ahead() -> None:
    assert names(ago(outbox=-3600, poll=-4)) == ["outbox"]
    assert names(ago(outbox=-3600, poll=-4), NOON - timedelta(seconds=30)) == []
    assert names(ago(outbox=-3600), NOON + timedelta(hours=1)) == ["outbox", "poll"]


def test_nobody_beat_of_late_is_a_gap() -> None:
    assert has_gap({}, LIMITS, NOON)
    assert has_gap(ago(outbox=61, poll=4000), LIMITS, NOON)
    assert has_gap(ago(outbox=-6), LIMITS, NOON)
    assert not has_gap(ago(outbox=4000, poll=59), LIMITS, NOON)
    assert has_gap(ago(stranger=1), LIMITS, NOON), "beats of what is no loop do not count"


def test_a_watcher_that_was_away_or_whose_clock_was_put_back_blames_nobody() -> None:
    assert not was_away(None, NOON)
    assert not was_away(NOON - timedelta(seconds=60), NOON)
    assert was_away(NOON - timedelta(seconds=61), NOON)
    assert not was_away(NOON + timedelta(seconds=5), NOON)
    assert was_away(NOON + timedelta(seconds=6), NOON)


@given(beat=SPANS, awake=st.none() | SPANS, later=st.integers(0, 10_000))
def test_who_is_overdue_stays_so_until_it_beats_and_a_grace_never_accuses(
    beat: timedelta, awake: timedelta | None, later: int
) -> None:
    beats, since = {"poll": NOON + beat, "outbox": NOON}, None if awake is None else NOON + awake
    without, given_grace = names(beats), names(beats, since)
    assert set(given_grace) <= set(without)
    if "poll" in names(beats, None) and beat <= timedelta(0):
        assert "poll" in names(beats, None, NOON + timedelta(seconds=later))


# -- clocks ------------------------------------------------------------------------------------------------------------


def read(wall: float, boot: float, awake: float) -> Clocks:
    return Clocks(NOON + timedelta(seconds=wall), boot, awake)


def test_a_clock_that_is_set_is_told_from_a_machine_that_sleeps() -> None:
    before = read(0, 0, 0)
    assert jump_between(before, read(10, 10, 10)) is None
    assert jump_between(before, read(3610, 10, 10)) == (Jump.FORWARD, timedelta(hours=1))
    assert jump_between(before, read(-3590, 10, 10)) == (Jump.BACK, timedelta(hours=1))
    assert jump_between(before, read(3610, 3610, 10)) == (Jump.SLEPT, timedelta(hours=1))


def test_what_a_time_service_corrects_and_a_late_round_are_no_jumps() -> None:
    assert jump_between(read(0, 0, 0), read(129, 10, 10)) is None
    assert jump_between(read(0, 0, 0), read(3600, 3600, 3600)) is None, "a round of an hour"


@given(passed=st.floats(0, 1e6), step=st.integers(-100_000, 100_000), slept=st.floats(0, 1e5))
def test_a_jump_is_as_long_as_what_was_set(passed: float, step: int, slept: float) -> None:
    found = jump_between(read(0, 0, 0), read(passed + slept + step, passed + slept, passed))
    if abs(step) > 121:
        assert found is not None
        assert found[0] is (Jump.FORWARD if step > 0 else Jump.BACK)
        assert abs(found[1].total_seconds() - abs(step)) < 0.01
    elif abs(step) < 119:
        assert (found is not None) == (slept > 120) or abs(slept - 120) < 1
