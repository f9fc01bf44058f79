"""A clock that only goes forward, loops that are waited for, and spans in words."""

import threading
from datetime import timedelta

import pytest

from relay.cli.process import Loop, Pulse
from relay.sandbox.moments import ago, in_words
from relay.sandbox.stepped import SteppedClock


def test_a_stepped_clock_runs_on_from_where_it_was_put() -> None:
    clock = SteppedClock()
    tomorrow = clock.now() + timedelta(days=1)
    clock.step_to(tomorrow)
    assert tomorrow <= clock.now() < tomorrow + timedelta(minutes=1)


def test_a_stepped_clock_never_goes_back() -> None:
    clock = SteppedClock()
    clock.step_to(clock.now() + timedelta(days=1))
    before = clock.now()
    clock.step_to(before - timedelta(hours=1))
    assert clock.now() >= before


def test_a_turn_is_a_whole_round_that_began_after_it_was_wanted() -> None:
    begun, may_end = threading.Semaphore(0), threading.Semaphore(0)
    rounds: list[int] = []

    def step() -> float:
        begun.release()
        assert may_end.acquire(timeout=5)
        rounds.append(len(rounds))
        return 60.0

    loop = Loop("slow", step)
    loop.start()
    assert begun.acquire(timeout=5)  # the first round runs, and is too early to count
    turned: list[bool] = []
    waiting = threading.Thread(target=lambda: turned.append(loop.turn(5)))
    waiting.start()
    may_end.release()
    assert begun.acquire(timeout=5)
    assert turned == []
    may_end.release(5)
    waiting.join(5)
    assert turned == [True]
    assert len(rounds) >= 2
    loop.stop(5)


def test_a_turn_that_takes_too_long_says_so() -> None:
    may_end = threading.Event()

    def step() -> float:
        may_end.wait(5)
        return 60.0

    loop = Loop("stuck", step)
    loop.start()
    assert not loop.turn(0.05)
    may_end.set()
    loop.stop(5)


def test_a_turn_beats_and_a_round_that_fails_counts_as_one() -> None:
    beats: list[str] = []
    failures = iter([False, True, False])

    def step() -> float:
        if next(failures, False):
            raise ValueError("for the test")
        return 60.0

    loop = Loop("failing", step, Pulse("failing", beats.append))
    loop.start()
    turned = [loop.turn(5) for _ in range(3)]
    loop.stop(5)
    assert turned == [True] * 3
    assert len(beats) >= 2


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=4, seconds=59), "4 min"),
        (timedelta(hours=6), "6 h"),
        (timedelta(hours=6, minutes=15), "6 h 15 min"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=12, hours=12), "12 d 12 h"),
    ],
)
def test_a_span_is_told_by_its_two_largest_units(span: timedelta, words: str) -> None:
    assert in_words(span) == words


def test_what_is_less_than_a_minute_old_is_new() -> None:
    assert (ago(timedelta(seconds=59)), ago(timedelta(hours=1))) == ("just now", "1 h ago")
