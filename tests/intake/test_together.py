"""Many at the same time: threads that share a commit, a bad piece among them, and hands that meet on one parcel."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import pytest

from relay import tracking
from relay.database import Database, SQLite, Tx
from relay.desk import Desk
from relay.desk.correct import edit, lift, override
from relay.desk.wanted import WantedOverride
from relay.errors import BadInput, NotFound, Unavailable
from relay.intake import Policy
from relay.intake.record import Recorded, record_push
from relay.intake.state import circumstances
from relay.model import Action, Reading, fact_id
from relay.settings import Settings, load_settings
from relay.store import facts as fact_store
from relay.store import ledger
from tests.conftest import fact
from tests.intake.steps import (
    NUMBER,
    SUMMARY,
    TRACK,
    about,
    add_order,
    codes_on,
    facts_on,
    hear,
    later,
    mails,
    push_of,
    shipment,
    shown,
    together,
    told,
)

#: Longest wait for other threads, in seconds.
PATIENCE_S = 20.0


def all_at_once(works: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run each in a thread of its own, from one moment on; what they raised."""
    start, faults = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - a thread's fault must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def in_one_commit(database: Database, works: Sequence[Callable[[], object]]) -> list[object]:
    """Let the works wait for SQLite's writer in this order while it is busy; what each returned or raised."""
    assert isinstance(database, SQLite)
    is_busy, may_go_on = threading.Event(), threading.Event()
    came: list[object] = [None] * len(works)

    def hold(_: Tx) -> None:
        is_busy.set()
        may_go_on.wait(PATIENCE_S)

    def run(index: int) -> None:
        try:
            came[index] = works[index]()
        except Exception as fault:  # noqa: BLE001 - a thread's fault must reach the test
            came[index] = fault

    threads = [threading.Thread(target=database.write, args=(hold,))]
    threads += [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    threads[0].start()
    is_busy.wait(PATIENCE_S)
    for waiting, thread in enumerate(threads[1:], 1):
        thread.start()
        _until_waiting(database, waiting)
    may_go_on.set()
    for thread in threads:
        thread.join()
    return came


def _until_waiting(database: SQLite, pieces: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while database._queue.qsize() < pieces:  # noqa: SLF001 - nobody else knows that they wait
        if time.monotonic() > deadline:
            pytest.fail(f"{pieces} pieces of work never waited")


# -- pushes that share a commit ----------------------------------------------------------------------------------------


def test_of_the_same_push_in_one_commit_exactly_one_is_the_first(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    readings = [Reading(Action.APPLY, (about(fact("in_transit", hours)),)) for hours in (0, 1)]
    pushes = [(push_of(readings[index % 2], at=2 + index / 60), readings[index % 2]) for index in range(90)]
    recorded = together(sqlite, policy, pushes)
    assert [one.is_first for one in recorded] == [True, True] + [False] * 88
    with sqlite.read() as tx:
        kept = [fact_store.push(tx, push_id) for push_id in {one.push_id for one in recorded}]
    assert [row and row["repeats"] for row in kept] == [44, 44]
    assert len(facts_on(sqlite)) == 2


def test_a_push_that_was_here_before_is_no_first_one_in_a_later_commit(sqlite: Database, policy: Policy) -> None:
    reading = Reading(Action.APPLY, (about(fact("in_transit")),))
    first = record_push(sqlite, policy, push_of(reading), reading)
    again = together(sqlite, policy, [(push_of(reading, at=hours), reading) for hours in (1, 2)])
    assert [first.is_first, *(one.is_first for one in again)] == [True, False, False]


def test_a_commit_may_bring_every_kind_of_push(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    readings = [
        Reading(Action.UNREADABLE, reason="body: not JSON"),
        Reading(Action.APPLY, (about(fact("in_transit")),)),
        Reading(Action.IGNORE, reason="a test message"),
        Reading(Action.TRACKING_STOPPED, (about(),)),
        Reading(Action.APPLY, (about(fact("out_for_delivery", 1)), about(fact("in_transit"), number="OTHER"))),
    ]
    recorded = together(sqlite, policy, [(push_of(reading, at=2), reading) for reading in readings])
    with sqlite.read() as tx:
        kept = [fact_store.push(tx, one.push_id) for one in recorded]
        track = fact_store.track(tx, TRACK)
    assert [row and row["action"] for row in kept] == [reading.action for reading in readings]
    assert track is not None
    assert track["push_stopped_at"] == "2026-03-02T14:00:00.000+00:00"
    assert (shown(sqlite), codes_on(sqlite, "ups/OTHER")) == ("out_for_delivery", ["in_transit"])
    assert mails(sqlite) == [("in_transit", "0", "superseded"), ("out_for_delivery", "0", "due")]


def test_waiting_pushes_share_a_commit_and_end_as_if_they_had_come_one_by_one(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    said = [fact("in_transit", hours / 10) for hours in range(12)]
    groups = [said[start : start + 3] for start in (0, 3, 6, 3, 9, 0)]
    works = [lambda group=group, at=at: told(sqlite, policy, *group, at=2 + at / 60) for at, group in enumerate(groups)]
    came = in_one_commit(sqlite, works)
    assert [isinstance(one, Recorded) and one.is_first for one in came] == [True, True, True, False, True, False]
    assert {one.fact_id for one in facts_on(sqlite)} == {fact_id("ups", NUMBER, one) for one in said}
    assert mails(sqlite) == [("in_transit", "0", "due")]
    with sqlite.read() as tx:
        track = fact_store.track(tx, TRACK)
    assert track is not None
    assert track["heard_at"] == "2026-03-02T14:05:00.000+00:00"


@pytest.mark.parametrize("bad", ["another work", "a push"])
def test_a_bad_piece_among_pushes_spoils_only_itself(sqlite: Database, policy: Policy, bad: str) -> None:
    add_order(sqlite, policy)

    def spoil(tx: Tx) -> None:
        ledger.set_install(tx, "spoilt", "x")
        raise ValueError("a bad piece")

    def push(hours: float) -> Callable[[], object]:
        return lambda: told(sqlite, policy, fact("in_transit", hours), at=hours)

    works = [push(0), push(1), push(2), push(3)]
    works.insert(
        2,
        (lambda: sqlite.write(spoil))
        if bad == "another work"
        else (lambda: told(sqlite, policy, fact("delivered", 4, description="\ud800"), at=4)),  # no text
    )
    came = in_one_commit(sqlite, works)
    assert isinstance(came.pop(2), ValueError)
    assert [isinstance(one, Recorded) and one.is_first for one in came] == [True] * 4
    with sqlite.read() as tx:
        kept = [fact_store.push(tx, one) for one in fact_store.push_ids(tx, unread=False, slug=None, since=None)]
        assert "spoilt" not in ledger.install(tx)
    assert [row and row["repeats"] for row in kept] == [0] * 4
    assert sorted(one.at for one in facts_on(sqlite)) == [later(hours) for hours in range(4)]
    assert mails(sqlite) == [("in_transit", "0", "due")]


# -- hands that meet ---------------------------------------------------------------------------------------------------


def test_four_threads_that_tell_the_same_things_lose_and_double_nothing(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    said = [fact("in_transit", hours / 10) for hours in range(20)]
    recorded: list[Recorded] = []

    def tell(offset: int) -> None:
        for index in range(20):
            recorded.append(told(database, policy, said[(index + offset) % 20], at=3))  # noqa: PERF401 - others append too

    assert all_at_once([lambda offset=offset: tell(offset) for offset in (0, 5, 10, 15)]) == []  # type: ignore[misc]  # a default binds it
    assert sum(one.is_first for one in recorded) == 20
    assert len(facts_on(database)) == 20
    assert mails(database) == [("in_transit", "0", "due")]


def test_threads_that_tell_of_many_parcels_at_once_in_any_order_finish_and_agree(
    database: Database, policy: Policy
) -> None:
    numbers = [f"N{index}" for index in range(8)]
    for number in numbers:
        add_order(database, policy, number, number=number)

    def tell(source: str, status: str, step: int) -> None:
        for turn in range(6):
            reports = [
                about(fact(status, turn / 10, source=source, is_own=source == "ups"), number=number)
                for number in (numbers if step > 0 else reversed(numbers))
            ]
            hear(database, policy, *reports, at=3, source=source)

    works = [
        lambda: tell("ups", "in_transit", 1),
        lambda: tell("ups", "out_for_delivery", -1),
        lambda: tell("easypost", "in_transit", 1),
        lambda: tell("easypost", "exception", -1),
    ]
    assert all_at_once(works) == []
    assert [len(facts_on(database, f"ups/{number}")) for number in numbers] == [24] * 8
    assert {shown(database, number) for number in numbers} == {"out_for_delivery"}
    assert [status for status, _, state in mails(database) if state == "due"] == ["out_for_delivery"] * 8


def test_an_order_and_its_first_scans_that_meet_find_each_other(database: Database, policy: Policy) -> None:
    for turn in range(8):
        number = f"N{turn}"
        works: list[Callable[[], object]] = [
            lambda number=number: add_order(database, policy, number, number=number, at=1),  # type: ignore[misc]  # a default binds it
            lambda number=number: add_order(database, policy, number, number=number, at=1),  # type: ignore[misc]  # the same
            lambda number=number: told(database, policy, fact("in_transit"), number=number, at=1),  # type: ignore[misc]  # the same
            lambda number=number: told(database, policy, fact("exception", 0.5), number=number, at=1),  # type: ignore[misc]  # the same
        ]
        assert all_at_once(works) == []
        assert (shown(database, number), codes_on(database, f"ups/{number}")) == (
            "exception",
            ["exception", "in_transit"],
        )


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({}, None)


@dataclass
class Hands:
    """What carriers and people do to order 1001, each as often as it is told to, and what they got done."""

    desk: Desk
    numbers: tuple[str, str]
    done: list[str] = field(default_factory=list)
    minutes: Iterator[int] = field(default_factory=count)

    def now(self) -> datetime:
        """Later than every scan, and never twice the same."""
        return later(2 + next(self.minutes) / 60)

    def push_and_correct_the_number(self, first: float) -> None:
        for turn in range(16):
            said, number = fact("in_transit", first + turn / 100), self.numbers[turn % 2]
            facts = said, said._replace(kind=SUMMARY)
            patiently(lambda: told(self.desk.database, self.desk.policy, *facts, number=number, at=1))  # noqa: B023 - called at once
            if turn % 3 == 2:
                patiently(
                    lambda: edit(self.desk, "1001", carrier=None, number=number, which=None, by="bo", now=self.now())  # noqa: B023 - called at once
                )
                self.done.append("edit")

    def correct_the_status(self, name: str) -> None:
        wanted = WantedOverride("exception", "seen by herself", name)
        for turn in range(8):
            patiently(lambda: override(self.desk, "1001", wanted, None, self.now()))
            self.done.append("override")
            if turn % 2:
                try:
                    patiently(lambda: lift(self.desk, "1001", None, name, self.now()))
                    self.done.append("lift")
                except (BadInput, NotFound):  # the other one was faster
                    pass


def patiently(work: Callable[[], object]) -> None:
    """As whoever is answered 503: come back until it is taken."""
    while True:
        try:
            work()
        except Unavailable:
            continue
        return


def test_hands_that_meet_on_one_parcel_lose_nothing(database: Database, policy: Policy, settings: Settings) -> None:
    add_order(database, policy)
    hands = Hands(Desk(database, settings, policy), (NUMBER, "OTHER"))
    works = [
        lambda: hands.push_and_correct_the_number(0),
        lambda: hands.push_and_correct_the_number(0.5),
        lambda: hands.correct_the_status("ana"),
        lambda: hands.correct_the_status("eva"),
    ]
    assert all_at_once(works) == []
    _agrees(database)
    assert [len(facts_on(database, f"ups/{number}")) for number in hands.numbers] == [32, 32]
    with database.read() as tx:
        audit = ledger.audit_of(tx, "default", "1001")
    assert sorted(row["action"] for row in audit if row["outcome"] == "done") == sorted(hands.done)
    override(hands.desk, "1001", WantedOverride("delivered", "the last word", "ana", "lifted"), None, hands.now())
    told(database, policy, fact("attempted", 1.9), at=9)
    _agrees(database)
    assert shown(database) == "delivered"


def _agrees(database: Database) -> None:
    """The parcel is what its facts and the override in force make of it, and only one is in force."""
    row = shipment(database)
    state = tracking.state_of(facts_on(database, row["track_id"]), circumstances(row))
    with database.read() as tx:
        standing = [one["override_id"] for one in tx.rows("SELECT override_id FROM overrides WHERE ended_at IS NULL")]
        in_force = ledger.override(tx, row["override_id"])
    assert standing == ([row["override_id"]] if row["override_id"] else [])
    assert row["status"] == state.status
    assert row["shown_status"] == (in_force.status if in_force else state.status)
    assert row["tracking_number"] in row["track_id"]
