"""Loops of our own that stop: seen by the watch, and the watch by the heart."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from relay.cli import process
from relay.cli.process import Loop, Pulse, resting
from relay.database import Database, Tx
from relay.desk import Desk, loops
from relay.desk.health import health
from relay.desk.loops import LOOPS, loops_of, trouble_of
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.settings import Settings, load_settings
from relay.silence.clocks import Clocks
from relay.silence.overdue import Overdue
from relay.store import incidents, ledger
from relay.watch import Watch
from relay.watch.clocks import ClockWatch
from relay.watch.heart import Heart
from tests.conftest import NOON

LIMIT_S, ROUND_S = 90, 10


class Installation:
    """A watch and loops that beat when the test says so, on a clock of the test's."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.desk = Desk(database, Settings(), policy)
        self.seconds = 0.0
        clocks = ClockWatch(lambda now: Clocks(now, self.seconds, self.seconds))
        self.watch = Watch(self.desk, Refused(), lambda: self.now, "one", clocks=clocks)
        self.heart = Heart(self.desk, "one", lambda: self.now)
        self.step = timedelta(0)  #: by how much the wall clock was set
        database.write(lambda tx: loops.begin(tx, self.desk, self.now))

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds) + self.step

    def beat(self, *but: str) -> None:
        def work(tx: Tx) -> None:
            for name in set(LOOPS) - set(but):
                ledger.beat(tx, name, self.now)

        self.desk.database.write(work)

    def run(self, seconds: float, *stopped: str, watching: Callable[[], float] | None = None) -> None:
        """Let time pass, in rounds of ten seconds, while all but the stopped loops beat."""
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds += ROUND_S
            self.beat(*stopped)
            (watching or self.watch.round)()

    def open(self) -> list[str]:
        with self.desk.database.read() as tx:
            return sorted(row["subject"] for row in incidents.open_of(tx, "loop_stopped"))

    def opened_after(self, name: str, watching: Callable[[], float] | None = None) -> float:
        """How long after it stopped it is an incident, in seconds."""
        began = self.seconds
        while name not in self.open():
            assert self.seconds < began + 300, f"{name} is never missed"
            self.run(ROUND_S, name, watching=watching)
        return self.seconds - began


@pytest.fixture
def here(sqlite: Database, policy: Policy) -> Installation:
    return Installation(sqlite, policy)


@pytest.fixture
def on_each(database: Database, policy: Policy) -> Installation:
    """The same on each engine."""
    return Installation(database, policy)


@pytest.mark.parametrize("name", sorted(set(LOOPS) - {"watch"}))
def test_a_loop_that_stops_is_an_incident_within_two_minutes_and_over_when_it_beats(
    here: Installation, name: str
) -> None:
    here.run(60)
    assert here.open() == []
    # What follows is a look of what tells Slack, every ten seconds, and a post.
    assert here.opened_after(name) <= LIMIT_S + ROUND_S <= 120 - 2 * ROUND_S
    here.run(ROUND_S)
    assert here.open() == []


def test_the_watch_is_missed_by_the_heart_which_then_looks_for_all(on_each: Installation) -> None:
    on_each.run(60)
    assert on_each.opened_after("watch", on_each.heart.round) <= LIMIT_S + ROUND_S
    on_each.run(120, "watch", "poll", watching=on_each.heart.round)
    assert on_each.open() == ["poll", "watch"]
    on_each.run(ROUND_S, "poll", watching=on_each.watch.round)
    assert on_each.open() == ["poll"], "that the watch looks is the evidence that it runs"
    on_each.run(ROUND_S, watching=on_each.heart.round)
    on_each.run(ROUND_S, watching=on_each.watch.round)
    assert on_each.open() == []


def test_while_the_watch_looks_the_heart_leaves_it_to_it(here: Installation) -> None:
    here.run(60)
    here.run(200, "poll", watching=here.heart.round)
    assert here.open() == []


@pytest.mark.parametrize("gap", [timedelta(hours=3), timedelta(hours=-3), timedelta(minutes=2), timedelta(days=30)])
def test_after_a_step_of_the_clock_or_a_sleep_nobody_is_blamed_but_who_is_dead_is_missed(
    here: Installation, gap: timedelta
) -> None:
    here.run(60)
    here.step += gap
    here.watch.round()  # before any other loop had its turn
    here.heart.round()
    assert here.open() == []
    assert LIMIT_S <= here.opened_after("poll") <= LIMIT_S + 2 * ROUND_S
    assert here.open() == ["poll"]


def test_after_a_night_without_a_process_each_loop_has_its_limit(here: Installation) -> None:
    here.run(100)
    here.seconds += 9 * 3600
    again = Installation(here.desk.database, here.desk.policy)
    again.seconds = here.seconds
    again.desk.database.write(lambda tx: loops.begin(tx, again.desk, again.now))
    again.watch.round()
    assert again.open() == []
    assert again.opened_after("retention") <= LIMIT_S + ROUND_S


def test_a_process_that_is_started_again_and_again_gives_a_dead_loop_no_grace(here: Installation) -> None:
    here.run(60)
    for _ in range(12):
        here.run(ROUND_S, "poll")
        here.desk.database.write(lambda tx: loops.begin(tx, here.desk, here.now))
    assert here.open() == ["poll"]


def test_health_sees_at_once_what_the_incident_says_and_says_it_once(here: Installation) -> None:
    here.run(60)
    here.run(120, "poll")
    found = health(here.desk, here.now)
    assert [trouble.title for trouble in found.broken] == ["The poll loop has stopped since 2026-03-02 12:01 UTC"]
    here.beat()
    assert health(here.desk, here.now).is_well


def test_the_same_stop_is_told_in_the_same_words_however_long_it_lasts(here: Installation) -> None:
    here.run(60)
    here.run(600, "poll")
    with here.desk.database.read() as tx:
        (row,) = incidents.open_of(tx, "loop_stopped")
    assert (row["times"], row["title"]) == (1, "The poll loop has stopped since 2026-03-02 12:01 UTC")


def test_which_loops_must_run_follows_from_the_settings(database: Database, policy: Policy) -> None:
    given = {"WISMO_VTEX_ACCOUNT": "shop", "WISMO_CUSTOMER_MAIL": "wismo", "WISMO_SLACK_BOT_TOKEN": "xoxb-1"}
    settings = load_settings(given | {"WISMO_SLACK_APP_TOKEN": "xapp-1"}, env_file=None)
    found = loops_of(Desk(database, settings, policy))
    assert set(LOOPS) | {"orders", "slack writer", "times", "slack socket", "slack look"} <= set(found)
    assert set(loops_of(Desk(database, Settings(), policy))) == set(LOOPS)


def test_a_loop_that_never_ran_and_a_lost_connection_have_their_own_words() -> None:
    assert trouble_of(Overdue("poll", None), NOON).title == "The poll loop has never run"
    socket = trouble_of(Overdue(loops.SOCKET, NOON), NOON)
    assert "There is no connection to Slack since 2026-03-02 12:00 UTC" in socket.title
    assert socket.figures["case"] == "socket_long"


# -- loops themselves --------------------------------------------------------------------------------------------------


def test_a_long_round_beats_while_it_makes_progress_and_a_hung_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BEAT_EVERY_S", 0.01)
    beats, hang = threading.Semaphore(0), threading.Event()
    pulse = Pulse("long", lambda _name: beats.release())

    def step() -> float:
        for _ in range(50):
            pulse.alive()
            threading.Event().wait(0.011)
        beats_so_far.set()
        hang.wait(10)
        return 60.0

    beats_so_far = threading.Event()
    loop = Loop("long", step, pulse)
    loop.start()
    assert beats_so_far.wait(10)
    counted = sum(beats.acquire(blocking=False) for _ in range(100))
    assert counted >= 10
    assert not beats.acquire(timeout=0.2), "who hangs does not beat"
    hang.set()
    assert beats.acquire(timeout=5)
    loop.stop(5)


def test_a_loop_that_waits_as_planned_beats_and_one_that_fails_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BEAT_EVERY_S", 0.01)
    beats = threading.Semaphore(0)
    failing = threading.Event()

    def step() -> float:
        if failing.is_set():
            raise ValueError("for the test")
        return 60.0

    loop = Loop("waiting", step, Pulse("waiting", lambda _name: beats.release()))
    loop.start()
    for _ in range(5):
        assert beats.acquire(timeout=5)
    failing.set()
    assert loop.turn(5)
    while beats.acquire(blocking=False):
        pass
    assert not beats.acquire(timeout=0.2)
    loop.stop(5)


def test_a_pause_that_was_asked_for_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "REST_S", 0.01)
    signs: list[int] = []
    resting(lambda: signs.append(1))(0.1)
    assert len(signs) >= 5
