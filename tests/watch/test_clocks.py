"""The clock is set, the machine sleeps: the team learns of it, and what was planned goes on."""

from datetime import datetime, timedelta

import pytest

from relay import clock
from relay.database import Database
from relay.desk import Desk
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.orders.account import Account
from relay.orders.jobs import Job, Jobs, Step
from relay.settings import Settings
from relay.silence.clocks import Clocks
from relay.store import incidents, ledger
from relay.watch import Watch
from relay.watch.clocks import ClockWatch, machine
from tests.conftest import NOON


class Machine:
    """One whose clock can be set and which can be put to sleep."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.wall, self.boot, self.awake = NOON, 0.0, 0.0
        self.database = database
        clocks = ClockWatch(lambda now: Clocks(now, self.boot, self.awake))
        desk = Desk(database, Settings(), policy)
        self.watch = Watch(desk, Refused(), lambda: self.wall, "one", clocks=clocks)
        self.watch.round()

    def passes(self, by: timedelta, *, asleep: bool = False) -> None:
        self.wall += by
        self.boot += by.total_seconds()
        self.awake += 0.0 if asleep else by.total_seconds()
        self.watch.round()

    def is_set(self, by: timedelta) -> None:
        self.wall += by
        self.passes(timedelta(seconds=10))

    def open(self) -> list[str]:
        with self.database.read() as tx:
            return [row["title"].partition(":")[0] for row in incidents.open_of(tx, "clock_jump")]


@pytest.fixture
def machine_(database: Database, policy: Policy) -> Machine:
    return Machine(database, policy)


def test_a_step_is_told_with_its_length_and_is_over_after_an_hour(machine_: Machine) -> None:
    machine_.is_set(timedelta(hours=3, minutes=5))
    assert machine_.open() == ["The clock was put forward by 3 h 5 min"]
    for _ in range(6):
        machine_.passes(timedelta(minutes=10))
    assert len(machine_.open()) == 1
    machine_.passes(timedelta(minutes=1))
    assert machine_.open() == []


def test_a_clock_put_back_is_told_and_that_word_ends_as_well(machine_: Machine) -> None:
    machine_.is_set(timedelta(minutes=-40))
    assert machine_.open() == ["The clock was put back by 40 min"]
    machine_.passes(timedelta(minutes=61))
    assert machine_.open() == []


def test_a_machine_that_slept_is_told_as_that(machine_: Machine) -> None:
    machine_.passes(timedelta(hours=8), asleep=True)
    assert machine_.open() == ["This machine slept for 8 h 0 min"]


def test_small_corrections_and_long_rounds_are_not_told(machine_: Machine) -> None:
    for seconds in (119, -119, 60, 5):
        machine_.is_set(timedelta(seconds=seconds))
    machine_.passes(timedelta(hours=2))
    assert machine_.open() == []


def test_clocks_of_a_real_machine_run_together() -> None:
    before, after = machine(clock.now()), machine(clock.now())
    assert after.boot_s >= before.boot_s
    assert after.awake_s >= before.awake_s


# -- what was planned --------------------------------------------------------------------------------------------------


def test_a_lease_from_a_clock_that_was_ahead_holds_nobody_up(database: Database) -> None:
    def take(holder: str, now: datetime) -> bool:
        return database.write(lambda tx: ledger.take_lease(tx, "watch", holder, now, timedelta(minutes=1)))

    assert take("dead", NOON + timedelta(days=400))
    assert take("living", NOON)
    assert not take("other", NOON + timedelta(seconds=59)), "one that holds is not taken"
    assert not take("other", NOON - timedelta(seconds=30)), "nor by whose clock is a little behind"
    assert take("other", NOON + timedelta(seconds=60))


def test_a_job_that_was_planned_by_a_clock_ahead_has_its_turn(database: Database, policy: Policy) -> None:
    turns: list[datetime] = []
    wall = [NOON + timedelta(days=2)]

    def step() -> Step:
        turns.append(wall[0])
        return Step.DONE

    desk = Desk(database, Settings(), policy)
    jobs = Jobs(desk, Account(), (Job("look", timedelta(hours=3), step),), lambda: wall[0], "default")
    jobs.run()
    wall[0] += timedelta(hours=2)
    jobs.run()
    assert len(turns) == 1
    wall[0] = NOON
    jobs.run()
    assert turns[-1] == NOON
    jobs.run()
    assert len(turns) == 2
